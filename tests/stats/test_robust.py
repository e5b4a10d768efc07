"""Robust pooling: no reference software here, so its equations, its limits and its promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm

from evpool.errors import ConvergenceError
from evpool.stats.pooling import pool
from evpool.stats.robust import pool_robust
from tests.stats.moderator_references import REFERENCES, effects

DATASETS = [name for name, reference in REFERENCES.items() if "yi" in reference]


def divergence(y, v, alpha, mean, tau2):
    """Basu et al. (1998) eq. 2.2, with the integral in closed form; by scipy's density."""
    sd = np.sqrt(v + tau2)
    integral = (2 * np.pi * sd**2) ** (-alpha / 2) / np.sqrt(1 + alpha)
    return np.sum(integral - (1 + 1 / alpha) * norm.pdf(y, mean, sd) ** alpha)


@pytest.mark.parametrize("alpha", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("dataset", DATASETS)
def test_minimises_the_divergence(dataset, alpha):
    y, v = effects(dataset)
    found = pool_robust(y, v, alpha=alpha)
    other = minimize(
        lambda p: divergence(y, v, alpha, p[0], p[1]),
        [np.median(y), np.var(y)],
        method="Nelder-Mead",
        bounds=[(None, None), (0, None)],
        options={"xatol": 1e-8, "fatol": 1e-14, "maxiter": 2000},
    )
    assert_allclose([found.estimate[0], found.tau2[0]], other.x, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dataset", DATASETS)
def test_small_alpha_is_maximum_likelihood(dataset):
    y, v = effects(dataset)
    found, likely = pool_robust(y, v, alpha=1e-7), pool(y, v, tau2_method="ML")
    for field in ("estimate", "se", "ci_low", "tau2"):
        wanted = getattr(likely, field)
        assert_allclose(getattr(found, field), wanted, rtol=1e-5, atol=1e-6, err_msg=field)


def test_small_alpha_common_effect():
    y, v = effects("bcg_rr")
    found, plain = pool_robust(y, v, alpha=1e-9, model="common"), pool(y, v, model="common")
    assert_allclose(found.estimate, plain.estimate, rtol=1e-6)
    assert_allclose(found.se, plain.se, rtol=1e-6)
    assert found.tau2.tolist() == [0.0]


def test_standard_error_is_the_sandwich():
    # Equal variances: K / J^2 / k with both expectations integrated numerically.
    y, alpha = np.array([0.2, -0.4, 0.1, 0.5]), 0.4
    found = pool_robust(y, np.full(4, 0.7), alpha=alpha, model="common")
    sd = np.sqrt(0.7)

    def expectation(function):
        return quad(lambda r: function(r, norm.pdf(r, 0, sd)) * norm.pdf(r, 0, sd), -9, 9)[0]

    bread = expectation(lambda r, f: f**alpha * (1 - alpha * r**2 / 0.7) / 0.7)
    filling = expectation(lambda r, f: (f**alpha * r / 0.7) ** 2)
    assert_allclose(found.se, np.sqrt(filling / 4) / bread, rtol=1e-7)


def test_price_without_outliers_is_nine_per_cent():
    y, v = np.zeros(5), np.ones(5)
    ratio = pool_robust(y, v, model="common").se ** 2 / (1 / 5)
    assert_allclose(ratio, 1.3**3 / 1.6**1.5, rtol=1e-12)
    assert abs(ratio[0] - 1.09) < 0.005


def test_far_outlier_has_no_influence_on_the_mean():
    y, v = np.append(np.linspace(-1, 1, 12), 0.0), np.full(13, 0.1)
    estimates = []
    for far in (1e2, 1e4):
        y[-1] = far
        found = pool_robust(y, v)
        estimates.append(found.estimate[0])
        assert found.weight[0, -1] < 1e-12
        assert found.kept[0, :-1].min() > 0.5
    assert_allclose(estimates, 0.0, atol=1e-9)
    assert abs(pool(y, v).estimate[0]) > 100


@given(shift=st.floats(-50, 50), scale=st.floats(0.02, 50))
def test_shift_and_scale_equivariance(shift, scale):
    y, v = effects("normand1999_smd")
    found, moved = pool_robust(y, v), pool_robust(shift + scale * y, scale**2 * v)
    assert_allclose(moved.estimate, shift + scale * found.estimate, rtol=1e-6, atol=1e-6)
    assert_allclose(moved.tau2, scale**2 * found.tau2, rtol=1e-6)
    assert_allclose(moved.kept, found.kept, rtol=1e-6)


def test_batch_equals_its_rows():
    y, v = effects("bcg_rr")
    include = ~np.eye(13, dtype=bool)
    batch = pool_robust(y, v, include=include)
    for row, mask in enumerate(include):
        own = pool_robust(y[mask], v[mask])
        assert_allclose(batch.estimate[row], own.estimate[0], rtol=1e-8)
        assert_allclose(batch.se[row], own.se[0], rtol=1e-8)
        assert_allclose(batch.kept[row, mask], own.kept[0], rtol=1e-7)
    assert np.isnan(np.diagonal(batch.kept)).all()
    assert_allclose(batch.weight.sum(axis=1), 1.0, rtol=1e-14)
    assert batch.k.tolist() == [12] * 13


def test_one_study_is_itself():
    found = pool_robust([1.5], [0.25])
    assert_allclose(found.estimate, 1.5)
    assert_allclose(found.tau2, 0.0)


def test_failure_to_converge_is_raised(monkeypatch):
    monkeypatch.setattr("evpool.stats.robust._MAX_ITERATIONS", 2)
    with pytest.raises(ConvergenceError, match=r"alpha = 0.3 did not converge; try a smaller"):
        pool_robust(*effects("bcg_rr"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alpha": 0.0}, "alpha must be above 0 and at most 1, such as 0.3; got 0.0"),
        ({"alpha": 2}, "alpha must be .* got 2"),
        ({"model": "rnd"}, "model must be one of common, random; got 'rnd'"),
        ({"ci_level": 95}, "ci_level must be between 0 and 1"),
    ],
)
def test_bad_options_are_named(change, words):
    with pytest.raises(ValueError, match=words):
        pool_robust(*effects("bcg_rr"), **change)
