"""An outcome's own rows, read alone, are those that the whole table has for it."""

import pytest

from evpool.extraction.columns import ARMS as ARM_COLUMNS
from evpool.extraction.delimited import read_input
from evpool.extraction.row_digests import digest_rows, digest_table, digest_wanted
from evpool.extraction.row_groups import RowGroups
from evpool.extraction.table import matches
from tests.conftest import ARMS, STUDIES

TABLE = ARMS + "ito_2020,vas,,control,9,oops,0.7\n"


@pytest.mark.parametrize(
    "wanted",
    [
        {"outcome": "bbb", "timepoint": "first"},
        {"outcome": ["bbb", "vas"], "study_id": "ito_2020"},
        {"timepoint": None},
        {"role": "control"},
        {"n": 8.0},
        {"outcome": "nothing"},
    ],
)
def test_wanted_rows_are_a_matching_part_of_all_rows(typed, wanted):
    path, _ = typed(arms=TABLE)
    everything = read_input(path, ARM_COLUMNS)
    own = read_input(path, ARM_COLUMNS, wanted=wanted, may_be_empty=True)
    expected = [row for row in everything.rows if matches(row, wanted)]
    assert [row for row in own.rows if matches(row, wanted)] == expected
    assert RowGroups(everything.rows).matching(wanted) == expected
    lines = {row["line"] for row in own.rows}
    assert own.problems == [problem for problem in everything.problems if problem.line in lines]


def test_a_thousand_outcomes_read_a_table_once():
    class Row(dict):
        reads = 0

        def get(self, name, default=None):
            Row.reads += 1
            return super().get(name, default)

    groups = RowGroups([Row(outcome=f"o{i % 1000}", line=i) for i in range(4000)])
    for i in range(1000):
        lines = [row["line"] for row in groups.matching({"outcome": f"o{i}"})]
        assert lines == [i, i + 1000, i + 2000, i + 3000]
    assert Row.reads == 4000


def test_other_outcomes_rows_are_passed_over(typed):
    path, _ = typed(arms=TABLE)
    own = read_input(path, ARM_COLUMNS, wanted={"outcome": "bbb"})
    assert len(own.rows) == 6
    assert own.problems == []  # the text in a number's place stands in another outcome


def test_a_digest_changes_with_its_own_rows_and_with_nothing_else(typed):
    wanted = {"outcome": "bbb"}
    paths = typed(arms=TABLE)
    before, whole = digest_rows(*paths, wanted), digest_table(paths[0])
    assert digest_rows(*typed(arms=TABLE.replace("oops", "1.50")), wanted) == before
    assert digest_table(paths[0]) != whole
    assert (
        digest_rows(
            *typed(
                arms=TABLE.replace("ito_2020,bbb,first,control,9", "ito_2020,bbb,first,control,8")
            ),
            wanted,
        )
        != before
    )
    assert digest_rows(*paths, {"outcome": "vas"}) != before


def test_a_new_column_counts_for_every_outcome_but_not_the_order_of_columns(typed):
    # The arms of an outcome carry every column, also one that is empty for its own studies.
    wanted = {"outcome": "bbb"}
    before = digest_rows(*typed(), wanted)
    assert digest_rows(*typed(studies=with_column(STUDIES, "sex")), wanted) != before
    assert digest_rows(*typed(arms=with_column(ARMS, "strain")), wanted) != before
    turned = "\n".join(",".join(line.split(",")[::-1]) for line in STUDIES.splitlines())
    assert digest_rows(*typed(studies=turned), wanted) == before


def with_column(table, name):
    first, *rows = table.splitlines()
    return "\n".join([f"{first},{name}", *(f"{row}," for row in rows)])


def test_a_row_with_too_few_cells_counts_for_its_whole_table_and_for_each_decision(typed):
    wanted = {"outcome": "bbb"}
    path, _ = typed()
    before = digest_table(path), digest_wanted(path, wanted)
    path, _ = typed(arms=ARMS + "new_2026,bbb,first,treatment,8,2.0\n")
    after = digest_table(path), digest_wanted(path, wanted)
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False]


def test_a_decision_counts_for_its_own_outcome_whatever_columns_it_lacks(typed):
    path, _ = typed(arms="outcome,role,mean\nbbb,control,1\n")
    wanted = [{"outcome": name, "timepoint": "first"} for name in ("bbb", "vas")]
    bbb, vas = (digest_wanted(path, own) for own in wanted)
    path, _ = typed(arms="outcome,role,mean\nbbb,control,2\n")
    assert digest_wanted(path, wanted[0]) != bbb
    assert digest_wanted(path, wanted[1]) == vas
