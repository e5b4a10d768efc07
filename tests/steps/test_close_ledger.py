import pytest

from evpool.errors import InputError, Problem
from evpool.extraction.table import InputTable
from evpool.steps.close_ledger import close_ledger

ROWS = [{"row_id": str(i), "line": i, "study_id": "a", "role": "control", "outcome": "o"}
        for i in (2, 3, 4)]  # fmt: skip
EFFECT = {"outcome": "o", "source_rows": "2;3"}


def table(problems=()):
    return InputTable("arms.csv", (), ROWS, list(problems))


def test_a_row_that_nobody_took_gets_a_reason():
    (row,) = close_ledger([table()], [], [EFFECT], "r")
    assert (row["row_id"], row["reason"]) == ("4", "in_no_outcome")


def test_a_row_that_an_outcome_asks_for_is_never_called_unasked_for():
    with pytest.raises(InputError, match=r"row 4 \(a\) is asked for by outcome o, but is neither"):
        close_ledger([table()], [], [EFFECT], "r", [{"o": {"outcome": "o"}}])
    (row,) = close_ledger([table()], [], [EFFECT], "r", [{"o": {"outcome": "other"}}])
    assert row["reason"] == "in_no_outcome"


def test_a_row_set_aside_is_accounted_for():
    ledger = [
        {
            "row_id": "4",
            "outcome": "o",
            "study_id": "a",
            "role": "control",
            "reason": "x",
            "source_file": "arms.csv",
        }
    ]
    assert close_ledger([table()], ledger, [EFFECT], "r") == ledger


def test_a_row_may_not_be_used_and_set_aside():
    ledger = [
        {
            "row_id": "2",
            "outcome": "o",
            "study_id": "a",
            "role": "control",
            "reason": "x",
            "source_file": "arms.csv",
        }
    ]
    with pytest.raises(InputError, match="behind an effect of o and on its ledger"):
        close_ledger([table()], ledger, [EFFECT], "r")


def test_an_unreadable_row_that_no_outcome_takes_is_refused():
    broken = Problem(4, "outcome", "", "a value", "Fill it in.")
    with pytest.raises(InputError, match="row 4, column 'outcome' is empty"):
        close_ledger([table([broken])], [], [EFFECT], "r")


def test_a_row_with_a_reason_is_on_the_ledger_whether_an_outcome_asks_for_it_or_not():
    unclear = Problem(4, "role", None, "treatment or control", "Say it.", "role_unclear")
    (row,) = close_ledger([table([unclear])], [], [EFFECT], "r")
    assert (row["row_id"], row["step"], row["reason"]) == ("4", "read", "role_unclear")
    assert row["detail"] == unclear.fault
    assert close_ledger([table([unclear])], [row], [EFFECT], "r") == [row]
