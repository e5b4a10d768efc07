"""Profile-likelihood intervals of the mean against a direct maximisation, and their identities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.pooling import pool
from tests.stats.moderator_references import effects, entries

DATASETS = sorted({name for name, _ in entries("pool")})


def profile(y, v, mean):
    """Profile log-likelihood of a mean: the best over tau2, by repeated refined grids."""
    squares = (y - mean) ** 2
    grid = np.concatenate([[0.0], np.geomspace(1e-8, 10 * squares.max() + 1, 400)])
    for _ in range(8):
        total = v[:, None] + grid
        level = -0.5 * np.sum(np.log(total) + squares[:, None] / total, axis=0)
        best = level.argmax()
        grid = np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)], 400)
    return level.max()


@pytest.mark.parametrize("name", DATASETS)
def test_limits_have_the_likelihood_ratio_of_the_level(name):
    y, v = effects(name)
    fit = pool(y, v, tau2_method="ML", ci_method="profile", ci_level=0.9)
    top = profile(y, v, fit.estimate[0])
    for limit in (fit.ci_low[0], fit.ci_high[0]):
        assert_allclose(2 * (top - profile(y, v, limit)), 1.6448536269514722**2, rtol=1e-7)
    root = np.sqrt(2 * (top - profile(y, v, 0.0)))
    assert_allclose(fit.statistic[0], np.sign(fit.estimate[0]) * root, rtol=1e-7)


@pytest.mark.parametrize("k", [2, 3, 8])
def test_wild_data_have_limits_around_the_estimate(k):
    rng = np.random.default_rng(k)
    v = 10 ** rng.uniform(-4, 3, (60, k))
    y = rng.normal(size=(60, k)) * np.sqrt(v + rng.choice([0, 1, 50], (60, 1)))
    fit = pool(y, v, tau2_method="ML", ci_method="profile")
    assert fit.converged.all()
    assert ((fit.ci_low < fit.estimate) & (fit.estimate < fit.ci_high)).all()
    row = rng.integers(60)
    top = profile(y[row], v[row], fit.estimate[row])
    for limit in (fit.ci_low[row], fit.ci_high[row]):
        assert_allclose(2 * (top - profile(y[row], v[row], limit)), 3.841458820694124, rtol=1e-6)


def test_interval_moves_and_scales_with_the_effects():
    y, v = effects("bcg_rr")
    fit = pool(y, v, ci_method="profile")
    other = pool(-3 * y + 2, 9 * v, ci_method="profile")
    assert_allclose(other.ci_low, 2 - 3 * fit.ci_high, rtol=1e-8)
    assert_allclose(other.ci_high, 2 - 3 * fit.ci_low, rtol=1e-8)


def test_interval_does_not_depend_on_the_tau2_method():
    y, v = effects("bcg_rr")
    by_ml = pool(y, v, tau2_method="ML", ci_method="profile")
    by_dl = pool(y, v, tau2_method="DL", ci_method="profile")
    assert by_ml.ci_low == by_dl.ci_low
    assert by_ml.estimate != by_dl.estimate


def test_precise_studies_give_the_wald_interval():
    # With tau2 at 0 all along, the profile is a parabola: many equal effects, large k.
    y, v = np.ones(400), np.full(400, 2.0)
    fit, wald = pool(y, v, ci_method="profile"), pool(y, v)
    assert_allclose([fit.ci_low, fit.ci_high], [wald.ci_low, wald.ci_high], rtol=1e-10)
    assert_allclose(fit.statistic, wald.statistic, rtol=1e-2)
