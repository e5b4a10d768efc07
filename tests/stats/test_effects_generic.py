"""Published estimates: every way gives back the standard error it was made from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.distributions import normal_two_sided_p, t_quantile, t_two_sided_p
from evpool.stats.effects_generic import from_ci, from_p_value, from_se, from_variance

ESTIMATE, SE = np.array([0.4, -1.3, 2.0]), np.array([0.2, 0.5, 0.1])
Z = 1.959963984540054


def test_se_and_variance_are_taken_as_they_are():
    for yi, vi in (from_se(ESTIMATE, SE), from_variance(ESTIMATE, SE**2)):
        assert_allclose(yi, ESTIMATE, rtol=0)
        assert_allclose(vi, SE**2, rtol=1e-15)


@pytest.mark.parametrize(("level", "df"), [(0.95, np.inf), (0.9, 7), (0.99, 2)])
def test_interval_gives_back_the_standard_error(level, df):
    half = t_quantile((1 + level) / 2, df) * SE
    yi, vi = from_ci(ESTIMATE - half, ESTIMATE + half, level=level, df=df)
    assert_allclose(yi, ESTIMATE, rtol=1e-12)
    assert_allclose(vi, SE**2, rtol=1e-12)


def test_interval_of_a_ratio_is_symmetric_in_logs():
    ratio = np.exp(ESTIMATE)
    low, high = np.exp(ESTIMATE - Z * SE), np.exp(ESTIMATE + Z * SE)
    for yi, vi in (from_ci(low, high, log=True), from_ci(low, high, ratio, log=True)):
        assert_allclose(yi, ESTIMATE, rtol=1e-12)
        assert_allclose(vi, SE**2, rtol=1e-12)


def test_a_published_hazard_ratio():
    # Cochrane Handbook 6.3.2: a 95% CI of a ratio, 0.55 to 0.94: se of the log
    # (log 0.94 - log 0.55) / 3.92 = 0.1367.
    _, vi = from_ci(0.55, 0.94, log=True)
    assert_allclose(np.sqrt(vi), 0.1367, atol=5e-5)


def test_p_value_gives_back_the_standard_error():
    for df in (np.inf, 9):
        p = t_two_sided_p(ESTIMATE / SE, df)
        yi, vi = from_p_value(ESTIMATE, p, df=df)
        assert_allclose(yi, ESTIMATE)
        assert_allclose(vi, SE**2, rtol=1e-10)
    _, vi = from_p_value(np.exp(ESTIMATE), normal_two_sided_p(ESTIMATE / SE), log=True)
    assert_allclose(vi, SE**2, rtol=1e-12)


def test_a_tiny_p_value_keeps_its_digits():
    p = normal_two_sided_p(13.0)  # 1.2e-38
    assert_allclose(from_p_value(1.3, p)[1], 0.01, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: from_se([1, 2], [0.1, 0.0]), "se must be finite and > 0. 1 of 2 .* position 1"),
        (lambda: from_se([np.nan], [0.1]), "estimate must be finite"),
        (lambda: from_variance([1], [np.inf]), "variance must be finite and > 0"),
        (lambda: from_ci([1, 2], [2, 1]), "low must be below high. 1 of 2 .* position 1 has 2"),
        (lambda: from_ci([1], [2], [3]), "estimate must lie between low and high"),
        (lambda: from_ci([-1], [2], log=True), "low must be > 0 to take its log"),
        (lambda: from_ci([1], [2], level=95), "level must be between 0 and 1"),
        (lambda: from_ci([1], [2], df=0), "df must be > 0"),
        (lambda: from_p_value([1], [0.0]), "p must be between 0 and 1"),
        (lambda: from_p_value([0], [0.5]), "estimate must differ from the null value"),
        (lambda: from_p_value([1.0], [0.5], log=True), "estimate must differ from the null value"),
    ],
)
def test_impossible_values_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
