"""Reading errors of digitised arms, from the clicks behind them."""

import numpy as np

from evpool.click_error import calibration_share, click_error_from_pairs
from evpool.reader_agreement import pairs_of_readers
from evpool.reading_error import ReadingErrors, ValueAxis, independent_errors, reading_errors

PLACES = ("mean_at", "lower_at", "upper_at")
FEWEST_CLICKS = 6  # clicks made by two people, from which a click error is estimated
DOUBLE, SETTING = "double extraction", "setting"


def click_errors(arms, settings):
    """Say how far off a click of this outcome is, and how that is known.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE, before readings of one arm are merged.
    settings : dict
        `click_error` and `calibration_error` of the review, in pixels or None.

    Returns
    -------
    dict
        A row of CLICK_ERRORS without its place: `source` is 'double extraction' (six or more clicks
        were made by two people), 'setting', or None where nothing is known. An unknown calibration
        error is that of any click.
    """
    first, second, shares = _clicks_of_two(arms)
    calibration = settings["calibration_error"]
    found = {"clicks": len(first), "arms_digitised": sum(arm["axis"] is not None for arm in arms)}
    if len(first) >= FEWEST_CLICKS:
        click, source = click_error_from_pairs(first, second, shares).sd, DOUBLE
    else:
        click, source = settings["click_error"], SETTING
    if click is None:
        return found | {"source": None, "click_error": None, "calibration_error": None}
    calibration = click if calibration is None else calibration
    return found | {"source": source, "click_error": click, "calibration_error": calibration}


def _clicks_of_two(arms):
    """Places of what two people clicked, in pixels along the axis, and the calibrations' shares."""
    found = [
        (one[name] * one["axis_px"], other[name] * one["axis_px"], _share(one, one[name]))
        for first, second in pairs_of_readers(arms)
        for one, other in zip(first, second, strict=True)
        if _same_scale(one, other)
        for name in PLACES
        if None not in (one[name], other[name])
    ]
    return [list(column) for column in zip(*found, strict=True)] or ([], [], [])


def _same_scale(one, other):
    ends = ("axis_low", "axis_high", "axis_log")
    return one["axis"] is not None and all(one[name] == other[name] for name in ends)


def _share(arm, place):
    return float(calibration_share(place, arm["axis_lever"]))


def with_reading_errors(arms, click, calibration):
    """Give every digitised arm the standard errors of its mean and of its error bar.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE; a row that stands for several readings names them in `row_id`.
    click, calibration : float or None
        SD of one click, and of one on a calibration point, in pixels; None changes nothing.

    Returns
    -------
    list of dict
        With `click_error` and `calibration_error` (those of a mean, where several people read the
        arm), `mean_reading_se` and `error_reading_se` in the axis's unit. Arms without an axis,
        such as typed ones, stay as they are.
    """
    digitised = [i for i, arm in enumerate(arms) if _measurable(arm)]
    if click is None or not digitised:
        return arms
    arms = list(arms)
    for i in digitised:
        few = np.sqrt(arms[i]["row_id"].count(";") + 1)
        arms[i] = arms[i] | {"click_error": click / few, "calibration_error": calibration / few}
    errors = clicked_errors([arms[i] for i in digitised])
    for i, mean_se, error_se in zip(digitised, errors.mean_se, errors.sd_se, strict=True):
        known = arms[i]["error"] is not None
        arms[i] |= {"mean_reading_se": float(mean_se)}
        arms[i] |= {"error_reading_se": float(error_se) if known else None}
    return arms


def _measurable(arm):
    return arm["axis"] is not None and arm["mean_at"] is not None and np.isfinite(arm["mean_at"])


def clicked_errors(arms):
    """Return the ReadingErrors of digitised arms, in axis units; for the SD those of the half bar.

    An arm without an error bar has no error of it.
    """
    column = {
        name: np.array([arm[name] for arm in arms], dtype=float)
        for name in (*PLACES, "axis_px", "axis_low", "axis_high", "axis_lever")
    }
    px = column["axis_px"]
    mean, lower, upper = (column[name] * px for name in PLACES)
    both = np.isfinite(lower) & np.isfinite(upper)
    tip = np.where(np.isfinite(upper), upper, lower)
    other = np.where(both, lower, mean)
    bar = np.isfinite(tip) & (tip != other)
    axis = ValueAxis(
        0.0, px, column["axis_low"], column["axis_high"], np.array([a["axis_log"] for a in arms])
    )
    return reading_errors(
        axis,
        mean,
        np.where(bar, tip, mean + 1.0),
        sd_per_length=np.where(bar, 1.0, 0.0),
        click_sd=[arm["click_error"] for arm in arms],
        calibration_sd=[arm["calibration_error"] for arm in arms],
        lower_tip=np.where(both & bar, lower, np.nan),
        lever=column["axis_lever"],
        figure=[arm["axis"] for arm in arms],
    )


def harmonised_errors(arms):
    """Return the ReadingErrors of harmonised arms, in the outcome's unit.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED. Their `mean_reading_se` and `sd_reading_se` say how the steps before
        have scaled the errors; an arm without them, such as a typed one, has none.

    Returns
    -------
    ReadingErrors or None
        None if no arm has a reading error.
    """
    known = [i for i, arm in enumerate(arms) if arm.get("mean_reading_se") is not None]
    if not known:
        return None
    clicked = clicked_errors([arms[i] for i in known])
    whole = independent_errors(np.zeros(len(arms)), 0.0)
    mean_shifts, sd_shifts, figure = whole.mean_shifts, whole.sd_shifts, whole.figure.copy()
    wanted = {
        name: np.array([arms[i].get(name) or 0.0 for i in known])
        for name in ("mean_reading_se", "sd_reading_se")
    }
    mean_shifts[known] = clicked.mean_shifts * _ratio(wanted["mean_reading_se"], clicked.mean_se)
    sd_shifts[known] = clicked.sd_shifts * _ratio(wanted["sd_reading_se"], clicked.sd_se)
    figure[known] = len(arms) + clicked.figure
    bars = [_bar_of(arm, i) for i, arm in enumerate(arms)]
    numbered = {bar: number for number, bar in enumerate(dict.fromkeys(bars))}
    bar = np.array([numbered[name] for name in bars])
    return ReadingErrors(mean_shifts, sd_shifts, np.unique(figure, return_inverse=True)[1], bar)


def _bar_of(arm, position):
    """Name the drawn bar of an arm: two comparisons may share a control's."""
    if arm.get("axis") is None:
        return position
    return arm["axis"], arm["axis_lever"], *(arm[name] for name in PLACES)


def _ratio(wanted, given):
    return np.divide(wanted, given, out=np.zeros(len(given)), where=given > 0)[:, np.newaxis]
