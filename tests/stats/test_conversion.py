"""Effects on one scale."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit

from evpool.stats.conversion import (
    p_from_interval,
    smd_from_log_odds,
    smd_from_mean_difference,
)
from evpool.stats.effects import hedges_g, mean_difference, small_sample_correction


def test_log_odds_by_chinn():
    # Chinn (2000): ln(OR) divided by 1.81; her factor pi/sqrt(3) = 1.8138.
    assert_allclose(smd_from_log_odds(np.log(6.0)), np.log(6.0) / 1.8138, rtol=5e-5)
    assert smd_from_log_odds(0.0) == 0


def test_log_odds_of_a_dichotomised_logistic_outcome_give_back_the_smd():
    # Exact: a logistic outcome with SD pi/sqrt(3), cut anywhere.
    smd, sd = 0.7, np.pi / np.sqrt(3)
    for cut in (-2.0, 0.0, 1.3):
        treated, control = expit(smd * sd - cut), expit(-cut)
        log_or = np.log(treated / (1 - treated)) - np.log(control / (1 - control))
        assert_allclose(smd_from_log_odds(log_or), smd, rtol=1e-12)


def test_mean_difference_over_its_sd_is_hedges_g_before_the_small_sample_correction():
    groups = (12.0, 2.5, 10, 9.0, 2.5, 10)
    md, _ = mean_difference(*groups)
    g, _ = hedges_g(*groups)
    assert_allclose(smd_from_mean_difference(md, 2.5), g / small_sample_correction(18), rtol=1e-12)
    with pytest.raises(ValueError, match="sd must be > 0; got 0"):
        smd_from_mean_difference([1.0, 2.0], [1.0, 0.0])


def test_p_from_an_interval_by_altman_and_bland():
    # Their worked example: RR 0.81 (0.70 to 0.94) gives P = 0.005.
    p = p_from_interval(*np.log([0.81, 0.70, 0.94]))
    assert_allclose(p, 0.005, rtol=0, atol=5e-4)


def test_an_interval_that_ends_at_no_effect_has_p_of_one_minus_its_level():
    assert_allclose(p_from_interval(1.0, 0.0, 2.0), 0.05, rtol=1e-12)
    assert_allclose(p_from_interval(1.0, 0.0, 2.0, level=0.9), 0.1, rtol=1e-12)


@pytest.mark.parametrize("interval", [(1.57, 0.86, 1.26), (1.0, 1.0, 1.0), (0.0, 1.0, 2.0)])
def test_an_interval_that_does_not_hold_its_estimate_has_no_p(interval):
    with pytest.raises(ValueError, match="does not hold"):
        p_from_interval(*interval)
