import pytest
from hypothesis import given
from hypothesis import strategies as st

from evpool.arms.scale_check import flag_other_scales


def arms(**means):
    return [
        {"study_id": study, "role": role, "mean": mean, "unit": "%"}
        for study, mean in means.items()
        for role in ("treatment", "control")
    ]


def suspected(rows):
    return {row["study_id"] for row in flag_other_scales(rows) if row.get("flags")}


@pytest.mark.parametrize("strange", [0.5, 500.0, -500.0])
def test_a_study_an_order_of_magnitude_off_is_named_and_kept(strange):
    rows = arms(a=40.0, b=55.0, c=strange, d=48.0)
    assert suspected(rows) == {"c"}
    made = flag_other_scales(rows)
    assert [row["mean"] for row in made] == [row["mean"] for row in rows]
    (line,) = {row["history"] for row in made if row["study_id"] == "c"}
    assert line.startswith(f"units: the study's control means are near {abs(strange):g}, the other")
    assert {row["flags"] for row in made if row["study_id"] == "c"} == {"suspected_unit_mismatch"}


def test_too_few_studies_other_units_zeros_and_counts_are_no_ground():
    assert suspected(arms(a=40.0, b=0.4)) == set()
    assert (
        suspected([row | {"unit": row["study_id"]} for row in arms(a=40.0, b=0.4, c=41.0)]) == set()
    )
    assert suspected(arms(a=40.0, b=0.0, c=41.0)) == set()
    assert suspected(arms(a=None, b=None, c=None)) == set()


@given(st.lists(st.floats(1, 9.99), min_size=3, max_size=9), st.floats(1e-3, 1e3))
def test_studies_within_one_order_of_magnitude_are_left_alone_in_any_unit(means, factor):
    rows = arms(**{f"s{i}": mean * factor for i, mean in enumerate(means)})
    assert flag_other_scales(rows) == rows
