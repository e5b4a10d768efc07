"""Effects that a paper printed as such, with a standard error, variance, interval or P value."""

import numpy as np

from evpool.stats.effects import Need, require, require_all

PUBLISHED = ("estimate", "se", "variance", "low", "high", "p", "df")


def from_se(estimate, se):
    """Turn estimates with standard errors into yi and vi.

    Parameters
    ----------
    estimate, se : array_like, shape (k,)
        On the scale on which effects are pooled (log for ratios); se > 0.

    Returns
    -------
    yi, vi : ndarray, shape (k,)

    Raises
    ------
    ValueError
        If an estimate is not finite or a se is not finite and > 0; gives the positions.
    """
    estimate, se = _columns(estimate, se)
    require("estimate", estimate, np.isfinite(estimate), "be finite")
    require("se", se, np.isfinite(se) & (se > 0), "be finite and > 0")
    return estimate, se**2


def from_variance(estimate, variance):
    """Turn estimates with sampling variances into yi and vi.

    Parameters
    ----------
    estimate, variance : array_like, shape (k,)
        On the scale on which effects are pooled (log for ratios); variance > 0.

    Returns
    -------
    yi, vi : ndarray, shape (k,)

    Raises
    ------
    ValueError
        If an estimate is not finite or a variance is not finite and > 0; gives the positions.
    """
    estimate, variance = _columns(estimate, variance)
    require("estimate", estimate, np.isfinite(estimate), "be finite")
    require("variance", variance, np.isfinite(variance) & (variance > 0), "be finite and > 0")
    return estimate, variance


def from_ci(low, high, estimate=None, *, level=0.95, df=np.inf, log=False):
    """Turn confidence intervals into yi and vi.

    Parameters
    ----------
    low, high : array_like, shape (k,)
        Limits of a symmetric interval (symmetric after taking logs, with `log`).
    estimate : array_like, shape (k,), optional
        The estimates; the middles of the intervals if None.
    level : float or array_like
        Confidence level, 0 to 1.
    df : float or array_like
        Degrees of freedom of the t quantile the interval was made with; inf: normal.
    log : bool
        Whether to take logs first: for printed ratios (odds, risk, hazard ratios).

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        The estimate and ((high - low) / (2 quantile))^2.

    Raises
    ------
    ValueError
        If low >= high, an estimate lies outside its interval, a value is not finite or, with
        `log`, not positive, or a level or df is impossible; gives the positions.

    References
    ----------
    Cochrane Handbook (version 6), sections 6.3.1 and 6.3.2; by t for mean differences: 6.5.2.3.
    """
    low, high, level, df = _columns(low, high, level, df)
    estimate = None if estimate is None else np.asarray(estimate, dtype=float)
    named = {"low": low, "high": high, "estimate": estimate}
    named = {name: values for name, values in named.items() if values is not None}
    for name, values in named.items():
        require(name, values, np.isfinite(values), "be finite")
        if log:
            require(name, values, values > 0, "be > 0 to take its log")
    require("low", low, low < high, "be below high")
    if log:
        low, high = np.log(low), np.log(high)
        estimate = None if estimate is None else np.log(estimate)
    yi = (low + high) / 2 if estimate is None else np.broadcast_to(estimate, low.shape).copy()
    require("estimate", yi, (low <= yi) & (yi <= high), "lie between low and high")
    require("level", level, (level > 0) & (level < 1), "be between 0 and 1 (exclusive)")
    return yi, ((high - low) / (2 * _quantile((1 - level) / 2, df))) ** 2


def from_p_value(estimate, p, *, df=np.inf, log=False):
    """Turn estimates with two-sided P values into yi and vi.

    Parameters
    ----------
    estimate : array_like, shape (k,)
        Not the null value: a P value of 1 carries no standard error.
    p : array_like, shape (k,)
        Exact two-sided P values, between 0 and 1.
    df : float or array_like
        Degrees of freedom of the t test behind the P value; inf: normal.
    log : bool
        Whether to take logs of the estimates first: for printed ratios.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        The estimate and (estimate / quantile)^2.

    Raises
    ------
    ValueError
        If a P value is not between 0 and 1, an estimate is null, not finite or, with `log`, not
        positive; gives the positions.

    References
    ----------
    Cochrane Handbook (version 6), section 6.3.2; by t for mean differences: 6.5.2.3.
    """
    estimate, p, df = _columns(estimate, p, df)
    require("estimate", estimate, np.isfinite(estimate), "be finite")
    require("p", p, (p > 0) & (p < 1), "be between 0 and 1 (exclusive)")
    if log:
        require("estimate", estimate, estimate > 0, "be > 0 to take its log")
        estimate = np.log(estimate)
    require("estimate", estimate, estimate != 0, "differ from the null value")
    return estimate, (estimate / _quantile(p / 2, df)) ** 2


def _columns(*values):
    return [np.array(a) for a in np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in values))]


def _quantile(tail, df):
    """Quantile of t that leaves `tail` above it; tiny tails keep their digits."""
    # Imported here: only intervals and P values need it, and it takes half a second.
    from evpool.stats.distributions import t_quantile

    require("df", df, df > 0, "be > 0")
    return -t_quantile(tail, df)


