"""Effect sizes from group means and standard deviations: treated minus control, as printed."""

from typing import NamedTuple

import numpy as np

from evpool.errors import unknown_name

SMD_VARIANCES = ("LS", "UB", "LS2", "AV")


def small_sample_correction(df):
    """Exact factor J that makes a standardised mean difference unbiased.

    Parameters
    ----------
    df : array_like
        Degrees of freedom of the standard deviation, more than 1.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If any df <= 1, where the correction does not exist; gives the positions.

    References
    ----------
    Hedges (1981), doi:10.3102/10769986006002107, eq. 6e: gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)).
    """
    m = np.asarray(df, dtype=float)
    require("df", m, m > 1, "be > 1")
    small = np.clip(m / 2, 0.6, 20.0)
    # Imported here: only standardised differences need it, and it takes half a second.
    from scipy.special import gamma

    ratio = gamma(small) / (np.sqrt(small) * gamma(small - 0.5))
    x = np.maximum(m / 2, 20.0)
    # Stirling's series of log gamma, for the difference of two large values keeps no digits.
    series = _stirling_tail(x) - _stirling_tail(x - 0.5) - 0.5 - (x - 1) * np.log1p(-0.5 / x)
    return np.where(m > 40, np.exp(series), ratio)


def _stirling_tail(x):
    """The part of log gamma(x) beyond (x - 1/2) log x - x + log(2 pi) / 2, to 1e-15 for x >= 19."""
    square = 1.0 / (x * x)
    return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x


def check_groups(*, sd_t=None, n_t=None, sd_c=None, n_c=None, **others):
    """Turn summary data into float arrays of one shape and refuse what no formula can use.

    Parameters
    ----------
    sd_t, sd_c, n_t, n_c : array_like
        Standard deviations (> 0) and group sizes (>= 2).
    **others : array_like
        Further columns (means), which must be finite.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        Naming each argument, the rule, the positions and the values found.
    """
    given = {"sd_t": sd_t, "n_t": n_t, "sd_c": sd_c, "n_c": n_c, **others}
    names = [name for name, value in given.items() if value is not None]
    arrays = [np.asarray(given[name], dtype=float) for name in names]
    try:
        arrays = np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(f"{n} {a.shape}" for n, a in zip(names, arrays, strict=True))
        raise ValueError(f"All columns must have the same length; got {shapes}.") from None
    columns = dict(zip(names, arrays, strict=True))
    for name, values in columns.items():
        require(name, values, np.isfinite(values), "be finite")
        if name.startswith("sd_"):
            require(name, values, values > 0, "be > 0")
        elif name.startswith("n_"):
            require(name, values, values >= 2, "be >= 2")
    return columns


def require(name, values, sound, rule):
    """Raise a ValueError that lists every position of `values` that is not `sound`."""
    if np.all(sound):
        return
    bad = np.flatnonzero(~np.atleast_1d(sound))
    held = np.atleast_1d(values).ravel()
    listed = ", ".join(f"position {i} has {held[i]:g}" for i in bad[:10])
    more = f" and {bad.size - 10} more" if bad.size > 10 else ""
    raise ValueError(
        f"{name} must {rule}. {bad.size} of {held.size} rows break this: {listed}{more}. "
        "Correct or exclude them."
    )


class Need(NamedTuple):
    """What a measure needs of each comparison, beyond sound numbers.

    Attributes
    ----------
    name : str
        What it looks at: an input of the measure, or what follows from several.
    values, met : ndarray, shape (k,)
        That number of each comparison, and whether it will do.
    rule : str
        What it must be, or do: "be > 0".
    reason : str
        The ledger's code of a comparison that does not meet it.
    """

    name: str
    values: np.ndarray
    met: np.ndarray
    rule: str
    reason: str


def require_all(needs):
    """Raise a ValueError for the first Need that some comparison does not meet."""
    for need in needs:
        require(need.name, need.values, need.met, need.rule)


