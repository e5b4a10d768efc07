"""Mantel-Haenszel and Peto against printed results, single tables and inverse variance."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import UnknownNameError
from evpool.stats.effects_counts import log_odds_ratio, log_risk_ratio, peto_log_odds_ratio
from evpool.stats.pooling import pool
from evpool.stats.pooling_counts import mantel_haenszel, peto
from tests.stats.test_effects_counts import counts

BCG = counts("bcg_rr")
# Stata's metan on the BCG trials (tpos tneg cpos cneg), fixed, log scale, as published: estimate,
# 95% CI to four decimals, z and Q.
PRINTED = {
    "OR": (-0.4734, -0.5538, -0.3930, -11.54, 163.94),
    "RR": (-0.4537, -0.5308, -0.3766, -11.53, 152.57),
}


@pytest.mark.parametrize("measure", PRINTED)
def test_mantel_haenszel_as_printed(measure):
    fit = mantel_haenszel(*BCG, measure)
    found = [fit.estimate[0], fit.ci_low[0], fit.ci_high[0]]
    assert_allclose(found, PRINTED[measure][:3], rtol=0, atol=5e-5)
    assert_allclose([fit.statistic[0], fit.q[0]], PRINTED[measure][3:], rtol=0, atol=5e-3)
    assert fit.q_df[0] == 12


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_one_table_is_its_own_estimate(measure):
    a, n_t, c, n_c = 3, 11, 6, 14
    fit = mantel_haenszel(a, n_t, c, n_c, measure)
    b, d = n_t - a, n_c - c
    estimate, variance = {
        "OR": log_odds_ratio(a, n_t, c, n_c),
        "RR": log_risk_ratio(a, n_t, c, n_c),
        "RD": (a / n_t - c / n_c, a * b / n_t**3 + c * d / n_c**3),
    }[measure]
    assert_allclose([fit.estimate[0], fit.se[0] ** 2], [estimate, variance], rtol=1e-12)
    assert_allclose(fit.q, 0, atol=1e-20)
    assert np.isnan([fit.q_p[0], fit.i2[0]]).all()


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_copies_of_a_table_pool_to_it_with_less_variance(measure):
    one = mantel_haenszel(3, 11, 6, 14, measure)
    five = mantel_haenszel([3] * 5, [11] * 5, [6] * 5, [14] * 5, measure)
    assert_allclose(five.estimate, one.estimate, rtol=1e-12)
    assert_allclose(five.se, one.se / np.sqrt(5), rtol=1e-12)
    assert_allclose([five.q[0], five.i2[0]], 0, atol=1e-12)


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_swapping_the_groups_flips_the_sign(measure):
    fit, swapped = mantel_haenszel(*BCG, measure), mantel_haenszel(*BCG[2:], *BCG[:2], measure)
    assert_allclose(swapped.estimate, -fit.estimate, rtol=1e-12)
    assert_allclose([swapped.se, swapped.q], [fit.se, fit.q], rtol=1e-10)


def test_peto_is_inverse_variance_pooling_of_its_own_estimates():
    fit = peto(*BCG)
    by_study = pool(*peto_log_odds_ratio(*BCG), model="common")
    for name in ("estimate", "se", "ci_low", "statistic", "p_value", "q", "q_p", "i2"):
        assert_allclose(getattr(fit, name), getattr(by_study, name), rtol=1e-10)


@pytest.mark.parametrize("method", [lambda *a, **s: mantel_haenszel(*a, "RR", **s), peto])
def test_a_batch_equals_its_rows(method):
    include = np.random.default_rng(2).random((10, 13)) < 0.5
    include[:, 0] = True
    batch = method(*BCG, include=include)
    for row, kept in enumerate(include):
        alone = method(*(column[kept] for column in BCG))
        for name in ("estimate", "se", "q", "q_p", "i2", "k"):
            assert_allclose(getattr(batch, name)[row], getattr(alone, name)[0], rtol=1e-10)


@pytest.mark.parametrize("method", [mantel_haenszel, peto])
def test_tables_without_events_carry_no_information_on_the_odds_ratio(method):
    fit = method([2, 0, 4], [10, 9, 12], [5, 0, 6], [10, 8, 11])
    alone = method([2, 4], [10, 12], [5, 6], [10, 11])
    assert_allclose(fit.estimate, alone.estimate, rtol=1e-12)
    assert_allclose([fit.se, fit.q], [alone.se, alone.q], rtol=1e-12)
    assert fit.k[0] == 2


def test_a_correction_is_used_only_when_named():
    data = ([0, 0], [9, 8], [2, 3], [10, 9])
    with pytest.raises(ValueError, match="do not determine OR: a group has no events"):
        mantel_haenszel(*data)
    fit = mantel_haenszel(*data, correction="half")
    assert np.isfinite([fit.estimate, fit.se, fit.q]).all()
    assert mantel_haenszel(*data, "RD").estimate[0] < 0
    with pytest.raises(ValueError, match="do not determine PETO"):
        peto([0], [5], [0], [5])


def test_bad_settings_are_refused():
    with pytest.raises(UnknownNameError, match="measure must be one of OR, RR, RD; got 'PETO'"):
        mantel_haenszel(*BCG, "PETO")
    with pytest.raises(ValueError, match="ci_level must be between 0 and 1"):
        peto(*BCG, ci_level=95)
    with pytest.raises(ValueError, match=r"include must hold booleans of shape \(B, 13\)"):
        peto(*BCG, include=np.ones(13))
