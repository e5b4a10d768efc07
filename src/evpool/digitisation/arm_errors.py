"""Click errors of an outcome's digitised arms, and the reading errors that follow from them."""

import numpy as np

from evpool.digitisation.click_error import calibration_share, click_error_from_pairs
from evpool.digitisation.double_reading import arm_key
from evpool.digitisation.reader_agreement import pairs_of_readers
from evpool.digitisation.reading_shifts import (
    PLACES,
    bar_weights,
    is_measurable,
    place_shifts,
    places_of,
    standard_errors,
)

FEWEST_CLICKS = 6  # clicks made by two people, from which a click error is estimated
SHORTEST = 5.0  # click errors of an error bar: see docs/reading_error.md
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
    calibration, df = settings["calibration_error"], None
    found = {"clicks": len(first), "arms_digitised": sum(arm["axis"] is not None for arm in arms)}
    if len(first) >= FEWEST_CLICKS:
        error = click_error_from_pairs(first, second, shares)
        click, df, source = error.sd, error.df, DOUBLE
    else:
        click, source = settings["click_error"], SETTING
    if click is None:
        return found | dict.fromkeys(("source", "click_error", "calibration_error", "click_df"))
    calibration = click if calibration is None else calibration
    found |= {"source": source, "click_error": click, "calibration_error": calibration}
    return found | {"click_df": df}


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


def with_reading_errors(arms, clicks, settled=()):
    """Give every digitised arm the standard errors of its mean and of its error bar.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE; a row that stands for several readings names them in `row_id`.
    clicks : dict
        As of `click_errors`.
    settled : container of tuple
        Keys of the arms on whose values one person settled, which is no mean of readings.

    Returns
    -------
    list of dict
        With `click_error` and `calibration_error` (those of a mean, where several people read the
        arm), `click_df`, and `mean_reading_se` (of the median, where that was read) and
        `error_reading_se` in the axis's unit. Arms without an axis, such as typed ones, stay as
        they are.
    """
    if clicks["click_error"] is None:
        return arms
    return [
        _with_error(arm, clicks, 1 if arm_key(arm) in settled else arm["row_id"].count(";") + 1)
        if is_measurable(arm)
        else arm
        for arm in arms
    ]


def _with_error(arm, clicks, readings):
    by = np.sqrt(readings)
    errors = {name: clicks[name] / by for name in ("click_error", "calibration_error")}
    arm = arm | errors | {"click_df": clicks["click_df"]}
    centre, bar = np.array([1.0, 0.0, 0.0]), bar_weights(arm)
    shifts = {
        source: (float(shift @ centre), 0.0 if bar is None else float(shift @ bar))
        for source, shift in place_shifts(arm).items()
    }
    mean_se, error_se = standard_errors(shifts)
    if bar is None:
        return arm | {"mean_reading_se": mean_se, "error_reading_se": None}
    arm |= {"mean_reading_se": mean_se}
    arm |= {"error_reading_se": None if arm["error"] is None else error_se}
    return _flagged_if_short(arm, bar)


def _flagged_if_short(arm, bar):
    """Flag an arm whose bar is so short that no interval can make up for it."""
    if abs(bar @ places_of(arm)) * arm["axis_px"] >= SHORTEST * arm["click_error"]:
        return arm
    flags = [*filter(None, (arm["reading_flags"] or "").split("; ")), "bar_short"]
    return arm | {"reading_flags": "; ".join(dict.fromkeys(flags))}
