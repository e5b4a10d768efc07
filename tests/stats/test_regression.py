"""Meta-regression against metafor 5.1-12, exact arithmetic, weighted least squares, identities."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.errors import UnknownNameError
from evpool.stats.heterogeneity import cochran_q
from evpool.stats.pooling import pool
from evpool.stats.regression import design_matrix, fit_metaregression
from tests.stats.moderator_references import (
    CLOSED,
    REFERENCES,
    UNIROOT,
    assert_matches,
    effects,
    entries,
    settings_of,
    tolerance,
)

FORMULAS = {
    "ablat": "ablat",
    "ablat_year": "ablat + year",
    "alloc": "alloc",
    "alloc_ablat": "alloc * ablat",
    "weeks": "weeks",
}
# Fields left out: se_tau2, logLik and AIC, which no table of evpool holds; pi_lb and pi_ub, which
# the reference gives for models without moderators only.


def bcg(formula):
    """Effects of the BCG trials with the design of a formula."""
    return *effects("bcg_rr"), *design_matrix(formula, REFERENCES["bcg_rr"]["data"])


def as_reference(fit, method):
    """The fields of one fit under the reference's names and in its units."""
    i2, h2 = (fit.i2, fit.h2) if method == "EE" else (fit.i2_tau2, fit.h2_tau2)
    found = {
        "beta": fit.coefficients, "se": fit.se, "stat": fit.statistic, "pval": fit.p_value,
        "ci_lb": fit.ci_low, "ci_ub": fit.ci_high, "tau2": fit.tau2, "I2": 100 * i2, "H2": h2,
        "QE": fit.qe, "QEp": fit.qe_p, "QM": fit.qm, "QMp": fit.qm_p, "R2": 100 * fit.r2,
        "k": fit.k, "QMdf": np.stack([fit.qm_df, fit.qm_df_residual], axis=1),
    }  # fmt: skip
    return {name: np.squeeze(value) for name, value in found.items()}


def at_reference_tau2(fit, dataset, design, expected):
    """Refit at the loose tau2 of the reference's Paule-Mandel, once ours is near it."""
    assert_allclose(fit.tau2, expected["tau2"], rtol=0, atol=UNIROOT)
    expected["R2"] = np.nan  # needs the model without moderators, at the reference's tau2 too
    known = {"names": fit.names, "test": fit.test, "tau2": expected["tau2"]}
    return replace(fit_metaregression(*effects(dataset), design, **known), r2=np.array([np.nan]))


@pytest.mark.parametrize(("dataset", "key"), entries("metareg"))
def test_matches_metafor(dataset, key):
    formula, method, test = key.rsplit("_", 2)
    data = {k: v for k, v in REFERENCES[dataset]["data"].items() if v[0] is not None}
    design, names = design_matrix(FORMULAS[formula], data)
    fit = fit_metaregression(
        *effects(dataset), design, names=names, test={"z": "wald", "knha": "knha"}[test],
        **settings_of(method),
    )  # fmt: skip
    expected = dict(REFERENCES[dataset]["metareg"][key])
    expected["QMdf"] = [expected["QMdf"][0], expected["QMdf"][1] or np.inf]
    if method == "PM":
        fit = at_reference_tau2(fit, dataset, design, expected)
    rtol = tolerance(method)
    if formula == "ablat_year" and rtol == CLOSED:
        # Calendar years are nearly collinear with the intercept: the reference's own digits end
        # here; test_calendar_years_keep_their_digits checks ours in exact arithmetic.
        rtol = 1e-9
    assert_matches(expected, as_reference(fit, method), rtol)


