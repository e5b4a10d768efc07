"""What the bias diagnostics share: checked batches, Wald tests, weighted lines, warnings."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.distributions import t_quantile, t_two_sided_p
from evpool.stats.moments import as_batch

FEW_STUDIES = 10


@dataclass(frozen=True)
class WaldTest:
    """Test and interval of an estimate, each of shape (B,); NaN where the se is 0 or NaN."""

    statistic: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray


@dataclass(frozen=True)
class WeightedLine:
    """A weighted regression on one predictor; each array of shape (B,)."""

    intercept: np.ndarray
    intercept_se: np.ndarray
    slope: np.ndarray
    slope_se: np.ndarray
    dispersion: np.ndarray
    df: np.ndarray


def check_batch(yi, vi, include=None, least=3):
    """Check effects and variances, give them two dimensions and a mask.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    include : array_like of bool, shape (k,) or (B, k), optional
        Which studies are in each fit; all by default.
    least : int
        Fewest studies that a fit may have.

    Returns
    -------
    ndarray
        yi, vi and include, each of shape (B, k).

    Raises
    ------
    ValueError
        If a value cannot be used or a fit has fewer than `least` studies.
    """
    yi, vi, include = as_batch(yi, vi, include)
    shapes = [array.shape for array in (yi, vi, include) if array is not None]
    shape = np.broadcast_shapes(*shapes)
    include = np.ones(shape, bool) if include is None else np.broadcast_to(include, shape)
    fewest = int(include.sum(axis=1).min())
    if fewest < least:
        raise ValueError(
            f"yi must hold at least {least} studies per fit; got {fewest}. Leave this diagnostic "
            f"out where fewer are included."
        )
    return np.broadcast_to(yi, shape), np.broadcast_to(vi, shape), include


def check_level(name, value):
    """Raise a ValueError unless a probability lies strictly between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1; got {value!r}. Try 0.05 or 0.95.")


def check_alternative(alternative, known):
    """Raise an UnknownNameError unless `alternative` is one of the known ones."""
    if alternative not in known:
        raise unknown_name("alternative", alternative, known)


def wald_test(estimate, se, df, ci_level):
    """Two-sided test of an estimate against 0 and its interval, t with df (inf: normal)."""
    check_level("ci_level", ci_level)
    se = np.asarray(se, dtype=float)
    known = np.where(se > 0, se, np.nan)
    statistic = estimate / known
    half = t_quantile((1 + ci_level) / 2, df) * known
    return WaldTest(statistic, t_two_sided_p(statistic, df), estimate - half, estimate + half)


def fit_weighted_line(yi, x, weights, *, dispersed):
    """Regress yi on one predictor by weighted least squares.

    Parameters
    ----------
    yi, x, weights : ndarray, shape (B, k)
        Effects, predictor, weights; a weight of 0 leaves a study out.
    dispersed : bool
        True: the residual variance is dispersion / weight, the dispersion estimated with k - 2
        degrees of freedom. False: it is 1 / weight, and df is inf.

    Returns
    -------
    WeightedLine
        Standard errors are 0 where the studies lie on the line to rounding.
    """
    total = weights.sum(axis=1)
    x_mean = (weights * x).sum(axis=1) / total
    y_mean = (weights * yi).sum(axis=1) / total
    dx, dy = x - x_mean[:, None], yi - y_mean[:, None]
    sxx = (weights * dx**2).sum(axis=1)
    slope = (weights * dx * dy).sum(axis=1) / sxx
    df = np.full(len(total), np.inf)
    dispersion = np.full(len(total), np.nan)
    scale = np.ones(len(total))
    if dispersed:
        df = (weights > 0).sum(axis=1) - 2.0
        squares = weights * (dy - slope[:, None] * dx) ** 2
        rounding = 1e-28 * (weights * yi**2).sum(axis=1)
        rss = squares.sum(axis=1)
        scale = dispersion = np.where(rss > rounding, rss, 0.0) / df
    return WeightedLine(
        intercept=y_mean - slope * x_mean,
        intercept_se=np.sqrt(scale * (1 / total + x_mean**2 / sxx)),
        slope=slope,
        slope_se=np.sqrt(scale / sxx),
        dispersion=dispersion,
        df=df,
    )


def few_studies(studies):
    """Return the Cochrane Handbook's caution if under ten studies are tested for asymmetry.

    Parameters
    ----------
    studies : int
        A study counts once, however many comparisons it gives.
    """
    if studies >= FEW_STUDIES:
        return ""
    return (
        f"only {studies} {'study' if studies == 1 else 'studies'}: with fewer than {FEW_STUDIES} "
        "the power is too low to tell chance from asymmetry (Cochrane Handbook 6, section "
        "13.3.5.4)"
    )


def join_warnings(*warnings):
    """Join the warnings that are not empty."""
    return "; ".join(warning for warning in warnings if warning)
