"""Too many significant studies? Fail-safe numbers, the excess significance test, the p-curve."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import bdtr, bdtrc, ndtr, ndtri

from evpool.errors import unknown_name
from evpool.stats.bias_support import check_alternative, check_batch, check_level
from evpool.stats.distributions import normal_quantile, normal_two_sided_p

EXCESS_METHODS = ("exact", "chi2")
SIGNIFICANT, HALF = 0.05, 0.025  # the p-curve is defined for these two-sided P values
FLAT_POWER = 1 / 3  # of the studies that a flat p-curve is tested against
HIGHEST_POWER = 0.99
BISECTIONS = 50
SMALLEST_P = 2.2e-16  # P values of P values are kept this far from 0 and 1


@dataclass(frozen=True)
class FailSafe:
    """Number of unseen null studies that would undo a result; arrays have shape (B,).

    `n` is the number rounded up and at least 0, `n_raw` the solution of the defining equation.
    `estimate` is the pooled effect (the sum of z over sqrt(k) for Rosenthal), `p_value` the
    observed significance (NaN for Orwin).
    """

    n: np.ndarray
    n_raw: np.ndarray
    estimate: np.ndarray
    p_value: np.ndarray
    k: np.ndarray
    method: str
    warning: str


@dataclass(frozen=True)
class ExcessSignificance:
    """Observed against expected significant studies; shapes (B,), `power` (B, k).

    `p_value` is one-sided, for more significant studies than expected. `statistic` is chi-squared
    with `df` 1 (NaN for the exact method). `power` is NaN for excluded studies.
    """

    observed: np.ndarray
    expected: np.ndarray
    ratio: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    estimate: np.ndarray
    power: np.ndarray
    k: np.ndarray
    method: str
    warning: str


@dataclass(frozen=True)
class CurveTest:
    """Stouffer's test of the full and the half p-curve, and the binomial test; shape (B,)."""

    statistic: np.ndarray
    p_value: np.ndarray
    half_statistic: np.ndarray
    half_p_value: np.ndarray
    binomial_p: np.ndarray


@dataclass(frozen=True)
class PCurve:
    """A p-curve; arrays have shape (B,).

    `right_skew` tests for evidential value, `flatness` for its absence (against studies of 33%
    power). `estimate` is the average power of the significant studies with its interval.
    """

    right_skew: CurveTest
    flatness: CurveTest
    evidential: np.ndarray
    inadequate: np.ndarray
    estimate: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    k: np.ndarray
    k_significant: np.ndarray
    k_half: np.ndarray
    warning: str


def fail_safe_rosenthal(yi, vi, *, alpha=0.05, include=None):
    """Null studies that would make the sum of z no longer significant.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    alpha : float
        One-sided level.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    FailSafe

    References
    ----------
    Rosenthal (1979), doi:10.1037/0033-2909.86.3.638: N = (sum z)^2 / z_alpha^2 - k.
    """
    check_level("alpha", alpha)
    yi, vi, include = check_batch(yi, vi, include, least=1)
    k = include.sum(axis=1)
    total = np.where(include, yi / np.sqrt(vi), 0.0).sum(axis=1)
    combined = total / np.sqrt(k)
    raw = (total / normal_quantile(1 - alpha)) ** 2 - k
    return _fail_safe(raw, combined, normal_two_sided_p(combined) / 2, k, "rosenthal")


def fail_safe_orwin(yi, vi, *, target=None, weighted=True, include=None):
    """Null studies of average weight that would bring the mean effect down to a target.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    target : float or array_like, shape (B,), optional
        The effect thought negligible, of the pooled effect's sign; by default half of it.
    weighted : bool
        Whether the mean is the common-effect estimate or, as in the paper, the plain mean.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    FailSafe

    Raises
    ------
    ValueError
        If the target is 0 or of the other sign than the pooled effect.

    References
    ----------
    Orwin (1983), doi:10.2307/1164923: N = k (mean - target) / target.
    """
    yi, vi, include = check_batch(yi, vi, include, least=1)
    weights = np.where(include, 1 / vi if weighted else 1.0, 0.0)
    mean = (weights * yi).sum(axis=1) / weights.sum(axis=1)
    target = mean / 2 if target is None else np.broadcast_to(np.asarray(target, float), mean.shape)
    wrong = ~(target * mean > 0)
    if wrong.any():
        raise ValueError(
            f"target must not be 0 and must have the sign of the pooled effect, "
            f"{mean[wrong][0]:g}; got {target[wrong][0]:g}. Give the smallest effect that matters."
        )
    k = include.sum(axis=1)
    return _fail_safe(k * (mean / target - 1), mean, np.full(len(k), np.nan), k, "orwin")


