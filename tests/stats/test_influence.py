"""Influence diagnostics against metafor 5.1-12 and against refits one study at a time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.influence import influence
from evpool.stats.regression import design_matrix, fit_metaregression
from tests.stats.moderator_references import (
    REFERENCES,
    assert_matches,
    effects,
    entries,
    settings_of,
    tolerance,
)

# Differences of two estimates: where they agree in 6 digits, the reference has 10 left.
DIFFERENCE = 1e-9


@pytest.mark.parametrize(("dataset", "key"), entries("sensitivity", "influence"))
def test_matches_metafor(dataset, key):
    method = key.rsplit("_", 1)[1]
    found = influence(*effects(dataset), **settings_of(method))
    expected = REFERENCES[dataset]["sensitivity"][key]
    direct = {
        "rstudent": found.rstudent, "cov.r": found.cov_ratio, "tau2.del": found.tau2_deleted,
        "QE.del": found.q_deleted, "hat": found.hat, "weight": 100 * found.weight,
    }  # fmt: skip
    assert_matches(expected, direct, tolerance(method))
    changes = {"dffits": found.dffits, "cook.d": found.cook_d, "dfbs": found.dfbetas[:, 0]}
    assert_matches(expected, changes, max(tolerance(method), DIFFERENCE))
    assert len(direct) + len(changes) == len(expected) - 1
    assert found.influential.tolist() == expected["is_infl"]


@pytest.mark.parametrize(("dataset", "key"), entries("sensitivity", "baujat"))
def test_baujat_matches_metafor(dataset, key):
    method = key.rsplit("_", 1)[1]
    found = influence(*effects(dataset), **settings_of(method))
    expected = REFERENCES[dataset]["sensitivity"][key]
    assert_matches(expected, {"x": found.baujat_x}, tolerance(method))
    assert_matches(expected, {"y": found.baujat_y}, max(tolerance(method), DIFFERENCE))


def bcg(formula):
    """Effects of the BCG trials with the design of a formula."""
    return *effects("bcg_rr"), *design_matrix(formula, REFERENCES["bcg_rr"]["data"])


@pytest.mark.parametrize("method", ["DL", "REML"])
def test_regression_equals_refitting(method):
    y, v, x, names = bcg("ablat + year")
    found = influence(y, v, tau2_method=method, design=x)
    options = {"names": names, "tau2_method": method}
    full = fit_metaregression(y, v, x, **options)
    for i in range(y.size):
        rest = np.arange(y.size) != i
        part = fit_metaregression(y[rest], v[rest], x[rest], **options)
        change = full.coefficients[0] - part.coefficients[0]
        cook = change @ np.linalg.inv(full.cov[0]) @ change
        error = y[i] - x[i] @ part.coefficients[0]
        spread = v[i] + part.tau2[0] + x[i] @ part.cov[0] @ x[i]
        again = fit_metaregression(y, v, x, names=names, tau2=part.tau2[0])
        assert_allclose(found.cook_d[i], cook, rtol=1e-5)
        assert_allclose(found.rstudent[i], error / np.sqrt(spread), rtol=1e-6)
        assert_allclose(found.dfbetas[i], change / again.se[0], rtol=1e-5, atol=1e-7)
        assert_allclose(found.q_deleted[i], part.qe[0], rtol=1e-9)


def test_hat_values_sum_to_coefficients():
    y, v, x, _ = bcg("alloc")
    assert_allclose(influence(y, v, design=x).hat.sum(), 3.0, rtol=1e-10)
    assert_allclose(influence(y, v).hat, influence(y, v).weight, rtol=1e-12)


def test_intercept_design_equals_no_design():
    y, v = effects("bcg_rr")
    plain, design = influence(y, v), influence(y, v, design=np.ones((y.size, 1)))
    for field in ("rstudent", "dffits", "cook_d", "cov_ratio", "dfbetas", "baujat_y", "q_deleted"):
        assert_allclose(getattr(design, field), getattr(plain, field), rtol=1e-6)


def test_equal_variances_common_effect_is_exact():
    # Leaving one of k equal weights out moves the mean by (y_i - mean) / (k - 1).
    y = np.array([1.0, 2.0, 3.0, 4.0, 10.0])
    found = influence(y, np.full(5, 0.5), model="common")
    shift = (y - y.mean()) / 4
    assert_allclose(found.dfbetas[:, 0], shift / np.sqrt(0.1), rtol=1e-13)
    assert_allclose(found.cov_ratio, 5 / 4, rtol=1e-14)
    assert_allclose(found.rstudent, (y - y.mean()) * 5 / 4 / np.sqrt(0.5 + 0.125), rtol=1e-13)


def test_study_that_carries_a_coefficient_alone_is_nan():
    y, v = effects("bcg_rr")
    x = np.column_stack([np.ones(y.size), np.arange(y.size) == 3])
    found = influence(y, v, design=x.astype(float))
    assert np.flatnonzero(np.isnan(found.rstudent)).tolist() == [3]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "fixed"}, "model must be one of common, random; got 'fixed'"),
        ({"tau2_method": "DSL"}, "tau2_method must be one of DL"),
        ({"design": np.ones((13, 13))}, "13 studies for 13 coefficients"),
        ({"design": np.ones((13, 2))}, "linearly independent"),
    ],
)
def test_bad_input_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        influence(*effects("bcg_rr"), **change)
