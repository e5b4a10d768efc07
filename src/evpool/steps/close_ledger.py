"""Close a review's account: each typed row is behind an effect or on the ledger with a reason."""

from evpool.columns import CONTRAST
from evpool.errors import InputError
from evpool.extraction.table import matches
from evpool.history import noted

UNASKED = "in_no_outcome", "no outcome of the review's config asks for this row"


def close_ledger(tables, ledger, effects, review, asked=None):
    """Account for every row of a review's typed tables.

    Parameters
    ----------
    tables : list of InputTable
        The typed tables that the review's outcomes take rows from.
    ledger, effects : lists of dict
        The rows of every outcome's LEDGER and EFFECTS; of these only `outcome` and `source_rows`.
    review : str
        The review's id.
    asked : list of dict, optional
        What each outcome takes of each table: outcome -> its `rows`.

    Returns
    -------
    list of dict
        Rows of LEDGER: those given, and one for each row that no outcome asks for.

    Raises
    ------
    InputError
        If a row is both behind an effect and on the ledger of one outcome; if a row that no outcome
        reads can't be read, for a reason that the ledger doesn't know; or if a row that an outcome
        asks for is lost.
    """
    used = {}
    for effect in effects:
        for row_id in effect["source_rows"].split(";"):
            used.setdefault(row_id, set()).add(effect["outcome"])
    twice = [
        row for row in ledger for row_id in ids_of(row) if row["outcome"] in used.get(row_id, ())
    ]
    if twice:
        problems = [
            f"row {row['row_id']} ({row['study_id']}, {row['role']}) is behind an effect of "
            f"{row['outcome']} and on its ledger"
            for row in twice
        ]
        raise InputError(twice[0]["source_file"], problems)
    accounted = {*used, *(row_id for row in ledger for row_id in ids_of(row))}
    closed = list(ledger)
    for table, wanted in zip(tables, asked or [{}] * len(tables), strict=True):
        _refuse_unread(table, {row["line"] for row in table.rows if row["row_id"] in used})
        orphans = [row for row in table.rows if row["row_id"] not in accounted]
        _refuse_lost(table, orphans, wanted)
        faults = {problem.line: problem for problem in reversed(table.problems) if problem.reason}
        closed += [_orphan(row, table.path, review, faults.get(row["line"])) for row in orphans]
        closed += [_unread(row, table.path, review) for row in table.aside]
    return closed


def ids_of(row):
    """Return the ids of the typed rows behind a row: several where several people read an arm."""
    return row["row_id"].split(";")


def _refuse_unread(arms, used_lines):
    unread = [
        str(problem)
        for problem in arms.problems
        if problem.line not in used_lines and not problem.reason
    ]
    if unread:
        raise InputError(arms.path, unread)


def _refuse_lost(table, orphans, wanted):
    lost = [
        f"row {row['line']} ({row['study_id']}) is asked for by outcome {outcome}, but is neither "
        "behind an effect nor on a ledger: a fault of evpool, not of the table. Please report it."
        for row in orphans
        for outcome, rows in wanted.items()
        if matches(row, rows)
    ]
    if lost:
        raise InputError(table.path, lost)


def _unread(row, path, review):
    """Enter what is not read: a row of an export, an arm of a digitised file."""
    entry = {**row, "review": review, "source_file": path, "comparison": None, "step": "read"}
    return noted(entry, "ledger", f"set aside, {row['reason']}: {row['detail']}")


def _orphan(row, path, review, fault):
    reason, detail = (fault.reason, fault.fault) if fault else UNASKED
    entry = {
        "review": review,
        "outcome": row.get("outcome"),
        "source_file": path,
        "row_id": row["row_id"],
        "study_id": row["study_id"],
        "comparison": row.get("comparison") or 1,
        "timepoint": row.get("timepoint"),
        "role": row.get("role", CONTRAST),
        "arm": row.get("arm"),
        "reading_flags": row.get("reading_flags"),
        "step": "read" if fault else "select",
        "reason": reason,
        "detail": detail,
    }
    return noted(entry, "ledger", f"set aside, {reason}: {detail}")
