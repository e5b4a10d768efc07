"""Trim and fill: how many studies are missing on one side, and the estimate with them put in."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import ConvergenceError, unknown_name
from evpool.stats.bias import egger_test
from evpool.stats.bias_support import check_batch
from evpool.stats.pooling import PooledFit, pool

ESTIMATORS = ("L0", "R0", "Q0")
SIDES = ("left", "right", "auto")
MAX_ITERATIONS = 100


@dataclass(frozen=True)
class TrimFill:
    """Trim-and-fill of a batch of meta-analyses; shapes (B,) unless said.

    `k0` is the number of missing studies on `side`, `k0_raw` before rounding, `k0_se` its standard
    error (NaN where the variance formula gives a negative number). `filled` (B, k) marks the
    studies whose mirror images were put in, `filled_yi` and `filled_vi` (B, k) hold those images,
    NaN elsewhere. The other numbers are those of `pooled`, the fit of observed and filled studies.
    """

    k0: np.ndarray
    k0_raw: np.ndarray
    k0_se: np.ndarray
    side: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    tau2: np.ndarray
    filled: np.ndarray
    filled_yi: np.ndarray
    filled_vi: np.ndarray
    k: np.ndarray
    converged: np.ndarray
    pooled: PooledFit
    estimator: str
    warning: str


def trim_fill(
    yi,
    vi,
    *,
    estimator="L0",
    side="auto",
    model="random",
    tau2_method="REML",
    ci_method="wald",
    ci_level=0.95,
    include=None,
):
    """Estimate the number of studies missing on one side, mirror as many and pool again.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    estimator : {'L0', 'R0', 'Q0'}
        How the number of missing studies follows from the ranks.
    side : {'left', 'right', 'auto'}
        Where studies are missing. 'auto': left where Egger's slope (on sei) is positive.
    model, tau2_method, ci_method, ci_level
        As in `evpool.stats.pooling.pool`; the first two also centre the studies while trimming.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    TrimFill

    Raises
    ------
    ValueError
        If a fit has fewer than 3 studies, if Q0 of a single fit is not defined (nearly all large
        ranks lie on one side), or if side='auto' and all variances are equal.
    ConvergenceError
        If the number of missing studies of a single fit does not settle; in a batch, `converged`
        is False and k0 -1, the estimate NaN.

    References
    ----------
    Duval & Tweedie (2000), doi:10.1111/j.0006-341X.2000.00455.x (R0, L0: eq. 2 and 3) and
    doi:10.1080/01621459.2000.10473905 (Q0 and the variances).
    """
    yi, vi, include = check_batch(yi, vi, include)
    _check_choices(estimator, side)
    sides = _sides(yi, vi, include, side, model, tau2_method)
    sign = np.where(sides == "left", 1.0, -1.0)[:, None]
    settings = {"model": model, "tau2_method": tau2_method}
    trimmed = _trim(sign * yi, vi, include, estimator, settings)
    if len(include) == 1 and not trimmed.settled[0]:
        raise _failure(estimator, trimmed)
    filled = trimmed.extreme & trimmed.settled[:, None]
    mirrored = np.where(filled, sign * (2 * trimmed.centre[:, None] - sign * yi), np.nan)
    pooled = pool(
        np.hstack([yi, np.where(filled, mirrored, 0.0)]),
        np.hstack([vi, vi]),
        include=np.hstack([include, filled]),
        ci_method=ci_method,
        ci_level=ci_level,
        **settings,
    )
    lost = np.where(trimmed.settled, 0.0, np.nan)
    kept = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "tau2")
    return TrimFill(
        k0=np.where(trimmed.settled, trimmed.k0, -1),
        k0_raw=trimmed.raw,
        k0_se=_k0_se(estimator, trimmed.raw, include.sum(axis=1)),
        side=sides,
        **{name: getattr(pooled, name) + lost for name in kept},
        filled=filled,
        filled_yi=mirrored,
        filled_vi=np.where(filled, vi, np.nan),
        k=include.sum(axis=1),
        converged=trimmed.settled & pooled.converged,
        pooled=pooled,
        estimator=estimator,
        warning=_unsettled(trimmed),
    )


@dataclass(frozen=True)
class _Trimmed:
    """Studies are missing on the left: the `extreme` ones are the k0 largest effects."""

    k0: np.ndarray
    raw: np.ndarray
    centre: np.ndarray
    extreme: np.ndarray
    settled: np.ndarray


def _check_choices(estimator, side):
    if estimator not in ESTIMATORS:
        raise unknown_name("estimator", estimator, ESTIMATORS)
    if side not in SIDES:
        raise unknown_name("side", side, SIDES)


def _sides(yi, vi, include, side, model, tau2_method):
    if side != "auto":
        return np.full(len(include), side)
    egger = "lm" if model == "common" else "mixed"
    settings = {"model": egger, "tau2_method": tau2_method, "include": include}
    try:
        slope = egger_test(yi, vi, predictor="sei", **settings).estimate
    except ValueError as error:
        raise ValueError(f"side 'auto' needs Egger's slope, or give 'left': {error}") from error
    return np.where(slope > 0, "left", "right")


def _trim(y, v, include, estimator, settings):
    """Trim the largest effects, centre, and count anew until the number stands still."""
    k = include.sum(axis=1)
    place = _ranks(np.where(include, y, np.inf))  # 1 for the smallest effect
    k0 = np.zeros(len(k), dtype=int)
    for _ in range(MAX_ITERATIONS):
        kept = include & (place <= (k - k0)[:, None])
        centre = pool(y, v, include=kept, **settings).estimate
        raw = _missing(y - centre[:, None], include, estimator)
        # R0 of studies that all lie right of the centre would trim every one of them.
        new = np.clip(np.rint(np.where(np.isnan(raw), k0, raw)), 0, k - 1).astype(int)
        settled = new == k0
        if settled.all():
            break
        k0 = new
    settled = settled & np.isfinite(raw)
    return _Trimmed(k0, raw, centre, include & (place > (k - k0)[:, None]), settled)


def _ranks(values):
    """Ranks 1, 2, ... along the last axis, ties in order of position."""
    order = np.argsort(values, axis=-1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, values.shape[-1] + 1), axis=-1)
    return ranks


def _missing(deviation, include, estimator):
    """Number of missing studies, not rounded, (B,); NaN where Q0 is not defined."""
    n = include.sum(axis=1)
    rank = _ranks(np.where(include, np.abs(deviation), np.inf))
    if estimator == "R0":
        largest_left = np.where(include & (deviation < 0), rank, 0).max(axis=1)
        return n - largest_left - 1.0
    right = np.where(include & (deviation > 0), rank, 0).sum(axis=1)
    if estimator == "L0":
        return (4 * right - n * (n + 1)) / (2 * n - 1)
    inside = 2 * n**2 - 4 * right + 0.25
    return n - 0.5 - np.sqrt(np.where(inside >= 0, inside, np.nan))


def _k0_se(estimator, raw, n):
    """Standard error of the number of missing studies, at the unrounded number."""
    if estimator == "R0":
        return np.sqrt(2 * np.maximum(raw, 0) + 2)
    # 24 times the variance of the rank sum, Duval & Tweedie (2000).
    variance = n * (n + 1) * (2 * n + 1) + raw * (10 * raw**2 + 27 * raw + 17)
    variance = variance - 18 * n * raw * (raw + 1) + 6 * n**2 * raw
    spread = np.sqrt(np.where(variance >= 0, variance, np.nan) / 24)
    return 4 * spread / (2 * n - 1) if estimator == "L0" else 2 * spread / (n - 0.5 - raw)


def _failure(estimator, trimmed):
    if np.isnan(trimmed.raw[0]):
        return ValueError(
            f"estimator {estimator!r} is not defined here: the ranks of the studies right of "
            "the centre add up to too much for its square root. Use estimator 'L0' or 'R0'."
        )
    return ConvergenceError(
        f"trim and fill by {estimator} did not settle on a number of missing studies in "
        f"{MAX_ITERATIONS} rounds (it moves between {trimmed.k0[0]} and others); use another "
        "estimator."
    )


def _unsettled(trimmed):
    lost = int((~trimmed.settled).sum())
    return (
        f"{lost} of {trimmed.settled.size} fits found no number of missing studies" if lost else ""
    )