def fail_safe_rosenberg(yi, vi, *, alpha=0.05, include=None):
    """Null studies of average weight that would make the common-effect estimate not significant.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    alpha : float
        Two-sided level.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    FailSafe

    References
    ----------
    Rosenberg (2005), doi:10.1111/j.0014-3820.2005.tb01004.x, eq. 7, with the normal quantile.
    """
    check_level("alpha", alpha)
    yi, vi, include = check_batch(yi, vi, include, least=1)
    weights = np.where(include, 1 / vi, 0.0)
    total, k = weights.sum(axis=1), include.sum(axis=1)
    score = (weights * yi).sum(axis=1)
    raw = ((score / normal_quantile(1 - alpha / 2)) ** 2 - total) / (total / k)
    p_value = normal_two_sided_p(score / np.sqrt(total))
    return _fail_safe(raw, score / total, p_value, k, "rosenberg")


def excess_significance(yi, vi, *, effect=None, alpha=0.05, method="exact", include=None):
    """Test whether more studies are significant than their power for one true effect explains.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    effect : float or array_like, shape (B,), optional
        The true effect; by default the common-effect estimate.
    alpha : float
        Two-sided level at which a study is significant.
    method : {'exact', 'chi2'}
        Distribution of the number of significant studies: a sum of independent trials of unequal
        power, or the chi-squared approximation.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    ExcessSignificance

    References
    ----------
    Ioannidis & Trikalinos (2007), doi:10.1177/1740774507079441.
    """
    check_level("alpha", alpha)
    if method not in EXCESS_METHODS:
        raise unknown_name("method", method, EXCESS_METHODS)
    yi, vi, include = check_batch(yi, vi, include, least=1)
    weights = np.where(include, 1 / vi, 0.0)
    if effect is None:
        effect = (weights * yi).sum(axis=1) / weights.sum(axis=1)
    effect = np.broadcast_to(np.asarray(effect, float), len(include))
    power = np.where(include, _power(np.abs(effect)[:, None] / np.sqrt(vi), alpha), 0.0)
    significant = include & (normal_two_sided_p(yi / np.sqrt(vi)) <= alpha)
    observed, k = significant.sum(axis=1), include.sum(axis=1)
    expected = power.sum(axis=1)
    statistic, p_value = np.full(len(k), np.nan), _chance_of_at_least(observed, power)
    if method == "chi2":
        # An expected count of k or 0 leaves no spread: NaN.
        spread = np.where(expected < k, expected * (1 - expected / k), np.nan)
        deviate = (observed - expected) / np.sqrt(spread)
        statistic, p_value = deviate**2, ndtr(-deviate)
    return ExcessSignificance(
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        statistic=statistic,
        df=np.ones(len(k)),
        p_value=p_value,
        estimate=effect,
        power=np.where(include, power, np.nan),
        k=k,
        method=method,
        warning=""
        if np.isfinite(p_value).all()
        else "all studies have power 1: use method 'exact'",
    )


def p_curve(yi, vi, *, alternative="two-sided", ci_level=0.9, include=None):
    """Judge from the distribution of the significant P values whether they hold evidence.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances; P values are those of |yi| / sqrt(vi).
    alternative : {'two-sided', 'greater', 'less'}
        Whether significant studies of one direction only are in the curve.
    ci_level : float
        Level of the interval of the power.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    PCurve
        NaN, with a warning, where no study is significant. Powers are within 0.05 and 0.99.

    Notes
    -----
    The half curve's flatness test conditions on P < 0.025, so that its P values of P values are
    uniform at 33% power. The authors' app 4.052 takes the unconditional distribution function
    there, which keeps every value above 2/3, so that its half test can never find a flat curve.

    References
    ----------
    Simonsohn, Nelson & Simmons (2014), doi:10.1037/a0033242; half curve, Stouffer's test and the
    rules for `evidential` and `inadequate`: Simonsohn, Simmons & Nelson (2015),
    doi:10.1037/xge0000104; power: Simonsohn, Nelson & Simmons (2014), doi:10.1177/1745691614553988.
    """
    check_alternative(alternative, ("two-sided", "greater", "less"))
    check_level("ci_level", ci_level)
    yi, vi, include = check_batch(yi, vi, include, least=1)
    side = {"two-sided": np.sign(yi), "greater": 1.0, "less": -1.0}[alternative]
    z = side * yi / np.sqrt(vi)
    full = include & (z > 0) & (normal_two_sided_p(z) < SIGNIFICANT)
    half = full & (normal_two_sided_p(z) < HALF)
    right_skew = _right_skew(z, full, half)
    flatness = _flatness(z, full, half)
    both = (right_skew.p_value < 0.1) & (right_skew.half_p_value < 0.1)
    neither = (flatness.binomial_p < 0.1) & (flatness.half_p_value < 0.1)
    tail = normal_quantile((1 + ci_level) / 2)
    estimate, low, high = _average_power(z, full, [0.0, tail, -tail])
    none = int((~full.any(axis=1)).sum())
    return PCurve(
        right_skew=right_skew,
        flatness=flatness,
        evidential=(right_skew.half_p_value < 0.05) | both,
        inadequate=(flatness.p_value < 0.05) | neither,
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        k=include.sum(axis=1),
        k_significant=full.sum(axis=1),
        k_half=half.sum(axis=1),
        warning=f"no study of {none} fits is significant: no p-curve" if none else "",
    )


