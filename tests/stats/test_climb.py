"""The bounded Newton maximiser on functions whose maximum is known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.climb import climb

FREE = np.full(2, -np.inf), np.full(2, np.inf)


def quadratic(theta):
    """Return a concave function with its maximum of 3 at (1, -2), correlated axes."""
    curvature = np.array([[4.0, 1.0], [1.0, 0.5]])
    gap = theta - [1.0, -2.0]
    return 3 - 0.5 * gap @ curvature @ gap, -curvature @ gap, -curvature


def rosenbrock(theta):
    """Return minus Rosenbrock's valley: its maximum of 0 is at (1, 1)."""
    x, y = theta
    gap = y - x**2
    gradient = np.array([400 * x * gap + 2 * (1 - x), -200 * gap])
    hessian = np.array([[400 * (y - 3 * x**2) - 2, 400 * x], [400 * x, -200.0]])
    return -100 * gap**2 - (1 - x) ** 2, gradient, hessian


@pytest.mark.parametrize("start", [(0, 0), (50, -80)])
def test_quadratic(start):
    got = climb(quadratic, np.array(start, float), *FREE)
    assert got.converged
    assert_allclose(got.theta, [1, -2], rtol=1e-8)
    assert_allclose(got.se**2, np.diag(np.linalg.inv([[4.0, 1.0], [1.0, 0.5]])), rtol=1e-12)


@pytest.mark.parametrize("start", [(-1.2, 1.0), (3.0, -4.0)])
def test_rosenbrock(start):
    got = climb(rosenbrock, np.array(start), *FREE)
    assert got.converged
    assert_allclose(got.theta, [1, 1], rtol=1e-6)


def test_a_bound_holds_its_parameter_and_frees_the_other():
    # With the first parameter at most 0.5, the second solves its own equation: -2 + 2 * 0.5.
    got = climb(quadratic, np.zeros(2), FREE[0], np.array([0.5, np.inf]))
    assert_allclose(got.theta, [0.5, -1], rtol=1e-8)
    assert np.isnan(got.se[0])
    assert_allclose(got.se[1], 0.5**-0.5, rtol=1e-12)


def test_a_fixed_parameter_and_a_bound_that_is_left_again():
    fixed = np.array([2.0, -np.inf]), np.array([2.0, np.inf])
    assert_allclose(climb(quadratic, np.array([2.0, 0]), *fixed).theta, [2, -4], rtol=1e-8)
    inside = climb(quadratic, np.array([-3.0, 5.0]), np.full(2, -3.0), np.full(2, 5.0))
    assert_allclose(inside.theta, [1, -2], rtol=1e-8)
