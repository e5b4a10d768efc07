import numpy as np
import pytest

from evpool.errors import InputError
from evpool.extraction.columns import CHANGES
from evpool.extraction.delimited import read_input
from evpool.studies.swim import check_changes, direction_rows, group_rows, study_rows

STUDIES = [
    {"study_id": "a", "label": "A", "source": "fat", "dose": "1e10"},
    {"study_id": "b", "label": "B", "source": "fat", "dose": "5e9"},
    {"study_id": "c", "label": "C", "source": None, "dose": "100 ug"},
    {"study_id": "d", "label": "D", "source": "marrow", "dose": None},
]
SETTINGS = {"groups": ["source"], "dose": "dose", "threshold": 1e10}


def change(study, pct, better="higher", outcome="x", **more):
    row = {"study_id": study, "outcome": outcome, "change_pct": pct, "better": better}
    return {"domain": None, "direction": None, "printed": None} | row | more


ROWS = [change("a", 40.0), change("b", -60.0, "lower"), change("c", -10.0), change("d", 0.0)]


def test_directions_follow_what_is_better():
    found = {row["study_id"]: row for row in study_rows(ROWS, STUDIES, SETTINGS)}
    assert [found[s]["direction"] for s in "abcd"] == [
        "benefit",
        "benefit",
        "harm",
        "no difference",
    ]
    assert [found[s]["change_pct"] for s in "abcd"] == [40, 60, -10, 0]


@pytest.mark.parametrize(
    ("signs", "expected"),
    [((1, 1, 1, -1), "benefit"), ((1, 1, -1), "conflicting"), ((-1,) * 7 + (1,) * 3, "harm")],
)
def test_a_study_needs_seventy_percent_of_its_outcomes_one_way(signs, expected):
    rows = [change("a", 10.0 * sign, outcome=f"o{i}") for i, sign in enumerate(signs)]
    (study,) = study_rows(rows, STUDIES, SETTINGS)
    assert (study["direction"], study["outcomes"]) == (expected, len(signs))


def test_a_typed_direction_stands_without_a_number():
    rows = [change("a", None, None, direction="harm")]
    (study,) = study_rows(rows, STUDIES, SETTINGS)
    assert (study["direction"], study["change_pct"]) == ("harm", None)


def test_a_dose_on_another_axis_is_no_dose():
    found = study_rows(ROWS, STUDIES, SETTINGS)
    assert [row["dose"] for row in found] == [1e10, 5e9, None, None]
    reading = {"column": "dose", "unit": "particles/kg"}
    asked = SETTINGS | {"dose": "dose_particles_per_kg"}
    found = study_rows(ROWS, STUDIES, asked, reading)
    assert [row["dose"] for row in found] == [1e10, 5e9, None, None]


def test_groups_count_the_same_studies_as_the_whole():
    rows = group_rows(study_rows(ROWS, STUDIES, SETTINGS), SETTINGS)
    whole = rows[0]
    assert [whole[name] for name in ("k", "benefit", "harm", "no_difference")] == [4, 2, 1, 1]
    for column in ("source", "dose"):
        own = [row for row in rows if row["grouped_by"] == column]
        for name in ("k", "benefit", "harm", "no_difference", "conflicting", "k_change"):
            assert sum(row[name] for row in own) == whole[name]
    levels = [row["level"] for row in rows if row["grouped_by"] == "dose"]
    assert levels == ["at or above the threshold", "below", "no comparable dose"]
    assert (whole["change_median"], whole["change_q1"]) == tuple(
        np.percentile([40, 60, -10, 0], [50, 25])
    )


def test_domains_are_kept_apart():
    rows = [change("a", 10.0, domain="bone"), change("a", -5.0, domain="vessels")]
    found = {row["domain"]: row["direction"] for row in direction_rows(rows)}
    assert found == {"bone": "benefit", "vessels": "harm"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "a,x,,12,",
            "column 'direction' is empty: expected a direction, or change_pct with better",
        ),
        ("e,x,higher,12,", "expected a study of the study table"),
        ("a,x,hihger,12,", "Did you mean 'higher'"),
        ("a,x,,,bennefit", "Did you mean 'benefit'"),
    ],
)
def test_a_row_without_a_direction_is_refused(tmp_path, row, said):
    path = tmp_path / "changes.csv"
    path.write_text(f"study_id,outcome,better,change_pct,direction\n{row}\n")
    with pytest.raises(InputError, match=said):
        check_changes(read_input(path, CHANGES), ["a", "b"])
