import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.steps.compute_effects import compute_effects, summaries
from evpool.steps.harmonise_arms import harmonise_arms
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


@pytest.mark.parametrize(
    ("arms", "controls", "labels"),
    [
        (("exo", "gel"), ("PBS", "PBS"), ["a, exo", "a, gel"]),
        (("exo", "exo"), ("PBS", "gel"), ["a, exo vs PBS", "a, exo vs gel"]),
        (("exo", "exo"), ("PBS", "PBS"), ["a, comparison 1", "a, comparison 2"]),
        (("exo", None), ("PBS", "gel"), ["a, comparison 1", "a, comparison 2"]),
    ],
)
def test_comparisons_of_one_study_are_told_apart(arms, controls, labels):
    rows = []
    for number, names in enumerate(zip(arms, controls, strict=True), 1):
        sides = pair("a", 3.0, 1.0, comparison=number)
        rows += [side | {"arm": name} for side, name in zip(sides, names, strict=True)]
    rows += [row | {"arm": "exo"} for row in pair("b", 2.0, 1.0)]
    assert [row["label"] for row in compute_effects(rows, "MD", 0.95)] == [*labels, "b"]


def test_where_the_sds_came_from():
    treated, control = pair("a", 3.0, 5.0)
    (row,) = compute_effects([treated | {"sd_source": "from_sem"}, control], "MD", 0.95)
    assert row["sd_source"] == "from_sem; stated"


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="MD"):
        compute_effects(pair("a", 3.0, 5.0), "MDD", 0.95)


def test_summaries_are_nan_where_an_effect_has_no_means():
    rows = compute_effects(pair("a", 3.0, 5.0), "MD", 0.95)
    assert summaries(rows)["mean_t"].tolist() == [3.0]
    assert np.isnan(summaries([rows[0] | {"sd_c": None}])["sd_c"][0])


def test_nothing_left_to_pool_is_said():
    with pytest.raises(ValueError, match="no comparison is left to pool: every row is on the"):
        compute_effects([], "MD", 0.95)


def test_counts_become_a_log_odds_ratio():
    arms = [arm("a", n=10, events=2.0), arm("a", "control", n=10, events=6.0)]
    (row,) = compute_effects(arms, "OR", 0.95)
    assert_allclose(row["yi"], np.log((2 / 8) / (6 / 4)))
    assert_allclose(row["vi"], 1 / 2 + 1 / 8 + 1 / 6 + 1 / 4)
    assert (row["events_t"], row["events_c"], row["mean_t"]) == (2, 6, 1.0)


def test_a_normalised_difference_uses_the_sham():
    arms = [*pair("a", 3.0, 5.0), arm("a", "sham", mean=1.0, n=4, sd=1.0, sd_source="stated")]
    (row,) = compute_effects(arms, "NMD", 0.95)
    assert_allclose(row["yi"], 100 * (3.0 - 5.0) / abs(5.0 - 1.0))
    assert len(row["source_rows"].split(";")) == 3


def contrast(study, **values):
    names = ("estimate", "se", "variance", "ci_low", "ci_high", "p_value", "n_t", "n_c")
    given = dict.fromkeys(names) | {"measure": "SMD"} | values
    return arm(study, "contrast", **given)


def test_published_effects_are_taken_as_they_are():
    rows = compute_effects(
        [contrast("hu", estimate=5.28, ci_low=-0.06, ci_high=10.63),
         contrast("yang", estimate=12.08, se=2.2, n_t=6.0, n_c=6.0)], "SMD", 0.95)  # fmt: skip
    width = (10.63 + 0.06) / (2 * 1.959963984540054)
    assert_allclose([row["yi"] for row in rows], [5.28, 12.08])
    assert_allclose([row["sei"] for row in rows], [width, 2.2], rtol=1e-12)
    assert [row["n_t"] for row in rows] == [None, 6]


