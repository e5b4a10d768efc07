"""Between rows of tables and the arrays of the statistics."""

import numpy as np

from evpool.stats.heterogeneity import cochran_q, i2_ci_test_based, tau2_ci
from evpool.stats.pooling import OF_RANDOM_EFFECTS

FIT = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high", "statistic", "p_value")
FIT += ("tau2", "i2", "i2_tau2", "h2", "q", "q_df", "q_p")
METHOD = ("tau2_method", "ci_method", "pi_method", "ci_level")


def place_of(effects):
    """Return the review and the outcome that the effects belong to."""
    return {"review": effects[0]["review"], "outcome": effects[0]["outcome"]}


def effect_arrays(effects):
    """Return yi and vi of rows of EFFECTS, each of shape (k,)."""
    yi = np.array([effect["yi"] for effect in effects], dtype=float)
    vi = np.array([effect["vi"] for effect in effects], dtype=float)
    return yi, vi


def pooling(method, model):
    """Return what `pooling.pool` takes to pool as `method` says, by one model.

    An interval of random effects is not for a common effect: Hartung and Knapp's would scale its
    standard error, and with it the test between subgroups. There it is Wald's.
    """
    settings = {"model": model, **{name: method[name] for name in METHOD}}
    if model == "common" and method["ci_method"] in OF_RANDOM_EFFECTS:
        settings["ci_method"] = "wald"
    return settings


def method_row(fit, index):
    """Return one fit of a batch, and how it was made, as columns of POOLED.

    A fit of a batch that did not converge has no numbers (a single one raises).
    """
    converged = bool(fit.converged[index])
    row = {name: getattr(fit, name)[index] if converged else None for name in FIT}
    row |= {"model": fit.model, "k": int(fit.k[index]), "converged": converged}
    row |= {"df": finite(fit.df[index])}
    row |= {name: getattr(fit, name) for name in METHOD}
    return row | {"tau2_method": None, "pi_method": None} if fit.model == "common" else row


def animals(effects):
    """Return the animals per side; null where an effect was published without them."""
    counted = {side: [counted_n(effect, side) for effect in effects] for side in ("n_t", "n_c")}
    return {side: None if None in ns else round(sum(ns)) for side, ns in counted.items()}


def counted_n(effect, side):
    """Return the animals that a comparison counts: of a control that is divided, its part."""
    if side == "n_t" or effect[side] is None:
        return effect[side]
    return effect[side] / (effect["control_shared_by"] or 1)


def count_studies(effects):
    """Count the studies behind rows of EFFECTS: each once, however many comparisons it gives."""
    return len({effect["study_id"] for effect in effects})


def too_few(effects, fewest):
    """Say why an outcome has too few studies for a step; None if it has enough.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS; a study counts once, however many comparisons it gives.
    fewest : int
        The smallest number of studies.
    """
    studies = count_studies(effects)
    if studies >= fewest:
        return None
    return f"{studies} {'study' if studies == 1 else 'studies'}, fewer than the {fewest} asked for"


def intervals(yi, vi, method):
    """Return the intervals of tau^2, I^2 and H^2 as columns of POOLED; none for k = 1."""
    if len(yi) < 2:
        return {}
    level = method["ci_level"]
    how = {"tau2_method": method["tau2_method"], "level": level}
    tau2 = tau2_ci(yi, vi, method["tau2_ci_method"], **how)
    row = {"tau2_ci_low": tau2.tau2_low[0], "tau2_ci_high": tau2.tau2_high[0]}
    row |= {"h2_ci_low": tau2.h2_low[0], "h2_ci_high": tau2.h2_high[0]}
    if method["i2_ci_method"] == "test_based":
        i2 = i2_ci_test_based(cochran_q(yi, vi), len(yi), level)
        return row | {"i2_ci_low": i2.i2_low[0], "i2_ci_high": i2.i2_high[0]}
    return row | {"i2_ci_low": tau2.i2_low[0], "i2_ci_high": tau2.i2_high[0]}


def finite(value):
    """Return a number, or None for the infinite degrees of freedom of a normal test."""
    return float(value) if np.isfinite(value) else None
