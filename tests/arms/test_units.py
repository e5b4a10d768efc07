"""Units: exact factors, two ways round, and what is refused rather than guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.arms.units import UnitMismatchError, UnitUnknownError, find_conversion, in_target_unit
from evpool.history import lines_of
from evpool.stats.effects import hedges_g, mean_difference

SCORE = [{"from": "score", "factor": 1, "reason": "the same scale"}]


@pytest.mark.parametrize(
    ("source", "target", "slope", "shift"),
    [
        ("ratio", "%", 100, 0),
        ("Percent", "fraction", 0.01, 0),
        ("mm3", "µL", 1, 0),
        ("mm³", "cm3", 1e-3, 0),
        ("ng/ml", "pg/mL", 1e3, 0),
        ("g cm-2", "mg/cm^2", 1e3, 0),
        ("N/mm", "N/m", 1e3, 0),
        ("1/mm", "mm-1", 1, 0),
        ("degC", "K", 1, 273.15),
        ("mmHg", "kPa", 0.133322387415, 0),
        ("% of pre-operative value", "% of baseline", 1, 0),
        ("ratio to baseline", "percent of baseline", 100, 0),
        ("% change from baseline", "% of baseline", 1, 100),
        ("% of baseline", "% change from baseline", 1, -100),
    ],
)
def test_the_factor_of_two_units(source, target, slope, shift):
    found = find_conversion(source, target)
    assert_allclose([found.slope, found.shift], [slope, shift], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("unit", ["points", "%", "mm3", "BBB score"])
def test_the_same_unit_needs_nothing(unit):
    assert find_conversion(unit, f" {unit} ") is None


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("mm", "%", "can't be converted to '%'"),
        ("score", "points", "'score' is no unit that can be converted"),
        ("cells", "mm", "'cells' is no unit"),  # pint would read hundredths of an ell
        ("mm(", "cm", "can't be converted"),
        ("mg", "mL", "can't be converted"),
    ],
)
def test_units_of_different_things_are_a_mismatch(source, target, words):
    with pytest.raises(UnitMismatchError, match=words):
        find_conversion(source, target)


def test_a_declared_conversion_says_its_reason_and_comes_first():
    found = find_conversion("score", "points", declared=SCORE)
    assert (found.slope, found.shift) == (1, 0)
    assert "the same scale" in found.how
    other = [{"from": "mm", "factor": 2, "add": 5, "reason": "a ruler of its own"}]
    found = find_conversion("mm", "cm", declared=other)
    assert (found.slope, found.shift) == (2, 5)


def test_disc_height_index_is_converted_only_where_the_study_states_enough():
    # Ratio 0.06 at baseline 0.08: 75% of the pre-operative value.
    share = find_conversion("ratio", "% of pre-operative value", baseline=0.08)
    assert_allclose(share.slope * 0.06 + share.shift, 75, rtol=1e-12)
    back = find_conversion("% of baseline", "%", baseline=0.08, baseline_unit="ratio")
    assert_allclose(back.slope * 75 + back.shift, 6, rtol=1e-12)
    for lacking in ({}, {"baseline": 0.0}):
        with pytest.raises(UnitUnknownError, match="without a `baseline_mean`"):
            find_conversion("ratio", "% of baseline", **lacking)
    with pytest.raises(UnitUnknownError, match="`baseline_unit`"):
        find_conversion("% of baseline", "%", baseline=0.08)
    with pytest.raises(UnitUnknownError, match="the unit is 'unclear'"):
        find_conversion("unclear", "%")


@given(st.floats(0.1, 50), st.sampled_from([("ratio", "%"), ("mm3", "cm3"), ("degC", "K"),
       ("% of baseline", "% change from baseline")]))  # fmt: skip
def test_there_and_back_gives_the_same_value(value, units):
    there, back = find_conversion(*units), find_conversion(*units[::-1])
    again = back.slope * (there.slope * value + there.shift) + back.shift
    assert_allclose(again, value, rtol=1e-9)


ARM = {"mean": 0.06, "sd": 0.01, "unit": "ratio", "baseline_mean": 0.08, "error_upper": 0.07}


def test_an_sd_is_scaled_and_never_shifted_and_the_history_says_it():
    made = in_target_unit(ARM, "% change from baseline")
    assert_allclose([made["mean"], made["sd"], made["error_upper"]], [-25, 12.5, -12.5])
    ((step, text),) = lines_of(made)
    assert step == "units"
    assert "ratio -> % change from baseline" in text
    assert "mean 0.06 -> -25, sd 0.01 -> 12.5" in text


def test_a_percent_of_baseline_scales_mean_and_sd_alike():
    # Both are scaled by 100 / baseline, so mean / SD stays; the difference is in percent.
    arms = [in_target_unit(ARM | {"mean": mean}, "% of baseline") for mean in (0.06, 0.05)]
    assert_allclose([arm["mean"] / arm["sd"] for arm in arms], [6, 5], rtol=1e-12)
    numbers = (arms[0]["mean"], arms[0]["sd"], 8, arms[1]["mean"], arms[1]["sd"], 8)
    assert_allclose(mean_difference(*numbers)[0], 12.5, rtol=1e-12)
    assert_allclose(hedges_g(*numbers), hedges_g(0.06, 0.01, 8, 0.05, 0.01, 8), rtol=1e-12)


def test_an_empty_unit_is_the_outcomes_or_unknown_as_the_review_says():
    bare = ARM | {"unit": None}
    made = in_target_unit(bare, "%")
    assert (made["mean"], made["unit"]) == (0.06, "%")
    assert lines_of(made) == [("units", "no unit stated; taken as %")]
    with pytest.raises(UnitUnknownError, match="does not state the unit"):
        in_target_unit(bare, "%", missing="exclude")
