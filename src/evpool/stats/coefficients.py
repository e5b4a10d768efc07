"""Coefficients of a meta-regression at given tau2, their tests, and Holm's adjustment."""

from dataclasses import dataclass

import numpy as np

from evpool.stats.design import INTERCEPT

REGRESSION_TESTS = ("wald", "knha", "knha_adhoc")


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of a batch of fits at given tau2, with their tests.

    Attributes
    ----------
    estimate, se, statistic : ndarray, shape (B, p)
    cov : ndarray, shape (B, p, p)
    df : ndarray, shape (B,)
        Degrees of freedom of the tests; inf for Wald.
    qm : ndarray, shape (B,)
        Omnibus statistic: chi-squared for Wald, F for Knapp-Hartung.
    qm_df : int
        Number of coefficients tested by `qm`.
    """

    estimate: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    cov: np.ndarray
    df: np.ndarray
    qm: np.ndarray
    qm_df: int


def tested_columns(names):
    """Columns that the omnibus test covers: all but the intercept, or the intercept alone."""
    tested = [j for j, name in enumerate(names) if name != INTERCEPT]
    return tested or [0]


def solve_coefficients(studies, tau2, test, tested):
    """Weighted least squares at given tau2, with the tests' statistics.

    Parameters
    ----------
    studies : DesignStudies
    tau2 : ndarray, shape (B,)
    test : str
        One of `REGRESSION_TESTS`.
    tested : list of int
        Columns of the omnibus test.

    Returns
    -------
    Coefficients
    """
    at = studies.project(tau2)
    estimate, cov, df = at.coefficients, at.covariance, np.full(len(studies), np.inf)
    if test != "wald":
        df = studies.df.copy()
        scale = np.divide(at.ypy, df, out=np.full(len(df), np.nan), where=df > 0)
        scale = np.maximum(scale, 1.0) if test == "knha_adhoc" else scale
        cov = cov * scale[:, None, None]
    se = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    # Perfect fits have standard errors of 0 under Knapp-Hartung: the statistic is infinite.
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
        if len(tested) == 1:
            qm = statistic[:, tested[0]] ** 2
        else:
            qm = _quadratic_form(estimate[:, tested], cov[np.ix_(range(len(cov)), tested, tested)])
    qm = qm if test == "wald" else qm / len(tested)
    return Coefficients(estimate, se, statistic, cov, df, qm, len(tested))


def _quadratic_form(estimate, cov):
    """Quadratic form b' C^-1 b, on the correlation scale; NaN where C is 0 or not finite."""
    scale = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    usable = np.isfinite(scale).all(axis=1) & (scale > 0).all(axis=1)
    form = np.full(len(estimate), np.nan)
    if usable.any():
        z = estimate[usable] / scale[usable]
        corr = cov[usable] / (scale[usable, :, None] * scale[usable, None, :])
        form[usable] = np.vecdot(z, np.linalg.solve(corr, z[:, :, None])[:, :, 0])
    return form


def holm(p):
    """P values adjusted for multiple testing by Holm's step-down method.

    Parameters
    ----------
    p : array_like, shape (m,)
        P values of one family of tests; NaN (a test that could not be made) stays NaN and does
        not count.

    Returns
    -------
    ndarray, shape (m,)

    Raises
    ------
    ValueError
        If a P value is outside 0 to 1.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    p = np.asarray(p, dtype=float)
    bad = np.flatnonzero((p < 0) | (p > 1))
    if bad.size:
        raise ValueError(f"p must be between 0 and 1; positions {bad.tolist()} hold {p[bad]}.")
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
