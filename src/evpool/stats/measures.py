"""The effect measures by code: metafor's where it has one, plus NMD, COHEN_D, HR and GEN."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.effects import (
    SMD_VARIANCES,
    cohens_d,
    glass_delta,
    hedges_g,
    mean_difference,
    require,
    smdh,
)
from evpool.stats.effects_counts import (
    CORRECTIONS,
    arcsine_difference,
    log_odds_ratio,
    log_risk_ratio,
    peto_log_odds_ratio,
    risk_difference,
)
from evpool.stats.effects_generic import from_ci, from_p_value, from_se, from_variance
from evpool.stats.effects_ratio import (
    ROM_VARIANCES,
    log_cv_ratio,
    log_response_ratio,
    log_variability_ratio,
    normalised_mean_difference,
)

MEANS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
SPREADS = ("sd_t", "n_t", "sd_c", "n_c")
COUNTS = ("events_t", "n_t", "events_c", "n_c")
BOOLEAN = (False, True)
_GENERIC = ("estimate", "se", "variance", "low", "high", "p", "df")


@dataclass(frozen=True)
class Measure:
    """One effect measure.

    Attributes
    ----------
    code, label : str
        How configs name it; how figures do.
    function : callable
        function(*inputs, **options) -> (yi, vi).
    inputs : tuple of str
        The columns it needs, in the function's order.
    log_scale : bool
        Whether yi is a logarithm, to be shown as exp(yi).
    null_value : float
        yi when there is no effect.
    standardised : bool
        Whether yi is in SD units, so that its standard error contains yi itself.
    in_outcome_units : bool
        Whether yi has the outcome's unit.
    tested_by_t : bool
        Whether papers take its interval and P value from Student's t on n_t + n_c - 2 df.
    options : mapping of str to tuple
        The function's options and their allowed values, the default first.
    """

    code: str
    label: str
    function: Callable
    inputs: tuple
    log_scale: bool = False
    null_value: float = 0.0
    standardised: bool = False
    in_outcome_units: bool = False
    tested_by_t: bool = False
    options: Mapping = field(default_factory=dict)


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
    column = {n: np.broadcast_to(v, size) for n, v in zip(_GENERIC, arrays, strict=True)}
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
    for name in _GENERIC[:-1]:
        values = column[name]
        require(name, values, ~np.isinf(values), "be finite")
        positive = name in ("se", "variance") or (log and name != "p")
        if positive:
            require(name, values, ~(values <= 0), "be > 0")
    p, low, high, estimate = (column[name] for name in ("p", "low", "high", "estimate"))
    require("p", p, ~((p <= 0) | (p >= 1)), "be between 0 and 1 (exclusive)")
    require("low", low, ~(low >= high), "be below high")
    outside = known["ci"] & ((estimate < low) | (estimate > high))
    require("estimate", estimate, ~outside, "lie between low and high")
    only_p = known["p"] & ~(known["se"] | known["variance"] | known["ci"])
    null = only_p & (estimate == (1.0 if log else 0.0))
    require("estimate", estimate, ~null, "differ from the null value, for a P value to tell its se")


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


_CORRECTED = {"correction": CORRECTIONS}
_UNCORRECTED = {"correction": ("none", "half", "half_all", "treatment_arm")}
_SD_UNITS = {"standardised": True}

MEASURES = {
    measure.code: measure
    for measure in (
        Measure(
            *("MD", "MD", mean_difference, MEANS),
            in_outcome_units=True,
            tested_by_t=True,
            options={"pooled_sd": BOOLEAN},
        ),
        Measure(
            "SMD", "Hedges' g", hedges_g, MEANS, options={"variance": SMD_VARIANCES}, **_SD_UNITS
        ),
        Measure("COHEN_D", "Cohen's d", cohens_d, MEANS, **_SD_UNITS),
        Measure("SMDH", "SMDH", smdh, MEANS, **_SD_UNITS),
        Measure(
            *("SMD1", "Glass's delta", glass_delta, MEANS),
            options={"standardise_by": ("control", "treatment")},
            **_SD_UNITS,
        ),
        Measure(
            *("ROM", "Ratio of means", log_response_ratio, MEANS),
            log_scale=True,
            options={"bias_correction": BOOLEAN, "variance": ROM_VARIANCES},
        ),
        Measure("VR", "Variability ratio", log_variability_ratio, SPREADS, log_scale=True),
        Measure(
            *("CVR", "CV ratio", log_cv_ratio, MEANS),
            log_scale=True,
            options={"bias_correction": BOOLEAN},
        ),
        Measure("NMD", "NMD (%)", normalised_mean_difference, (*MEANS, "mean_s")),
        Measure("OR", "Odds ratio", log_odds_ratio, COUNTS, log_scale=True, options=_CORRECTED),
        Measure("RR", "Risk ratio", log_risk_ratio, COUNTS, log_scale=True, options=_CORRECTED),
        Measure("RD", "Risk difference", risk_difference, COUNTS, options=_CORRECTED),
        Measure("AS", "Arcsine difference", arcsine_difference, COUNTS, options=_UNCORRECTED),
        Measure(
            *("PETO", "Peto odds ratio", peto_log_odds_ratio, COUNTS),
            log_scale=True,
            options=_UNCORRECTED,
        ),
        Measure(
            "HR", "Hazard ratio", hazard_ratio, _GENERIC, log_scale=True, options={"level": ()}
        ),
        Measure(
            *("GEN", "Effect", generic_effect, _GENERIC), options={"level": (), "log": BOOLEAN}
        ),
    )
}


def measure_of(code):
    """Return the `Measure` of a code; an unknown one raises an error that lists the known."""
    if code not in MEASURES:
        raise unknown_name("measure", code, MEASURES)
    return MEASURES[code]


def compute_measure(code, columns, **options):
    """Compute effects and their sampling variances.

    Parameters
    ----------
    code : str
        A key of `MEASURES`.
    columns : dict of str to array_like, each of shape (k,)
        At least the measure's inputs (GEN and HR: those that are known); others are ignored.
    **options
        The measure's options.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        On the scale of pooling (log for ratios).

    Raises
    ------
    ValueError
        For an unknown code, option or option value, a missing column or impossible values.
    """
    measure = measure_of(code)
    _check_options(measure, options)
    if measure.inputs == _GENERIC:
        return measure.function(**{n: columns[n] for n in _GENERIC if n in columns}, **options)
    missing = [name for name in measure.inputs if name not in columns]
    if missing:
        raise ValueError(
            f"measure {code} needs the columns {', '.join(measure.inputs)}; "
            f"missing: {', '.join(missing)}."
        )
    return measure.function(*(columns[name] for name in measure.inputs), **options)


def _check_options(measure, options):
    for name, value in options.items():
        if name not in measure.options:
            named = f"option of measure {measure.code}"
            raise unknown_name(named, name, measure.options or ("(none)",))
        allowed = measure.options[name]
        if allowed and value not in allowed:
            raise unknown_name(f"{name} of measure {measure.code}", value, allowed)


def published_options(code, options):
    """Return the options of GEN by which published effects of a measure are read.

    Parameters
    ----------
    code : str
        A key of `MEASURES`: what the effects are.
    options : dict
        The measure's options, and for every measure `level`, that of the printed intervals.

    Returns
    -------
    dict
        `log`, and `level` if it is given. The measure's own options say how its variance is
        computed from arms; that of a published effect is the printed one, so they are left out.

    Raises
    ------
    ValueError
        For an unknown code, option or option value.
    """
    measure, known = measure_of(code), MEASURES["GEN"].options
    _check_options(measure, {k: value for k, value in options.items() if k != "level"})
    own = {name: value for name, value in options.items() if name in known}
    return {"log": measure.log_scale} | own


def back_transform(code, x):
    """Turn pooled values into the scale they are shown on: exp(x) for ratios, else x.

    Parameters
    ----------
    code : str
        A key of `MEASURES`.
    x : array_like
        Estimates or limits; not standard errors, variances or tau2.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        For an unknown code.
    """
    x = np.asarray(x, dtype=float)
    return np.exp(x) if measure_of(code).log_scale else x
