"""Close a review's account: each typed row is behind an effect or on the ledger with a reason."""

from evpool.errors import InputError


def close_ledger(arms, ledger, effects, review):
    """Account for every row of a review's arms table.

    Parameters
    ----------
    arms : InputTable
        The review's arms table.
    ledger, effects : lists of dict
        The rows of every outcome's LEDGER and EFFECTS.
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
    twice = [row for row in ledger if row["outcome"] in used.get(row["row_id"], ())]
    if twice:
        raise InputError(
            arms.path,
            [
                f"row {row['row_id']} ({row['study_id']}, {row['role']}) is behind an effect of "
                f"{row['outcome']} and on its ledger"
                for row in twice
            ],
        )
    _refuse_unread(arms, {row["line"] for row in arms.rows if row["row_id"] in used})
    accounted = {*used, *(row["row_id"] for row in ledger)}
    orphans = [row for row in arms.rows if row["row_id"] not in accounted]
    return [*ledger, *(_orphan(row, arms.path, review) for row in orphans)]


def _refuse_unread(arms, used_lines):
    unread = [str(problem) for problem in arms.problems if problem.line not in used_lines]
    if unread:
        raise InputError(arms.path, unread)


def _orphan(row, path, review):
    return {
        "review": review,
        "outcome": row.get("outcome"),
        "source_file": path,
        "row_id": row["row_id"],
        "study_id": row["study_id"],
        "comparison": row.get("comparison") or 1,
        "timepoint": row.get("timepoint"),
        "role": row["role"],
        "arm": row.get("arm"),
        "step": "select",
        "reason": "in_no_outcome",
        "detail": "no outcome of the review's config asks for this row",
    }
