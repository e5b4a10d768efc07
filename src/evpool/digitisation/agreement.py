"""How well two readings of the same figures agree, and where they do not.

Judgements (risk of bias) are in `judgement_agreement`.
"""

from dataclasses import dataclass

import numpy as np

from evpool.stats.distributions import normal_quantile, t_quantile
from evpool.stats.effects import require


@dataclass(frozen=True)
class MatchedReadings:
    """Which readings belong together.

    Attributes
    ----------
    first, second : ndarray of int, shape (pairs,)
        Positions of the pairs in the two lists.
    only_first, only_second : ndarray of int
        Positions of the readings without a partner.
    keys : list of tuple
        What each pair is of.
    """

    first: np.ndarray
    second: np.ndarray
    only_first: np.ndarray
    only_second: np.ndarray
    keys: list


def match_readings(first, second, keys):
    """Match the rows of two digitisers by what they read.

    Parameters
    ----------
    first, second : list of dict
        One row a reading.
    keys : sequence of str
        Columns that together name a reading (study_id, outcome, timepoint, role, ...). They match
        as they are; an absent one matches an absent one.

    Returns
    -------
    MatchedReadings
        Every row is in one pair or listed as single.

    Raises
    ------
    ValueError
        If one list has a key twice: nothing tells which of them is the other's partner.
    """
    places = [_places_of(rows, keys, name) for rows, name in ((first, "first"), (second, "second"))]
    shared = [key for key in places[0] if key in places[1]]
    pairs = [np.array([place[key] for key in shared], dtype=int) for place in places]
    single = [
        np.array([i for key, i in own.items() if key not in other], dtype=int)
        for own, other in (places, places[::-1])
    ]
    return MatchedReadings(*pairs, *single, keys=shared)


def _places_of(rows, keys, name):
    places, repeated = {}, []
    for index, row in enumerate(rows):
        key = tuple(row.get(column) for column in keys)
        if places.setdefault(key, index) != index:
            repeated.append(f"{dict(zip(keys, key, strict=True))} (rows {places[key]} and {index})")
    if repeated:
        raise ValueError(
            f"the {name} digitiser read something twice: {'; '.join(repeated)}. Remove one of the "
            f"readings, or match by a column that tells them apart."
        )
    return places


@dataclass(frozen=True)
class BlandAltman:
    """Bias (first minus second), SD of the differences, limits of agreement, each with its CI."""

    pairs: int
    bias: float
    bias_low: float
    bias_high: float
    sd: float
    lower: float
    lower_low: float
    lower_high: float
    upper: float
    upper_low: float
    upper_high: float


def bland_altman(first, second, *, coverage=0.95, ci_level=0.95):
    """Bias and limits of agreement of two readings.

    Parameters
    ----------
    first, second : array_like, shape (pairs,)
        In one unit; at least 2 pairs.
    coverage : float
        Share of differences between the limits: 0.95 puts them 1.96 SDs off the bias.
    ci_level : float
        Level of the confidence intervals.

    Returns
    -------
    BlandAltman

    Raises
    ------
    ValueError
        If the readings are not finite (with the positions), differ in number or are too few.

    References
    ----------
    Bland & Altman (1986), doi:10.1016/S0140-6736(86)90837-8; (1999),
    doi:10.1177/096228029900800204, section 2: Var(limit) = s^2 (1/n + z^2 / (2 (n - 1))), t with
    n - 1 degrees of freedom.
    """
    first, second = _checked_pairs(first, second, 2)
    difference = first - second
    n = difference.size
    bias, sd = difference.mean(), difference.std(ddof=1)
    z = normal_quantile((1 + coverage) / 2)
    t = t_quantile((1 + ci_level) / 2, n - 1)
    off_bias = t * sd / np.sqrt(n)
    off_limit = t * sd * np.sqrt(1 / n + z**2 / (2 * (n - 1)))
    around = {"bias": (bias, off_bias), "lower": (bias - z * sd, off_limit)}
    around["upper"] = (bias + z * sd, off_limit)
    numbers = {}
    for name, (middle, off) in around.items():
        numbers |= {name: middle, f"{name}_low": middle - off, f"{name}_high": middle + off}
    return BlandAltman(pairs=n, sd=float(sd), **{k: float(v) for k, v in numbers.items()})


@dataclass(frozen=True)
class Coefficient:
    """An agreement coefficient with its confidence interval; `pairs` or subjects behind it."""

    estimate: float
    ci_low: float
    ci_high: float
    pairs: int


def icc_agreement(ratings, *, ci_level=0.95):
    """Intraclass correlation ICC(2,1): absolute agreement of single readings by random readers.

    Parameters
    ----------
    ratings : array_like, shape (subjects, readers)
        At least 2 subjects and 2 readers.
    ci_level : float

    Returns
    -------
    Coefficient
        NaN if all readings are equal, which says nothing.

    Raises
    ------
    ValueError
        If the shape does not fit or a reading is not finite; with the positions.

    References
    ----------
    Shrout & Fleiss (1979), doi:10.1037/0033-2909.86.2.420, case 2 and its interval;
    McGraw & Wong (1996), doi:10.1037/1082-989X.1.1.30, ICC(A,1), table 7.
    """
    x = np.asarray(ratings, dtype=float)
    if x.ndim != 2 or min(x.shape) < 2:
        raise ValueError(
            f"ratings must have the shape (subjects, readers), two or more of each; got {x.shape}."
        )
    require("ratings", x, np.isfinite(x), "be finite")
    n, k = x.shape
    rows, columns, residual = _mean_squares(x)
    if rows + columns + residual == 0:
        return Coefficient(np.nan, np.nan, np.nan, n)
    rho = (rows - residual) / (rows + (k - 1) * residual + k * (columns - residual) / n)
    if residual + columns == 0:
        return Coefficient(1.0, 1.0, 1.0, n)
    low, high = _icc_interval(rows, columns, residual, rho, (n, k), ci_level)
    return Coefficient(float(rho), float(low), float(high), n)


