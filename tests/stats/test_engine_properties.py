"""What holds for any data: equivariance, invariance, order, and batches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.stats.heterogeneity import cochran_q, tau2_ci
from evpool.stats.pooling import CI_METHODS, PI_METHODS, pool
from evpool.stats.tau2 import TAU2_METHODS, estimate_tau2

ARRAYS = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high")
UNITLESS = ("statistic", "p_value", "i2", "i2_tau2", "h2", "q", "q_p")
methods = st.sampled_from(TAU2_METHODS)
intervals = st.sampled_from(CI_METHODS)
predictions = st.sampled_from(PI_METHODS)
quick = settings(max_examples=40, deadline=None)


@st.composite
def studies(draw, smallest=2):
    """Effects and variances as reviews have them, from a drawn seed: shrinks to few studies."""
    k = draw(st.integers(smallest, 15))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    tau = draw(st.sampled_from([0.0, 0.1, 1.0, 4.0]))
    vi = 10 ** rng.uniform(-2, 0.5, k)
    return rng.normal(0.5, np.sqrt(vi + tau**2)), vi


def assert_close(found, expected, scale=1.0):
    """Equal to 1e-6 relative to `scale`; NaN where NaN."""
    assert_allclose(found, expected, rtol=1e-6, atol=1e-7 * scale)


@quick
@given(studies(), methods, intervals, predictions, st.floats(-50, 50))
def test_adding_a_constant_moves_everything_by_it(data, method, ci, pi, shift):
    yi, vi = data
    choice = {"tau2_method": method, "ci_method": ci, "pi_method": pi}
    fit, moved = pool(yi, vi, **choice), pool(yi + shift, vi, **choice)
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        assert_close(getattr(moved, name), getattr(fit, name) + shift, 1 + abs(shift))
    for name in ("se", "tau2", "i2", "q"):
        assert_close(getattr(moved, name), getattr(fit, name))


@quick
@given(studies(), methods, intervals, predictions, st.sampled_from([1e-6, 0.01, 3.0, 1e5]))
def test_a_change_of_unit_changes_the_unit_only(data, method, ci, pi, unit):
    yi, vi = data
    choice = {"tau2_method": method, "ci_method": ci, "pi_method": pi}
    fit, scaled = pool(yi, vi, **choice), pool(unit * yi, unit**2 * vi, **choice)
    for name in ARRAYS:
        assert_close(getattr(scaled, name) / unit, getattr(fit, name))
    assert_close(scaled.tau2 / unit**2, fit.tau2)
    for name in UNITLESS:
        assert_close(getattr(scaled, name), getattr(fit, name))


@quick
@given(studies(), methods, intervals)
def test_the_other_sign_gives_the_mirror_image(data, method, ci):
    yi, vi = data
    fit = pool(yi, vi, tau2_method=method, ci_method=ci)
    mirror = pool(-yi, vi, tau2_method=method, ci_method=ci)
    assert_close(mirror.estimate, -fit.estimate)
    assert_close([mirror.ci_low, mirror.ci_high], [-fit.ci_high, -fit.ci_low])
    assert_close([mirror.tau2, mirror.p_value], [fit.tau2, fit.p_value])


@quick
@given(studies(), methods, intervals, st.randoms(use_true_random=False))
def test_the_order_of_studies_does_not_matter(data, method, ci, random):
    yi, vi = data
    order = random.sample(range(len(yi)), len(yi))
    fit = pool(yi, vi, tau2_method=method, ci_method=ci)
    other = pool(yi[order], vi[order], tau2_method=method, ci_method=ci)
    for name in (*ARRAYS, *UNITLESS, "tau2"):
        assert_close(getattr(other, name), getattr(fit, name))


@quick
@given(studies(), methods)
def test_random_effects_are_never_more_certain_than_a_common_effect(data, method):
    fit, common = pool(*data, tau2_method=method), pool(*data, model="common")
    assert fit.se >= common.se * (1 - 1e-12)
    assert fit.pi_high - fit.pi_low >= fit.ci_high - fit.ci_low


@quick
@given(studies(), st.sampled_from(["DL", "PM", "EB"]))
def test_no_excess_of_q_gives_the_common_effect(data, method):
    yi, vi = data
    yi = yi.mean() + (yi - yi.mean()) * np.sqrt(0.9 * (len(yi) - 1) / cochran_q(yi, vi))
    fit, common = pool(yi, vi, tau2_method=method), pool(yi, vi, model="common")
    assert fit.tau2 == 0
    assert_allclose([fit.estimate, fit.ci_low], [common.estimate, common.ci_low], rtol=1e-12)
    assert fit.i2 == 0


@quick
@given(studies(3), methods, st.sampled_from([m for m in CI_METHODS if m != "profile"]))
def test_leave_one_out_in_one_batch_equals_refitting(data, method, ci):
    yi, vi = data
    batch = pool(yi, vi, tau2_method=method, ci_method=ci, include=~np.eye(len(yi), dtype=bool))
    for left_out in range(len(yi)):
        alone = pool(
            np.delete(yi, left_out), np.delete(vi, left_out), tau2_method=method, ci_method=ci
        )
        for name in (*ARRAYS, *UNITLESS, "tau2"):
            assert_close(getattr(batch, name)[left_out], getattr(alone, name)[0])


@quick
@given(studies())
def test_more_spread_means_more_tau2(data):
    yi, vi = data
    wider = yi.mean() + 1.5 * (yi - yi.mean())
    for method in ("DL", "HE", "HS", "PM", "PMM", "SJ"):
        more = estimate_tau2(wider, vi, method).tau2[0]
        assert more >= estimate_tau2(yi, vi, method).tau2[0] * (1 - 1e-9)


@quick
@given(studies(), st.sampled_from(["q_profile", "profile_likelihood"]))
def test_a_higher_level_gives_a_wider_interval_around_the_estimate(data, method):
    narrow, wide = tau2_ci(*data, method, level=0.8), tau2_ci(*data, method, level=0.99)
    assert wide.tau2_low <= narrow.tau2_low * (1 + 1e-9)
    assert wide.tau2_high >= narrow.tau2_high * (1 - 1e-9)
    if method == "profile_likelihood":
        estimate = estimate_tau2(*data, "REML").tau2
        assert narrow.tau2_low <= estimate <= narrow.tau2_high


@pytest.mark.parametrize("method", TAU2_METHODS)
def test_estimates_find_the_tau2_that_was_simulated(method):
    rng = np.random.default_rng(9)
    vi = rng.uniform(0.05, 0.5, (4000, 30))
    yi = rng.normal(0.3, np.sqrt(vi + 0.4))
    mean = estimate_tau2(yi, vi, method).tau2.mean()
    # Known biases: ML and HS downwards, PMM upwards, SJ by about v^2 / (2 v + tau2).
    bias = {"ML": 0.02, "HS": 0.03, "PMM": 0.02, "SJ": 0.08}.get(method, 0.0)
    assert abs(mean - 0.4) < bias + 0.01  # Monte Carlo error of the mean: about 0.002
