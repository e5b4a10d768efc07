"""How well two raters' judgements agree: Cohen's kappa, PABAK, Gwet's AC1, each with its CI."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.distributions import normal_quantile

WEIGHTS = ("unweighted", "linear", "quadratic")


@dataclass(frozen=True)
class ChanceCorrected:
    """Agreement beyond chance: 1 perfect, 0 as by chance.

    Attributes
    ----------
    estimate, se, ci_low, ci_high : float
        NaN where undefined (chance agreement is 1).
    observed, expected : float
        Share of (weighted) agreement seen, and by chance; 0-1.
    subjects : int
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    observed: float
    expected: float
    subjects: int


def cross_table(first, second, categories):
    """Count how two raters judged the same subjects.

    Parameters
    ----------
    first, second : sequence, one judgement a subject
    categories : sequence
        Every possible judgement, in their order if they have one. Not taken from the data: an
        unused one counts for PABAK and AC1.

    Returns
    -------
    ndarray of float, shape (q, q)
        Rows are the first rater's judgements.

    Raises
    ------
    ValueError
        If a judgement is no category, the raters differ in number of subjects or have none.
    """
    place = {category: i for i, category in enumerate(categories)}
    if len(first) != len(second) or not len(first):
        raise ValueError(
            f"both raters must judge the same subjects; got {len(first)} and {len(second)}."
        )
    if len(place) < 2:
        raise ValueError(f"at least two different categories are needed; got {list(categories)}.")
    for judgement in (*first, *second):
        if judgement not in place:
            raise unknown_name("judgement", judgement, categories)
    table = np.zeros((len(place), len(place)))
    np.add.at(table, ([place[x] for x in first], [place[x] for x in second]), 1)
    return table


def cohens_kappa(table, *, weights="unweighted", ci_level=0.95):
    """Cohen's kappa, unweighted or weighted, with its large-sample interval.

    Parameters
    ----------
    table : array_like, shape (q, q)
        Counts as of `cross_table`.
    weights : {'unweighted', 'linear', 'quadratic'}
        Agreement of categories i and j: 0 unless equal; 1 - |i - j| / (q - 1); 1 minus its square.
    ci_level : float

    Returns
    -------
    ChanceCorrected

    Raises
    ------
    ValueError
        If the table is not one of counts or `weights` is unknown.

    References
    ----------
    Cohen (1960), doi:10.1177/001316446002000104; (1968), doi:10.1037/h0026256. Standard error:
    Fleiss, Cohen & Everitt (1969), doi:10.1037/h0028106.
    """
    if weights not in WEIGHTS:
        raise unknown_name("weights", weights, WEIGHTS)
    p, n = _shares(table)
    index = np.arange(len(p))
    apart = np.abs(index[:, np.newaxis] - index) / (len(p) - 1)
    powers = {"unweighted": np.where(apart > 0, 1.0, 0.0), "linear": apart, "quadratic": apart**2}
    w = 1 - powers[weights]
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    chance_slope = (w @ columns)[:, np.newaxis] + rows @ w
    return _beyond_chance(p, n, w, rows @ w @ columns, chance_slope, ci_level)


def gwet_ac1(table, *, ci_level=0.95):
    """Gwet's AC1, which does not collapse when nearly all judgements are of one category.

    Parameters
    ----------
    table : array_like, shape (q, q)
    ci_level : float

    Returns
    -------
    ChanceCorrected

    References
    ----------
    Gwet (2008), doi:10.1348/000711006X126600.
    """
    p, n = _shares(table)
    q = len(p)
    share = (p.sum(axis=0) + p.sum(axis=1)) / 2
    expected = np.sum(share * (1 - share)) / (q - 1)
    chance_slope = (1 - share[:, np.newaxis] - share) / (q - 1)
    return _beyond_chance(p, n, np.eye(q), expected, chance_slope, ci_level)


def pabak(table, *, ci_level=0.95):
    """Prevalence-adjusted bias-adjusted kappa: chance agreement is 1 / q.

    Parameters
    ----------
    table : array_like, shape (q, q)
    ci_level : float

    Returns
    -------
    ChanceCorrected

    References
    ----------
    Byrt, Bishop & Carlin (1993), doi:10.1016/0895-4356(93)90018-V; for two categories 2 p_o - 1.
    """
    p, n = _shares(table)
    q = len(p)
    return _beyond_chance(p, n, np.eye(q), 1 / q, np.zeros((q, q)), ci_level)


def _shares(table):
    """Check a table of counts; return its shares and total."""
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or len(counts) < 2:
        raise ValueError(f"a square table of two or more categories is needed; got {counts.shape}.")
    if not np.all(np.isfinite(counts) & (counts >= 0)) or counts.sum() == 0:
        raise ValueError(f"a table of counts >= 0, not all 0, is needed; got {counts.tolist()}.")
    return counts / counts.sum(), int(counts.sum())


def _beyond_chance(p, n, weights, expected, chance_slope, level):
    """(observed - expected) / (1 - expected), with its delta-method SE under multinomial sampling.

    `chance_slope` is the derivative of `expected` by each share of the table.
    """
    observed = float(np.sum(weights * p))
    if expected >= 1:
        return ChanceCorrected(np.nan, np.nan, np.nan, np.nan, observed, float(expected), n)
    estimate = (observed - expected) / (1 - expected)
    slope = (weights - (1 - estimate) * chance_slope) / (1 - expected)
    variance = (np.sum(p * slope**2) - np.sum(p * slope) ** 2) / n
    se = np.sqrt(max(variance, 0.0))
    off = normal_quantile((1 + level) / 2) * se
    return ChanceCorrected(
        estimate=float(estimate),
        se=float(se),
        ci_low=float(max(estimate - off, -1.0)),
        ci_high=float(min(estimate + off, 1.0)),
        observed=observed,
        expected=float(expected),
        subjects=n,
    )