def _fail_safe(raw, estimate, p_value, k, method):
    n = np.maximum(np.ceil(raw), 0.0).astype(int)
    lost = "" if (raw > 0).all() else "the result is not significant as it is: 0 studies undo it"
    return FailSafe(n, raw, estimate, p_value, k, method, lost)


def _power(shift, alpha):
    """Power of a two-sided z test at level alpha whose statistic has mean `shift`."""
    critical = -ndtri(alpha / 2)
    return ndtr(shift - critical) + ndtr(-shift - critical)


def _chance_of_at_least(observed, power):
    """P(number of successes >= observed) of independent trials, (B,); trials in the rows."""
    chance = np.zeros((len(power), power.shape[1] + 1))
    chance[:, 0] = 1.0
    for trial in power.T[:, :, None]:
        shifted = chance[:, :-1] * trial
        chance *= 1 - trial
        chance[:, 1:] += shifted
    enough = np.arange(chance.shape[1]) >= observed[:, None]
    return np.minimum(np.where(enough, chance, 0.0).sum(axis=1), 1.0)


def _right_skew(z, full, half):
    """Against studies without any effect, whose P values are uniform."""
    p = normal_two_sided_p(z)
    statistic = _stouffer(p / SIGNIFICANT, full)
    half_statistic = _stouffer(p / HALF, half)
    n, n_half = full.sum(axis=1), half.sum(axis=1)
    # P(X >= n_half) of X binomial(n, 1/2); bdtrc is P(X > .).
    binomial = np.where(n_half > 0, bdtrc(n_half - 1, np.maximum(n, 1), 0.5), 1.0)
    return _curve_test(statistic, half_statistic, np.where(n > 0, binomial, np.nan))


def _flatness(z, full, half):
    """Against studies of 33% power: are there as many small P values as these would have?"""
    shift = _shift_of_power(FLAT_POWER)
    statistic = _stouffer(_larger_p(z, shift, SIGNIFICANT), full)
    half_statistic = _stouffer(_larger_p(z, shift, HALF), half)
    n, n_half = full.sum(axis=1), half.sum(axis=1)
    share = _power(shift, HALF) / _power(shift, SIGNIFICANT)
    binomial = bdtr(n_half, np.maximum(n, 1), share)
    return _curve_test(statistic, half_statistic, np.where(n > 0, binomial, np.nan))


def _curve_test(statistic, half_statistic, binomial):
    return CurveTest(statistic, ndtr(statistic), half_statistic, ndtr(half_statistic), binomial)


def _larger_p(z, shift, alpha):
    """P(a study's P value is larger than this | it is below alpha), at the mean `shift` of z."""
    beyond = ndtr(shift - z) + ndtr(-shift - z)
    return 1 - beyond / _power(shift, alpha)


def _stouffer(pp, used):
    """Stouffer's z of the P values that are used, (B,); NaN where none is."""
    z = ndtri(np.clip(pp, SMALLEST_P, 1 - SMALLEST_P))
    n = used.sum(axis=1)
    return np.where(used, z, 0.0).sum(axis=1) / np.sqrt(np.where(n > 0, n, np.nan))


@cache
def _shift_of_power(power):
    """Mean of z at which a two-sided 5% test has this power, by bisection."""
    low, high = 0.0, 10.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _power(middle, SIGNIFICANT) < power else (low, middle)
    return (low + high) / 2


def _average_power(z, full, targets):
    """Powers at which Stouffer's z of the significant studies has each target, (len, B)."""
    count, rows = len(targets), len(z)
    z, full, targets = np.tile(z, (count, 1)), np.tile(full, (count, 1)), np.repeat(targets, rows)
    low, high = np.zeros(len(z)), np.full(len(z), _shift_of_power(HIGHEST_POWER))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        # The larger the assumed power, the larger the P values look.
        above = _stouffer(_larger_p(z, middle[:, None], SIGNIFICANT), full) > targets
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    power = np.where(full.any(axis=1), _power((low + high) / 2, SIGNIFICANT), np.nan)
    return power.reshape(count, rows)
