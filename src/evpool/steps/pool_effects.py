"""Step 4: the pooled estimates of an outcome, and what each effect weighs in them."""

from evpool.delimited import matches
from evpool.pooling import MODELS, pool, pooling_weights
from evpool.steps.rows import animals, effect_arrays, intervals, method_row, place_of, pooling


def pool_effects(effects, method, analyses=None):
    """Pool the effects of one outcome by both models, overall and for every named analysis.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS.
    method : dict
        `tau2_method`, `ci_method`, `pi_method`, `ci_level`, `tau2_ci_method`, `i2_ci_method`.
    analyses : dict, optional
        Name -> the keys of `method` that differ, `exclude` (study ids) and `only` (column: values).

    Returns
    -------
    pooled, weights : lists of dict
        Rows of POOLED and of WEIGHTS.
    """
    pooled, weights = [], []
    for analysis, changes in {"overall": {}, **(analyses or {})}.items():
        included = select_effects(
            effects, analysis, changes.get("exclude", ()), changes.get("only")
        )
        place = {**place_of(effects), "analysis": analysis}
        for model in MODELS:
            row, shares = pool_once(included, model, {**method, **changes})
            pooled.append({**place, "measure": effects[0]["measure"], **row})
            weights += [
                {**place, "model": model, "effect_id": effect["effect_id"], "weight": share}
                for effect, share in zip(included, shares, strict=True)
            ]
    return pooled, weights


def select_effects(effects, analysis, exclude=(), only=None):
    """Return the effects of a named analysis.

    Raises
    ------
    ValueError
        If the analysis excludes a study that is not there, filters by a column that does not exist
        or leaves no effect.
    """
    studies = {effect["study_id"] for effect in effects}
    strangers = sorted(set(exclude) - studies)
    if strangers:
        raise ValueError(
            f"analysis {analysis!r} excludes {', '.join(strangers)}, not among the studies of the "
            f"outcome ({', '.join(sorted(studies))}). Correct `exclude` in the review's config."
        )
    unknown = sorted(set(only or {}) - set(effects[0]))
    if unknown:
        raise ValueError(
            f"analysis {analysis!r} filters by {', '.join(unknown)}, which is no column of the "
            f"effects ({', '.join(effects[0])}). Correct `only` in the review's config."
        )
    included = [
        effect
        for effect in effects
        if effect["study_id"] not in exclude and matches(effect, only or {})
    ]
    if not included:
        raise ValueError(f"analysis {analysis!r} leaves no effect. Correct `exclude` or `only`.")
    return included


def pool_once(effects, model, method):
    """Pool effects by one model: the row of POOLED without its place, and the weights, (k,)."""
    yi, vi = effect_arrays(effects)
    fit = pool(yi, vi, model=model, **pooling(method))
    row = method_row(fit, 0, method) | animals(effects) | intervals(yi, vi, method)
    return row, pooling_weights(vi, fit.tau2)[0]