def test_the_decimals_of_what_was_published_are_kept():
    rows = compute_effects(
        [contrast("zeros", estimate=2.0, ci_low=0.5, ci_high=3.25),
         contrast("limits", ci_low=-0.06, ci_high=10.63)], "SMD", 0.95)  # fmt: skip
    assert rows[1]["yi"] == 5.285  # the middle has a decimal more than what is printed
    assert [row["decimals"] for row in rows] == [2, 2]
    assert "decimals" not in compute_effects(pair("a", 3.0, 5.0), "MD", 0.95)[0]


@pytest.mark.parametrize(
    ("arms", "measure", "named"),
    [
        (pair("a", 3.0, 1.0) + pair("a", 4.0, 1.0), "MD", "a, comparison 1: treatment; a, comp"),
        ([contrast("a", estimate=2.0, se=0.3), contrast("a", estimate=4.0, se=0.4)], "SMD",
         "a, comparison 1: contrast."),
    ],
)  # fmt: skip
def test_two_arms_of_one_role_are_refused_not_chosen_among(arms, measure, named):
    with pytest.raises(ValueError, match=f"two arms of one role: {named}"):
        compute_effects(arms, measure, 0.95)


def test_a_published_mean_difference_is_read_by_t_and_the_row_says_so():
    printed = {"measure": "MD", "estimate": 10.0, "p_value": 0.001, "n_t": 6.0, "n_c": 6.0}
    arms, _ = harmonise_arms([contrast("a", **printed)])
    (row,) = compute_effects(arms, "MD", 0.95)
    assert_allclose(row["vi"], 4.75, atol=0.005)
    assert arms[0]["history"] == ("convert: P 0.001 is read by Student's t with 10 df (n 6 and 6)")


def test_a_published_ratio_is_pooled_as_its_log():
    (row,) = compute_effects([contrast("a", measure="HR", estimate=0.5, ci_low=0.25, ci_high=1.0)],
                             "HR", 0.95)  # fmt: skip
    assert_allclose(row["yi"], np.log(0.5))


@pytest.mark.parametrize(
    ("measure", "options", "yi", "sei"),
    [
        ("GEN", {"log": True}, np.log(0.5), np.log(4) / (2 * 1.959963984540054)),
        ("GEN", {"log": False}, 0.5, 0.75 / (2 * 1.959963984540054)),
        ("SMD", {"variance": "UB"}, 0.5, 0.75 / (2 * 1.959963984540054)),
        ("MD", {"pooled_sd": True}, 0.5, 0.75 / (2 * 1.959963984540054)),
        ("OR", {"correction": "none"}, np.log(0.5), np.log(4) / (2 * 1.959963984540054)),
        ("RR", {"level": 0.9}, np.log(0.5), np.log(4) / (2 * 1.6448536269514722)),
    ],
)
def test_the_options_of_a_measure_do_not_keep_out_its_published_effects(measure, options, yi, sei):
    published = contrast("a", measure=measure, estimate=0.5, ci_low=0.25, ci_high=1.0)
    (row,) = compute_effects([published], measure, 0.95, options)
    assert_allclose([row["yi"], row["sei"]], [yi, sei], rtol=1e-12)


def test_published_effects_of_another_measure_are_not_mixed_in():
    mixed = [contrast("a", estimate=1.0, se=1.0), contrast("b", measure="MD", estimate=1.0, se=1.0)]
    with pytest.raises(ValueError, match="the outcome pools SMD, but b has MD"):
        compute_effects(mixed, "SMD", 0.95)


def test_several_times_of_a_comparison_keep_apart():
    arms = [
        row | {"time": t, "time_unit": "wk", "timepoint": None}
        for t in (2.0, 4.0)
        for row in pair("a", t, 1.0)
    ]
    rows = compute_effects(arms, "MD", 0.95)
    assert [(row["effect_id"], row["yi"]) for row in rows] == [("a:1:2 wk", 1.0), ("a:1:4 wk", 3.0)]


def test_a_measure_of_published_effects_takes_no_arms():
    with pytest.raises(ValueError, match="HR pools published effects, but the outcome's rows are"):
        compute_effects(pair("a", 2.0, 1.0), "HR", 0.95)
