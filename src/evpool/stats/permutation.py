"""Permutation tests of meta-analyses and meta-regressions, exact when few arrangements exist.

Shuffling the rows of the design against the studies is the same as shuffling the studies (yi, vi)
against a fixed design. So one design serves all fits of a batch, and each normal equation is a
matrix product of the shuffled weights.
"""

import math
from dataclasses import dataclass

import numpy as np

from evpool.stats.coefficients import solve_coefficients, tested_columns
from evpool.stats.design import INTERCEPT
from evpool.stats.moments import as_batch, studies_of
from evpool.stats.regression import fit_metaregression
from evpool.stats.tau2 import tau2_of

MAX_EXACT = 50_000
_CHUNK = 1 << 17  # numbers per working array
_TIE = 1e-8  # statistics that differ by this share of them (or of 1) count as equal


@dataclass(frozen=True)
class PermutationTest:
    """Permutation P values of the coefficients of one model.

    Attributes
    ----------
    names : tuple of str, length p
    statistic : ndarray, shape (p,)
        Observed z or t statistics.
    p_value : ndarray, shape (p,)
        Two-sided permutation P values; NaN where the data have no statistic (Knapp-Hartung with
        as many coefficients as studies). With moderators the intercept has NaN: shuffling the
        moderators does not test it.
    qm, qm_p : ndarray, shape (1,)
        Observed omnibus statistic and its permutation P value.
    n_permutations : int
        Arrangements fitted: all of them if `exact`, else the random ones.
    n_failed : int
        Arrangements left out because tau2 did not converge.
    exact : bool
    test, model, tau2_method : str
    """

    names: tuple
    statistic: np.ndarray
    p_value: np.ndarray
    qm: np.ndarray
    qm_p: np.ndarray
    n_permutations: int
    n_failed: int
    exact: bool
    test: str
    model: str
    tau2_method: str


def permutation_test(
    yi,
    vi,
    design=None,
    *,
    names=(INTERCEPT,),
    model="random",
    tau2_method="REML",
    test="wald",
    n_permutations=5000,
    max_exact=MAX_EXACT,
    rng=None,
):
    """Test the effect (by flipping signs) or the moderators (by shuffling them).

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    design : array_like, shape (k, p), optional
        Design matrix; without it, or with an intercept only, the signs of yi are flipped and the
        2^k sign patterns are the arrangements. Else the rows of the design are shuffled; rows
        that are equal make fewer than k! arrangements.
    names : sequence of str, length p
        Names of the coefficients.
    model, tau2_method, test
        As in `evpool.stats.regression.fit_metaregression`; tau2 is estimated anew each time.
    n_permutations : int
        Random arrangements when there are too many to try all.
    max_exact : int
        All arrangements are tried, and the P values are exact, up to this many; 0 never.
    rng : numpy.random.Generator, optional
        Needed when arrangements are drawn at random.

    Returns
    -------
    PermutationTest
        Exact: the share of arrangements at least as extreme as the data, among those that have a
        statistic. Random: the same with the data counted as one more arrangement.

    Raises
    ------
    ValueError
        For unusable input (see `fit_metaregression`), or if rng is needed and missing.
    ConvergenceError
        If the fit of the data does not converge.

    References
    ----------
    Follmann & Proschan (1999), doi:10.1111/j.0006-341X.1999.00732.x (signs); Higgins & Thompson
    (2004), doi:10.1002/sim.1752 (moderators); Phipson & Smyth (2010), doi:10.2202/1544-6115.1585
    (counting the data among random arrangements).
    """
    y, v = (a[0] for a in as_batch(yi, vi)[:2])
    x = np.ones((y.size, 1)) if design is None else np.asarray(design, dtype=float)
    settings = {"model": model, "tau2_method": tau2_method, "test": test}
    fit = fit_metaregression(y, v, x, names=names, **settings)
    observed = np.append(np.abs(fit.statistic[0]), fit.qm[0])
    flips = x.shape[1] == 1 and np.ptp(x) == 0
    labels = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    count = 2**y.size if flips else count_orders(labels)
    exact = count <= max_exact
    if exact:
        # Study j gets design row order[j] where the studies are arranged by the inverse of order.
        every = sign_patterns(y.size) if flips else np.argsort(distinct_orders(labels), axis=1)
        arrangements = iter([every])
    else:
        _check_random(n_permutations, rng, count, max_exact)
        arrangements = _draw(rng, n_permutations, y.size, flips)
    extreme, tried, drawn, failed = _count_extreme(y, v, x, fit, observed, arrangements, flips)
    # A random draw counts the data as one more arrangement; all arrangements hold it already.
    own = 0.0 if exact else 1.0
    tested = ~np.isnan(observed)
    if not flips:
        tested[:-1] &= [name != INTERCEPT for name in fit.names]
    p = np.full(observed.size, np.nan)
    p[tested] = (extreme[tested] + own) / (tried[tested] + own)
    return PermutationTest(
        names=fit.names,
        statistic=fit.statistic[0],
        p_value=p[:-1],
        qm=fit.qm,
        qm_p=p[-1:],
        n_permutations=drawn,
        n_failed=failed,
        exact=exact,
        **settings,
    )


