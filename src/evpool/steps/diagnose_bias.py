"""Step 7: tests for small-study effects, and estimates adjusted for them."""

import numpy as np

from evpool.bias import default_predictor, egger_test, peese, pet, pet_peese
from evpool.steps.rows import effect_arrays, finite, place_of

NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "p_value")


def diagnose_bias(effects, predictor, method):
    """Run the bias diagnostics of one outcome.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    predictor : str
        Egger's predictor, or 'by_measure': 1/sqrt(n) for standardised measures, else the SE.
    method : dict
        `ci_level`, as in `pool_effects`.

    Returns
    -------
    list of dict
        Rows of BIAS. A test that can't be done has a row, whose `warning` says why.
    """
    yi, vi = effect_arrays(effects)
    measure = effects[0]["measure"]
    ni = _animals(effects)
    standardised = default_predictor(measure) == "sqrtninv"
    by_n = ni if standardised else None
    level = method["ci_level"]
    if predictor == "by_measure":
        predictor = default_predictor(measure)
    tests = {
        ("egger", predictor): lambda: egger_test(
            yi, vi, predictor=predictor, measure=measure, ni=ni, ci_level=level
        ),
        ("pet", "sqrtninv" if standardised else "sei"): lambda: pet(
            yi, vi, predictor="sqrtninv" if standardised else "sei", ni=by_n, ci_level=level
        ),
        ("peese", "ninv" if standardised else "vi"): lambda: peese(
            yi, vi, predictor="ninv" if standardised else "vi", ni=by_n, ci_level=level
        ),
        ("pet_peese", None): lambda: pet_peese(yi, vi, ni=by_n, ci_level=level),
    }
    rows = []
    for (test, variant), run in tests.items():
        row = {**place_of(effects), "test": test, "variant": variant, "k": len(effects)}
        try:
            rows.append(row | _numbers(run(), test))
        except ValueError as error:
            rows.append(row | {"warning": f"not computed: {error}"})
    return rows


def _numbers(found, test):
    row = {name: getattr(found, name)[0] for name in NUMBERS}
    if test == "pet_peese":
        row["variant"] = str(found.chosen[0])
    return row | {"df": finite(found.df[0]), "warning": found.warning or None}


def _animals(effects):
    if any(effect["n_t"] is None or effect["n_c"] is None for effect in effects):
        return None
    return np.array([effect["n_t"] + effect["n_c"] for effect in effects], dtype=float)
