"""Which of an arm's numbers its mean and SD follow from; `dispersion` and `derived_sd` convert."""

from evpool.arms.derived_sd import sd_from_p_value, sd_from_t, sd_of_change
from evpool.arms.dispersion import CONVERTIBLE, Dispersion, estimate_from_five_numbers, to_sd
from evpool.arms.units import require_baseline_in_unit
from evpool.digitisation.reading_shifts import bar_weights, read_off, scaled, summed
from evpool.extraction.columns import ENDS
from evpool.history import flagged, noted, shown

ORDER = ("min", "q1", "median", "q3", "max")
SKEWED = "skewed"


def source_of_sd(arm):
    """Tell which numbers of an arm its SD follows from.

    Parameters
    ----------
    arm : dict
        With `error` and `error_type`, `median`, `q1`, `q3`, `min`, `max`, and for an error bar read
        off a figure the positions `error_lower` and `error_upper`.

    Returns
    -------
    str or None
        'error' (a half length of known kind), 'order_statistics' (median with quartiles or
        extremes), 'iqr' or 'range' (both ends, beside a mean), or None.
    """
    if arm.get("error") is not None and arm.get("error_type") in CONVERTIBLE:
        return "error"
    pairs = [kind for kind, names in ENDS.items() if _all(arm, names)]
    if arm.get("median") is not None and pairs:
        return "order_statistics"
    kind = arm.get("error_type")
    if kind in ENDS and (kind in pairs or _all(arm, ("error_lower", "error_upper"))):
        return kind
    return pairs[0] if pairs and kind not in ENDS else None


def with_sd(arm):
    """Return an arm with its mean, its SD and where that comes from.

    Parameters
    ----------
    arm : dict
        A row of ARM_TABLE for which `source_of_sd` is not None.

    Returns
    -------
    dict
        With `mean` (estimated where only order statistics are stated), `sd`, `sd_source`, and a
        line of history unless the SD was stated; order statistics too lopsided for a normal sample
        are flagged `skewed`.
    """
    source = source_of_sd(arm)
    if source == "error":
        return from_error(arm, arm["error_type"])
    if source == "order_statistics":
        return _from_order_statistics(arm)
    lower, upper = _ends(arm, source)
    sd = float(Dispersion(source, lower=lower, upper=upper, n=arm["n"]).to_sd())
    text = f"{source} {shown(lower)} to {shown(upper)} (n {shown(arm['n'])}) -> SD {shown(sd)}"
    arm = _read_with_bar(arm, 2 * sd / (upper - lower))
    return noted(arm, "convert", text, sd=sd, sd_source=f"from_{source}")


def from_error(arm, kind, assumed=False):
    """Return an arm with the SD that its error bar gives if it is of this kind."""
    sd = float(to_sd(arm["error"], kind, arm["n"]))
    arm = _read_with_bar(arm, sd / arm["error"])
    if kind == "sd" and not assumed:
        return arm | {"sd": sd, "sd_source": "stated"}
    text = f"{arm['error_type']} {shown(arm['error'])} (n {shown(arm['n'])})"
    text += f", read as {kind}" if assumed else ""
    source = f"assumed_{kind}" if assumed else f"from_{kind}"
    return noted(arm, "convert", f"{text} -> SD {shown(sd)}", sd=sd, sd_source=source)


def _read_with_bar(arm, sd_per_length):
    """Give an arm the shifts of its mean and of an SD that is so many half lengths of its bar."""
    weights = bar_weights(arm) if arm.get("click_error") is not None else None
    return read_off(arm, sd_by=None if weights is None else sd_per_length * weights)


