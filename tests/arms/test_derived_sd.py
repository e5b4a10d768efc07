import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from evpool.arms.derived_sd import (
    combine_arms,
    sd_from_p_value,
    sd_from_t,
    sd_of_change,
)


def test_cochrane_handbook_example_of_a_p_value():
    # Handbook 6.5.2.3: n = 25 and 22, MD = 3.8, P = 0.008, t = 2.78, SE = 1.37, SD = 4.69.
    assert_allclose(sd_from_p_value(3.8, 0.008, 25, 22), 4.69, rtol=0, atol=0.02)
    assert_allclose(sd_from_t(3.8, 2.78, 25, 22), 4.69, rtol=0, atol=0.015)


@pytest.mark.parametrize("sizes", [(6, 6), (3, 9), (24, 2)])
def test_a_t_test_gives_back_the_pooled_sd_of_its_samples(sizes):
    rng = np.random.default_rng(1)
    x, y = rng.normal(5, 2, sizes[0]), rng.normal(3, 2, sizes[1])
    test = stats.ttest_ind(x, y)
    squares = (sizes[0] - 1) * x.var(ddof=1) + (sizes[1] - 1) * y.var(ddof=1)
    pooled = np.sqrt(squares / (sum(sizes) - 2))
    difference = x.mean() - y.mean()
    assert_allclose(sd_from_t(difference, test.statistic, *sizes), pooled, rtol=1e-12)
    assert_allclose(sd_from_p_value(difference, test.pvalue, *sizes), pooled, rtol=1e-9)


def test_a_tiny_p_value_keeps_its_digits():
    t = 40.0
    p = 2 * stats.t.sf(t, 30)
    assert p < 1e-25
    assert_allclose(sd_from_p_value(8.0, p, 16, 16), sd_from_t(8.0, t, 16, 16), rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((1.0, 0.0, 5, 5), "t must be finite and not 0"),
        ((0.0, 2.0, 5, 5), "mean_difference must be finite and not 0"),
        ((1.0, [2.0, np.nan], 5, 5), "t must .* position 1 has nan"),
        ((1.0, 2.0, 1, 5), "n_t must be >= 2"),
    ],
)
def test_a_t_that_says_nothing_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        sd_from_t(*arguments)


@pytest.mark.parametrize("p", [0.0, 1.0, 1.2, -0.1, np.nan])
def test_a_p_value_outside_0_to_1_is_refused(p):
    with pytest.raises(ValueError, match="p_value must lie between 0 and 1"):
        sd_from_p_value(1.0, p, 5, 5)


def test_cochrane_handbook_example_of_a_change():
    # Handbook 6.5.2.8: baseline 6.4, final 7.1, change 4.5 gives 0.78; 7.0, 6.9, 4.2 gives 0.82.
    before, after, change = np.array([[6.4, 7.0], [7.1, 6.9], [4.5, 4.2]])
    low, high = sd_of_change(before, after, [[0.785, 0.825], [0.775, 0.815]])
    assert np.all((low < change) & (change < high))


@settings(max_examples=50, deadline=None)
@given(st.floats(0.1, 100), st.floats(0.1, 100), st.floats(-1, 1))
def test_the_sd_of_a_change_gives_back_its_correlation(before, after, r):
    change = sd_of_change(before, after, r)
    assert abs(before - after) * (1 - 1e-12) <= change <= (before + after) * (1 + 1e-12)
    assert_allclose(change**2, before**2 + after**2 - 2 * r * before * after, rtol=1e-7, atol=1e-9)
    assert_allclose(sd_of_change(after, before, r), change, rtol=1e-12)


def test_the_sd_of_a_change_equals_that_of_the_differences():
    x = np.random.default_rng(2).normal(size=(2, 12))
    r = np.corrcoef(x)[0, 1]
    got = sd_of_change(x[0].std(ddof=1), x[1].std(ddof=1), r)
    assert_allclose(got, (x[1] - x[0]).std(ddof=1), rtol=1e-12)
    assert sd_of_change(2.0, 2.0, 1.0) == 0.0


def test_impossible_changes_are_refused():
    with pytest.raises(ValueError, match="correlation must lie between -1 and 1"):
        sd_of_change(1.0, 1.0, 1.1)
    with pytest.raises(ValueError, match="sd_baseline must be > 0"):
        sd_of_change(0.0, 1.0, 0.5)


@pytest.mark.parametrize("sizes", [(5, 7), (2, 2), (4, 6, 9)])
def test_combined_arms_equal_all_animals_taken_as_one_group(sizes):
    rng = np.random.default_rng(3)
    groups = [rng.normal(10 * i, 1 + i, size) for i, size in enumerate(sizes)]
    got = combine_arms([g.mean() for g in groups], [g.std(ddof=1) for g in groups], sizes)
    together = np.concatenate(groups)
    assert_allclose(got.mean, together.mean(), rtol=1e-12)
    assert_allclose(got.sd, together.std(ddof=1), rtol=1e-12)
    assert got.n == sum(sizes)


def test_two_arms_combine_by_the_handbooks_formula():
    # Table 6.5.a, written out: 10 animals of 5.0 (2.0) and 15 of 7.0 (3.0); and three rows at once.
    squares = 9 * 4.0 + 14 * 9.0 + 10 * 15 / 25 * (25.0 + 49.0 - 2 * 35.0)
    got = combine_arms([[5.0] * 3, [7.0] * 3], [[2.0] * 3, [3.0] * 3], [[10] * 3, [15] * 3])
    assert_allclose(got.mean, [6.2] * 3, rtol=1e-12)
    assert_allclose(got.sd, [np.sqrt(squares / 24)] * 3, rtol=1e-12)


def test_the_order_of_combining_does_not_matter():
    means, sds, ns = np.array([1.0, 4.0, 2.5]), np.array([1.0, 0.5, 2.0]), np.array([6, 8, 11])
    once = combine_arms(means, sds, ns)
    two = combine_arms(means[:2], sds[:2], ns[:2])
    twice = combine_arms([two.mean, means[2]], [two.sd, sds[2]], [two.n, ns[2]])
    assert_allclose([once.mean, once.sd], [twice.mean, twice.sd], rtol=1e-12)


def test_arms_that_cannot_be_combined_are_refused():
    with pytest.raises(ValueError, match=r"sds must be > 0. 1 of 2 rows .* position 1 has 0"):
        combine_arms([1.0, 2.0], [1.0, 0.0], [5, 5])
    with pytest.raises(ValueError, match="ns must be >= 2"):
        combine_arms([1.0, 2.0], [1.0, 1.0], [5, 1])
