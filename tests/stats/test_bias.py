"""Egger, PET, PEESE and their choice, against metafor 5.1-12 and by identities.

Every `regtest_*`, `PET` and `PEESE` entry of tests/reference is run; none is left out, and none of
them is an error entry.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.stats.bias import default_predictor, egger_test, peese, pet, pet_peese
from evpool.stats.pooling import pool
from tests.stats.bias_references import effects, entries, expected, sizes

CLOSED, ITERATIVE = 1e-10, 1e-6


@pytest.mark.parametrize(("name", "key"), entries("regtest_"))
def test_egger_matches_reference(name, key):
    _, model, predictor = key.split("_")
    want = expected(name, key)
    model = {"lm": "lm", "rma": "mixed"}[model]
    got = egger_test(*effects(name), predictor=predictor, ni=sizes(name), model=model)
    tolerance = {"rtol": CLOSED} if model == "lm" else {"rtol": ITERATIVE}
    assert_allclose(got.statistic[0], want["stat"], **tolerance)
    assert_allclose(got.p_value[0], want["pval"], **tolerance)
    assert_allclose(got.limit[0], want["limit_est"], **tolerance)
    assert_allclose(got.limit_ci_low[0], want["limit_lb"], **tolerance)
    assert_allclose(got.limit_ci_high[0], want["limit_ub"], **tolerance)
    assert got.df[0] == (want["df"] if model == "lm" else np.inf)


@pytest.mark.parametrize(("name", "key"), entries("PE"))
def test_pet_and_peese_match_reference(name, key):
    want = expected(name, key)
    got = {"PET": pet, "PEESE": peese}[key](*effects(name))
    pairs = {"estimate": "intercept", "se": "se", "statistic": "t", "p_value": "p", "df": "df"}
    pairs |= {"slope": "slope", "slope_se": "slope_se", "slope_p": "slope_p"}
    for ours, theirs in pairs.items():
        assert_allclose(getattr(got, ours)[0], want[theirs], rtol=CLOSED, err_msg=ours)
    assert got.chosen[0] == key.lower()


def test_every_bias_entry_of_the_references_belongs_to_a_test():
    # The prefixes that test_bias, test_begg, test_trimfill, test_excess and test_selection run.
    tested = ("regtest_", "PE", "ranktest_", "trimfill_", "fsn_", "tes", "selmodel_step_")
    assert [pair for pair in entries("") if not pair[1].startswith(tested)] == []
    assert not any("error" in expected(*pair) for pair in entries(""))
    assert len(entries("")) == 341


def funnel(seed=1, k=15, batch=None):
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.01, 0.4, k)
    shape = k if batch is None else (batch, k)
    return 0.5 + rng.normal(size=shape) * np.sqrt(vi + 0.05), vi


def test_egger_is_the_regression_of_the_deviate_on_precision():
    # Egger's own form: ordinary least squares of yi / sei on 1 / sei; its intercept is our slope.
    yi, vi = funnel()
    precision = 1 / np.sqrt(vi)
    x = np.column_stack([np.ones_like(vi), precision])
    (intercept, slope), (rss,), *_ = np.linalg.lstsq(x, yi * precision, rcond=None)
    got = egger_test(yi, vi)
    assert_allclose(got.estimate[0], intercept, rtol=1e-12)
    assert_allclose(got.limit[0], slope, rtol=1e-12)
    assert_allclose(got.dispersion[0], rss / (len(yi) - 2), rtol=1e-12)


def test_egger_exact_case():
    # Effects 1 + 2 sei plus residuals orthogonal to both columns: the line is found exactly.
    sei = np.array([1.0, 2.0, 3.0])
    basis = np.column_stack([1 / sei, np.ones(3)])
    residual = np.cross(*basis.T)
    got = egger_test(1 + 2 * sei + residual * sei, sei**2)
    assert_allclose([got.limit[0], got.estimate[0]], [1, 2], rtol=1e-12)
    assert_allclose(got.dispersion[0], residual @ residual, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shift=st.floats(-5, 5),
    scale=st.floats(0.1, 10),
    k=st.integers(3, 30),
)
def test_egger_shift_scale_and_order(seed, shift, scale, k):
    yi, vi = funnel(seed, k)
    base = egger_test(yi, vi)
    shifted = egger_test(yi + shift, vi)
    scaled = egger_test(-scale * yi, scale**2 * vi)
    turned = egger_test(yi[::-1], vi[::-1])
    assert_allclose(shifted.estimate, base.estimate, rtol=1e-9, atol=1e-10)
    assert_allclose(shifted.limit - shift, base.limit, rtol=1e-9, atol=1e-10)
    assert_allclose(scaled.statistic, -base.statistic, rtol=1e-8, atol=1e-10)
    assert_allclose(turned.p_value, base.p_value, rtol=1e-8)


@pytest.mark.parametrize("model", ["lm", "mixed"])
def test_a_batch_equals_its_rows(model):
    yi, vi = funnel(batch=6)
    include = np.random.default_rng(2).random(yi.shape) < 0.7
    got = egger_test(yi, vi, model=model, include=include)
    for row, used in enumerate(include):
        one = egger_test(yi[row, used], vi[used], model=model)
        assert_allclose(got.statistic[row], one.statistic[0], rtol=1e-9)
        assert_allclose(got.limit_ci_low[row], one.limit_ci_low[0], rtol=1e-9)
        assert got.k[row] == one.k[0]


def test_mixed_model_without_heterogeneity_has_the_lm_slope():
    yi, vi = funnel()
    calm = 0.3 + 0.01 * yi
    lm, mixed = egger_test(calm, vi), egger_test(calm, vi, model="mixed")
    assert mixed.tau2[0] == 0
    assert_allclose(mixed.estimate, lm.estimate, rtol=1e-12)
    assert_allclose(mixed.se, lm.se / np.sqrt(lm.dispersion), rtol=1e-12)


def test_pet_is_eggers_limit():
    yi, vi = funnel()
    got, egger = pet(yi, vi), egger_test(yi, vi)
    assert_allclose(got.estimate, egger.limit, rtol=1e-14)
    assert_allclose([got.ci_low, got.ci_high], [egger.limit_ci_low, egger.limit_ci_high])
    assert_allclose(got.slope_p, egger.p_value)


def test_pet_finds_the_effect_behind_a_pure_small_study_effect():
    # Effects that depend on sei alone: PET's intercept is the effect at sei 0 (here none).
    sei = np.linspace(0.1, 0.6, 12)
    noise = np.tile([0.01, -0.01], 6)
    got = pet(1.5 * sei + noise, sei**2)
    assert abs(got.estimate[0]) < 0.01
    assert pool(1.5 * sei + noise, sei**2, model="common").estimate[0] > 0.2


@pytest.mark.parametrize(
    ("alternative", "sign", "chosen"),
    [("auto", 1, "peese"), ("auto", -1, "peese"), ("greater", 1, "peese"), ("greater", -1, "pet")],
)
def test_pet_peese_chooses_by_the_one_sided_test(alternative, sign, chosen):
    sei = np.linspace(0.1, 0.6, 12)
    yi = sign * (2 + np.tile([0.1, -0.1], 6) * sei)
    got = pet_peese(yi, sei**2, alternative=alternative)
    source = {"pet": pet, "peese": peese}[chosen](yi, sei**2)
    assert got.chosen[0] == chosen
    assert_allclose(got.estimate, source.estimate)
    assert_allclose(got.ci_low, source.ci_low)


def test_pet_peese_keeps_pet_without_an_effect():
    sei = np.linspace(0.1, 0.6, 12)
    yi = 1.5 * sei + 0.1 * np.tile([1, -1, -1, 1], 3)
    assert pet_peese(yi, sei**2).chosen[0] == "pet"
    assert pet_peese(yi, sei**2, alpha=0.9999).chosen[0] == "peese"


def test_pet_peese_on_sample_sizes():
    yi, vi = funnel()
    yi, ni = yi + 3, np.arange(10, 25)
    got = pet_peese(yi, vi, ni=ni)
    source = peese(yi, vi, predictor="ninv", ni=ni)
    assert got.chosen[0] == "peese"
    assert_allclose(got.estimate, source.estimate)


def test_default_predictor_of_standardised_measures():
    yi, vi = funnel()
    ni = np.arange(10, 25)
    assert [default_predictor(code) for code in ("SMD", "MD", "ROM", None)] == [
        "sqrtninv",
        "sei",
        "sei",
        "sei",
    ]
    assert egger_test(yi, vi, measure="SMD", ni=ni).predictor == "sqrtninv"
    assert "Zwetsloot" in egger_test(yi, vi, measure="SMD", predictor="sei").warning
    assert egger_test(yi, vi, measure="MD", predictor="sei").warning == ""


def test_effects_on_a_line_have_no_test_and_say_so():
    vi = np.linspace(0.1, 0.5, 12)
    got = egger_test(np.ones(12), vi)
    assert np.isnan(got.statistic[0])
    assert "no residual variance" in got.warning


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"yi": [1, 2], "vi": [1, 2]}, "at least 3 studies per fit; got 2"),
        ({"vi": [0.2, 0.2, 0.2]}, "predictor 'sei' must differ between studies; it is 0.447214"),
        ({"vi": [0.2, 0.0, 0.2]}, "vi must be finite and > 0"),
        ({"predictor": "ni"}, "ni must be given for the predictor 'ni'"),
        ({"predictor": "ni", "ni": [9, 8]}, "ni must have one value per study"),
        ({"predictor": "ni", "ni": [9, 8, 0]}, "1 of 3 studies break this, positions \\[2\\]"),
        ({"predictor": "se"}, "predictor must be one of sei, .* got 'se'. Did you mean 'sei'"),
        ({"model": "mixd"}, "model must be one of lm, mixed; got 'mixd'"),
        ({"measure": "SMDD"}, "measure must be one of .* Did you mean 'SMD"),
        ({"ci_level": 95}, "ci_level must lie between 0 and 1; got 95"),
    ],
)
def test_egger_refuses(change, message):
    arguments = {"yi": [1.0, 2.0, 0.5], "vi": [0.1, 0.2, 0.3]} | change
    with pytest.raises(ValueError, match=message):
        egger_test(**arguments)


def test_variances_far_apart():
    # Ordinary least squares of yi / sei on 1 / sei in exact fractions.
    sei = [Fraction(1, 10**6), Fraction(2, 10**6), Fraction(10**3)]
    yi = [Fraction(1), Fraction(2), Fraction(7)]
    z, x = [y / s for y, s in zip(yi, sei, strict=True)], [1 / s for s in sei]
    x_mean, z_mean = sum(x) / 3, sum(z) / 3
    sxz = sum((a - x_mean) * (b - z_mean) for a, b in zip(x, z, strict=True))
    limit = sxz / sum((a - x_mean) ** 2 for a in x)
    got = egger_test(np.array(yi, float), np.array(sei, float) ** 2)
    assert_allclose(got.limit[0], float(limit), rtol=1e-12)
    assert_allclose(got.estimate[0], float(z_mean - limit * x_mean), rtol=1e-12)


@pytest.mark.parametrize("arguments", [{"alternative": "two"}, {"alternative": "two-sided"}])
def test_pet_peese_refuses(arguments):
    with pytest.raises(ValueError, match="alternative must be one of auto, greater, less"):
        pet_peese(*funnel(), **arguments)
