"""Pool counts of events directly: Mantel-Haenszel and Peto, common effect."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.distributions import chi2_upper_p, normal_quantile, normal_two_sided_p
from evpool.stats.effects_counts import (
    log_odds_ratio,
    log_risk_ratio,
    observed_minus_expected,
    risk_difference,
    two_by_two,
)

MH_MEASURES = ("OR", "RR", "RD")


@dataclass(frozen=True)
class CountsFit:
    """A batch of pooled counts; each array has shape (B,).

    Attributes
    ----------
    estimate, se, ci_low, ci_high : ndarray
        On the log scale for OR, RR and PETO.
    statistic, p_value : ndarray
        Normal test of no effect.
    q, q_df, q_p, i2 : ndarray
        Heterogeneity of the studies' own estimates about the pooled one; NaN where k = 1.
    k : ndarray of int
        Studies that carry information.
    measure, method, correction : str
    ci_level : float
    """

    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    statistic: np.ndarray
    p_value: np.ndarray
    q: np.ndarray
    q_df: np.ndarray
    q_p: np.ndarray
    i2: np.ndarray
    k: np.ndarray
    measure: str
    method: str
    correction: str
    ci_level: float


def mantel_haenszel(
    events_t,
    n_t,
    events_c,
    n_c,
    measure="OR",
    *,
    correction="none",
    ci_level=0.95,
    include=None,
):
    """Pool 2x2 tables by the Mantel-Haenszel method.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    measure : {"OR", "RR", "RD"}
    correction : {"none", "half", "half_all", "treatment_arm"}
        Continuity correction of the pooled sums, see `effects_counts.two_by_two`; rarely
        needed. Q takes each study's own estimate, with "half" where a cell is empty.
    ci_level : float
        Confidence level, 0 to 1.
    include : array_like of bool, shape (B, k), optional
        The studies in each fit.

    Returns
    -------
    CountsFit

    Raises
    ------
    ValueError
        For impossible counts, an unknown measure or correction, or if a fit's studies do not
        determine the estimate (no events in a group of all its studies, for example).

    References
    ----------
    Mantel & Haenszel (1959), doi:10.1093/jnci/22.4.719. Variances: OR, Robins, Breslow &
    Greenland (1986), doi:10.2307/2531052; RR and RD, Greenland & Robins (1985),
    doi:10.2307/2530643.
    """
    if measure not in MH_MEASURES:
        raise unknown_name("measure", measure, MH_MEASURES)
    data = np.atleast_1d(events_t, n_t, events_c, n_c)
    t, raw = two_by_two(*data, correction), two_by_two(*data, "none")
    mask, informative = _masks(raw, include, measure)
    estimate, variance = _MH[measure](t, mask)
    own, own_variance = _OWN[measure](*_columns(raw))
    residual = np.where(informative, own - estimate[:, None], 0.0)
    q = np.sum(residual**2 / own_variance, axis=1)
    k = informative.sum(axis=1)
    return _fit(estimate, variance, q, k, measure, "Mantel-Haenszel", correction, ci_level)


def peto(events_t, n_t, events_c, n_c, *, correction="none", ci_level=0.95, include=None):
    """Pool 2x2 tables by Peto's one-step method: log odds ratios for rare events.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    correction : {"none", "half", "half_all", "treatment_arm"}
        Continuity correction, see `evpool.stats.effects_counts.two_by_two`; rarely needed.
    ci_level : float
        Confidence level, 0 to 1.
    include : array_like of bool, shape (B, k), optional
        The studies in each fit.

    Returns
    -------
    CountsFit

    Raises
    ------
    ValueError
        For impossible counts, an unknown correction, or a fit without any information.

    References
    ----------
    Yusuf et al. (1985), doi:10.1016/S0033-0620(85)80003-7, statistical appendix.
    """
    t = two_by_two(*np.atleast_1d(events_t, n_t, events_c, n_c), correction)
    mask, informative = _masks(t, include, "OR")
    difference, information = (mask * part for part in observed_minus_expected(t))
    total = _positive(information.sum(axis=1), "PETO")
    estimate = difference.sum(axis=1) / total
    excess = np.where(informative, difference - information * estimate[:, None], 0.0)
    q = np.sum(excess**2 / np.where(informative, information, 1.0), axis=1)
    k = informative.sum(axis=1)
    return _fit(estimate, 1.0 / total, q, k, "PETO", "Peto", correction, ci_level)


def _masks(t, include, measure):
    """Return the studies of each fit and those among them that carry information, (B, k)."""
    size = len(t["a"])
    mask = np.atleast_2d(np.ones(size, dtype=bool) if include is None else np.asarray(include))
    if mask.dtype != bool or mask.shape[-1] != size:
        raise ValueError(
            f"include must hold booleans of shape (B, {size}); got {mask.dtype} {mask.shape}."
        )
    informative = np.ones(size, dtype=bool)
    if measure != "RD":
        informative = t["a"] + t["c"] > 0
    if measure == "OR":
        informative = informative & (t["b"] + t["d"] > 0)
    return mask, mask & informative


def _positive(sums, measure):
    """Check sums that must not vanish."""
    bad = np.flatnonzero(~(sums > 0))
    if bad.size:
        raise ValueError(
            f"The studies of {bad.size} of {sums.size} fits (positions {bad[:5].tolist()}) do not "
            f"determine {measure}: a group has no events, or nothing else, in all of them. "
            "Include more studies or use a continuity correction."
        )
    return sums


def _odds_ratio(t, mask):
    total = t["a"] + t["b"] + t["c"] + t["d"]
    concordant, discordant = (t["a"] + t["d"]) / total, (t["b"] + t["c"]) / total
    upper, lower = mask * t["a"] * t["d"] / total, mask * t["b"] * t["c"] / total
    r, s = _positive(upper.sum(axis=1), "OR"), _positive(lower.sum(axis=1), "OR")
    variance = (
        (upper @ concordant) / r**2
        + (upper @ discordant + lower @ concordant) / (r * s)
        + (lower @ discordant) / s**2
    ) / 2
    return np.log(r / s), variance


def _risk_ratio(t, mask):
    n_t, n_c = t["a"] + t["b"], t["c"] + t["d"]
    total = n_t + n_c
    r = _positive((mask * t["a"] * n_c / total).sum(axis=1), "RR")
    s = _positive((mask * t["c"] * n_t / total).sum(axis=1), "RR")
    each = (n_t * n_c * (t["a"] + t["c"]) - t["a"] * t["c"] * total) / total**2
    return np.log(r / s), _positive((mask * each).sum(axis=1), "RR") / (r * s)


def _risk_difference(t, mask):
    n_t, n_c = t["a"] + t["b"], t["c"] + t["d"]
    total = n_t + n_c
    weight = (mask * n_t * n_c / total).sum(axis=1)
    estimate = (mask * (t["a"] * n_c - t["c"] * n_t) / total).sum(axis=1) / weight
    each = (t["a"] * t["b"] * n_c**3 + t["c"] * t["d"] * n_t**3) / (n_t * n_c * total**2)
    return estimate, _positive((mask * each).sum(axis=1), "RD") / weight**2


_MH = {"OR": _odds_ratio, "RR": _risk_ratio, "RD": _risk_difference}
_OWN = {"OR": log_odds_ratio, "RR": log_risk_ratio, "RD": risk_difference}


def _columns(t):
    return t["a"], t["a"] + t["b"], t["c"], t["c"] + t["d"]


def _fit(estimate, variance, q, k, measure, method, correction, level):
    if not 0 < level < 1:
        raise ValueError(f"ci_level must be between 0 and 1, such as 0.95; got {level}.")
    se = np.sqrt(variance)
    half = normal_quantile(0.5 + 0.5 * level) * se
    df = np.where(k > 1, k - 1.0, np.nan)
    return CountsFit(
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        statistic=estimate / se,
        p_value=normal_two_sided_p(estimate / se),
        q=q,
        q_df=k - 1.0,
        q_p=chi2_upper_p(q, df),
        i2=1.0 - df / np.maximum(q, df),
        k=k,
        measure=measure,
        method=method,
        correction=correction,
        ci_level=level,
    )