def generic_effect(
    estimate=None,
    se=None,
    variance=None,
    low=None,
    high=None,
    p=None,
    df=None,
    *,
    level=0.95,
    log=False,
):
    """Turn published effects into yi and vi, each row from what it has.

    Parameters
    ----------
    estimate, se, variance, low, high, p : array_like, shape (k,), optional
        The estimate and its standard error, variance, confidence limits or two-sided P value;
        NaN where a paper does not print it. A row uses the first of these that it has, in this
        order; `se` and `variance` are always on the scale of pooling.
    df : array_like, shape (k,), optional
        Degrees of freedom of the t distribution behind interval and P value; NaN: normal.
    level : float
        Level of the confidence intervals.
    log : bool
        Whether estimate, low and high are ratios, whose logs are pooled.

    Returns
    -------
    yi, vi : ndarray, shape (k,)

    Raises
    ------
    ValueError
        If a row has no estimate or nothing to derive its variance from, or for impossible
        values; gives the positions.
    """
    given = (estimate, se, variance, low, high, p, df)
    arrays = [np.asarray(np.nan if values is None else values, dtype=float) for values in given]
    size = np.broadcast_shapes((1,), *(values.shape for values in arrays))
    column = {n: np.broadcast_to(v, size) for n, v in zip(PUBLISHED, arrays, strict=True)}
    known = {name: ~np.isnan(values) for name, values in column.items()}
    known["ci"] = known["low"] & known["high"]
    column["df"] = np.where(known["df"], column["df"], np.inf)
    lacking = ~(known["ci"] | known["estimate"] & (known["se"] | known["variance"] | known["p"]))
    if lacking.any():
        raise ValueError(
            f"Rows {np.flatnonzero(lacking).tolist()} have no variance: give low and high, or an "
            "estimate with one of se, variance, low and high, p."
        )
    _check_generic(column, known, log)
    return _by_row(column, known, level, log)


def _check_generic(column, known, log):
    """Refuse impossible values with their places in the whole column."""
    for name in PUBLISHED[:-1]:
        values = column[name]
        require(name, values, ~np.isinf(values), "be finite")
        if name in ("se", "variance"):
            require(name, values, ~(values <= 0), "be > 0")
    require_all(published_needs(column, log=log))
    p, low, high, estimate = (column[name] for name in ("p", "low", "high", "estimate"))
    require("p", p, ~((p <= 0) | (p >= 1)), "be between 0 and 1 (exclusive)")
    require("low", low, ~(low >= high), "be below high")
    outside = known["ci"] & ((estimate < low) | (estimate > high))
    require("estimate", estimate, ~outside, "lie between low and high")


def published_needs(columns, level=0.95, log=False):
    """Yield the Needs of published effects: a log, and a P value or interval that tells a se."""
    known = {name: ~np.isnan(values) for name, values in columns.items()}
    for name in ("estimate", "low", "high") if log else ():
        yield Need(name, columns[name], ~(columns[name] <= 0), "be > 0", "ratio_not_positive")
    estimate, df = columns["estimate"], columns["df"]
    stated = known["estimate"] & (known["se"] | known["variance"])
    by_p = known["p"] & ~stated & ~(known["low"] & known["high"])
    apart = ~by_p | (estimate != (1.0 if log else 0.0))
    rule = "differ from the null value, for a P value to tell its se"
    yield Need("estimate", estimate, apart, rule, "test_says_nothing")
    yield Need("n_t + n_c - 2", df, stated | ~(df <= 0), "be > 0 for a t test", "n_too_small")


def _by_row(column, known, level, log):
    yi, vi = np.full((2, len(column["se"])), np.nan)
    left = np.ones(len(yi), dtype=bool)
    for name in ("se", "variance", "ci", "p"):
        rows = left & known[name] & (known["estimate"] | (name == "ci"))
        if rows.any():
            left &= ~rows
            part = {key: values[rows] for key, values in column.items()}
            yi[rows], vi[rows] = _derive(name, part, level, log)
    return yi, vi


def _derive(name, part, level, log):
    if name == "ci":
        middle = np.sqrt(part["low"] * part["high"]) if log else (part["low"] + part["high"]) / 2
        estimate = np.where(np.isnan(part["estimate"]), middle, part["estimate"])
        limits = part["low"], part["high"]
        return from_ci(*limits, estimate, level=level, df=part["df"], log=log)
    if name == "p":
        return from_p_value(part["estimate"], part["p"], df=part["df"], log=log)
    estimate = np.log(part["estimate"]) if log else part["estimate"]
    return (from_se if name == "se" else from_variance)(estimate, part[name])


def hazard_ratio(
    estimate=None, se=None, variance=None, low=None, high=None, p=None, df=None, *, level=0.95
):
    """Log hazard ratio from published hazard ratios (see `generic_effect`, log = True)."""
    return generic_effect(estimate, se, variance, low, high, p, df, level=level, log=True)
