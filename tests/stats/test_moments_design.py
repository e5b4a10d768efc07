"""Fits with moderators: weighted least squares, stacked designs, and designs refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.moments import studies_of
from tests.stats.test_moments import NAMES, V, X, Y


def test_coefficients_and_covariance_are_those_of_weighted_least_squares():
    at = studies_of(Y, V, X).project(np.array([0.3]))
    w = 1 / (V + 0.3)
    covariance = np.linalg.inv(X.T @ (w[:, None] * X))
    assert_allclose(at.covariance[0], covariance, rtol=1e-9)
    assert_allclose(at.coefficients[0], covariance @ X.T @ (w * Y), rtol=1e-9)


def test_a_design_of_each_row_equals_the_shared_one():
    shared = studies_of(Y, V, X).project(np.array([0.1]))
    rows = studies_of(Y, V, np.stack([X, X[:, ::-1]])).project(np.full(2, 0.1))
    for name in NAMES:
        assert_allclose(getattr(rows, name), np.repeat(getattr(shared, name), 2), rtol=1e-10)


def test_likelihoods_of_both_providers_differ_by_a_constant():
    tau2 = np.array([0.0, 0.5, 3.0])
    for restricted in (False, True):
        plain = studies_of(np.tile(Y, (3, 1)), V).project(tau2).log_likelihood(restricted)
        general = studies_of(np.tile(Y, (3, 1)), V, X[:, :1]).project(tau2)
        assert_allclose(np.ptp(plain - general.log_likelihood(restricted)), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.ones((3, 1)), "design must have shape"),
        (np.ones((7, 2)), r"linearly independent columns; columns \[1\]"),
        (np.where(np.eye(7, 2) > 0, np.nan, 1), r"design must be finite; studies \[0, 1\]"),
        (np.ones((7, 8)), "8 coefficients for 7 studies"),
    ],
)
def test_unusable_designs_are_refused(x, words):
    with pytest.raises(ValueError, match=words):
        studies_of(Y, V, x)


def test_a_design_refuses_variances_too_far_apart():
    v = V.copy()
    v[0] = 1e-9
    with pytest.raises(ValueError, match=r"vi must span less than 1e\+08-fold .* got 1e-09 to"):
        studies_of(Y, v, X)
