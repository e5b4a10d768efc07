"""Known quantiles and tails, exact closed forms, and that each inverse inverts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.distributions import (
    chi2_quantile,
    chi2_upper_p,
    f_upper_p,
    normal_quantile,
    normal_two_sided_p,
    t_quantile,
    t_two_sided_p,
)


def test_normal_against_printed_tables():
    assert_allclose(normal_quantile(0.975), 1.959963984540054, rtol=1e-14)
    # R 4.2.2, from tests/reference/bcg_rr.json, EE_z: 2 pnorm(-10.6246525010465).
    assert_allclose(normal_two_sided_p(-10.6246525010465), 2.28862930697324e-26, rtol=1e-12)


def test_t_with_one_and_two_df_is_algebraic():
    # df = 1 is Cauchy: p = 1 - 2 atan(t) / pi = 2 atan(1/t) / pi; df = 2: 1 - t / sqrt(2 + t^2).
    t = np.array([0.5, 3.0, 1e8])
    assert_allclose(t_two_sided_p(t, 1), 2 * np.arctan(1 / t) / np.pi, rtol=1e-12)
    tail = 2 / (np.sqrt(2 + t**2) * (np.sqrt(2 + t**2) + t))
    assert_allclose(t_two_sided_p(t, 2), tail, rtol=1e-12)
    assert_allclose(t_quantile(0.75, 1), 1.0, rtol=1e-12)


def test_tails_keep_their_digits_at_1e_minus_40():
    # df = 4: 1 - u (3 - u^2) / 2 with u = t / sqrt(4 + t^2), which tends to 6 / t^4.
    t = 1e10
    assert_allclose(t_two_sided_p(t, 4), 6 / t**4, rtol=1e-9)
    # df = 2: the upper tail of chi-squared is exp(-x / 2).
    assert_allclose(chi2_upper_p(184.0, 2), np.exp(-92.0), rtol=1e-13)
    # F(2, d2): (1 + 2 f / d2)^(-d2 / 2).
    assert_allclose(f_upper_p(1e6, 2, 14), (1 + 2e6 / 14) ** -7.0, rtol=1e-12)


@pytest.mark.parametrize("df", [1.0, 3.0, 20.0, 1e5])
def test_quantiles_invert_the_probabilities(df):
    p = np.array([1e-8, 0.025, 0.3, 0.999])
    assert_allclose(1 - chi2_upper_p(chi2_quantile(p[1:], df), df), p[1:], rtol=1e-12)
    assert_allclose(t_two_sided_p(t_quantile(p[:3] / 2, df), df), p[:3], rtol=1e-11)


def test_infinite_df_means_normal():
    assert_allclose(t_quantile(0.9, np.inf), normal_quantile(0.9), rtol=1e-14)
    assert_allclose(t_two_sided_p(2.5, np.inf), normal_two_sided_p(2.5), rtol=1e-14)
    assert_allclose(f_upper_p(3.0, 2, np.inf), np.exp(-3.0), rtol=1e-14)


@pytest.mark.parametrize(
    "function", [t_two_sided_p, chi2_upper_p, lambda x, df: f_upper_p(x, 2, df)]
)
def test_no_degrees_of_freedom_give_nan(function):
    found = function(np.array([2.0, 2.0]), np.array([0.0, 5.0]))
    assert np.isnan(found).tolist() == [True, False]
    assert np.isnan(function(2.0, 0))
