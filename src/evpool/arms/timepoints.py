"""Which measurement of a comparison is used where a study gives several."""

import re

from evpool.columns import TIME_UNITS
from evpool.errors import unknown_name

RULES = ("all", "earliest", "latest", "nearest")
DAYS = dict(zip(TIME_UNITS, (1 / 1440, 1 / 24, 1, 7, 30.4375, 365.25), strict=True))

WORDS = {
    "min": "minutes?|mins?",
    "h": "hours?|hrs?|h",
    "d": "days?|d|dpi|dpo|pod",  # also: days post injury, days post-operation
    "wk": "weeks?|wks?|w",
    "mo": "months?|mos?",
    "y": "years?|yrs?|y",
}
AFTER = r"(?: ?(?:after|post)[ -]?(?:injury|surgery|treatment|operation|injection|op)?)?"
LABELS = {
    unit: re.compile(
        rf"(?:(?P<a>\d+(?:\.\d+)?)[ -]?(?:{w}){AFTER}|(?:{w})[ -]?(?P<b>\d+(?:\.\d+)?))"
    )
    for unit, w in WORDS.items()
}


def time_of_label(label):
    """Read a time out of a label such as '4 weeks', 'week 4', '28 d', 'day 28' or 'POD 14'.

    Returns
    -------
    (float, str) or None
        The time and its unit; None for a label that is no single time ('last', '4-8 weeks').
    """
    text = " ".join((label or "").lower().split())
    for unit, pattern in LABELS.items():
        match = pattern.fullmatch(text)
        if match:
            return float(match["a"] or match["b"]), unit
    return None


def choose_timepoints(arms, rule):
    """Choose among the measurements of each comparison.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE with `time` and `time_unit` (min, h, d, wk, mo, y).
    rule : {'all', 'earliest', 'latest'} or dict
        A dict says `rule`, and for 'nearest' the `anchor`, and for any rule the `window` (lowest
        and highest time) and the `unit` of both, and which time wins a `tie`: 'earlier' or 'later'.

    Returns
    -------
    list of (str or None)
        For each arm None if it is used, else the reason code why not: 'outside_window' or
        'timepoint_not_chosen'.

    Raises
    ------
    ValueError
        For an unknown rule or unit, or an arm without a numeric time where the rule needs it: in a
        window, or where a comparison has several measurements.
    """
    settings = {"rule": rule} if isinstance(rule, str) else rule
    if settings["rule"] not in RULES:
        raise unknown_name("timepoint", settings["rule"], RULES)
    if settings["rule"] == "all" and "window" not in settings:
        return [None] * len(arms)
    scale = DAYS[_known_unit(settings.get("unit", "d"), "the timepoint rule")]
    days = _days_of(arms, needed="window" in settings)
    reasons = ["outside_window" if _outside(day, settings, scale) else None for day in days]
    if settings["rule"] == "all":
        return reasons
    chosen = {}
    for arm, day, reason in zip(arms, days, reasons, strict=True):
        if reason is None:
            chosen.setdefault((arm["study_id"], arm["comparison"]), set()).add(day)
    best = {key: min(found, key=_order(settings, scale)) for key, found in chosen.items()}
    return [
        reason
        or (None if best[arm["study_id"], arm["comparison"]] == day else "timepoint_not_chosen")
        for arm, day, reason in zip(arms, days, reasons, strict=True)
    ]


def _order(settings, scale):
    """Return the key by which the chosen time is the smallest."""
    sign = -1 if settings.get("tie") == "later" else 1
    if settings["rule"] == "nearest":
        anchor = settings["anchor"] * scale
        return lambda day: (round(abs(day - anchor), 9), sign * day)
    return (lambda day: day) if settings["rule"] == "earliest" else (lambda day: -day)


def _outside(day, settings, scale):
    if "window" not in settings:
        return False
    low, high = settings["window"]
    return not low * scale - 1e-9 <= day <= high * scale + 1e-9


def _days_of(arms, needed):
    """Return the time of each arm in days; 0 for the only measurement of a comparison without."""
    measured = {}
    for arm in arms:
        when = arm["timepoint"], arm["time"], arm["time_unit"]
        measured.setdefault((arm["study_id"], arm["comparison"]), set()).add(when)
    several = {key for key, found in measured.items() if needed or len(found) > 1}
    lacking = [arm for arm in arms if arm["time"] is None or arm["time_unit"] is None]
    lacking = [arm for arm in lacking if (arm["study_id"], arm["comparison"]) in several]
    if lacking:
        named = dict.fromkeys(f"{arm['study_id']} ({arm['role']})" for arm in lacking)
        raise ValueError(
            f"the timepoint rule needs a time and a time_unit, which {', '.join(named)} "
            f"lack{'s' if len(named) == 1 else ''}. Fill in both columns, or select by `rows`."
        )
    return [_days(arm) for arm in arms]


def _days(arm):
    if arm["time"] is None or arm["time_unit"] is None:
        return 0.0
    return arm["time"] * DAYS[_known_unit(arm["time_unit"], arm["study_id"])]


def _known_unit(unit, where):
    if unit not in DAYS:
        raise unknown_name(f"time_unit of {where}", unit, DAYS)
    return unit