def exact_q(y, v, x):
    """Residual Q in rational arithmetic: normal equations by elimination."""
    y, v = [[Fraction(float(e)) for e in column] for column in (y, v)]
    rows = [[Fraction(float(e)) for e in row] for row in x]
    p = len(rows[0])
    system = [
        [sum(r[i] * r[j] / s for r, s in zip(rows, v, strict=True)) for j in range(p)]
        + [sum(r[i] * e / s for r, s, e in zip(rows, v, y, strict=True))]
        for i in range(p)
    ]
    for i in range(p):
        system[i] = [e / system[i][i] for e in system[i]]
        for j in set(range(p)) - {i}:
            system[j] = [a - system[j][i] * b for a, b in zip(system[j], system[i], strict=True)]
    beta = [row[-1] for row in system]
    fitted = [sum(a * b for a, b in zip(row, beta, strict=True)) for row in rows]
    return float(sum((e - f) ** 2 / s for e, f, s in zip(y, fitted, v, strict=True)))


def test_calendar_years_keep_their_digits():
    y, v, design, names = bcg("ablat + year")
    fit = fit_metaregression(y, v, design, names=names)
    assert_allclose(fit.qe, exact_q(y, v, design), rtol=1e-13)


def test_common_model_is_weighted_least_squares():
    y, v, design, names = bcg("alloc * ablat")
    fit = fit_metaregression(y, v, design, names=names, model="common")
    root = 1 / np.sqrt(v)
    beta, q, *_ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)
    assert_allclose(fit.coefficients[0], beta, rtol=1e-10)
    assert_allclose(fit.qe, q, rtol=1e-12)


@pytest.mark.parametrize(("test", "ci_method"), [("wald", "wald"), ("knha", "hksj")])
def test_intercept_only_equals_pool(test, ci_method):
    y, v = effects("bcg_rr")
    fit = fit_metaregression(y, v, np.ones((y.size, 1)), names=["Intercept"], test=test)
    pooled = pool(y, v, ci_method=ci_method)
    found = [fit.coefficients, fit.se, fit.ci_low, fit.ci_high, fit.p_value]
    expected = [pooled.estimate, pooled.se, pooled.ci_low, pooled.ci_high, pooled.p_value]
    assert_allclose(np.array(found)[..., 0], expected, rtol=1e-10)
    assert_allclose(fit.qm, pooled.statistic**2, rtol=1e-10)


def test_adhoc_floor_never_shrinks_standard_errors():
    y, v, design, names = bcg("alloc")
    wald, floor = (
        fit_metaregression(y, 10 * v, design, names=names, test=test)
        for test in ("wald", "knha_adhoc")
    )
    assert_allclose(floor.se, wald.se, rtol=1e-14)
    assert np.isfinite(floor.df).all()


@pytest.mark.parametrize("method", ["DL", "REML", "PM", "SJ"])
def test_batch_equals_its_rows(method):
    y, v, design, names = bcg("ablat")
    include = ~np.eye(y.size, dtype=bool)[:5]
    batch = fit_metaregression(y, v, design, names=names, tau2_method=method, include=include)
    for row, mask in enumerate(include):
        one = fit_metaregression(y[mask], v[mask], design[mask], names=names, tau2_method=method)
        for field in ("coefficients", "se", "tau2", "qm", "qe", "r2", "i2_tau2", "k"):
            found, wanted = getattr(batch, field)[row], getattr(one, field)[0]
            assert_allclose(found, wanted, rtol=1e-8, atol=1e-12, err_msg=field)


@given(shift=st.floats(-100, 100), scale=st.floats(0.01, 100))
def test_shift_and_scale_equivariance(shift, scale):
    y, v, design, names = bcg("ablat")
    fit = fit_metaregression(y, v, design, names=names)
    moved = fit_metaregression(shift + scale * y, scale**2 * v, design, names=names)
    assert_allclose(moved.coefficients[0, 1], scale * fit.coefficients[0, 1], rtol=1e-6)
    assert_allclose(moved.tau2, scale**2 * fit.tau2, rtol=1e-6)
    assert_allclose([moved.qm, moved.r2], [fit.qm, fit.r2], rtol=1e-6)


def test_rescaled_moderator_changes_only_its_coefficient():
    y, v, design, names = bcg("ablat")
    fit = fit_metaregression(y, v, design, names=names)
    other = fit_metaregression(y, v, design * [1, 1e6], names=names)
    assert_allclose(other.coefficients[0] * [1, 1e6], fit.coefficients[0], rtol=1e-9)
    assert_allclose(other.qm, fit.qm, rtol=1e-9)


