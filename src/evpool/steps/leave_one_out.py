"""Step 6: the pooled estimate without each study in turn, and without named sets of studies."""

from evpool.stats.pooling import MODELS
from evpool.stats.sensitivity import exclusion_masks
from evpool.stats.sensitivity import leave_one_out as pool_without_each
from evpool.stats.sensitivity import leave_sets_out as pool_without_sets
from evpool.steps.rows import animals, effect_arrays, method_row, place_of, pooling


def leave_one_out(effects, method):
    """Pool the effects of one outcome again without each of them.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    method : dict
        How to pool, as in `pool_effects`.

    Returns
    -------
    list of dict
        Rows of LEAVE_ONE_OUT: for each model and left-out effect the fit of the others; none where
        there is one effect only.
    """
    if len(effects) < 2:
        return []
    yi, vi = effect_arrays(effects)
    rows = []
    for model in MODELS:
        fits = pool_without_each(yi, vi, **pooling(method, model))
        for i, left_out in enumerate(effects):
            named = {name: left_out[name] for name in ("effect_id", "study_id", "label")}
            others = animals([*effects[:i], *effects[i + 1 :]])
            rows.append(place_of(effects) | named | method_row(fits, i) | others)
    return rows


def leave_sets_out(effects, sets, method):
    """Pool the effects of one outcome again without each named set of studies.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    sets : dict of str to list of str
        The study ids that each set excludes; some may be of other outcomes only.
    method : dict
        How to pool, as in `pool_effects`.

    Returns
    -------
    list of dict
        Rows of LEAVE_SETS_OUT, one a set and model. A set that excludes none of the outcome's
        effects, or all of them, or without which tau^2 does not converge, has no estimate and a
        `warning` that says so.
    """
    present = {effect["study_id"] for effect in effects}
    own = {name: sorted(present & set(studies)) for name, studies in sets.items()}
    problems = {name: set_problem(studies, present) for name, studies in own.items()}
    usable = {name: studies for name, studies in own.items() if not problems[name]}
    rows = []
    for model in MODELS:
        fits = dict(zip(usable, _refits(effects, usable, model, method), strict=True))
        for name, studies in own.items():
            row = {"exclusion_set": name, "excluded": "; ".join(studies) or None, "model": model}
            row |= {"warning": problems[name]} | fits.get(name, {})
            rows.append(place_of(effects) | row)
    return rows


def set_problem(excluded, present):
    """Say why an outcome can't be pooled again without these of its studies; None if it can."""
    if not excluded:
        return "none of its studies has this outcome"
    if set(excluded) >= set(present):
        return "it excludes every study of this outcome"
    return None


def _refits(effects, sets, model, method):
    """Columns of POOLED without each set; one batched call."""
    if not sets:
        return []
    yi, vi = effect_arrays(effects)
    keep = exclusion_masks(sets, [effect["study_id"] for effect in effects])
    # The first set once more at the end: a batch of one would raise, not flag.
    fits = pool_without_sets(yi, vi, [*keep, keep[0]], **pooling(method, model))
    rows = []
    for i, kept in enumerate(keep):
        row = method_row(fits, i)
        if not row["converged"]:
            row["warning"] = f"tau2 by {method['tau2_method']} did not converge"
        stay = [effect for effect, stays in zip(effects, kept, strict=True) if stays]
        rows.append(row | animals(stay))
    return rows
