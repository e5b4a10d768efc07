"""Subgroup analyses against meta 8.4-0 and metafor 5.1-12, and against identities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.stats.effects import hedges_g
from evpool.stats.pooling import pool
from evpool.stats.regression import design_matrix, fit_metaregression
from evpool.stats.subgroups import compare_subgroups
from tests.stats.moderator_references import (
    CLOSED,
    REFERENCES,
    assert_matches,
    effects,
    entries,
    tolerance,
)

META = REFERENCES["sci_subgroups_meta"]
YI, VI = effects("bcg_rr")
ALLOC = np.array(REFERENCES["bcg_rr"]["data"]["alloc"])

# meta takes tau2 by PM from R's uniroot, which stops within 1.2e-4 of the root; what follows from
# tau2 is off by as much. That ours solve Q(tau2) = k - 1 is tested in test_regression and for pool.
META_PM = 5e-4
# Left out: lower_predict, upper_predict, lower_I2 and upper_I2, which belong to the overall fit
# without subgroups; the tests of pooling and heterogeneity cover them for the same data.


def sci_case(key):
    """Effects, estimator and kind of tau2 of one entry of the meta reference."""
    outcome, measure, method, _, tau = key.split("_")
    if measure == "MD":
        return *effects(f"sci_{outcome}"), method, tau == "common"
    d = {n: np.array(c) for n, c in REFERENCES[f"sci_{outcome}"]["data"].items() if n != "study"}
    arms = (d["m1"], d["s1"], d["n1"], d["m2"], d["s2"], d["n2"])
    return *hedges_g(*arms, variance="UB"), method, tau == "common"


@pytest.mark.parametrize("key", META)
def test_random_effects_match_meta(key):
    y, v, method, common = sci_case(key)
    found = compare_subgroups(y, v, META[key]["source"], tau2_common=common, tau2_method=method)
    fit, overall = found.fit, found.overall
    expected = {
        "k_w": fit.k, "TE_random_w": fit.estimate, "lower_random_w": fit.ci_low,
        "upper_random_w": fit.ci_high, "tau2_w": fit.tau2, "I2_w": fit.i2,
        "Q_b_random": found.q_between, "pval_Q_b_random": found.p_between,
        "df_Q_b": found.df_between, "TE_random": overall.estimate, "seTE_random": overall.se,
        "lower_random": overall.ci_low, "upper_random": overall.ci_high, "tau2": overall.tau2,
        "I2": overall.i2, "Q": overall.q,
    }  # fmt: skip
    assert found.levels == tuple(META[key]["groups"])
    assert_matches(META[key], expected, META_PM if method == "PM" else tolerance(method))


@pytest.mark.parametrize("key", META)
def test_common_effect_matches_meta(key):
    y, v, _, _ = sci_case(key)
    found = compare_subgroups(y, v, META[key]["source"], tau2_common=False, model="common")
    expected = {
        "TE_common_w": found.fit.estimate, "TE_common": found.overall.estimate,
        "Q_b_common": found.q_between, "pval_Q_b_common": found.p_between, "I2_w": found.fit.i2,
    }  # fmt: skip
    assert_matches(META[key], expected, CLOSED)


@pytest.mark.parametrize(("dataset", "level"), entries("subgroup_dl_separate"))
def test_separate_dl_matches_metafor(dataset, level):
    found = compare_subgroups(
        YI, VI, ALLOC, tau2_common=False, tau2_method="DL", pi_method="normal"
    )
    row, fit = found.levels.index(level), found.fit
    expected = {
        "beta": fit.estimate, "se": fit.se, "stat": fit.statistic, "pval": fit.p_value,
        "ci_lb": fit.ci_low, "ci_ub": fit.ci_high, "tau2": fit.tau2, "I2": 100 * fit.i2_tau2,
        "H2": fit.h2, "QE": fit.q, "QEp": fit.q_p, "k": fit.k, "QM": fit.statistic**2,
        "pi_lb": fit.pi_low, "pi_ub": fit.pi_high,
    }  # fmt: skip
    found = {name: value[row] for name, value in expected.items()}
    assert_matches(REFERENCES[dataset]["subgroup_dl_separate"][level], found, CLOSED)


EFFECTS = st.lists(
    st.tuples(st.floats(-5, 5), st.floats(0.01, 10), st.sampled_from("abc")),
    min_size=4,
    max_size=12,
).filter(lambda rows: len({row[2] for row in rows}) > 1)


@given(rows=EFFECTS)
def test_common_effect_q_adds_up(rows):
    y, v, levels = (np.array(column) for column in zip(*rows, strict=True))
    found = compare_subgroups(y, v, levels, tau2_common=False, model="common")
    total = found.q_between + found.q_within
    assert_allclose(total, found.overall.q, rtol=1e-8, atol=1e-10)
    assert found.df_between + found.df_within == found.overall.q_df


@pytest.mark.parametrize("method", ["DL", "REML", "PM", "ML", "SJ", "HE"])
@pytest.mark.parametrize("model", ["common", "random"])
def test_two_levels_equal_a_dummy_regression(method, model):
    levels = np.where(ALLOC == "random", "random", "other")
    options = {"model": model, "tau2_method": method}
    found = compare_subgroups(YI, VI, levels, tau2_common=True, **options)
    design, names = design_matrix(["source"], {"source": levels})
    fit = fit_metaregression(YI, VI, design, names=names, **options)
    assert_allclose(np.cumsum(fit.coefficients[0]), found.fit.estimate, rtol=1e-10)
    assert_allclose(fit.tau2, found.fit.tau2[:1], rtol=1e-10, atol=1e-14)
    assert_allclose([fit.qm[0], fit.qe[0]], [found.q_between[0], found.q_within[0]], rtol=1e-10)
    assert_allclose(fit.qm_p, found.p_between, rtol=1e-9)


def test_each_level_equals_its_own_fit():
    found = compare_subgroups(YI, VI, ALLOC, tau2_common=False, ci_method="hksj")
    for row, level in enumerate(found.levels):
        own = pool(YI[level == ALLOC], VI[level == ALLOC], ci_method="hksj")
        for field in ("estimate", "ci_low", "ci_high", "tau2", "i2", "pi_low"):
            assert_allclose(getattr(found.fit, field)[row], getattr(own, field)[0], rtol=1e-9)


def test_level_with_one_study_is_that_study():
    found = compare_subgroups([1.0, 2.0, 4.0], [0.1, 0.1, 0.2], ["a", "a", "b"], tau2_common=False)
    assert_allclose(found.fit.estimate[1], 4.0)
    assert_allclose(found.fit.se[1] ** 2, 0.2)


@pytest.mark.parametrize(("second", "q"), [(1.0, 0.0), (2.0, np.inf)])
def test_identical_effects_with_hksj_have_a_limit(second, q):
    y = [1.0, 1.0, second, second]
    found = compare_subgroups(y, [0.1] * 4, list("aabb"), tau2_common=False, ci_method="hksj")
    assert found.q_between.tolist() == [q]
    assert found.p_between.tolist() == [1.0 if q == 0 else 0.0]


def test_one_identical_level_with_hksj_anchors_the_comparison():
    y = [1.0, 1.0, 2.0, 4.0]
    found = compare_subgroups(y, [0.1] * 4, list("aabb"), tau2_common=False, ci_method="hksj")
    assert_allclose(found.q_between, ((3 - 1) / found.fit.se[1]) ** 2, rtol=1e-12)


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (["a", None, "b", ""], r"2 of 4 are missing, at positions \[1, 3\].*Fill them in"),
        (["a", "b", np.nan, "a"], r"1 of 4 are missing, at positions \[2\]"),
        (["a"] * 4, "levels must differ to be compared; all 4 studies have 'a'"),
        (["a", "b"], r"one level for each of the 4 studies; got shape \(2,\)"),
    ],
)
def test_unusable_levels_are_named(levels, words):
    with pytest.raises(ValueError, match=words):
        compare_subgroups(np.arange(4.0), np.ones(4), levels, tau2_common=False)


def test_common_tau2_needs_more_studies_than_levels():
    with pytest.raises(ValueError, match=r"got 2 studies in 2 levels. Use tau2_common=False"):
        compare_subgroups([1.0, 2.0], [0.1, 0.1], ["a", "b"], tau2_common=True)


def test_unknown_method_is_named():
    with pytest.raises(ValueError, match="Did you mean 'REML'"):
        compare_subgroups(YI, VI, ALLOC, tau2_common=True, tau2_method="RELM")