def _count_extreme(y, v, x, fit, observed, arrangements, flips):
    """Fit the arrangements; return how many reach and have each statistic, were drawn, failed."""
    extreme, tried, drawn, failed = np.zeros(observed.size), np.zeros(observed.size), 0, 0
    # Written so that an infinite statistic, of a perfect fit, is a bar that others can reach.
    bar = np.minimum(observed * (1.0 - _TIE), observed - _TIE)
    for part in arrangements:
        drawn += len(part)
        for rows in np.array_split(part, -(-part.size // _CHUNK)):
            pair = (y * rows, v) if flips else (y[rows], v[rows])
            found = _statistics(*pair, x, fit)
            extreme += (found >= bar).sum(axis=0)
            tried += (~np.isnan(found)).sum(axis=0)
            failed += len(rows) - len(found)
    return extreme, tried, drawn, failed


def _check_random(n_permutations, rng, count, max_exact):
    if n_permutations < 1:
        raise ValueError(f"n_permutations must be at least 1; got {n_permutations}.")
    if rng is None:
        raise ValueError(
            f"rng must be given: the data have {float(count):.3g} arrangements, more than "
            f"max_exact = {max_exact}, so they are drawn at random. Pass "
            "numpy.random.default_rng(seed)."
        )


def _statistics(y, v, x, fit):
    """Absolute statistics and omnibus statistic, (B, p + 1), of the fits that converge."""
    studies = studies_of(y, v, x)
    tau2 = np.zeros(len(studies))
    if fit.model == "random":
        estimated = tau2_of(studies, fit.tau2_method)
        tau2 = estimated.tau2
        if not estimated.converged.all():
            rows = np.flatnonzero(estimated.converged)
            studies, tau2 = studies.take(rows), tau2[rows]
    found = solve_coefficients(studies, tau2, fit.test, tested_columns(fit.names))
    return np.column_stack([np.abs(found.statistic), found.qm])


def sign_patterns(k):
    """All 2^k patterns of signs, (2^k, k), as 1.0 and -1.0."""
    codes = np.arange(2**k)[:, None] >> np.arange(k)
    return 1.0 - 2.0 * (codes & 1)


def count_orders(labels):
    """Number of different orders of k labels: k! over the factorials of their multiplicities."""
    counts = np.unique(labels, return_counts=True)[1]
    return math.factorial(len(labels)) // math.prod(math.factorial(c) for c in counts.tolist())


def distinct_orders(labels):
    """All permutations of positions that give different orders of labels, (n, k).

    Row j is a permutation such that labels[row] runs through each different order once.
    """
    labels = np.asarray(labels)
    left = np.bincount(labels)[None, :]
    words = np.empty((1, 0), dtype=np.intp)
    # Extend every word by each label it has left, one position at a time.
    for _ in labels:
        word, label = np.nonzero(left)
        words = np.column_stack([words[word], label])
        left = left[word]
        left[np.arange(len(word)), label] -= 1
    # The n-th study of a label goes to the n-th place of that label in the word.
    orders = np.empty_like(words)
    rows, places = np.arange(len(words))[:, None], np.argsort(words, axis=1, kind="stable")
    orders[rows, places] = np.argsort(labels, kind="stable")
    return orders


def _draw(rng, n, k, flips):
    """Random sign patterns or orders in parts of bounded size, n rows in all."""
    size = max(1, _CHUNK // k)
    for start in range(0, n, size):
        rows = min(size, n - start)
        if flips:
            yield rng.choice([-1.0, 1.0], size=(rows, k))
        else:
            yield rng.permuted(np.tile(np.arange(k), (rows, 1)), axis=1)
