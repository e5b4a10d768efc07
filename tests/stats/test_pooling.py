"""Pooled estimates against every `pool` entry of the references, identities and edge cases."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import evpool.stats.tau2
from evpool.errors import ConvergenceError, UnknownNameError
from evpool.stats.pooling import CI_METHODS, PI_METHODS, pool, pooling_weights
from evpool.stats.tau2 import TAU2_METHODS
from tests.stats.moderator_references import REFERENCES, UNIROOT, assert_matches, effects, entries

TESTS = {
    "z": ("wald", "normal"),
    "knha": ("hksj", "hksj"),
    "adhoc": ("hksj_adhoc", "hksj"),
    "t": ("t", "t_k1"),
}
ITERATIVE = ("ML", "REML", "EB")
# Left out of the comparison with the estimated tau2, in every file: PM and PMM, whose root R finds
# with uniroot and stops within 1.2e-4. Their entries are compared at the reference's tau2, to the
# tolerance of closed forms; that ours is the root is in test_tau2.py. Keys of the entries that
# `PooledFit` does not have: se_tau2, logLik (tested in test_moments.py), AIC, R2; QM is the squared
# statistic and QMp its P value.
LOOSE = ("PM", "PMM")


def found_fields(fit):
    """A fit's numbers by the reference's names."""
    return {
        "beta": fit.estimate,
        "se": fit.se,
        "stat": fit.statistic,
        "pval": fit.p_value,
        "ci_lb": fit.ci_low,
        "ci_ub": fit.ci_high,
        "ddf": np.where(np.isinf(fit.df), np.nan, fit.df),
        "tau2": fit.tau2,
        "I2": 100 * fit.i2_tau2,
        "H2": fit.h2,
        "QE": fit.q,
        "QEp": fit.q_p,
        "QM": fit.statistic**2,
        "k": fit.k,
        "pi_lb": fit.pi_low,
        "pi_ub": fit.pi_high,
    }


@pytest.mark.parametrize(("name", "key"), entries("pool"))
def test_every_entry_equals_the_reference(name, key):
    expected = REFERENCES[name]["pool"][key]
    method, test = key.split("_")
    ci_method, pi_method = TESTS[test]
    settings = {"model": "common"} if method == "EE" else {"tau2_method": method}
    if method in LOOSE:
        settings["tau2"] = expected["tau2"]
    fit = pool(*effects(name), ci_method=ci_method, pi_method=pi_method, **settings)
    assert_matches(expected, found_fields(fit), 1e-6 if method in ITERATIVE else 1e-10)
    assert fit.converged.all()
    if method in LOOSE:
        own = pool(*effects(name), tau2_method=method)
        assert_allclose(own.tau2, expected["tau2"], rtol=0, atol=UNIROOT)


def test_i2_is_from_q_and_h2_from_tau2():
    y, v = effects("sci_first")
    fit = pool(y, v)
    assert_allclose(fit.i2, (fit.q - 20) / fit.q, rtol=1e-12)
    assert_allclose(fit.h2, 1 / (1 - fit.i2_tau2), rtol=1e-12)
    assert_allclose(pool(y, v, model="common").i2_tau2, fit.i2, rtol=1e-12)


def test_prediction_interval_with_k_minus_2_by_hand():
    y, v = np.array([0.0, 1.0, 3.0, 8.0]), np.full(4, 0.5)
    fit = pool(y, v, pi_method="t_k2")
    p = 0.95
    t = p * np.sqrt(2 / (1 - p**2))  # the quantile of t with 2 df, in closed form
    half = t * np.sqrt(fit.tau2 + (0.5 + fit.tau2) / 4)
    assert_allclose([fit.pi_low, fit.pi_high], [3 - half, 3 + half], rtol=1e-10)


def test_weights_sum_to_one_and_leave_out_the_excluded():
    include = np.array([[True, True, False], [True, True, True]])
    weights = pooling_weights([1.0, 3.0, np.nan], 1.0, include[:1])
    assert_allclose(weights, [[2 / 3, 1 / 3, 0]], rtol=1e-14)
    weights = pooling_weights([1.0, 3.0, 7.0], [0.0, 1.0], include)
    assert_allclose(weights.sum(axis=1), 1, rtol=1e-14)
    assert_allclose(weights[1], np.array([4, 2, 1]) / 7, rtol=1e-14)


@pytest.mark.parametrize("ci_method", CI_METHODS)
@pytest.mark.parametrize("pi_method", PI_METHODS)
def test_a_batch_equals_its_rows_one_by_one(ci_method, pi_method):
    y, v = effects("bcg_rr")
    include = np.random.default_rng(1).random((25, 13)) < 0.4
    include[:, 5] = True
    include[0] = np.arange(13) == 5
    for tau2_method in ("DL", "REML"):
        settings = {"tau2_method": tau2_method, "ci_method": ci_method, "pi_method": pi_method}
        batch = pool(y, v, include=include, **settings)
        for row, kept in enumerate(include):
            alone = found_fields(pool(y[kept], v[kept], **settings))
            for name, values in found_fields(batch).items():
                assert_allclose(values[row], alone[name][0], rtol=1e-8, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("tau2_method", TAU2_METHODS)
@pytest.mark.parametrize("ci_method", CI_METHODS)
def test_one_study_is_itself(ci_method, tau2_method):
    fit = pool([2.0], [0.25], ci_method=ci_method, tau2_method=tau2_method)
    assert [fit.estimate[0], fit.se[0], fit.tau2[0], fit.q[0], fit.k[0]] == [2, 0.5, 0, 0, 1]
    undefined = (fit.i2, fit.i2_tau2, fit.h2, fit.q_p, fit.pi_low, fit.pi_high)
    assert np.isnan(undefined).all()
    by_normal = ci_method in ("wald", "profile")
    assert np.isfinite([fit.ci_low, fit.p_value]).all() == by_normal
    if by_normal:
        assert_allclose(fit.ci_high, 2 + 1.959963984540054 * 0.5, rtol=1e-12)


@pytest.mark.parametrize("tau2_method", TAU2_METHODS)
@pytest.mark.parametrize("ci_method", CI_METHODS)
def test_two_studies_are_fitted(ci_method, tau2_method):
    fit = pool([0.0, 3.0], [0.5, 0.5], ci_method=ci_method, tau2_method=tau2_method)
    assert_allclose(fit.estimate, 1.5, rtol=1e-12)
    limits = [fit.ci_low, fit.ci_high, fit.p_value, fit.i2, fit.pi_low, fit.pi_high]
    assert np.isfinite(limits).all()
    assert np.isnan(pool([0.0, 3.0], [0.5, 0.5], pi_method="t_k2").pi_low).all()


@pytest.mark.parametrize("ci_method", CI_METHODS)
def test_equal_effects_have_no_heterogeneity(ci_method):
    fit = pool([2.0] * 4, [0.1, 0.2, 0.3, 0.4], ci_method=ci_method)
    assert_allclose([fit.tau2, fit.q, fit.i2, fit.i2_tau2], 0, atol=1e-15)
    assert [fit.h2[0], fit.q_p[0]] == [1, 1]
    if ci_method == "hksj":  # no spread, hence an interval without length
        assert [fit.se[0], fit.ci_low[0], fit.statistic[0], fit.p_value[0]] == [0, 2, np.inf, 0]
    else:
        assert_allclose(fit.se, pool([2.0] * 4, [0.1, 0.2, 0.3, 0.4], model="common").se)
    zero = pool([0.0] * 4, [0.1, 0.2, 0.3, 0.4], ci_method=ci_method)
    assert np.isnan(zero.p_value[0]) if ci_method == "hksj" else zero.p_value[0] == 1


@pytest.mark.parametrize("ci_method", CI_METHODS)
def test_variances_from_1e_minus_12_to_1e6(ci_method):
    v = np.array([1e-12, 1e-3, 1.0, 1e6])
    y = np.array([1.0, 1.5, -2.0, 300.0])
    fit = pool(y, v, ci_method=ci_method)
    w = 1 / (v + fit.tau2)
    assert_allclose(fit.estimate, w @ y / w.sum(), rtol=1e-12)
    assert np.isfinite([fit.ci_low, fit.ci_high, fit.pi_low, fit.pi_high, fit.p_value]).all()
    common = pool(y, v, model="common")
    assert_allclose(common.estimate, 1.0, rtol=1e-8)
    assert_allclose(common.se, 1e-6, rtol=1e-8)


def test_a_known_tau2_is_taken_as_it_is():
    y, v = effects("normand1999_smd")
    fit = pool(y, v, tau2=0.5)
    w = 1 / (v + 0.5)
    assert_allclose([fit.estimate[0], fit.se[0]], [w @ y / w.sum(), w.sum() ** -0.5], rtol=1e-12)
    profile = pool(y, v, tau2=0.5, ci_method="profile")  # nothing left to profile over
    assert_allclose(profile.ci_low, fit.ci_low, rtol=1e-14)
    both = pool(np.stack([y, y]), v, tau2=[0.5, 0.0])
    assert_allclose(both.estimate[1], pool(y, v, model="common").estimate[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "fixed"}, "model must be one of common, random; got 'fixed'"),
        ({"tau2_method": "REMLL"}, "tau2_method must be one of DL.*mean 'REML'"),
        ({"ci_method": "knha"}, "ci_method must be one of wald, t, hksj, hksj_adhoc, profile"),
        ({"pi_method": "t"}, "pi_method must be one of normal, t_k1, t_k2, hksj; got 't'"),
    ],
)
def test_unknown_names_list_the_known_ones(settings, words):
    with pytest.raises(UnknownNameError, match=words):
        pool([1.0, 2.0], [1.0, 1.0], **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ci_level": 95}, "ci_level must be between 0 and 1, such as 0.95; got 95"),
        ({"tau2": -1.0}, "tau2 must be finite and >= 0; got -1"),
        ({"tau2": [0.1, 0.2, 0.3]}, r"one number or one per fit"),
        ({"include": [[True, True], [False, False]]}, "at least one study in every fit"),
    ],
)
def test_bad_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        pool([1.0, 2.0], [1.0, 1.0], **settings)


def test_non_convergence_is_reported(monkeypatch):
    y, v = effects("bcg_rr")
    monkeypatch.setattr(evpool.stats.tau2, "MAX_ITERATIONS", 1)
    with pytest.raises(ConvergenceError, match=r"tau2 by REML did not converge in 1 .* DL or PM"):
        pool(y, v)
    assert not pool(np.stack([y, y]), v).converged.any()
