"""What one SD of each source of reading error shifts in an arm's mean and SD, through conversions.

A source is a click or a calibration point; it has a name, and arms that share it shift together.
Shifts are a dict, source -> (shift of the mean, shift of the SD): the arm's `reading_shifts`. They
follow every conversion by its derivatives (JCGM 100:2008, eq. 10), exactly where it is linear.
"""

import json

import numpy as np

from evpool.digitisation.reading_error import ReadingErrors, ValueAxis, reading_errors

PLACES = ("mean_at", "lower_at", "upper_at")
COLUMNS = ("reading_shifts", "mean_reading_se", "sd_reading_se")


def is_measurable(arm):
    """Tell whether an arm's values are known as places on a calibrated axis."""
    return arm.get("axis") is not None and _at(arm, "mean_at")


def _at(arm, place):
    return arm.get(place) is not None and np.isfinite(arm[place])


def places_of(arm):
    """Return where on the axis an arm's centre, lower and upper tip are, 0 to 1; 0 for no tip."""
    return np.array([arm[place] if _at(arm, place) else 0.0 for place in PLACES])


def place_shifts(arm):
    """Find what each source shifts in the values at an arm's centre, lower and upper tip.

    Parameters
    ----------
    arm : dict
        Measurable, with `click_error` and `calibration_error`.

    Returns
    -------
    dict of str to ndarray, shape (3,)
        In the axis's unit; 0 for a tip that was not clicked.
    """
    there = [i for i, place in enumerate(PLACES) if _at(arm, place)]
    pixels = np.array([arm[PLACES[i]] for i in there]) * arm["axis_px"]
    axis = ValueAxis(0.0, arm["axis_px"], arm["axis_low"], arm["axis_high"], arm["axis_log"])
    errors = reading_errors(
        axis,
        pixels,
        pixels + 1.0,  # no bar is asked for
        sd_per_length=0.0,
        click_sd=arm["click_error"],
        calibration_sd=arm["calibration_error"],
        lever=arm["axis_lever"] or 0.0,
    )
    found = {}
    bar = ", ".join(f"{arm[name]:.9g}" for name in ("axis_lever", *PLACES) if arm[name] is not None)
    for i, own in zip(there, errors.mean_shifts, strict=True):
        names = (f"{bar}: {PLACES[i][:-3]}", None, None, "first point", "second point", "direction")
        for name, shift in zip(names, own, strict=True):
            if name:
                found.setdefault(f"{arm['axis']}: {name}", np.zeros(3))[i] = shift
    return found


def bar_weights(arm):
    """Return the half length of an arm's bar as weights of the three values; None without a bar."""
    lower, upper = (_at(arm, place) for place in PLACES[1:])
    if lower and upper:
        weights = np.array([0.0, -0.5, 0.5])
    elif upper:
        weights = np.array([-1.0, 0.0, 1.0])
    elif lower:
        weights = np.array([1.0, -1.0, 0.0])
    else:
        return None
    rising = np.sign(arm["axis_high"] - arm["axis_low"])
    turned = np.sign(weights @ places_of(arm)) * rising  # a tip clicked on the other side
    return weights * turned if turned else None


def read_off(arm, mean_by=(1.0, 0.0, 0.0), sd_by=None):
    """Return an arm with the shifts of a mean and an SD that are sums of the values read.

    Parameters
    ----------
    arm : dict
        Any; one without a click error stays as it is.
    mean_by, sd_by : array_like, shape (3,), optional
        Weights of the centre, the lower and the upper value; no `sd_by` means an SD not read.
    """
    if arm.get("click_error") is None or not is_measurable(arm):
        return arm
    weights = np.array([mean_by, np.zeros(3) if sd_by is None else sd_by])
    return arm | {
        "reading_shifts": {
            source: tuple((weights @ shift).tolist()) for source, shift in place_shifts(arm).items()
        }
    }


def scaled(arm, mean=1.0, sd=1.0):
    """Return an arm with its shifts multiplied."""
    shifts = arm.get("reading_shifts")
    if not shifts:
        return arm
    return arm | {"reading_shifts": {k: (mean * m, sd * s) for k, (m, s) in shifts.items()}}


def summed(parts):
    """Sum shifts: `parts` are (shifts, weights), weights of shape (2, 2): new mean, SD by old ones.

    Returns
    -------
    dict
    """
    total = {}
    for shifts, weights in parts:
        for source, shift in (shifts or {}).items():
            own = np.asarray(weights) @ np.array(shift)
            total[source] = total.get(source, np.zeros(2)) + own
    return {source: tuple(shift.tolist()) for source, shift in total.items()}


def standard_errors(shifts):
    """Return the standard errors of reading of a mean and of an SD."""
    return tuple(np.sqrt((np.array(list(shifts.values())) ** 2).sum(axis=0)).tolist())


def told(arm):
    """Return an arm with its shifts as text, and with the standard errors that they make."""
    shifts = arm.get("reading_shifts")
    if not shifts:
        return arm | {name: None for name in COLUMNS if name in arm}
    text = json.dumps(shifts, separators=(",", ":"))
    return arm | dict(zip(COLUMNS, (text, *standard_errors(shifts)), strict=True))


def harmonised_errors(arms):
    """Return the ReadingErrors of harmonised arms, in the outcome's unit; None if none has any.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED; one without `reading_shifts`, such as a typed arm, has no error.

    Returns
    -------
    ReadingErrors or None
    """
    shifts = [json.loads(arm.get("reading_shifts") or "{}") for arm in arms]
    width = max(map(len, shifts), default=0)
    if not width:
        return None
    number = {name: i for i, name in enumerate(dict.fromkeys(s for own in shifts for s in own))}
    both, source = np.zeros((2, len(arms), width)), np.zeros((len(arms), width), dtype=int)
    for i, own in enumerate(shifts):
        for j, (name, shift) in enumerate(own.items()):
            both[:, i, j], source[i, j] = shift, number[name]
    dfs = {arm.get("click_df") for arm in arms} - {None}
    return ReadingErrors(*both, source, min(dfs, default=None))
