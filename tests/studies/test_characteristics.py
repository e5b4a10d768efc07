from evpool.studies.characteristics import count_levels, tabulate

STUDIES = [
    {"study_id": "a", "label": "A", "source": "fat", "weeks": "8;4", "dose": "5e3"},
    {"study_id": "b", "label": "B", "source": "marrow", "weeks": "4", "dose": "100"},
    {"study_id": "c", "label": "C", "source": "marrow", "weeks": None, "dose": "20"},
]


def counts(column):
    rows = count_levels(STUDIES, {column: column.title()})
    return [(row["level"], row["studies"]) for row in rows]


def test_levels_come_by_count_numbers_by_value_and_empty_cells_last():
    assert counts("source") == [("marrow", 2), ("fat", 1)]
    assert counts("dose") == [("20", 1), ("100", 1), ("5e3", 1)]
    assert counts("weeks") == [("4", 2), ("8", 1), ("not reported", 1)]


def test_a_cell_with_semicolons_lists_several_levels():
    rows = count_levels(STUDIES, {"weeks": "Weeks", "source": "Source"})
    assert {row["characteristic"]: row["several"] for row in rows} == {
        "weeks": True,
        "source": False,
    }


def test_the_two_letters_for_micro_are_one():
    rows = [{"dose": "5 \u00b5g"}, {"dose": "5 \u03bcg"}]
    assert [row["studies"] for row in count_levels(rows, {"dose": "Dose"})] == [2]


def test_the_table_shows_the_chosen_columns_as_typed():
    assert tabulate(STUDIES, {"weeks": "Weeks"})[0] == {
        "study_id": "a",
        "label": "A",
        "weeks": "8;4",
    }