def from_test(arm, treated, control):
    """Return an arm with the common SD that the t test of its comparison gives.

    Parameters
    ----------
    arm : dict
        One of the two, without an SD of its own.
    treated, control : dict
        The comparison's arms; the treated one has `t_value` or an exact two-sided `p_value`.
    """
    sides = (treated["mean"] - control["mean"], treated["n"], control["n"])
    statistic = "t" if treated.get("t_value") is not None else "p"
    value = treated["t_value" if statistic == "t" else "p_value"]
    convert = sd_from_t if statistic == "t" else sd_from_p_value
    sd = float(convert(sides[0], value, *sides[1:]))
    text = f"{statistic} {shown(value)} of a difference of {shown(sides[0])} "
    text += f"(n {shown(sides[1])} and {shown(sides[2])}) -> common SD {shown(sd)}"
    shifts = [read_off(side).get("reading_shifts") for side in (arm, treated, control)]
    slope = sd / sides[0]  # the SD is in proportion to the difference of the means
    weights = [[1, 0], [0, 0]], [[0, 0], [slope, 0]], [[0, 0], [-slope, 0]]
    arm = arm | {"reading_shifts": summed(zip(shifts, weights, strict=True))}
    return noted(arm, "convert", text, sd=sd, sd_source=f"from_{statistic}")


def tells_by_test(arm):
    """Tell whether an arm states the t or P value of its comparison."""
    return arm.get("t_value") is not None or arm.get("p_value") is not None


def _all(arm, names):
    return all(arm.get(name) is not None for name in names)


def _ends(arm, kind):
    names = ENDS[kind] if _all(arm, ENDS[kind]) else ("error_lower", "error_upper")
    return tuple(arm[name] for name in names)


def _from_order_statistics(arm):
    names = {"minimum": "min", "q1": "q1", "q3": "q3", "maximum": "max"}
    numbers = {word: arm.get(name) for word, name in names.items()}
    found = estimate_from_five_numbers(arm["median"], arm["n"], **numbers)
    mean, sd, scenario = float(found.mean[0]), float(found.sd[0]), str(found.scenario[0])
    told = ", ".join(f"{name} {shown(arm[name])}" for name in ORDER if arm.get(name) is not None)
    values = {"sd": sd, "sd_source": f"from_{scenario}"}
    text = f"{told} (n {shown(arm['n'])}) -> SD {shown(sd)}"
    if arm.get("mean") is None:
        values["mean"] = mean
        text += f", mean {shown(mean)}"
    arm = _read_order_statistics(arm, found)
    skewed = bool(found.skewed[0])
    text += ", but skewed: neither is to be trusted" if skewed else ""
    made = noted(arm, "convert", text, **values)
    return flagged(made, SKEWED) if skewed else made


def _read_order_statistics(arm, found):
    """Give an arm the shifts of what is estimated from three values of its figure, if it is.

    A centre that was read as a mean is one; typed quartiles or extremes have no error of reading.
    """
    ends = ENDS.get(arm.get("error_type"))
    if arm.get("mean") is not None or not ends:
        return read_off(arm)
    read = [ORDER.index(name) for name in ("median", *ends)]
    return read_off(arm, found.mean_weights[0][read], found.sd_weights[0][read])


def as_change(arm, correlation):
    """Turn an arm's final value into its change from baseline.

    Parameters
    ----------
    arm : dict
        With `mean` and `sd` at the end, `baseline_mean` and `baseline_sd`, in one unit. One whose
        `value_type` is 'change' is a change already.
    correlation : float
        Between baseline and final values over the animals of an arm; the review states it.

    Raises
    ------
    ValueError
        If the baseline's mean or SD is not stated.
    UnitMismatchError
        If the baseline is not in the unit of the mean.
    """
    if arm.get("value_type") == "change":
        return arm
    missing = [name for name in ("baseline_mean", "baseline_sd") if arm.get(name) is None]
    if missing:
        raise ValueError(f"a change from baseline needs {' and '.join(missing)}")
    require_baseline_in_unit(arm)
    mean = arm["mean"] - arm["baseline_mean"]
    sd = float(sd_of_change(arm["baseline_sd"], arm["sd"], correlation))
    text = (
        f"change from baseline {shown(arm['baseline_mean'])} (SD {shown(arm['baseline_sd'])}) by a "
        f"correlation of {shown(correlation)}: mean {shown(arm['mean'])} -> {shown(mean)}, "
        f"SD {shown(arm['sd'])} -> {shown(sd)}"
    )
    source = f"change_{arm['sd_source']}"
    slope = (arm["sd"] - correlation * arm["baseline_sd"]) / sd if sd > 0 else 0.0
    arm = scaled(arm, sd=slope)
    return noted(arm, "convert", text, mean=mean, sd=sd, sd_source=source)
