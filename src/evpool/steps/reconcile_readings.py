"""Between steps 1 and 2: one row an arm, whoever read it, and how far off the readings may be."""

from evpool.arms.dispersion import CONVERTIBLE
from evpool.digitisation.double_reading import (
    QUANTITIES,
    adjudicate,
    arm_key,
    merge_readings,
    readings_by_arm,
    value_of,
)
from evpool.errors import InputError, Problem
from evpool.history import shown

HALF_LENGTHS = (*CONVERTIBLE, "unknown")  # kinds of bar of which one length is settled on
REREAD = "Leave it empty; digitise the figure again, or remove the reading that is wrong."


def reconcile_readings(arms, decisions, settings):
    """Compare what several digitisers read of the same arms, and let one row an arm go on.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE; readings of one arm differ in `digitiser`.
    decisions : list of InputTable
        The review's adjudication table, if it has one: for this outcome's arms, the value that a
        third person settled on.
    settings : dict
        `disagreement_percent`, `disagreement_pixels`, `click_error`, `calibration_error`.

    Returns
    -------
    reconciled : list of dict
        Rows of ARM_TABLE, one an arm: the adjudicated value where there is one, else the mean of
        the readings, with the standard error of reading; and rows that can't be used although
        another reading of their arm can.
    agreement, disagreements, clicks : lists of dict
        Rows of AGREEMENT and of DISAGREEMENTS, and one row of CLICK_ERRORS if an arm is digitised.

    Raises
    ------
    InputError
        If an adjudicated arm is none of the outcome's, is adjudicated twice or without a value, or
        gets an error although its SD follows from the ends of a box or a range.
    """
    decided = _decisions(decisions, arms)
    if not decided and not any(arm["digitiser"] or arm["axis"] for arm in arms):
        return arms, [], [], []
    # Imported here: most outcomes have nothing digitised, and these load scipy.
    from evpool.digitisation.arm_errors import click_errors, with_reading_errors
    from evpool.digitisation.reader_agreement import find_disagreements, measure_agreement

    threshold = settings["disagreement_percent"], settings["disagreement_pixels"]
    disagreements = find_disagreements(arms, *threshold)
    reconciled = []
    for rows in readings_by_arm(arms):
        key = arm_key(rows[0])
        merged, passed_over = merge_readings(rows)
        if key in decided:
            merged = adjudicate(merged, decided[key])
        reconciled += [merged, *passed_over]
    clicks = click_errors(arms, settings)
    reconciled = with_reading_errors(reconciled, clicks, decided)
    clicks["arms_with_error"] = sum(row.get("mean_reading_se") is not None for row in reconciled)
    resolved = [_resolved(row, decided, reconciled) for row in disagreements]
    place = {name: arms[0][name] for name in ("review", "outcome")} if arms else {}
    told = [place | clicks] if clicks["arms_digitised"] else []
    return reconciled, measure_agreement(arms), resolved, told


def _resolved(row, decided, reconciled):
    """Say of a disagreement which value goes on, and why that one."""
    key, quantity = arm_key(row), row["quantity"]
    (value,) = (
        value_of(arm, quantity)
        for arm in reconciled
        if arm_key(arm) == key and arm["unusable"] != "reading_not_usable"
    )
    third = decided.get(key, {}).get(quantity) is not None
    return row | {"value": value, "resolved_by": "adjudication" if third else "mean"}


def _decisions(tables, arms):
    """Return arm -> row of the adjudication table, for rows that decide something."""
    found = {}
    for table in tables:
        found |= _decided_in(table, {arm_key(arm): arm for arm in arms})
    return found


def _decided_in(table, known):
    found, problems = {}, list(table.problems)
    for row in table.rows:
        absent = dict.fromkeys(("timepoint", "time", "time_unit", "arm"))
        key = arm_key({**absent, **row, "comparison": row.get("comparison") or 1})
        if key not in known:
            expected = f"an arm of this outcome; it has {_arms_of(row, known)}"
            problems.append(Problem(row["line"], "role", row["role"], expected, "Correct the row."))
        elif key in found:
            expected = f"an arm decided once, but row {found[key]['line']} decides it too"
            problems.append(Problem(row["line"], "role", row["role"], expected, "Remove one row."))
        elif all(row.get(name) is None for name in QUANTITIES):
            expected = "the value that was settled on, in 'mean', 'error' or both"
            problems.append(Problem(row["line"], "mean", None, expected, "Fill one of them in."))
        elif row.get("error") is not None and known[key]["error_type"] not in HALF_LENGTHS:
            kind = known[key]["error_type"] or "empty"
            expected = f"no error, for none counts where the arm's error_type is {kind}"
            problems.append(Problem(row["line"], "error", row["error"], expected, REREAD))
        found[key] = row
    if problems:
        raise InputError(table.path, problems)
    return found


def _arms_of(row, known):
    own = [key for key in known if key[0] == row["study_id"]]
    listed = [" ".join(shown(part) for part in key[1:] if part is not None) for key in own]
    return f"of {row['study_id']}: {'; '.join(listed)}" if own else "no arm of that study"
