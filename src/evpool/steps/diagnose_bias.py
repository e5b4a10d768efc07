"""Step 7: tests for small-study effects, and estimates adjusted for them."""

import numpy as np

from evpool.errors import ConvergenceError
from evpool.stats.bias import begg_test, default_predictor, egger_test, peese, pet, pet_peese
from evpool.stats.bias_support import few_studies, join_warnings
from evpool.steps.rows import (
    count_studies,
    counted_n,
    effect_arrays,
    finite,
    place_of,
    too_few,
)

NUMBERS = ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "p_value")
# What looks for small-study effects, which few studies can't show.
ASYMMETRY = ("egger", "begg", "pet", "peese", "pet_peese", "trim_fill")
FAIL_SAFE = ("rosenthal", "rosenberg")  # Orwin's asks for an effect too small to matter


def diagnose_bias(effects, choices, method, better, *, fewest=1):
    """Run the bias diagnostics of one outcome.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    choices : dict
        The config's `bias`: which `tests`, and their options.
    method : dict
        How to pool, as in `pool_effects`.
    better : {'higher', 'lower'}
        The outcome's good direction: significant effects that way are taken to be published.
    fewest : int
        Studies below which no test is done.

    Returns
    -------
    bias, filled : lists of dict
        Rows of BIAS; a test that can't be done has a row, whose `warning` says why. Rows of FILLED:
        the studies that trim and fill adds.
    """
    few, caution = too_few(effects, fewest), few_studies(count_studies(effects))
    data = _Data(effects, choices, method, better)
    rows, filled = [], []
    for test in choices["tests"]:
        try:
            if few:
                raise ValueError(few)
            found = RUNS[test](data)
            if test in ASYMMETRY:
                found = [_cautioned(row, caution) for row in found]
        except (ValueError, ConvergenceError) as error:
            found = [{"warning": f"not computed: {error}"}]
        for row in found:
            filled += row.pop("filled", [])
            named = {**place_of(effects), "test": test, "k": len(effects)}
            rows.append(named | row | {"df": finite(row.get("df", np.nan))})
    return rows, [{**place_of(effects), **row} for row in filled]


class _Data:
    """The effects of an outcome as the tests take them."""

    def __init__(self, effects, choices, method, better):
        self.effects, self.choices, self.method = effects, choices, method
        self.yi, self.vi = effect_arrays(effects)
        self.measure = effects[0]["measure"]
        self.level = method["ci_level"]
        self.direction = "greater" if better == "higher" else "less"
        ns = [[counted_n(effect, side) for side in ("n_t", "n_c")] for effect in effects]
        self.ni = None if any(None in pair for pair in ns) else np.sum(ns, axis=1, dtype=float)
        # A standardised difference is part of its own standard error: n takes the SE's place.
        self.by_n = default_predictor(self.measure) == "sqrtninv"


def _row(found, variant):
    row = {name: getattr(found, name)[0] for name in NUMBERS if hasattr(found, name)}
    return row | {"variant": variant, "warning": getattr(found, "warning", None) or None}


def _cautioned(row, caution):
    return row | {"warning": join_warnings(caution, row["warning"]) or None}


def _egger(data):
    predictor, model = data.choices["egger_predictor"], data.choices["egger_model"]
    if predictor == "by_measure":
        predictor = default_predictor(data.measure)
    options = {"model": model, "tau2_method": data.method["tau2_method"], "ni": data.ni}
    options |= {"measure": data.measure, "ci_level": data.level}
    found = egger_test(data.yi, data.vi, predictor=predictor, **options)
    return [_row(found, predictor if model == "lm" else f"{predictor}, mixed effects")]


def _begg(data):
    found = begg_test(data.yi, data.vi)
    return [_row(found, "exact" if found.exact[0] else "normal")]


def _pet(data):
    predictor = "sqrtninv" if data.by_n else "sei"
    found = pet(data.yi, data.vi, predictor=predictor, ni=data.ni, ci_level=data.level)
    return [_row(found, predictor)]


