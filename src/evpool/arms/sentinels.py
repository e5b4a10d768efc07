"""Codes for a missing value, such as 999 or -1, that were typed where a number belongs."""

from evpool.errors import Problem

CODES = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0)
VALUES = ("mean", "median", "q1", "q3", "min", "max", "baseline_mean", "events")
SPREADS = ("sd", "error", "baseline_sd", "se", "variance")
FEWEST = 2  # other values that must be there to call one implausible
REASON = "sentinel_value"
REMEDY = (
    "If it stands for a missing value, leave the cell empty; if it is a value, say in the review's "
    "config which `missing_codes` there are ([] for none)."
)


def sentinel_problems(rows, name, codes=CODES):
    """Find cells that hold a code for a missing value.

    An n is refused if it is a code: no group has 999 animals. Of means and spreads only what
    is implausible is: a negative code where none of the outcome's other values in that column is
    negative (a spread never is), or a positive one that is ten times as large as all of them.

    Parameters
    ----------
    rows : list of dict
        Typed rows with `line`, `outcome` and the numbers.
    name : callable
        Names a row in the message.
    codes : sequence of float
        What counts as a code.

    Yields
    ------
    Problem
        With the reason 'sentinel_value'.
    """
    for row in rows:
        for column in ("n", "n_t", "n_c"):
            if row.get(column) in codes:
                yield _problem(row, column, name, "the number of animals")
    for column in (*VALUES, *SPREADS):
        by_outcome = {}
        for row in rows:
            if row.get(column) is not None:
                by_outcome.setdefault((row.get("outcome"), row.get("unit")), []).append(row)
        for group in by_outcome.values():
            yield from _implausible(group, column, name, codes)


def _implausible(group, column, name, codes):
    others = [row[column] for row in group if row[column] not in codes]
    for row in group:
        value = row[column]
        if value not in codes:
            continue
        if value < 0:
            strange = column in SPREADS or (len(others) >= FEWEST and min(others) >= 0)
        else:
            strange = len(others) >= FEWEST and 10 * max(map(abs, others)) <= value
        if strange:
            yield _problem(row, column, name, f"a {column}")


def _problem(row, column, name, what):
    expected = f"{what}, not a code for a missing value"
    return Problem(row["line"], column, row[column], expected, REMEDY, REASON, name(row))
