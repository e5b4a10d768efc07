"""Quantiles and tail probabilities, accurate far into the tails; df = inf means normal."""

import numpy as np
import scipy  # loads scipy.special, half of a light job, at its first use


def normal_quantile(p):
    """Quantile of the standard normal distribution at probability `p`."""
    return scipy.special.ndtri(p)


def normal_two_sided_p(z):
    """Two-sided P value of a standard normal statistic."""
    return 2.0 * scipy.special.ndtr(-np.abs(z))


def t_quantile(p, df):
    """Quantile of Student's t at probability `p`; NaN where df <= 0.

    Parameters
    ----------
    p : float or ndarray
        Probability, 0 to 1.
    df : float or ndarray
        Degrees of freedom; inf gives the normal quantile.

    Returns
    -------
    float or ndarray
    """
    return scipy.special.stdtrit(_usable(df), p)


def t_two_sided_p(t, df):
    """Two-sided P value of a t statistic; NaN where df <= 0.

    Parameters
    ----------
    t : float or ndarray
        The statistic.
    df : float or ndarray
        Degrees of freedom; inf gives the normal P value.

    Returns
    -------
    float or ndarray
    """
    return 2.0 * scipy.special.stdtr(_usable(df), -np.abs(t))


def chi2_upper_p(x, df):
    """Upper tail probability of a chi-squared statistic; NaN where df <= 0."""
    return scipy.special.chdtrc(_usable(df), x)


def chi2_quantile(p, df):
    """Quantile of the chi-squared distribution at probability `p`; NaN where df <= 0."""
    return 2.0 * scipy.special.gammaincinv(0.5 * _usable(df), p)


def f_upper_p(f, df1, df2):
    """Upper tail probability of an F statistic; df2 = inf means chi-squared over df1."""
    df2 = _usable(df2)
    normal = scipy.special.chdtrc(df1, np.multiply(f, df1))
    return np.where(np.isinf(df2), normal, scipy.special.fdtrc(df1, df2, f))[()]


def _usable(df):
    """Replace degrees of freedom that allow no inference by NaN, which scipy hands through."""
    if np.ndim(df):
        return np.where(np.greater(df, 0), df, np.nan)
    return df if df > 0 else np.nan
