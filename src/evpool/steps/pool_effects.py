"""Step 4: the pooled estimates of an outcome, and what each effect weighs in them."""

from evpool.errors import ConvergenceError
from evpool.stats.pooling import MODELS, pool, pooling_weights
from evpool.stats.robust import pool_robust
from evpool.steps.compute_effects import summaries
from evpool.steps.named_analyses import select_effects
from evpool.steps.rows import animals, effect_arrays, intervals, method_row, place_of, pooling

ROBUST = ("estimate", "se", "ci_low", "ci_high", "statistic", "p_value", "tau2")
COUNTS = ("estimate", "se", "ci_low", "ci_high", "statistic", "p_value", "q", "q_df", "q_p", "i2")
ALPHA = 0.3
OVERALL = "overall"
# A robust estimate has a way of its own to do these.
NOT_ROBUST = ("tau2_method", "ci_method", "pi_method", "tau2_ci_method", "i2_ci_method")


def pool_effects(effects, method, analyses=None, arms=(), reading=None):
    """Pool the effects of one outcome by both models, overall and for every named analysis.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS.
    method : dict
        `tau2_method`, `ci_method`, `pi_method`, `ci_level`, `tau2_ci_method`, `i2_ci_method`.
    analyses : dict, optional
        Name -> the keys of `method` that differ, `exclude` (study ids), `only` (column: values),
        `robust` (true, or its `alpha`) and `counts` (mantel_haenszel or peto).
    arms : list of dict
        Rows of HARMONISED behind the effects; where some have a reading error, the pooled estimates
        get a digitisation interval.
    reading : dict
        How it is simulated; see `digitisation_intervals.add_intervals`.

    Returns
    -------
    pooled, weights : lists of dict
        Rows of POOLED and of WEIGHTS. A robust estimate has a normal interval, tau2 by its own
        method, and neither a prediction interval nor I^2. A named analysis that leaves none of the
        outcome's effects, or whose tau^2 does not converge, has no estimate and a `warning` that
        says so.

    Raises
    ------
    ValueError
        If a named analysis filters by an unknown column, or is robust and also says how to estimate
        tau2 or an interval.
    ConvergenceError
        If tau^2 of all effects does not converge.
    """
    pooled, weights = [], []
    for analysis, changes in {OVERALL: {}, **(analyses or {})}.items():
        included = select_effects(
            effects, analysis, changes.get("exclude", ()), changes.get("only")
        )
        place = {**place_of(effects), "analysis": analysis}
        for model in MODELS[:1] if "counts" in changes else MODELS:
            row, shares = _pool_if_possible(included, model, method, analysis, changes)
            pooled.append({**place, "measure": effects[0]["measure"], **row})
            if shares is not None:  # tables of counts have no inverse-variance weights
                weights += [
                    {**place, "model": model, "effect_id": effect["effect_id"], "weight": share}
                    for effect, share in zip(included, shares, strict=True)
                ]
    if any(arm.get("mean_reading_se") is not None for arm in arms):
        # Imported here: few outcomes are read off figures.
        from evpool.steps.digitisation_intervals import add_intervals

        pooled = add_intervals(pooled, effects, arms, analyses or {}, reading)
    return pooled, weights


def _pool_if_possible(effects, model, method, analysis, changes):
    """Pool a named analysis, or say why it can't be; the review's own estimate there must be."""
    if not effects:
        return {"model": model, "warning": "it leaves no comparison of this outcome"}, None
    try:
        return _pool_named(effects, model, method, analysis, changes)
    except ConvergenceError as error:
        if analysis == OVERALL:
            raise
        return {"model": model, "warning": str(error)}, None


def _pool_named(effects, model, method, analysis, changes):
    if "counts" in changes:
        level = changes.get("ci_level", method["ci_level"])
        return _pool_counts(effects, changes["counts"], level), None
    if not changes.get("robust"):
        return pool_once(effects, model, {**method, **changes})
    clash = sorted(set(NOT_ROBUST) & set(changes))
    if clash:
        raise ValueError(
            f"analysis {analysis!r} is robust, which settles {', '.join(clash)}. Remove "
            "`robust`, or what goes with the usual estimate, in the review's config."
        )
    level = changes.get("ci_level", method["ci_level"])
    settings = changes["robust"] if isinstance(changes["robust"], dict) else {}
    return pool_once_robustly(effects, model, level, settings.get("alpha", ALPHA))


def _pool_counts(effects, counts, ci_level):
    """Pool the 2x2 tables behind the effects: a row of POOLED by the common-effect model."""
    # Imported here: few reviews have counts.
    from evpool.stats.pooling_counts import mantel_haenszel, peto

    table = summaries(effects)
    columns = [table[name] for name in ("events_t", "n_t", "events_c", "n_c")]
    measure = effects[0]["measure"]
    wanted = ("PETO",) if counts == "peto" else ("OR", "RR", "RD")
    if measure not in wanted:
        raise ValueError(
            f"counts: {counts} pools {' or '.join(wanted)}, but the outcome's measure is "
            f"{measure}. Change the measure, or remove `counts` from the named analysis."
        )
    if counts == "peto":
        fit = peto(*columns, ci_level=ci_level)
    else:
        fit = mantel_haenszel(*columns, measure, ci_level=ci_level)
    row = {name: getattr(fit, name)[0] for name in COUNTS}
    row |= {"model": "common", "ci_method": f"wald, {counts}", "ci_level": ci_level}
    return row | {"k": int(fit.k[0]), "converged": True} | animals(effects)


def pool_once_robustly(effects, model, ci_level, alpha):
    """Pool effects so that outliers weigh little: as `pool_once`."""
    fit = pool_robust(*effect_arrays(effects), alpha=alpha, model=model, ci_level=ci_level)
    row = {name: getattr(fit, name)[0] for name in ROBUST}
    row |= {"model": model, "robust_alpha": alpha, "ci_method": "wald", "ci_level": ci_level}
    row |= {"tau2_method": None if model == "common" else "density_power", "k": len(effects)}
    return row | {"converged": True} | animals(effects), fit.weight[0]


def pool_once(effects, model, method):
    """Pool effects by one model: the row of POOLED without its place, and the weights, (k,)."""
    yi, vi = effect_arrays(effects)
    fit = pool(yi, vi, **pooling(method, model))
    row = method_row(fit, 0) | animals(effects) | intervals(yi, vi, method)
    return row, pooling_weights(vi, fit.tau2)[0]
