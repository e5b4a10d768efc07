"""Permutation tests against brute force over every arrangement of tiny data sets."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.stats.permutation import count_orders, distinct_orders, permutation_test, sign_patterns
from evpool.stats.pooling import pool
from evpool.stats.regression import fit_metaregression
from tests.stats.moderator_references import effects

YI, VI = (column[:6] for column in effects("bcg_rr"))
NAMES = ("Intercept", "x")


def design(x):
    """Intercept and one moderator."""
    return np.column_stack([np.ones(len(x)), np.asarray(x, dtype=float)])


def share(statistics, observed):
    """Share of statistics at least as extreme as the observed one, allowing for rounding."""
    return np.mean(np.array(statistics) >= observed * (1 - 1e-8))


@pytest.mark.parametrize("test", ["wald", "knha"])
@pytest.mark.parametrize("method", ["DL", "REML"])
@pytest.mark.parametrize("x", [[3, 1, 4, 1.5, 9, 2], [0, 0, 1, 1, 0, 1], [1, 1, 5, 5, 2, 3]])
def test_moderators_equal_brute_force(x, method, test):
    options = {"names": NAMES, "tau2_method": method, "test": test}
    found = permutation_test(YI, VI, design(x), **options)
    orders = list(itertools.permutations(range(6)))
    rows = np.array([design(np.array(x)[list(order)]) for order in orders])
    fit = fit_metaregression(np.tile(YI, (720, 1)), np.tile(VI, (720, 1)), rows, **options)
    observed = fit_metaregression(YI, VI, design(x), **options)
    assert found.exact
    assert_allclose(found.statistic, observed.statistic[0])
    assert_allclose(found.p_value[1], share(np.abs(fit.statistic[:, 1]), abs(found.statistic[1])))
    assert_allclose(found.qm_p, share(fit.qm, observed.qm[0]))
    assert np.isnan(found.p_value[0])


@pytest.mark.parametrize("method", ["DL", "PM"])
def test_sign_flips_equal_brute_force(method):
    found = permutation_test(YI, VI, tau2_method=method)
    signs = itertools.product([1, -1], repeat=6)
    statistics = [abs(pool(np.array(s) * YI, VI, tau2_method=method).statistic[0]) for s in signs]
    assert found.n_permutations == 64
    assert_allclose(found.p_value, share(statistics, abs(found.statistic[0])))


def test_all_effects_of_one_sign_have_the_smallest_p():
    found = permutation_test([1.0, 1.1, 0.9, 1.2, 1.0], np.full(5, 0.1), model="common")
    assert_allclose(found.p_value, 2 / 2**5, rtol=1e-14)


def test_perfectly_ordered_moderator_has_the_smallest_p():
    # Equal variances, no noise: only the order itself and its mirror are as extreme.
    found = permutation_test(
        np.arange(5.0), np.ones(5), design(range(5)), names=NAMES, model="common"
    )
    assert_allclose(found.p_value[1], 2 / math.factorial(5), rtol=1e-14)


def test_identical_effects_have_p_one():
    found = permutation_test(np.ones(5), np.full(5, 0.1), design(range(5)), names=NAMES)
    assert found.p_value[1] == found.qm_p[0] == 1.0


@pytest.mark.parametrize("max_exact", [50_000, 0])
def test_a_statistic_that_the_data_do_not_have_has_no_p(max_exact):
    # Three studies, a coefficient each: Knapp and Hartung's scale is 0 / 0.
    x = np.array([[1.0, 0, 0], [1, 1, 0], [1, 0, 1]])
    options = {"names": ("Intercept", "b", "c"), "max_exact": max_exact, "n_permutations": 20}
    options["rng"] = np.random.default_rng(1)
    knha = permutation_test([1, 2, 4], np.full(3, 0.1), x, test="knha", **options)
    assert np.isnan([*knha.p_value, *knha.qm_p]).all()
    assert knha.n_failed == 0
    wald = permutation_test([1, 2, 4], np.full(3, 0.1), x, **options)
    assert np.isfinite([*wald.p_value[1:], *wald.qm_p]).all()


def test_an_arrangement_without_a_statistic_does_not_count(monkeypatch):
    found = np.array([[99.0, 99.0], [np.nan, 99.0], [0.0, np.nan], [0.0, 0.0]])
    monkeypatch.setattr("evpool.stats.permutation._statistics", lambda *_: found)
    four = permutation_test([1.0, 2.0], [0.1, 0.1])
    assert_allclose([four.p_value[0], four.qm_p[0]], [1 / 3, 2 / 3], rtol=1e-14)


def test_a_perfect_fit_is_reached_by_its_mirror_alone():
    # Equal effects: Knapp and Hartung's standard error is 0, the statistic infinite.
    found = permutation_test(np.ones(4), np.full(4, 0.1), test="knha")
    assert np.isinf(found.statistic[0])
    assert_allclose(found.p_value, 2 / 2**4, rtol=1e-14)


def test_random_draws_agree_with_the_exact_p():
    options = {"names": NAMES, "tau2_method": "DL"}
    exact = permutation_test(YI, VI, design([3, 1, 4, 1.5, 9, 2]), **options)
    drawn = permutation_test(
        YI, VI, design([3, 1, 4, 1.5, 9, 2]), max_exact=0, n_permutations=20_000,
        rng=np.random.default_rng(7), **options,
    )  # fmt: skip
    error = np.sqrt(exact.p_value[1] * (1 - exact.p_value[1]) / 20_000)
    assert abs(drawn.p_value[1] - exact.p_value[1]) < 4 * error
    assert not drawn.exact
    assert drawn.n_permutations == 20_000


def test_random_p_counts_the_data():
    y, v = np.ones(20), np.full(20, 0.01)
    found = permutation_test(y, v, n_permutations=99, rng=np.random.default_rng(1), model="common")
    assert_allclose(found.p_value, 1 / 100, rtol=1e-14)


def test_same_seed_same_result():
    y, v = effects("sci_first")
    runs = [
        permutation_test(
            y, v, design(range(21)), names=NAMES, tau2_method="DL", rng=np.random.default_rng(3)
        )
        for _ in range(2)
    ]
    assert runs[0].p_value[1] == runs[1].p_value[1]


@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_distinct_orders_are_all_and_different(labels):
    labels = np.unique(labels, return_inverse=True)[1]
    orders = distinct_orders(labels)
    assert len(orders) == count_orders(labels)
    assert (np.sort(orders, axis=1) == np.arange(labels.size)).all()
    assert {tuple(labels[o]) for o in orders} == set(itertools.permutations(labels.tolist()))


def test_sign_patterns_are_all_and_different():
    patterns = sign_patterns(5)
    assert len({tuple(p) for p in patterns}) == 32
    assert set(np.unique(patterns)) == {-1.0, 1.0}


def test_rng_is_asked_for():
    y, v = effects("sci_first")
    with pytest.raises(ValueError, match=r"rng must be given.*5.11e\+19 arrangements"):
        permutation_test(y, v, design(range(21)), names=NAMES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_permutations": 0, "max_exact": 0}, "n_permutations must be at least 1; got 0"),
        ({"tau2_method": "XX"}, "tau2_method must be one of"),
        ({"names": ["x"]}, "names must name each column"),
    ],
)
def test_bad_options_are_named(change, words):
    with pytest.raises(ValueError, match=words):
        permutation_test(YI, VI, design(range(6)), **({"names": NAMES} | change))