def _peese(data):
    predictor = "ninv" if data.by_n else "vi"
    found = peese(data.yi, data.vi, predictor=predictor, ni=data.ni, ci_level=data.level)
    return [_row(found, predictor)]


def _pet_peese(data):
    ni = data.ni if data.by_n else None
    found = pet_peese(data.yi, data.vi, ni=ni, ci_level=data.level)
    return [_row(found, str(found.chosen[0]))]


def _trim_fill(data):
    from evpool.stats.trimfill import trim_fill  # each rare test imports its module itself

    estimator, side = data.choices["trim_fill_estimator"], data.choices["trim_fill_side"]
    names = ("tau2_method", "ci_method", "ci_level")
    settings = {name: data.method[name] for name in names}
    found = trim_fill(data.yi, data.vi, estimator=estimator, side=side, **settings)
    added = np.flatnonzero(found.filled[0])
    mirrored = [
        {
            "label": data.effects[i]["label"],
            "yi": found.filled_yi[0, i],
            "vi": found.filled_vi[0, i],
            "sei": np.sqrt(found.filled_vi[0, i]),
        }
        for i in added
    ]
    row = _row(found, f"{estimator}, {found.side[0]}")
    return [row | {"count": float(found.k0[0]), "filled": mirrored}]


def _selection(data):
    from evpool.stats.selection import selection_model

    steps, alternative = data.choices["selection_steps"], data.choices["selection_alternative"]
    if alternative == "by_direction":
        alternative = data.direction
    settings = {"steps": tuple(steps), "alternative": alternative, "ci_level": data.level}
    found = selection_model(data.yi, data.vi, **settings)
    rows = [_row(found, f"steps {', '.join(map(str, steps))}, {alternative}")]
    edges = [0, *found.steps, 1] if found.steps[-1] < 1 else [0, *found.steps]
    for i in range(1, found.weights.shape[1]):
        weight = {"variant": f"weight of p from {edges[i]:g} to {edges[i + 1]:g}"}
        weight |= {"estimate": found.weights[0, i], "se": found.weights_se[0, i]}
        weight["ci_low"] = found.weights_ci_low[0, i]
        rows.append(weight | {"ci_high": found.weights_ci_high[0, i]})
    return rows


def _fail_safe(data):
    from evpool.stats import excess

    rows = []
    for name in FAIL_SAFE:
        found = getattr(excess, f"fail_safe_{name}")(data.yi, data.vi)
        row = {"variant": name, "count": float(found.n[0]), "warning": found.warning or None}
        rows.append(row)
    return rows


def _excess_significance(data):
    from evpool.stats.excess import excess_significance

    found = excess_significance(data.yi, data.vi)
    row = {"variant": found.method, "statistic": found.statistic[0], "p_value": found.p_value[0]}
    row |= {"count": float(found.observed[0]), "expected": found.expected[0]}
    return [row | {"warning": found.warning or None}]


def _p_curve(data):
    from evpool.stats.excess import p_curve

    found = p_curve(data.yi, data.vi)
    rows = []
    for variant in ("right_skew", "flatness"):
        test = getattr(found, variant)
        row = {"variant": variant, "statistic": test.statistic[0], "p_value": test.p_value[0]}
        rows.append(row | {"count": float(found.k_significant[0])})
        half = {"statistic": test.half_statistic[0], "p_value": test.half_p_value[0]}
        rows.append({"variant": f"{variant}, half", **half, "count": float(found.k_half[0])})
    power = {"variant": "power", "estimate": found.estimate[0], "warning": found.warning or None}
    return [*rows, power | {"ci_low": found.ci_low[0], "ci_high": found.ci_high[0]}]


RUNS = {
    "egger": _egger,
    "begg": _begg,
    "pet": _pet,
    "peese": _peese,
    "pet_peese": _pet_peese,
    "trim_fill": _trim_fill,
    "selection": _selection,
    "fail_safe": _fail_safe,
    "excess_significance": _excess_significance,
    "p_curve": _p_curve,
}