def _mean_squares(x):
    """Mean squares of subjects, readers and residual of a two-way table."""
    n, k = x.shape
    off_rows = x.mean(axis=1) - x.mean()
    off_columns = x.mean(axis=0) - x.mean()
    residual = x - x.mean() - off_rows[:, np.newaxis] - off_columns
    return (
        k * np.sum(off_rows**2) / (n - 1),
        n * np.sum(off_columns**2) / (k - 1),
        np.sum(residual**2) / ((n - 1) * (k - 1)),
    )


def _icc_interval(rows, columns, residual, rho, shape, level):
    """Satterthwaite's interval of ICC(2,1); rho = 1 is not given."""
    from scipy.special import fdtri  # its only use

    n, k = shape
    # a MSC + b MSE with a = k rho / (n (1 - rho)), both multiplied by n (1 - rho).
    a, b = k * rho * columns, (n * (1 - rho) + k * rho * (n - 1)) * residual
    df = (a + b) ** 2 / (a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1)))
    p = (1 + level) / 2
    f_low, f_high = fdtri(n - 1, df, p), fdtri(df, n - 1, p)
    rest = k * columns + (k * n - k - n) * residual
    # Divided by the quantiles, which grow beyond all bounds as the degrees of freedom vanish.
    low = n * (rows / f_low - residual) / (rest + n * rows / f_low)
    high = n * (rows - residual / f_high) / (rest / f_high + n * rows)
    return low, high


def percentage_differences(first, second):
    """Difference of each pair in percent of the pair's mean size, 0 to 200.

    Parameters
    ----------
    first, second : array_like, shape (pairs,)

    Returns
    -------
    ndarray, shape (pairs,)
        100 |a - b| / ((|a| + |b|) / 2); 0 where both are 0. Its mean is the mean absolute
        percentage difference.
    """
    first, second = _checked_pairs(first, second, 1)
    size = (np.abs(first) + np.abs(second)) / 2
    return 100 * np.abs(first - second) / np.where(size > 0, size, 1.0)


def mean_absolute_percentage_difference(first, second):
    """Mean of `percentage_differences`, in percent."""
    return float(percentage_differences(first, second).mean())


def list_disagreements(keys, first, second, *, percent=None, absolute=None, pixels=None):
    """List the pairs that differ by more than a threshold, worst first, for adjudication.

    Parameters
    ----------
    keys : sequence of tuple
        What each pair is of, as in `MatchedReadings.keys`.
    first, second : array_like, shape (pairs,)
        The two readings, in the outcome's unit.
    percent, absolute : float, optional
        Thresholds in percent (as of `percentage_differences`) and in the outcome's unit; at least
        one; a pair above either is listed.
    pixels : pair of array_like, each of shape (pairs, 2), optional
        Where the two clicked, in image pixels.

    Returns
    -------
    list of dict
        `key`, `first`, `second`, `difference` (first minus second), `percent`, `mean` and
        `pixel_distance` (None if not given).

    Raises
    ------
    ValueError
        If no threshold is given, one is negative, or the lists differ in length.
    """
    thresholds = [limit for limit in (percent, absolute) if limit is not None]
    if not thresholds or min(thresholds) < 0:
        raise ValueError(
            f"a threshold >= 0 is needed: percent or absolute; got {percent!r} and {absolute!r}."
        )
    first, second = _checked_pairs(first, second, 0)
    if len(keys) != first.size:
        raise ValueError(f"each pair needs a key; got {len(keys)} keys for {first.size} pairs.")
    share, apart = percentage_differences(first, second), np.abs(first - second)
    beyond = share > np.inf if percent is None else share > percent
    if absolute is not None:
        beyond |= apart > absolute
    distance = _pixel_distance(pixels, first.size)
    worst = share if percent is not None else apart
    return [
        {
            "key": keys[i],
            "first": float(first[i]),
            "second": float(second[i]),
            "difference": float(first[i] - second[i]),
            "percent": float(share[i]),
            "mean": float((first[i] + second[i]) / 2),
            "pixel_distance": distance[i],
        }
        for i in np.argsort(-worst, kind="stable")
        if beyond[i]
    ]


def _pixel_distance(pixels, count):
    if pixels is None:
        return [None] * count
    a, b = (np.asarray(x, dtype=float).reshape(count, 2) for x in pixels)
    return np.hypot(*(a - b).T).tolist()


def _checked_pairs(first, second, fewest):
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.shape != second.shape or first.ndim != 1 or first.size < fewest:
        raise ValueError(
            f"two lists of one length, {fewest} or more readings each, are needed; "
            f"got shapes {first.shape} and {second.shape}."
        )
    require("first", first, np.isfinite(first), "be finite")
    require("second", second, np.isfinite(second), "be finite")
    return first, second
