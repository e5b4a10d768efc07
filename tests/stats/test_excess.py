"""Fail-safe N, excess significance and p-curve: metafor 5.1-12, a textbook, identities.

Every `fsn_*` and `tes` entry of tests/reference is run; none is left out. There Orwin's target is
half of the REML estimate and the mean the common-effect one. metafor has no p-curve: its numbers
are those printed by Harrer et al. (2021), Doing Meta-Analysis with R, section 9.2.3.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtr, ndtri
from scipy.stats import binomtest

from evpool.stats.excess import (
    excess_significance,
    fail_safe_orwin,
    fail_safe_rosenberg,
    fail_safe_rosenthal,
    p_curve,
)
from evpool.stats.pooling import pool
from tests.stats.bias_references import REFERENCES, effects, entries, expected

# Harrer et al.'s data "ThirdWave": Hedges' g and its standard error of 18 studies.
G = [0.7091362, 0.3548641, 1.7911700, 0.1824552, 0.4218509, 0.6300000, 0.7248838, 0.5286638]
G += [0.2840000, 1.2750682, 0.1036082, 0.3883906, 0.5407398, 0.4261593, 0.5153969, 1.4797260]
G += [0.6125782, 0.6000000]
SE = [0.2608202, 0.1963624, 0.3455692, 0.1177874, 0.1448128, 0.1960000, 0.2246641, 0.2104609]
SE += [0.1680000, 0.3371997, 0.1947275, 0.2307689, 0.2443133, 0.2579379, 0.3512737, 0.3152817]
SE += [0.2266834, 0.2490000]
THIRD_WAVE = np.array(G), np.array(SE) ** 2
NO_OUTLIERS = ~np.isin(np.arange(18), [2, 15])


@pytest.mark.parametrize(("name", "key"), entries("fsn_"))
def test_fail_safe_n_matches_reference(name, key):
    yi, vi = effects(name)
    target = REFERENCES[name]["pool"]["REML_z"]["beta"] / 2
    got = {
        "fsn_Rosenthal": lambda: fail_safe_rosenthal(yi, vi),
        "fsn_Orwin": lambda: fail_safe_orwin(yi, vi, target=target),
        "fsn_Rosenberg": lambda: fail_safe_rosenberg(yi, vi),
    }[key]()
    assert got.n[0] == expected(name, key)["fsnum"]


@pytest.mark.parametrize(("name", "key"), entries("tes"))
def test_excess_significance_matches_reference(name, key):
    want = expected(name, key)
    got = excess_significance(*effects(name), method=want["test"])
    assert got.observed[0] == want["O"]
    assert_allclose(got.expected[0], want["E"], rtol=1e-10)
    assert_allclose(got.ratio[0], want["OEratio"], rtol=1e-10)
    assert_allclose(got.estimate[0], want["theta"], rtol=1e-10)
    assert_allclose(got.power[0], want["power"], rtol=1e-10)
    assert_allclose(got.p_value[0], want["pval"], rtol=1e-10)


@pytest.mark.parametrize("name", ["bcg_rr", "sci_last"])
def test_rosenthals_n_solves_its_equation(name):
    yi, vi = effects(name)
    got = fail_safe_rosenthal(yi, vi, alpha=0.01)
    z = np.sum(yi / np.sqrt(vi)) / np.sqrt(yi.size + got.n_raw[0])
    assert_allclose(ndtr(-abs(z)), 0.01, rtol=1e-10)
    assert got.n[0] == np.ceil(got.n_raw[0])


def test_orwins_n_brings_the_mean_to_the_target():
    yi, vi = effects("sci_first")
    got = fail_safe_orwin(yi, vi, target=0.3, weighted=False)
    assert_allclose(yi.sum() / (yi.size + got.n_raw[0]), 0.3, rtol=1e-12)
    assert fail_safe_orwin(yi, vi).n[0] == yi.size


def test_rosenbergs_n_brings_the_p_value_to_alpha():
    # The null studies in reality: as many as rounded, of the mean weight, pooled with the others.
    yi, vi = effects("hackshaw1998")
    got = fail_safe_rosenberg(yi, vi)
    p_values = []
    for n in (got.n[0] - 1, got.n[0]):
        more = np.full(n, 1 / np.mean(1 / vi))
        p_values.append(
            pool(np.append(yi, 0 * more), np.append(vi, more), model="common").p_value[0]
        )
    assert p_values[0] < 0.05 <= p_values[1]


@pytest.mark.parametrize("function", [fail_safe_rosenthal, fail_safe_rosenberg])
def test_nothing_to_undo(function):
    got = function([0.1, -0.1, 0.05], [0.1, 0.2, 0.3])
    assert got.n[0] == 0
    assert got.n_raw[0] < 0
    assert "not significant as it is" in got.warning


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 9), observed=st.integers(0, 9))
def test_exact_excess_p_value_by_enumeration(seed, k, observed):
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.05, 1, k)
    # The first `observed` studies are significant, the others not.
    yi = np.where(np.arange(k) < observed, 3.0, 0.1) * np.sqrt(vi)
    got = excess_significance(yi, vi, effect=0.8)
    power = got.power[0]
    total = 0.0
    for outcome in product([0, 1], repeat=k):
        if sum(outcome) >= got.observed[0]:
            total += np.prod(np.where(outcome, power, 1 - power))
    assert got.observed[0] == min(observed, k)
    assert_allclose(got.p_value[0], total, rtol=1e-12)


def test_excess_of_equally_powered_studies_is_binomial():
    yi = np.array([0.7] * 5 + [0.1] * 7)
    got = excess_significance(yi, np.full(12, 0.09))
    want = binomtest(5, 12, got.power[0, 0], alternative="greater").pvalue
    assert_allclose(got.p_value[0], want, rtol=1e-12)
    chi2 = excess_significance(yi, np.full(12, 0.09), method="chi2")
    gap, e = 5 - got.expected[0], got.expected[0]
    assert_allclose(chi2.statistic[0], gap**2 / e + gap**2 / (12 - e), rtol=1e-12)


def test_all_studies_significant():
    vi = np.full(8, 1e-8)
    got = excess_significance(np.full(8, 1.0), vi)
    assert (got.observed[0], got.expected[0], got.p_value[0]) == (8, 8, 1)
    assert "use method 'exact'" in excess_significance(np.full(8, 1.0), vi, method="chi2").warning
    curve = p_curve(np.full(8, 1.0), vi)
    assert (curve.k_significant[0], curve.k_half[0]) == (8, 8)
    assert_allclose(curve.estimate, 0.99, rtol=1e-12)
    assert curve.evidential[0]


@pytest.mark.parametrize(
    ("include", "skew", "half", "binomial", "power"),
    [
        (np.ones(18, bool), (-5.943, 3.260), -4.982, (0.006, 0.975), (84, 62.7, 94.6)),
        (NO_OUTLIERS, (-3.797, 1.540), -2.743, (0.020, 0.952), (66, 31.1, 87.8)),
    ],
)
def test_p_curve_matches_the_textbook(include, skew, half, binomial, power):
    got = p_curve(*THIRD_WAVE, include=include)
    assert_allclose(got.right_skew.statistic[0], skew[0], rtol=0, atol=5e-4)
    assert_allclose(got.flatness.statistic[0], skew[1], rtol=0, atol=5e-4)
    assert_allclose(got.right_skew.half_statistic[0], half, rtol=0, atol=5e-4)
    assert_allclose(got.right_skew.binomial_p[0], binomial[0], rtol=0, atol=5e-4)
    assert_allclose(got.flatness.binomial_p[0], binomial[1], rtol=0, atol=5e-4)
    assert_allclose(100 * got.estimate[0], power[0], rtol=0, atol=0.5)
    assert_allclose(100 * got.ci_low[0], power[1], rtol=0, atol=0.051)
    assert_allclose(100 * got.ci_high[0], power[2], rtol=0, atol=0.051)
    assert got.evidential[0]
    assert not got.inadequate[0]


def test_the_apps_half_flatness_is_another_formula():
    # Printed: 3.422. It uses F where we use P(. | P < 0.025), hence can't fall below 2/3.
    yi, vi = (array[NO_OUTLIERS] for array in THIRD_WAVE)
    z = yi / np.sqrt(vi)
    z = z[2 * ndtr(-z) < 0.025]
    shift = z_of_power(1 / 3)
    beyond, share = power_at(z, shift), 3 * power_at(-ndtri(0.0125), shift)
    app = ndtri((share - beyond) / share).sum() / np.sqrt(z.size)
    ours = ndtri((share / 3 - beyond) / (share / 3)).sum() / np.sqrt(z.size)
    assert_allclose(app, 3.422, rtol=0, atol=5e-4)
    got = p_curve(yi, vi).flatness.half_statistic[0]
    assert_allclose(got, ours, rtol=1e-8)


def power_at(critical, shift):
    return ndtr(shift - critical) + ndtr(-shift - critical)


def z_of_power(power):
    grid = np.linspace(0, 8, 2_000_001)
    return np.interp(power, power_at(-ndtri(0.025), grid), grid)


def curve_of_power(power, alpha=0.05, k=12):
    """Return |z| at the quantiles (i - 1/2) / k of significant studies of this power."""
    shift = 0.0 if power == 0.05 else z_of_power(power)
    grid = np.linspace(-ndtri(alpha / 2), 14, 1_000_001)
    beyond = power_at(grid, shift)
    return np.interp(-(np.arange(k) + 0.5) / k, -beyond / beyond[0], grid)


def test_uniform_p_values_are_neither_skewed_nor_powered():
    got = p_curve(curve_of_power(0.05), np.ones(12))
    assert_allclose(got.right_skew.statistic, 0, atol=1e-4)
    assert_allclose(got.right_skew.half_statistic, 0, atol=1e-4)
    assert_allclose(got.right_skew.p_value, 0.5, atol=1e-4)
    assert_allclose(got.estimate, 0.05, atol=1e-3)
    assert_allclose(got.right_skew.binomial_p, binomtest(6, 12, alternative="greater").pvalue)
    assert not got.evidential[0]


@pytest.mark.parametrize("power", [0.2, 1 / 3, 0.5, 0.8, 0.95])
def test_the_average_power_of_a_p_curve_is_found(power):
    got = p_curve(curve_of_power(power), np.ones(12))
    assert_allclose(got.estimate[0], power, rtol=1e-4)
    assert got.ci_low[0] < power < got.ci_high[0]


def test_flatness_is_zero_at_a_third_power():
    got = p_curve(curve_of_power(1 / 3), np.ones(12))
    assert_allclose(got.flatness.statistic, 0, atol=1e-4)
    half = p_curve(curve_of_power(1 / 3, alpha=0.025), np.ones(12))
    assert_allclose(half.flatness.half_statistic, 0, atol=1e-4)


def test_p_values_just_below_alpha_are_inadequate():
    got = p_curve(ndtri(1 - np.linspace(0.0175, 0.0245, 10)), np.ones(10))
    assert got.inadequate[0]
    assert not got.evidential[0]
    assert np.isnan(got.right_skew.half_statistic[0])


def test_p_curve_of_one_direction():
    yi, vi = effects("curtis1998_rom")
    both, up, down = (p_curve(yi, vi, alternative=a) for a in ("two-sided", "greater", "less"))
    assert both.k_significant[0] == 63
    assert up.k_significant[0] + down.k_significant[0] == 63
    assert_allclose(p_curve(-yi, vi, alternative="less").estimate, up.estimate)


def test_no_significant_study_is_said():
    got = p_curve([0.1, 0.2], [1, 1])
    assert np.isnan(got.estimate[0])
    assert not got.evidential[0]
    assert "no study of 1 fits is significant" in got.warning


@pytest.mark.parametrize(
    "function", [fail_safe_rosenthal, fail_safe_orwin, fail_safe_rosenberg, p_curve]
)
def test_a_batch_equals_its_rows(function):
    yi, vi = effects("bangertdrowns2004")
    include = np.random.default_rng(6).random((5, yi.size)) < 0.6
    got = function(yi, vi, include=include)
    excess = excess_significance(yi, vi, include=include)
    for row, used in enumerate(include):
        assert_allclose(got.estimate[row], function(yi[used], vi[used]).estimate[0], rtol=1e-12)
        one = excess_significance(yi[used], vi[used])
        assert_allclose(excess.p_value[row], one.p_value[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "change", "message"),
    [
        (fail_safe_rosenthal, {"alpha": 5}, "alpha must lie between 0 and 1; got 5"),
        (fail_safe_rosenberg, {"alpha": 0}, "alpha must lie between 0 and 1; got 0"),
        (fail_safe_orwin, {"target": 0.0}, "target must not be 0 .* got 0"),
        (fail_safe_orwin, {"target": -0.1}, "sign of the pooled effect, 1.18182; got -0.1"),
        (excess_significance, {"method": "chisq"}, "method must be one of exact, chi2"),
        (p_curve, {"alternative": "up"}, "alternative must be one of two-sided, greater, less"),
        (p_curve, {"vi": [0.1, np.nan, 0.3]}, "vi must be finite and > 0"),
    ],
)
def test_refusals(function, change, message):
    arguments = {"yi": [1.0, 2.0, 0.5], "vi": [0.1, 0.2, 0.3]} | change
    with pytest.raises(ValueError, match=message):
        function(**arguments)
