"""Subgroup analysis: a pooled estimate per level of a moderator and the test between them."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import ConvergenceError
from evpool.stats.distributions import chi2_upper_p
from evpool.stats.pooling import PooledFit, pool
from evpool.stats.tau2 import estimate_tau2


@dataclass(frozen=True)
class SubgroupFit:
    """Pooled estimates of G subgroups and the test for a difference between them.

    Attributes
    ----------
    levels : tuple of str, length G
        Levels of the moderator, sorted.
    fit : PooledFit
        One row per level.
    overall : PooledFit
        All studies together, ignoring the levels (its tau2 is its own), one row.
    q_between, df_between, p_between : ndarray, shape (1,)
        Test of equal effects in all subgroups, from the estimates of `fit`.
    q_within, df_within, p_within : ndarray, shape (1,)
        Heterogeneity left within the subgroups, at weights 1 / vi.
    tau2_common : bool
        Whether all subgroups share one tau2.
    """

    levels: tuple
    fit: PooledFit
    overall: PooledFit
    q_between: np.ndarray
    df_between: np.ndarray
    p_between: np.ndarray
    q_within: np.ndarray
    df_within: np.ndarray
    p_within: np.ndarray
    tau2_common: bool


def compare_subgroups(
    yi,
    vi,
    levels,
    *,
    tau2_common,
    model="random",
    tau2_method="REML",
    ci_method="wald",
    pi_method="t_k1",
    ci_level=0.95,
):
    """Pool each subgroup and test for differences between subgroups.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    levels : array_like, shape (k,)
        The level of the moderator that each study has.
    tau2_common : bool
        True: one tau2 for all subgroups, that of the mixed-effects model with the moderator as a
        factor. False: each subgroup estimates its own.
    model : {"random", "common"}
        On the common model tau2 is 0.
    tau2_method, ci_method, pi_method, ci_level
        As in `evpool.stats.pooling.pool`.

    Returns
    -------
    SubgroupFit

    Raises
    ------
    ValueError
        If a level is missing (gives the positions), if there is one level only, if a common tau2
        is asked with as many levels as studies, or for unusable effects or unknown methods.
    ConvergenceError
        If tau2 of a subgroup does not converge (names it).

    References
    ----------
    Borenstein et al. (2009), Introduction to meta-analysis, chapter 19: Q by subtraction for
    the common model; for random effects the Q of the subgroups' estimates, with separate
    (computational model 1) or pooled (model 2) tau2.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    known, member = _membership(levels, y.size)
    settings = {
        "model": model,
        "tau2_method": tau2_method,
        "ci_method": ci_method,
        "pi_method": pi_method,
        "ci_level": ci_level,
    }
    overall = pool(y, v, **settings)
    shared = None
    if tau2_common and model == "random":
        shared = _common_tau2(y, v, member, tau2_method)
    fit = pool(y, v, include=member, tau2=shared, **settings)
    if not fit.converged.all():
        stuck = ", ".join(np.array(known)[~fit.converged])
        raise ConvergenceError(
            f"tau2_method {tau2_method!r} did not converge for level {stuck}; use DL or PM."
        )
    between, within = _q_between(fit), np.array([fit.q.sum()])
    df_between, df_within = np.array([len(known) - 1.0]), np.array([float(y.size - len(known))])
    return SubgroupFit(
        levels=known,
        fit=fit,
        overall=overall,
        q_between=between,
        df_between=df_between,
        p_between=chi2_upper_p(between, df_between),
        q_within=within,
        df_within=df_within,
        p_within=chi2_upper_p(within, df_within),
        tau2_common=bool(tau2_common),
    )


def _membership(levels, k):
    """Sorted levels and which studies have them, (G, k)."""
    values = np.asarray(levels, dtype=object)
    if values.shape != (k,):
        raise ValueError(
            f"levels must give one level for each of the {k} studies; got shape {values.shape}."
        )
    missing = [i for i, level in enumerate(values) if level is None or level != level]
    missing += [i for i, level in enumerate(values) if isinstance(level, str) and not level.strip()]
    if missing:
        raise ValueError(
            f"levels must be known for every study; {len(missing)} of {k} are missing, at "
            f"positions {sorted(missing)[:20]} (counted from 0). Fill them in, or leave those "
            "studies out."
        )
    text = values.astype(str)
    known = np.unique(text)
    if known.size < 2:
        raise ValueError(
            f"levels must differ to be compared; all {k} studies have {str(known[0])!r}. "
            "Remove this moderator, or pool without it."
        )
    return tuple(known.tolist()), text == known[:, None]


def _common_tau2(y, v, member, tau2_method):
    """Residual tau2 of the model with one mean per level."""
    if member.shape[1] <= member.shape[0]:
        raise ValueError(
            f"tau2_common needs more studies than levels; got {member.shape[1]} studies in "
            f"{member.shape[0]} levels. Use tau2_common=False or merge levels."
        )
    return estimate_tau2(y, v, tau2_method, design=member.T.astype(float)).tau2[0]


def _q_between(fit):
    """Weighted sum of squares of the subgroups' estimates around their mean, (1,)."""
    exact = fit.se == 0
    if not exact.any():
        weights = 1.0 / fit.se**2
        mean = np.vecdot(weights, fit.estimate) / weights.sum()
        return np.array([np.vecdot(weights, (fit.estimate - mean) ** 2)])
    # HKSJ gives identical effects a standard error of 0: the limit of unbounded weights.
    fixed = fit.estimate[exact]
    if not np.allclose(fixed, fixed[0], rtol=1e-12, atol=0):
        return np.array([np.inf])
    return np.array([np.sum(((fit.estimate - fixed[0])[~exact] / fit.se[~exact]) ** 2)])
