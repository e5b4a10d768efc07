"""The effect measures by code: metafor's where it has one, plus NMD, COHEN_D, HR and GEN."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.effects import (
    SMD_VARIANCES,
    cohens_d,
    glass_delta,
    glass_needs,
    hedges_g,
    mean_difference,
    smdh,
)
from evpool.stats.effects_counts import (
    CORRECTIONS,
    arcsine_difference,
    difference_needs,
    log_odds_ratio,
    log_risk_ratio,
    odds_needs,
    peto_log_odds_ratio,
    peto_needs,
    risk_difference,
    risk_needs,
    two_by_two,
)
from evpool.stats.effects_generic import (
    PUBLISHED,
    generic_effect,
    hazard_ratio,
    published_needs,
)
from evpool.stats.effects_ratio import (
    ROM_VARIANCES,
    lesion_needs,
    log_cv_ratio,
    log_response_ratio,
    log_variability_ratio,
    normalised_mean_difference,
    ratio_needs,
)

MEANS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
SPREADS = ("sd_t", "n_t", "sd_c", "n_c")
COUNTS = ("events_t", "n_t", "events_c", "n_c")
BOOLEAN = (False, True)


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
    of_spread : bool
        Whether yi compares how much the animals vary: neither side of no effect is the good one.
    options : mapping of str to tuple
        The function's options and their allowed values, the default first.
    needs : callable
        needs(columns, **options) -> the `Need`s of its comparisons.
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
    of_spread: bool = False
    options: Mapping = field(default_factory=dict)
    needs: Callable = lambda columns, **options: ()


class Obstacle(NamedTuple):
    """Why a measure can't be computed from a comparison: `name` is `value`, and must `rule`."""

    name: str
    value: float
    rule: str
    reason: str


def _of_counts(needs_of_table, correction):
    """Turn the Needs of a corrected table into those of the counts, by default so corrected."""

    def needs(columns, correction=correction):
        return needs_of_table(two_by_two(*(columns[name] for name in COUNTS), correction))

    return needs


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
            needs=glass_needs,
            **_SD_UNITS,
        ),
        Measure(
            *("ROM", "Ratio of means", log_response_ratio, MEANS),
            log_scale=True,
            options={"bias_correction": BOOLEAN, "variance": ROM_VARIANCES},
            needs=ratio_needs,
        ),
        Measure(
            *("VR", "Variability ratio", log_variability_ratio, SPREADS),
            log_scale=True,
            of_spread=True,
        ),
        Measure(
            *("CVR", "CV ratio", log_cv_ratio, MEANS),
            log_scale=True,
            of_spread=True,
            options={"bias_correction": BOOLEAN},
            needs=ratio_needs,
        ),
        Measure(
            *("NMD", "NMD (%)", normalised_mean_difference, (*MEANS, "mean_s")), needs=lesion_needs
        ),
        Measure(
            *("OR", "Odds ratio", log_odds_ratio, COUNTS),
            log_scale=True,
            options=_CORRECTED,
            needs=_of_counts(odds_needs, "half"),
        ),
        Measure(
            *("RR", "Risk ratio", log_risk_ratio, COUNTS),
            log_scale=True,
            options=_CORRECTED,
            needs=_of_counts(risk_needs, "half"),
        ),
        Measure(
            *("RD", "Risk difference", risk_difference, COUNTS),
            options=_CORRECTED,
            needs=_of_counts(difference_needs, "half"),
        ),
        Measure("AS", "Arcsine difference", arcsine_difference, COUNTS, options=_UNCORRECTED),
        Measure(
            *("PETO", "Peto odds ratio", peto_log_odds_ratio, COUNTS),
            log_scale=True,
            options=_UNCORRECTED,
            needs=_of_counts(peto_needs, "none"),
        ),
        Measure(
            "HR", "Hazard ratio", hazard_ratio, PUBLISHED, log_scale=True, options={"level": ()}
        ),
        Measure(
            *("GEN", "Effect", generic_effect, PUBLISHED),
            options={"level": (), "log": BOOLEAN},
            needs=published_needs,
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
    if measure.inputs == PUBLISHED:
        return measure.function(**{n: columns[n] for n in PUBLISHED if n in columns}, **options)
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


def obstacles(code, columns, **options):
    """Tell which comparisons a measure can't be computed from, and why.

    Parameters
    ----------
    code, columns, **options
        As of `compute_measure`.

    Returns
    -------
    dict of int to Obstacle
        By the comparison's position; of several obstacles the first. Empty if the measure lacks a
        column: what is missing, `compute_measure` says.

    Raises
    ------
    ValueError
        For an unknown code, option or option value, or impossible counts.
    """
    measure = measure_of(code)
    _check_options(measure, options)
    if not set(measure.inputs) <= set(columns):
        return {}
    arrays = {name: np.asarray(columns[name], dtype=float) for name in measure.inputs}
    found = {}
    for need in measure.needs(arrays, **options):
        for i in np.flatnonzero(~need.met & ~np.isnan(need.values)):
            why = Obstacle(need.name, float(need.values[i]), need.rule, need.reason)
            found.setdefault(int(i), why)
    return dict(sorted(found.items()))


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
