"""Begg's test against metafor 5.1-12, scipy and by enumeration.

Every `ranktest_*` entry of tests/reference is run; none is left out.
"""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import kendalltau

from evpool.stats.begg import begg_test
from tests.stats.bias_references import effects, entries, expected

ONE_SIZE = np.array([0.1, 0.2, 0.3, 0.4])


def deviates(yi, vi):
    weights = 1 / vi
    pooled = weights @ yi / weights.sum()
    return (yi - pooled) / np.sqrt(vi - 1 / weights.sum())


@pytest.mark.parametrize(("name", "key"), entries("ranktest_"))
def test_begg_matches_reference(name, key):
    got = begg_test(*effects(name), exact=False if key == "ranktest_normal" else None)
    want = expected(name, key)
    assert_allclose(got.estimate[0], want["tau"], rtol=1e-10)
    assert_allclose(got.p_value[0], want["pval"], rtol=1e-10)


@pytest.mark.parametrize(("seed", "k"), [(1, 4), (2, 7), (3, 20), (4, 40)])
def test_exact_p_value_equals_scipys(seed, k):
    rng = np.random.default_rng(seed)
    yi, vi = rng.normal(size=k), rng.uniform(0.1, 1, k)
    want = kendalltau(deviates(yi, vi), vi, method="exact")
    got = begg_test(yi, vi)
    assert got.exact[0]
    assert_allclose(got.estimate[0], want.statistic, rtol=1e-12)
    assert_allclose(got.p_value[0], want.pvalue, rtol=1e-12)


def test_exact_p_value_by_enumeration():
    # The share of the 5! orders whose score is at least as far from 0.
    pairs = [(i, j) for i in range(5) for j in range(i)]
    scores = [sum(np.sign(p[i] - p[j]) for i, j in pairs) for p in permutations(range(5))]
    yi, vi = np.array([0.2, -0.5, 0.9, 0.1, 1.5]), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    got = begg_test(yi, vi)
    assert_allclose(got.p_value[0], np.mean(np.abs(scores) >= abs(got.score[0])), rtol=1e-12)


def test_perfect_order_has_two_of_k_factorial_orders():
    vi = np.linspace(0.1, 0.9, 12)
    got = begg_test(30 * vi, vi)
    assert got.estimate[0] == 1
    assert_allclose(got.p_value[0], 2 / factorial(12), rtol=1e-12)


def test_shift_and_scale_leave_begg_alone():
    yi, vi = effects("bcg_rr")
    base = begg_test(yi, vi)
    assert begg_test(7 - 3 * yi, 9 * vi).score[0] == -base.score[0]
    assert_allclose(begg_test(yi + 5, vi).p_value, base.p_value)


def test_ties_use_the_tied_variance():
    # Kendall's tied variance is the variance over all orders of the tied values.
    yi, vi = np.array([0.5, 0.5, -0.3, 0.8, 0.1]), np.array([0.2, 0.2, 0.1, 0.4, 0.4])
    got = begg_test(yi, vi)
    x = np.round(deviates(yi, vi), 12)
    pairs = [(i, j) for i in range(5) for j in range(i)]
    scores = [
        sum(np.sign(x[p[i]] - x[p[j]]) * np.sign(vi[i] - vi[j]) for i, j in pairs)
        for p in permutations(range(5))
    ]
    assert not got.exact[0]
    assert_allclose(got.score[0] / got.statistic[0], np.std(scores), rtol=1e-12)


def test_a_batch_equals_its_rows():
    yi, vi = effects("hackshaw1998")
    include = np.random.default_rng(3).random((4, yi.size)) < 0.5
    got = begg_test(yi, vi, include=include)
    rows = [begg_test(yi[used], vi[used]).p_value[0] for used in include]
    assert_allclose(got.p_value, rows, rtol=1e-14)


def test_one_study_with_nearly_all_the_weight():
    # By subtraction its deviate is 0 / 0, or 0; from the others' weights it is -1.17e-6 /
    # sqrt(1.83e-6) = -8.6e-4, below -7.1e-4 of the third: only studies 2 and 3 are discordant.
    got = begg_test([1.0, 2.0, 0.0, 3.0], [1e-12, 1e6, 2e6, 3e6])
    assert got.score[0] == 4


@pytest.mark.parametrize(
    ("yi", "vi", "exact", "message"),
    [
        ([1, 2], [1, 2], None, "at least 3 studies per fit; got 2"),
        ([1, 2, 4, 3], [1, 1, 1, 1], None, "vi must differ between studies"),
        ([1, 1, 1, 1], ONE_SIZE, None, "yi must differ between studies"),
        ([1, 2, 4, 3], [1, 1, 2, 3], True, "exact must not be True where studies are tied"),
    ],
)
def test_begg_refuses(yi, vi, exact, message):
    with pytest.raises(ValueError, match=message):
        begg_test(yi, vi, exact=exact)
