"""Predictions and variance inflation of meta-regressions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.pooling import pool
from evpool.stats.predictions import predict, term_of, variance_inflation
from evpool.stats.regression import design_matrix, fit_metaregression
from tests.stats.moderator_references import REFERENCES, effects

# The reference files hold no predictions with moderators and no VIF: what they must equal is
# worked out here in other ways.
DATA = REFERENCES["bcg_rr"]["data"]


def bcg(formula, **options):
    """Fit the BCG trials; returns the fit, its design and the effects."""
    y, v = effects("bcg_rr")
    design, names = design_matrix(formula, DATA)
    return fit_metaregression(y, v, design, names=names, **options), design, y, v


@pytest.mark.parametrize(
    ("test", "ci_method", "pi_method"),
    [("wald", "wald", "normal"), ("knha", "hksj", "hksj")],
)
def test_intercept_only_prediction_is_the_pooled_effect(test, ci_method, pi_method):
    y, v = effects("bcg_rr")
    fit = fit_metaregression(y, v, np.ones((13, 1)), names=["Intercept"], test=test)
    found, pooled = predict(fit, [1.0]), pool(y, v, ci_method=ci_method, pi_method=pi_method)
    for field in ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high"):
        wanted = getattr(pooled, field)
        assert_allclose(getattr(found, field)[0], wanted, rtol=1e-9, err_msg=field)


@pytest.mark.parametrize("test", ["wald", "knha"])
def test_moving_the_origin_turns_predictions_into_intercepts(test):
    # At ablat = 33 the prediction is the intercept of a model in ablat - 33.
    fit, _, y, v = bcg("ablat", test=test)
    moved = np.column_stack([np.ones(13), np.array(DATA["ablat"]) - 33.0])
    other = fit_metaregression(y, v, moved, names=["Intercept", "x"], test=test)
    found = predict(fit, [[1.0, 33.0]])
    pairs = [("estimate", "coefficients"), ("se", "se"), ("ci_low", "ci_low")]
    for field, wanted in [*pairs, ("ci_high", "ci_high")]:
        assert_allclose(getattr(found, field)[0, 0], getattr(other, wanted)[0, 0], rtol=1e-9)


def test_prediction_interval_adds_tau2():
    fit, design, _, _ = bcg("ablat + year", test="knha")
    found = predict(fit, design)
    ratio = ((found.pi_high - found.pi_low) / (found.ci_high - found.ci_low)) ** 2
    assert_allclose(ratio, (found.se**2 + fit.tau2[:, None]) / found.se**2, rtol=1e-8)
    assert (ratio > 1).all()


def test_other_level_and_common_model():
    fit, design, _, _ = bcg("ablat", model="common")
    wide, narrow = predict(fit, design, ci_level=0.99), predict(fit, design, ci_level=0.5)
    assert (wide.ci_low < narrow.ci_low).all()
    assert np.isnan(wide.pi_low).all()


def test_batch_of_predictions():
    include = np.ones((2, 13), dtype=bool)
    include[1, 0] = False
    fit, design, _, _ = bcg("ablat", include=include)
    found = predict(fit, design[:4])
    assert found.estimate.shape == (2, 4)
    assert_allclose(found.estimate[1], design[:4] @ fit.coefficients[1], rtol=1e-13)


def test_wrong_number_of_columns_is_named():
    fit, *_ = bcg("ablat")
    with pytest.raises(ValueError, match=r"the 2 columns of the fit \(Intercept, ablat\); got"):
        predict(fit, [[1.0, 2.0, 3.0]])


def test_vif_is_one_over_one_minus_r2_of_the_others():
    # Regress each moderator on the others with the fit's own weights.
    fit, design, _, v = bcg("ablat + year")
    root = 1 / np.sqrt(v + fit.tau2)
    found = variance_inflation(fit)
    assert found.terms == ("ablat", "year")
    for j in (1, 2):
        rest = np.delete(design, j, axis=1) * root[:, None]
        target, mean = design[:, j] * root, root[:, None]
        left = np.linalg.lstsq(rest, target, rcond=None)[1]
        total = np.linalg.lstsq(mean, target, rcond=None)[1]
        assert_allclose(found.gvif[0, j - 1], total / left, rtol=1e-8)
    assert_allclose(found.gsif, np.sqrt(found.gvif), rtol=1e-14)


def test_gvif_of_a_factor_does_not_depend_on_its_coding():
    y, v = effects("bcg_rr")
    alloc = np.array(DATA["alloc"])
    fits = []
    for reference in ("alternate", "systematic"):
        levels = [level for level in np.unique(alloc) if level != reference]
        design = [np.ones(13), *(alloc == level for level in levels), DATA["ablat"]]
        names = ["Intercept", *(f"alloc[T.{level}]" for level in levels), "ablat"]
        fits.append(fit_metaregression(y, v, np.column_stack(design).astype(float), names=names))
    found, other = (variance_inflation(fit) for fit in fits)
    assert found.df.tolist() == [2, 1]
    assert_allclose(found.gvif, other.gvif, rtol=1e-7)
    # Two terms inflate each other alike: det(R) = det(R11) det(R22) / gvif for both.
    assert_allclose(found.gvif[0, 0], found.gvif[0, 1], rtol=1e-9)


def test_orthogonal_moderators_are_not_inflated():
    x = np.array([[1.0, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]])
    fit = fit_metaregression([1.0, 2, 0, 5], np.ones(4), x, names=["Intercept", "a", "b"])
    assert_allclose(variance_inflation(fit).gvif, 1.0, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("year", "year"),
        ("source[T.fat]", "source"),
        ("source[T.fat]:poly(x, 2)[1]", "source:poly(x, 2)"),
    ],
)
def test_terms_of_coefficients(name, term):
    assert term_of(name) == term


def test_inflation_needs_a_moderator():
    y, v = effects("bcg_rr")
    fit = fit_metaregression(y, v, np.ones((13, 1)), names=["Intercept"])
    with pytest.raises(ValueError, match="fit must have a moderator"):
        variance_inflation(fit)
