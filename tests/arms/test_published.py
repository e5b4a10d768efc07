"""Published effects: which distribution gives back the variance that they were printed from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.arms.published import published_columns, read_published
from evpool.stats.distributions import normal_two_sided_p, t_quantile, t_two_sided_p
from evpool.stats.measures import compute_measure


def variance(measure, log=False, **printed):
    columns = published_columns([printed], measure)
    return compute_measure("GEN", columns, log=log)[1][0]


def test_the_worked_example_of_the_handbook():
    # Cochrane Handbook 6.5.2.3: MD 3.8, P 0.008, n 25 and 22: t(45) = 2.78, SE 3.8 / 2.78 = 1.37.
    se = variance("MD", estimate=3.8, p_value=0.008, n_t=25.0, n_c=22.0) ** 0.5
    assert_allclose(se, 1.37, atol=0.005)
    # There too: a 95% interval of 25 and 22 animals is 2 x 2.0141 standard errors wide.
    half = 2.0141 * 1.37
    limits = {"ci_low": 3.8 - half, "ci_high": 3.8 + half}
    assert_allclose(variance("MD", n_t=25.0, n_c=22.0, **limits), 1.37**2, rtol=1e-4)


def test_six_animals_a_group_are_no_large_sample():
    printed = {"estimate": 10.0, "p_value": 0.001}
    assert_allclose(variance("MD", n_t=6.0, n_c=6.0, **printed), 4.75, atol=0.005)
    assert_allclose(variance("MD", n_t=6.0, n_c=None, **printed), 9.24, atol=0.005)


@given(st.floats(0.1, 8), st.floats(0.1, 5), st.integers(2, 40), st.integers(2, 40))
def test_t_to_p_and_interval_and_back(difference, se, n_t, n_c):
    df, sizes = n_t + n_c - 2, {"n_t": float(n_t), "n_c": float(n_c)}
    p = float(t_two_sided_p(difference / se, df))
    if 1e-12 < p < 0.99:
        found = variance("MD", estimate=difference, p_value=p, **sizes)
        assert_allclose(found, se**2, rtol=1e-6)
    half = float(t_quantile(0.975, df)) * se
    limits = {"ci_low": difference - half, "ci_high": difference + half}
    assert_allclose(variance("MD", **limits, **sizes), se**2, rtol=1e-9)


@pytest.mark.parametrize(("measure", "log"), [("SMD", False), ("OR", True), ("GEN", False)])
def test_other_measures_are_read_by_the_normal_distribution(measure, log):
    printed = {"estimate": np.exp(2.0) if log else 2.0, "n_t": 6.0, "n_c": 6.0}
    p = float(normal_two_sided_p(2.0 / 0.7))
    assert_allclose(variance(measure, log, p_value=p, **printed), 0.49, rtol=1e-9)


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        ({"p_value": 0.001}, "P 0.001 is read by Student's t with 10 df (n 6 and 6)"),
        ({"ci_low": -1.0, "ci_high": 3.0}, "interval -1 to 3 is read by Student's t with 10 df"),
        (
            {"p_value": 0.001, "n_c": None},
            "P 0.001 is read by the normal distribution, for n_t and n_c are not both stated",
        ),
        ({"p_value": 0.001, "measure": "SMD"}, "P 0.001 is read by the normal distribution"),
        ({"p_value": 0.001, "measure": "md"}, "P 0.001 is read by the normal distribution"),
    ],
)
def test_the_history_says_which(printed, line):
    row = {"measure": "MD", "estimate": 10.0, "n_t": 6.0, "n_c": 6.0} | printed
    assert f"convert: {line}" in read_published(row)["history"]


def test_a_standard_error_needs_no_distribution():
    row = {"measure": "MD", "estimate": 2.0, "se": 1.0, "p_value": 0.01, "n_t": 6.0, "n_c": 6.0}
    assert read_published(row) == row
    alone = row | {"estimate": None, "ci_low": 1.0, "ci_high": 3.0}
    assert "interval 1 to 3 is read" in read_published(alone)["history"]
