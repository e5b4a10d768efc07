"""Arms that two or more people read off the same figure: which they are, and what goes on."""

from statistics import fmean

from evpool.columns import ORDER_STATISTICS
from evpool.history import noted, shown

ARM_KEY = ("study_id", "comparison", "timepoint", "time", "time_unit", "role", "arm")
QUANTITIES = ("mean", "error")
AVERAGED = ("mean", "error", "error_lower", "error_upper", *ORDER_STATISTICS)


def arm_key(arm):
    """Name an arm of a study whoever read it; an absent cell is an absent one."""
    return tuple(arm[name] for name in ARM_KEY)


def readings_by_arm(arms):
    """Group the rows in which several people read the same arm, in the order of the first."""
    groups = {}
    for arm in arms:
        alone = None if arm["digitiser"] else arm["row_id"]
        groups.setdefault((arm_key(arm), alone), []).append(arm)
    return list(groups.values())


def value_of(row, quantity):
    """Return what a row says of 'mean' (or of the median in its place) or of 'error'."""
    if quantity == "mean" and row["mean"] is None:
        return row.get("median")
    return row[quantity]


def merge_readings(rows):
    """Make one arm of what several digitisers read of it.

    Parameters
    ----------
    rows : list of dict
        Rows of ARM_TABLE that read the same arm.

    Returns
    -------
    merged : dict
        The first row with the means of the readings, the ids of all rows behind it joined by ';',
        and the click errors of a mean of so many readings.
    passed_over : list of dict
        Rows that can't be used although another digitiser's reading can: for the ledger.
    """
    best = min(_defects(row) for row in rows)
    used = [row for row in rows if _defects(row) == best]
    passed_over = [
        {**row, "unusable": "reading_not_usable", "detail": row["detail"]}
        for row in rows
        if _defects(row) != best
    ]
    if len(used) == 1:
        return used[0], passed_over
    merged = dict(used[0])
    for name in AVERAGED:
        values = [row.get(name) for row in used]
        merged[name] = None if None in values else fmean(values)
    merged |= {name: _joined(used, name, "; ") for name in ("digitiser", "reading_flags", "flags")}
    merged |= {"row_id": _joined(used, "row_id", ";"), "history": _joined(used, "history", "\n")}
    merged |= _axis_of_mean(used)
    said = ", ".join(f"{row['digitiser']} {_values(row)}" for row in used)
    return noted(merged, "reconcile", f"mean of {said} -> {_values(merged)}"), passed_over


def _defects(row):
    return row["unusable"] is not None, value_of(row, "mean") is None, row["error"] is None


def _values(row):
    return f"{shown(value_of(row, 'mean'))} (half bar {shown(row['error'])})"


def _joined(rows, name, separator):
    """Join what the rows say, each part once, in their order."""
    parts = [part for row in rows for part in (row[name] or "").split(separator) if part]
    return separator.join(dict.fromkeys(parts)) or None


def _axis_of_mean(rows):
    """Return the axis columns of a mean of readings: the first one's, if all have one."""
    if any(row["axis"] is None for row in rows):
        return {"axis": None}
    return {"axis": " + ".join(dict.fromkeys(row["axis"] for row in rows))}


def adjudicate(arm, decision):
    """Give an arm the values that a third person settled on.

    Parameters
    ----------
    arm : dict
        A row of ARM_TABLE, merged.
    decision : dict
        A row of ADJUDICATION: `mean`, `error`, or both.
    """
    given = {name: decision[name] for name in QUANTITIES if decision.get(name) is not None}
    who = f" by {decision['adjudicator']}" if decision.get("adjudicator") else ""
    said = ", ".join(
        f"{name} {shown(value_of(arm, name))} -> {shown(new)}" for name, new in given.items()
    )
    if "mean" in given and arm["mean"] is None:
        given["median"] = given.pop("mean")
    ends = {"error_lower": None, "error_upper": None} if "error" in given else {}
    return noted(arm, "reconcile", f"adjudicated{who}: {said}", **given, **ends)
