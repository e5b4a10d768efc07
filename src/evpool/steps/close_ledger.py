"""Close a review's account: each typed row is behind an effect or on the ledger with a reason."""

from evpool.columns import CONTRAST
from evpool.errors import InputError
from evpool.history import noted


def close_ledger(tables, ledger, effects, review):
    """Account for every row of a review's typed tables.

    Parameters
    ----------
    tables : list of InputTable
        The typed tables that the review's outcomes take rows from.
    ledger, effects : lists of dict
        The rows of every outcome's LEDGER and EFFECTS; of these only `outcome` and `source_rows`.
    review : str
        The review's id.

    Returns
    -------
    list of dict
        Rows of LEDGER: those given, and one for each row that no outcome asks for.

    Raises
    ------
    InputError
        If a row is both behind an effect and on the ledger of one outcome, or if a row that no
        outcome reads can't be read.
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
    for table in tables:
        _refuse_unread(table, {row["line"] for row in table.rows if row["row_id"] in used})
        orphans = [row for row in table.rows if row["row_id"] not in accounted]
        closed += [_orphan(row, table.path, review) for row in orphans]
        closed += [_unread(row, table.path, review) for row in table.aside]
    return closed


def ids_of(row):
    """Return the ids of the typed rows behind a row: several where several people read an arm."""
    return row["row_id"].split(";")


def _refuse_unread(arms, used_lines):
    unread = [str(problem) for problem in arms.problems if problem.line not in used_lines]
    if unread:
        raise InputError(arms.path, unread)


def _unread(row, path, review):
    """Enter what is not read: a row of an export, an arm of a digitised file."""
    entry = {**row, "review": review, "source_file": path, "comparison": None, "step": "read"}
    return noted(entry, "ledger", f"set aside, {row['reason']}: {row['detail']}")


def _orphan(row, path, review):
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
        "step": "select",
        "reason": "in_no_outcome",
        "detail": "no outcome of the review's config asks for this row",
    }
    return noted(entry, "ledger", f"set aside, {entry['reason']}: {entry['detail']}")
