"""Beside step 3: which stated SDs fit standard errors better, and what that would change."""

from evpool.arms.dispersion_check import check_stated_sds, read_both_ways
from evpool.arms.pairs import comparison_key
from evpool.stats.pooling import MODELS
from evpool.steps.compute_effects import compute_effects
from evpool.steps.pool_effects import pool_once

EVIDENCE = ("ratio", "sqrt_n", "z_sd", "z_sem", "smd_stated", "smd_as_sem")
ARM = ("review", "outcome", "row_id", "study_id", "label", "comparison", "role", "n", "mean", "sd")


def check_dispersion(arms, measure, options, method):
    """Hold each stated SD against the outcome's other studies, and pool both readings.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED.
    measure, options : str, dict
        The outcome's effect measure and its options.
    method : dict
        How to pool, as in `pool_effects`.

    Returns
    -------
    checked : list of dict
        Rows of DISPERSION, one for each arm with an SD; `verdict` is fits_sd, fits_sem or
        undecided, and not_stated where the SD was converted from something else.
    readings : list of dict
        Rows of READINGS: the pooled estimates as stated, and with the arms that fit SEMs better
        re-read; only the first where there are none. Outcomes without SDs have neither.
    """
    measured = [arm for arm in arms if arm.get("sd") is not None]
    if not measured:
        return [], []
    columns = {name: [arm[name] for arm in measured] for name in ("mean", "sd", "n")}
    named = {name: [arm[name] for arm in measured] for name in ("study_id", "role")}
    named["comparison"] = [repr(comparison_key(arm)) for arm in measured]
    found = check_stated_sds(**columns, **named)
    stated = [arm["sd_source"] == "stated" for arm in measured]
    verdicts = [v if its else "fits_sd" for v, its in zip(found.verdict, stated, strict=True)]
    both = read_both_ways(columns["sd"], columns["n"], verdicts)
    checked = [
        {name: arm[name] for name in ARM}
        | {name: getattr(found, name)[i] for name in EVIDENCE}
        | {"verdict": str(verdicts[i]) if stated[i] else "not_stated"}
        for i, arm in enumerate(measured)
    ]
    readings = _pool(measured, "as_stated", 0, measure, options, method)
    if both.changed.any():
        again = [arm | {"sd": sd} for arm, sd in zip(measured, both.reread, strict=True)]
        count = int(both.changed.sum())
        readings += _pool(again, "re_read_as_sem", count, measure, options, method)
    return checked, readings


def _pool(arms, reading, changed, measure, options, method):
    effects = compute_effects(arms, measure, method["ci_level"], options)
    place = {"review": arms[0]["review"], "outcome": arms[0]["outcome"], "measure": measure}
    named = {**place, "reading": reading, "arms_changed": changed}
    return [named | pool_once(effects, model, method)[0] for model in MODELS]
