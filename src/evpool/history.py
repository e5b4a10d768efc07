"""What was done to a typed row, in order: one line a step, with the old and the new value.

The column `history` of ARM_TABLE, HARMONISED and LEDGER holds lines `step: text`, separated by
newlines; the column `flags` holds cautions about the row, separated by '; '.
"""


def noted(row, step, text, **changes):
    """Return the row with the changes made and one more line of its history.

    Parameters
    ----------
    row : dict
        With or without `history`.
    step : str
        Who did it: extract, convert, units, combine, timepoint, ledger, ...
    text : str
        What was done, with old and new value; line breaks are turned into blanks.
    **changes
        The columns that get a new value.

    Returns
    -------
    dict
        A new row; the given one stays as it is.
    """
    line = f"{step}: {' '.join(str(text).split())}"
    return {**row, **changes, "history": "\n".join(filter(None, (row.get("history"), line)))}


def flagged(row, flag):
    """Return the row with one more caution; one that it has already is not repeated."""
    flags = [name for name in (row.get("flags") or "").split("; ") if name]
    return row if flag in flags else {**row, "flags": "; ".join([*flags, flag])}


def shown(value):
    """Write a number of a history: six significant digits; 'nothing' for None."""
    if value is None:
        return "nothing"
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def lines_of(row):
    """Return the (step, text) pairs of a row's history."""
    return [tuple(line.split(": ", 1)) for line in (row.get("history") or "").splitlines()]
