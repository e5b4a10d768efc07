"""Begg's test: rank correlation between effects and their variances."""

from dataclasses import dataclass

import numpy as np

from evpool.stats.bias_support import check_batch
from evpool.stats.distributions import normal_two_sided_p

EXACT_UP_TO = 250  # studies: beyond, Begg's exact distribution equals the normal to 3 digits


@dataclass(frozen=True)
class RankTest:
    """Begg's rank correlation test; arrays have shape (B,).

    `estimate` is Kendall's tau-b, `score` concordant minus discordant pairs, `statistic` the normal
    deviate (NaN where the P value is `exact`).
    """

    estimate: np.ndarray
    score: np.ndarray
    statistic: np.ndarray
    p_value: np.ndarray
    exact: np.ndarray
    k: np.ndarray


def begg_test(yi, vi, *, exact=None, include=None):
    """Rank correlation between the standardised effects and their variances.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    exact : bool, optional
        Whether the P value is from the permutation distribution of Kendall's tau; by default
        where there are no ties. False: the normal approximation with tied variance, without
        continuity correction.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    RankTest

    Raises
    ------
    ValueError
        If a fit has fewer than 3 studies, all variances equal, or ties with exact=True.

    References
    ----------
    Begg & Mazumdar (1994), doi:10.2307/2533446; tied variance and exact distribution: Kendall
    (1970), Rank Correlation Methods, ch. 4 and 5.
    """
    yi, vi, include = check_batch(yi, vi, include)
    rows = [
        _rank_correlation(y[used], v[used], exact)
        for y, v, used in zip(yi, vi, include, strict=True)
    ]
    tau, score, z, p_value, is_exact = (np.array(column) for column in zip(*rows, strict=True))
    return RankTest(tau, score, z, p_value, is_exact, include.sum(axis=1))


def _rank_correlation(y, v, exact):
    """Kendall's tau of one fit: tau-b, score, z, P value, whether exact."""
    k = y.size
    weights = 1 / v
    others = np.where(np.eye(k, dtype=bool), 0.0, weights).sum(axis=1)
    # (y - pooled) / sd of that difference, without subtracting numbers that are nearly equal.
    deviate = ((y[:, None] - y) * weights).sum(axis=1) / np.sqrt(v * others * weights.sum())
    effect_order, variance_order = _pair_signs(deviate), _pair_signs(v)
    score = int((effect_order * variance_order).sum()) // 2
    pairs = k * (k - 1) // 2
    untied = [int(np.abs(order).sum()) // 2 for order in (effect_order, variance_order)]
    if min(untied) == 0:
        raise ValueError(
            f"{'yi' if untied[0] == 0 else 'vi'} must differ between studies for Begg's test; all "
            f"{k} are equal. Leave the test out."
        )
    tau = score / np.sqrt(untied[0] * untied[1])
    tied = min(untied) < pairs
    if exact and tied:
        raise ValueError("exact must not be True where studies are tied; use exact=None.")
    if exact or (exact is None and not tied and k <= EXACT_UP_TO):
        fewest = (pairs - abs(score)) // 2
        return tau, score, np.nan, min(1.0, 2 * _inversions_at_most(k, fewest)), True
    z = score / np.sqrt(_score_variance(k, _tie_sizes(effect_order), _tie_sizes(variance_order)))
    return tau, score, z, normal_two_sided_p(z), False


def _pair_signs(values):
    """Order of each pair of studies: -1, 0 or 1, differences of rounding counting as ties."""
    difference = values[:, None] - values
    larger = np.maximum(np.abs(values[:, None]), np.abs(values))
    return np.where(np.abs(difference) <= 1e-13 * larger, 0, np.sign(difference)).astype(int)


def _tie_sizes(order):
    """Size of each group of tied studies, counted once per group."""
    sizes = (order == 0).sum(axis=1)
    first = np.argmax(order == 0, axis=1) == np.arange(len(order))
    return sizes[first].astype(float)


def _score_variance(k, *ties):
    """Variance of Kendall's score under no correlation, with ties (Kendall 1970, eq. 4.4)."""
    linear = [np.sum(t * (t - 1)) for t in ties]
    cubic = [np.sum(t * (t - 1) * (t - 2)) for t in ties]
    base = k * (k - 1) * (2 * k + 5) - sum(np.sum(t * (t - 1) * (2 * t + 5)) for t in ties)
    pairs = linear[0] * linear[1] / (2 * k * (k - 1))
    return base / 18 + pairs + cubic[0] * cubic[1] / (9 * k * (k - 1) * (k - 2))


def _inversions_at_most(k, most):
    """P(a random order of k studies has at most this many discordant pairs)."""
    chance = np.zeros(most + 1)
    chance[0] = 1.0
    for size in range(2, k + 1):
        cumulative = np.cumsum(chance)
        chance = cumulative / size
        chance[size:] = (cumulative[size:] - cumulative[:-size]) / size
    return chance.sum()
