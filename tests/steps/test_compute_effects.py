import pytest
from numpy.testing import assert_allclose

from evpool.steps.compute_effects import compute_effects, summaries
from tests.steps.test_harmonise_arms import arm


def pair(study, mean_t, mean_c, **extra):
    common = {"sd": 2.0, "sd_source": "stated", **extra}
    return [
        arm(study, mean=mean_t, n=16, **common),
        arm(study, "control", mean=mean_c, n=4, **common),
    ]


def test_differences_are_treatment_minus_control():
    (row,) = compute_effects(pair("a", 3.0, 5.0), "MD", 0.95)
    assert_allclose([row["yi"], row["vi"]], [-2.0, 4 / 16 + 4 / 4])
    assert_allclose(row["ci_high"] - row["ci_low"], 2 * 1.959963984540054 * 1.25**0.5, rtol=1e-12)
    assert (row["n_t"], row["n_c"], row["effect_id"]) == (16, 4, "a:1")


def test_the_order_of_the_arms_is_kept_whichever_role_comes_first():
    rows = compute_effects([*pair("b", 3.0, 1.0)[::-1], *pair("a", 2.0, 1.0)], "MD", 0.95)
    assert [(row["study_id"], row["yi"]) for row in rows] == [("b", 2.0), ("a", 1.0)]


def test_an_effect_names_its_typed_rows_and_carries_its_moderators():
    (row,) = compute_effects(pair("a", 3.0, 5.0, year=2020, dose="high"), "MD", 0.95)
    assert row["source_rows"] == "a-1-treatment;a-1-control"
    assert (row["year"], row["dose"]) == (2020, "high")
    assert "role" not in row


def test_where_the_sds_came_from():
    treated, control = pair("a", 3.0, 5.0)
    (row,) = compute_effects([treated | {"sd_source": "from_sem"}, control], "MD", 0.95)
    assert row["sd_source"] == "from_sem; stated"


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="MD"):
        compute_effects(pair("a", 3.0, 5.0), "MDD", 0.95)


def test_summaries_are_none_where_an_effect_has_no_means():
    rows = compute_effects(pair("a", 3.0, 5.0), "MD", 0.95)
    assert summaries(rows)["mean_t"].tolist() == [3.0]
    assert summaries([rows[0] | {"sd_c": None}]) is None
