"""Heterogeneity: Cochran's Q, I^2 and H^2, and confidence intervals of tau^2, I^2 and H^2."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import ConvergenceError, unknown_name
from evpool.stats.distributions import chi2_quantile, chi2_upper_p, normal_quantile
from evpool.stats.moments import studies_of
from evpool.stats.tau2 import generalised_q_root, tau2_of

TAU2_CI_METHODS = ("q_profile", "profile_likelihood")


@dataclass(frozen=True)
class Heterogeneity:
    """Heterogeneity statistics of a batch of fits; each an ndarray of shape (B,).

    Attributes
    ----------
    q, q_df, q_p : ndarray
        Cochran's Q (residual Q with a design), its degrees of freedom and P value.
    i2, h2 : ndarray
        max(0, (Q - df) / Q), 0 to 1, and Q / df.
    i2_tau2, h2_tau2 : ndarray
        tau2 / (tau2 + typical v) and 1 + tau2 / typical v.
    tau2, typical_v : ndarray
        The tau2 they use, and (k - p) / tr P at tau2 = 0.
    """

    q: np.ndarray
    q_df: np.ndarray
    q_p: np.ndarray
    i2: np.ndarray
    h2: np.ndarray
    i2_tau2: np.ndarray
    h2_tau2: np.ndarray
    tau2: np.ndarray
    typical_v: np.ndarray


def cochran_q(yi, vi, *, design=None, include=None):
    """Cochran's Q, the weighted sum of squared residuals at tau2 = 0.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
    design : array_like, shape (k, p) or (B, k, p), optional
    include : array_like of bool, shape (B, k), optional

    Returns
    -------
    ndarray, shape (B,)

    References
    ----------
    Cochran (1954), doi:10.2307/3001666.
    """
    return studies_of(yi, vi, design, include).fixed.ypy


def heterogeneity(yi, vi, tau2, *, design=None, include=None):
    """Q, I^2 and H^2 of a batch of fits.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
    tau2 : float or ndarray, shape (B,)
        Between-study variance, for the statistics based on it.
    design : array_like, shape (k, p) or (B, k, p), optional
    include : array_like of bool, shape (B, k), optional

    Returns
    -------
    Heterogeneity
        All but q and q_df are NaN where k - p = 0.

    References
    ----------
    Higgins & Thompson (2002), doi:10.1002/sim.1186, eqs. 6, 9, 10.
    """
    studies = studies_of(yi, vi, design, include)
    return heterogeneity_of(studies, np.broadcast_to(np.asarray(tau2, dtype=float), len(studies)))


def heterogeneity_of(studies, tau2):
    """Compute `heterogeneity` for already arranged studies and tau2 of shape (B,)."""
    q, typical = studies.fixed.ypy, studies.typical_v
    df = studies.choose(studies.df > 0, studies.df, np.nan)
    ratio = tau2 / typical
    return Heterogeneity(
        q=q,
        q_df=studies.df,
        q_p=chi2_upper_p(q, df),
        i2=1.0 - df / np.maximum(q, df),
        h2=q / df,
        i2_tau2=ratio / (1.0 + ratio),
        h2_tau2=1.0 + ratio,
        tau2=tau2,
        typical_v=typical,
    )


@dataclass(frozen=True)
class Tau2Interval:
    """Confidence intervals of tau^2, I^2 and H^2 of a batch of fits; arrays of shape (B,).

    Attributes
    ----------
    tau2_low, tau2_high : ndarray
        NaN where there are no residual degrees of freedom.
    i2_low, i2_high, h2_low, h2_high : ndarray
        The limits as tau2 / (tau2 + typical v) and 1 + tau2 / typical v.
    converged : ndarray of bool
    method : str
    level : float
    """

    tau2_low: np.ndarray
    tau2_high: np.ndarray
    i2_low: np.ndarray
    i2_high: np.ndarray
    h2_low: np.ndarray
    h2_high: np.ndarray
    converged: np.ndarray
    method: str
    level: float


def tau2_ci(
    yi, vi, method="q_profile", *, tau2_method="REML", level=0.95, design=None, include=None
):
    """Confidence intervals of tau^2, and of I^2 and H^2 derived from it.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
    method : {"q_profile", "profile_likelihood"}
        The first does not depend on the estimator of tau^2.
    tau2_method : {"REML", "ML"}
        Which likelihood is profiled; any method may be named with "q_profile".
    level : float
        Confidence level, 0 to 1.
    design : array_like, shape (k, p) or (B, k, p), optional
    include : array_like of bool, shape (B, k), optional

    Returns
    -------
    Tau2Interval
        Limits below 0 are 0; where even the upper limit is, the interval is [0, 0].

    Raises
    ------
    ValueError
        For unusable input, an unknown method, a level outside (0, 1), or a profile likelihood
        with a tau2_method that is not a likelihood estimator.
    ConvergenceError
        If a single fit does not converge.

    References
    ----------
    Viechtbauer (2007), doi:10.1002/sim.2514, sections 2.2 (Q-profile) and 2.3.
    """
    if method not in TAU2_CI_METHODS:
        raise unknown_name("method", method, TAU2_CI_METHODS)
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95; got {level}.")
    if method == "profile_likelihood" and tau2_method not in ("REML", "ML"):
        raise ValueError(
            f"tau2_method must be REML or ML for a profile likelihood; got {tau2_method!r}. "
            "Use method 'q_profile' with other estimators."
        )
    studies = studies_of(yi, vi, design, include)
    limits = _tau2_limits(studies, method, tau2_method, level)
    if len(studies) == 1 and not limits[2][0]:
        raise ConvergenceError(f"The {method} interval of tau2 did not converge; use q_profile.")
    return _interval(studies, *limits, method, level)


def _tau2_limits(studies, method, tau2_method, level):
    """Return low, high and converged; NaN where the fit has no residual degrees of freedom."""
    usable = studies.df > 0 if studies.p == 1 else (studies.df > 0) & studies.fittable
    low, high = np.full((2, len(studies)), np.nan)
    converged = np.ones(len(studies), dtype=bool)
    rows = np.flatnonzero(usable)
    if not rows.size:
        return low, high, converged
    part = studies.take(rows)
    if method == "q_profile":
        tail = 0.5 * (1.0 - level)
        low[rows], first, _ = generalised_q_root(part, chi2_quantile(1.0 - tail, part.df))
        high[rows], second, _ = generalised_q_root(part, chi2_quantile(tail, part.df))
        converged[rows] = first & second
    else:
        from evpool.stats.profile import tau2_profile  # the other method does without it

        fit = tau2_of(part, tau2_method)
        low[rows], high[rows], settled = tau2_profile(
            part, fit.tau2, level, restricted=tau2_method == "REML"
        )
        converged[rows] = settled & fit.converged
    return low, high, converged


def _interval(studies, low, high, converged, method, level):
    low_ratio, high_ratio = low / studies.typical_v, high / studies.typical_v
    return Tau2Interval(
        tau2_low=low,
        tau2_high=high,
        i2_low=low_ratio / (1.0 + low_ratio),
        i2_high=high_ratio / (1.0 + high_ratio),
        h2_low=1.0 + low_ratio,
        h2_high=1.0 + high_ratio,
        converged=converged,
        method=method,
        level=level,
    )


@dataclass(frozen=True)
class I2Interval:
    """Test-based confidence interval of I^2, 0 to 1; arrays of shape (B,)."""

    i2_low: np.ndarray
    i2_high: np.ndarray
    level: float


def i2_ci_test_based(q, k, level=0.95):
    """Test-based confidence interval of I^2, from Cochran's Q.

    Parameters
    ----------
    q : array_like, shape (B,)
        Cochran's Q.
    k : array_like, shape (B,)
        Number of studies.
    level : float
        Confidence level, 0 to 1.

    Returns
    -------
    I2Interval
        NaN where k < 3 and Q <= k, where the formula does not exist.

    Raises
    ------
    ValueError
        If a q is negative or not finite, or the level is not between 0 and 1.

    References
    ----------
    Higgins & Thompson (2002), doi:10.1002/sim.1186: test-based interval of log H, with
    H at least 1.
    """
    q, k = np.atleast_1d(np.asarray(q, dtype=float)), np.atleast_1d(np.asarray(k, dtype=float))
    if not (np.isfinite(q) & (q >= 0)).all():
        raise ValueError(f"q must be finite and >= 0; got {q}.")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95; got {level}.")
    large, some = (q > k) & (k > 1), k > 2
    safe_q, safe_k = np.where(large, q, 4.0), np.where(large, k, 2.0)
    spread = np.sqrt(2 * safe_q) - np.sqrt(2 * safe_k - 3)
    se = 0.5 * np.log(safe_q / (safe_k - 1)) / spread
    rest = np.where(some, k, 3.0) - 2
    small = np.where(some, np.sqrt((1 - 1 / (3 * rest**2)) / (2 * rest)), np.nan)
    se = np.where(large, se, small)
    log_h = 0.5 * np.log(np.maximum(q / np.where(k > 1, k - 1, np.nan), 1.0))
    z = normal_quantile(0.5 + 0.5 * level)
    low, high = (-np.expm1(-2 * np.maximum(log_h + sign * z * se, 0.0)) for sign in (-1, 1))
    return I2Interval(i2_low=low, i2_high=high, level=level)