def mean_difference(mean_t, sd_t, n_t, mean_c, sd_c, n_c, pooled_sd=False):
    """Difference of means.

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means and standard deviations (not standard errors), in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.
    pooled_sd : bool
        Whether both groups share one variance; else each has its own.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Treated minus control, in the outcome's unit; its sampling variance.

    Raises
    ------
    ValueError
        If any sd <= 0 or n < 2 or a value is not finite; gives the positions.

    References
    ----------
    Borenstein et al. (2009), Introduction to Meta-Analysis, eqs. 4.2-4.5.
    """
    g = check_groups(mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    yi = g["mean_t"] - g["mean_c"]
    if pooled_sd:
        return yi, _pooled_variance(g) * (1.0 / g["n_t"] + 1.0 / g["n_c"])
    return yi, g["sd_t"] ** 2 / g["n_t"] + g["sd_c"] ** 2 / g["n_c"]


def _pooled_variance(g):
    sums = (g["n_t"] - 1) * g["sd_t"] ** 2 + (g["n_c"] - 1) * g["sd_c"] ** 2
    return sums / (g["n_t"] + g["n_c"] - 2)


def hedges_g(mean_t, sd_t, n_t, mean_c, sd_c, n_c, variance="LS"):
    """Standardised mean difference, corrected for small samples.

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means and standard deviations (not standard errors), in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.
    variance : {"LS", "UB", "LS2", "AV"}
        Large-sample approximation; unbiased; large-sample approximation of Cohen's d times J^2;
        large-sample approximation at the average g of all rows, weighted by n_t + n_c.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Hedges' g, treated minus control, in SD units; its sampling variance.

    Raises
    ------
    ValueError
        If any sd <= 0 or n < 2 or a value is not finite (gives the positions), or `variance`
        is unknown.

    References
    ----------
    Exact correction: Hedges (1981), doi:10.3102/10769986006002107, eq. 6e. LS: Hedges (1982),
    doi:10.1037/0033-2909.92.2.490, eq. 8. UB: Hedges (1983), doi:10.1037/0033-2909.93.2.388,
    eq. 9. LS2: Borenstein et al. (2009), Introduction to Meta-Analysis, eq. 4.24. AV: the LS
    formula at the average effect, after Hedges (1982).
    """
    if variance not in SMD_VARIANCES:
        raise unknown_name("variance", variance, SMD_VARIANCES)
    g = check_groups(mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    total = g["n_t"] + g["n_c"]
    df = total - 2
    j = small_sample_correction(df)
    yi = j * (g["mean_t"] - g["mean_c"]) / np.sqrt(_pooled_variance(g))
    sizes = 1.0 / g["n_t"] + 1.0 / g["n_c"]
    if variance == "LS":
        return yi, sizes + yi**2 / (2 * total)
    if variance == "LS2":
        return yi, j**2 * (sizes + (yi / j) ** 2 / (2 * total))
    if variance == "UB":
        return yi, sizes + (1 - (df - 2) / (df * j**2)) * yi**2
    return yi, sizes + np.average(yi, weights=total) ** 2 / (2 * total)


def cohens_d(mean_t, sd_t, n_t, mean_c, sd_c, n_c):
    """Standardised mean difference by the pooled SD, not corrected for small samples.

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means and standard deviations (not standard errors), in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Cohen's d, treated minus control, in SD units; its sampling variance.

    Raises
    ------
    ValueError
        If any sd <= 0 or n < 2 or a value is not finite; gives the positions.

    References
    ----------
    Borenstein et al. (2009), Introduction to Meta-Analysis, eqs. 4.18-4.20.
    """
    g = check_groups(mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    yi = (g["mean_t"] - g["mean_c"]) / np.sqrt(_pooled_variance(g))
    vi = 1.0 / g["n_t"] + 1.0 / g["n_c"] + yi**2 / (2 * (g["n_t"] + g["n_c"]))
    return yi, vi


def glass_delta(mean_t, sd_t, n_t, mean_c, sd_c, n_c, standardise_by="control"):
    """Mean difference in units of one group's SD, corrected for small samples.

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means and standard deviations (not standard errors), in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.
    standardise_by : {"control", "treatment"}
        The group whose SD is the unit.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Glass's delta, treated minus control; its sampling variance.

    Raises
    ------
    ValueError
        If any sd <= 0 or n < 2 (n < 3 in the group that standardises) or a value is not finite
        (gives the positions), or `standardise_by` is unknown.

    References
    ----------
    Glass (1976), doi:10.3102/0013189X005010003. Correction and variance: Hedges (1981),
    doi:10.3102/10769986006002107, eq. 6e with n - 1 degrees of freedom.
    """
    if standardise_by not in ("control", "treatment"):
        raise unknown_name("standardise_by", standardise_by, ("control", "treatment"))
    g = check_groups(mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    require_all(glass_needs(g, standardise_by))
    group = standardise_by[0]
    n = g[f"n_{group}"]
    yi = small_sample_correction(n - 1) * (g["mean_t"] - g["mean_c"]) / g[f"sd_{group}"]
    return yi, 1.0 / g["n_t"] + 1.0 / g["n_c"] + yi**2 / (2 * n)


def glass_needs(columns, standardise_by="control"):
    """Yield the Need of Glass's delta: its correction does not exist for an SD of two animals."""
    name = f"n_{standardise_by[0]}"
    n = columns[name]
    yield Need(name, n, n >= 3, "be >= 3 for Glass's delta with its SD", "n_below_3")


def smdh(mean_t, sd_t, n_t, mean_c, sd_c, n_c):
    """Standardised mean difference for unequal variances, corrected for small samples.

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means and standard deviations (not standard errors), in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Treated minus control, in units of the root mean of both variances; its sampling
        variance.

    Raises
    ------
    ValueError
        If any sd <= 0 or n < 2 or a value is not finite; gives the positions.

    References
    ----------
    Bonett (2009), doi:10.1037/a0015619; Bonett (2008), doi:10.1037/1082-989X.13.2.99.
    """
    g = check_groups(mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    square_t, square_c = g["sd_t"] ** 2, g["sd_c"] ** 2
    df_t, df_c = g["n_t"] - 1, g["n_c"] - 1
    unit = (square_t + square_c) / 2
    yi = small_sample_correction(df_t + df_c) * (g["mean_t"] - g["mean_c"]) / np.sqrt(unit)
    vi = yi**2 * (square_t**2 / df_t + square_c**2 / df_c) / (8 * unit**2)
    return yi, vi + (square_t / df_t + square_c / df_c) / unit
