"""Mean and SD of an arm from whatever the paper states, each against a known answer."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.arms.dispersion import estimate_from_five_numbers
from evpool.arms.spread import as_change, from_error, from_test, source_of_sd, with_sd
from evpool.arms.units import UnitMismatchError
from evpool.history import lines_of
from evpool.stats.distributions import t_quantile

QUARTILE = NormalDist().inv_cdf((0.75 * 9 - 0.125) / 9.25)  # of 9 values, in SDs
EXTREME = NormalDist().inv_cdf((9 - 0.375) / 9.25)
ARM = {"n": 9.0, "mean": 5.0, "error": None, "error_type": None}


def typed(**numbers):
    return ARM | numbers


@pytest.mark.parametrize(
    ("numbers", "sd", "source"),
    [
        ({"error": 2.0, "error_type": "sd"}, 2.0, "stated"),
        ({"error": 2.0, "error_type": "sem"}, 6.0, "from_sem"),
        ({"error": 2.0, "error_type": "ci95"}, 2 * 3 / 2.306004135204166, "from_ci95"),
        ({"error": 2.0, "error_type": "ci90"}, 2 * 3 / 1.8595480375308984, "from_ci90"),
        # Wan 2014, eqs. 16 and 9.
        ({"q1": 4.0, "q3": 6.0}, 1 / QUARTILE, "from_iqr"),
        ({"min": 3.0, "max": 7.5}, 2.25 / EXTREME, "from_range"),
        ({"error": 1.0, "error_type": "iqr", "error_lower": 4.0, "error_upper": 6.0},
         1 / QUARTILE, "from_iqr"),
        ({"error": 2.2, "error_type": "range", "error_lower": 3.0, "error_upper": 7.5},
         2.25 / EXTREME, "from_range"),
    ],
)  # fmt: skip
def test_each_kind_of_spread_gives_its_sd(numbers, sd, source):
    made = with_sd(typed(**numbers))
    assert_allclose(made["sd"], sd, rtol=1e-9)
    assert made["sd_source"] == source
    assert made["mean"] == 5.0
    told = lines_of(made)
    assert [step for step, _ in told] == ([] if source == "stated" else ["convert"])


def test_a_stated_error_is_taken_before_order_statistics():
    both = typed(error=2.0, error_type="sd", median=5.0, q1=4.0, q3=6.0)
    assert source_of_sd(both) == "error"
    assert source_of_sd(both | {"error_type": "unknown"}) == "order_statistics"
    assert source_of_sd(typed(error=2.0, error_type="iqr")) is None
    assert (
        source_of_sd(typed(error=2.0, error_type="unknown", error_lower=3, error_upper=7)) is None
    )
    assert source_of_sd(typed(median=5.0)) is None


def test_order_statistics_give_mean_and_sd_by_the_one_converter():
    numbers = {"median": 5.2, "q1": 4.0, "q3": 6.0, "min": 3.0, "max": 8.0}
    made = with_sd(typed(mean=None, **numbers))
    found = estimate_from_five_numbers(5.2, 9, minimum=3.0, q1=4.0, q3=6.0, maximum=8.0)
    assert (made["mean"], made["sd"]) == (found.mean[0], found.sd[0])
    assert made["sd_source"] == "from_five_numbers"
    assert "min 3, q1 4, median 5.2, q3 6, max 8 (n 9) -> SD" in made["history"]
    assert with_sd(typed(**numbers))["mean"] == 5.0


def test_lopsided_order_statistics_are_flagged():
    skewed = with_sd(typed(n=50.0, mean=None, median=4.1, q1=4.0, q3=9.0))
    assert skewed["flags"] == "skewed"
    assert "neither is to be trusted" in skewed["history"]
    assert "flags" not in with_sd(typed(n=50.0, mean=None, median=5.0, q1=4.0, q3=6.0))


@given(st.floats(0.5, 5), st.floats(0.1, 9), st.integers(3, 30), st.integers(3, 30))
def test_a_t_or_p_value_gives_back_the_sd_of_its_test(sd, difference, n_t, n_c):
    t = difference / (sd * np.sqrt(1 / n_t + 1 / n_c))
    treated = typed(mean=1 + difference, n=n_t, t_value=t)
    control = typed(mean=1.0, n=n_c)
    assert_allclose(from_test(control, treated, control)["sd"], sd, rtol=1e-9)


def test_a_p_value_says_the_same_as_its_t():
    p = 0.05  # whose t with 16 degrees of freedom is 2.1199
    treated, control = typed(mean=7.0, p_value=p), typed()
    made = from_test(treated, treated, control)
    assert_allclose(made["sd"], 2 / t_quantile(0.975, 16) / np.sqrt(2 / 9), rtol=1e-12)
    assert made["sd_source"] == "from_p"
    assert lines_of(made)[0][1].startswith("p 0.05 of a difference of 2 (n 9 and 9) -> common SD")


def test_an_assumed_kind_says_so():
    made = from_error(typed(error=2.0, error_type="unknown"), "sem", assumed=True)
    assert (made["sd"], made["sd_source"]) == (6.0, "assumed_sem")
    assert lines_of(made) == [("convert", "unknown 2 (n 9), read as sem -> SD 6")]


def test_a_change_from_baseline_takes_the_correlation_that_is_stated():
    final = typed(sd=3.0, sd_source="stated", baseline_mean=8.0, baseline_sd=4.0)
    made = as_change(final, 0.5)
    assert_allclose([made["mean"], made["sd"]], [-3, np.sqrt(13)], rtol=1e-12)
    assert "correlation of 0.5: mean 5 -> -3, SD 3 -> 3.60555" in made["history"]
    change = final | {"value_type": "change"}
    assert as_change(change, 0.5) is change
    with pytest.raises(ValueError, match="needs baseline_sd"):
        as_change(final | {"baseline_sd": None}, 0.5)


@pytest.mark.parametrize(
    ("units", "refusal"),
    [
        ({}, None),
        ({"unit": "mm3"}, None),
        ({"unit": "mm3", "baseline_unit": "mm³"}, None),
        ({"unit": "% of baseline", "baseline_unit": "percent of baseline"}, None),
        ({"unit": "mm", "baseline_unit": "cm"}, "in mm and cm"),
        ({"unit": "% of baseline", "baseline_unit": "mm"}, "in % of baseline and mm"),
        ({"unit": "% of baseline"}, "in % of baseline and an unstated one"),
        ({"baseline_unit": "mm"}, "in no stated unit and mm"),
    ],
)
def test_a_change_needs_its_baseline_in_the_unit_of_the_mean(units, refusal):
    final = typed(mean=95.0, sd=3.0, sd_source="stated", baseline_mean=3.2, baseline_sd=0.4)
    final |= units
    if refusal:
        with pytest.raises(UnitMismatchError, match=refusal):
            as_change(final, 0.5)
    else:
        assert as_change(final, 0.5)["mean"] == pytest.approx(91.8)