def test_row_that_cannot_be_fitted_is_nan():
    # The first fit keeps the two trials of one level of alloc only.
    y, v, design, names = bcg("alloc")
    include = np.ones((2, y.size), dtype=bool)
    include[0] = design[:, 1:].sum(axis=1) == 0
    fit = fit_metaregression(y, v, design, names=names, include=include)
    assert np.isnan(fit.coefficients[0]).all()
    assert fit.converged.tolist() == [False, True]
    whole = fit_metaregression(y, v, design, names=names)
    assert_allclose(fit.coefficients[1], whole.coefficients[0])


def test_saturated_model_has_no_residual_tests():
    fit = fit_metaregression([1.0, 2.0], [0.1, 0.1], np.eye(2), names=["a", "b"], test="knha")
    assert_allclose(fit.coefficients, [[1.0, 2.0]])
    assert np.isnan(fit.se).all()


def test_warns_below_ten_studies_per_coefficient():
    y, v, design, names = bcg("alloc")
    fit = fit_metaregression(y, v, design, names=names)
    assert "13 studies for 2 moderator coefficients" in fit.warning
    y, v, design, names = bcg("ablat")
    assert fit_metaregression(y, v, design, names=names).warning is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tau2_method": "REM"}, "tau2_method must be one of.*Did you mean 'REML'"),
        ({"test": "knah"}, "test must be one of wald, knha.*Did you mean 'knha'"),
        ({"model": "fixed"}, "model must be one of random, common"),
        ({"ci_level": 95}, "ci_level must be between 0 and 1.*got 95"),
        ({"names": ["Intercept"]}, "names must name each column.*1 names for design"),
    ],
)
def test_unknown_options_are_named(change, words):
    y, v, design, names = bcg("ablat")
    with pytest.raises(ValueError, match=words):
        fit_metaregression(y, v, design, **({"names": names} | change))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (np.full(13, 7.0), "moderator extra is constant over the 13 included studies. Remove"),
        (3.0 + 2.0 * np.arange(13), r"moderator extra is a linear combination of .*trial"),
        (np.where(np.arange(13) == 4, np.nan, 1.0), r"design must be finite; studies \[4\]"),
    ],
)
def test_unusable_moderators_are_named(column, words):
    y, v = effects("bcg_rr")
    design = np.column_stack([np.ones(13), np.arange(13.0), column])
    with pytest.raises(ValueError, match=words):
        fit_metaregression(y, v, design, names=["Intercept", "trial", "extra"])


def test_too_few_studies_are_counted():
    y, v, design, names = bcg("alloc * ablat")
    with pytest.raises(ValueError, match=r"6 coefficients.* but only 4 studies. Use fewer"):
        fit_metaregression(y[:4], v[:4], design[:4], names=names)
    include = np.arange(13) < 4
    with pytest.raises(ValueError, match=r"6 coefficients.* but only 4 studies. Use fewer"):
        fit_metaregression(y, v, design, names=names, include=include)


def test_constant_among_the_included_studies_is_named():
    y, v, design, names = bcg("alloc")
    include = np.array(REFERENCES["bcg_rr"]["data"]["alloc"]) != "systematic"
    with pytest.raises(ValueError, match=r"alloc\[T.systematic\] is constant over the 9"):
        fit_metaregression(y, v, design, names=names, include=include)


def test_unknown_name_is_an_unknown_name_error():
    y, v, design, names = bcg("ablat")
    with pytest.raises(UnknownNameError):
        fit_metaregression(y, v, design, names=names, tau2_method="")


@pytest.mark.parametrize("method", ["PM", "EB"])
def test_paule_mandel_solves_its_equation(method):
    # Generalised Q equals its degrees of freedom: what the loose reference entries cannot show.
    y, v, design, names = bcg("ablat")
    fit = fit_metaregression(y, v, design, names=names, tau2_method=method)
    assert_allclose(cochran_q(y, v + fit.tau2, design=design), 11, rtol=1e-11)
