"""Step-function selection models, against metafor 5.1-12 and by identities.

Every `selmodel_step_*` entry of tests/reference is run. Where each interval holds a study the
maximum is compared to 1e-4. Where one holds none, or tau2 is 0, the maximum lies on a bound (a
weight of 0 or 100); the reference's search stops short of it, so there the log-likelihood at the
reference's own parameters must agree to 1e-10 and ours must be at least as high, by at most 1e-3.
No entry is left out. For bcg_rr with steps 0.025, 0.5 'greater' the reference refused (no study in
the first interval) and has no entry: ours gives the fit at the bound and says so.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from evpool.errors import ConvergenceError
from evpool.stats.pooling import pool
from evpool.stats.selection import _interval_ends, _StepModel, selection_model, step_log_likelihood
from tests.stats.bias_references import effects, entries, expected

# The reference stopped 3e-8 below the maximum of the log-likelihood, 2e-4 of beta away from it.
LOOSE = {("curtis1998_rom", "selmodel_step_0.025_0.5_greater"): 3e-4}


def settings_of(key):
    *steps, alternative = key.removeprefix("selmodel_step_").split("_")
    return {"steps": [float(step) for step in steps], "alternative": alternative}


def on_bound(name, key):
    """Whether an interval holds no study, or the reference's tau2 is 0."""
    (yi, vi), settings = effects(name), settings_of(key)
    sign = 1 if settings["alternative"] == "greater" else -1
    p = ndtr(-sign * yi / np.sqrt(vi))
    held = np.histogram(p, [0, *settings["steps"], 1])[0]
    return held.min() == 0 or expected(name, key)["tau2"] < 1e-5


KEYS = entries("selmodel_step_")
BOUND = [pair for pair in KEYS if on_bound(*pair)]
INTERIOR = [pair for pair in KEYS if pair not in BOUND]


def test_entries_are_split_as_expected():
    assert (len(INTERIOR), len(BOUND)) == (25, 22)


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_likelihood_matches_reference(name, key):
    want = expected(name, key)
    parameters = want["beta"], want["tau2"], want["delta"]
    got = step_log_likelihood(*effects(name), *parameters, **settings_of(key))
    assert_allclose(got, want["logLik"], rtol=1e-10)


@pytest.mark.parametrize(("name", "key"), INTERIOR)
def test_maximum_matches_reference(name, key):
    want = expected(name, key)
    got = selection_model(*effects(name), **settings_of(key))
    rtol = LOOSE.get((name, key), 1e-4)
    assert_allclose(got.estimate[0], want["beta"], rtol=rtol)
    assert_allclose(got.se[0], want["se"], rtol=rtol)
    assert_allclose(got.ci_high[0], want["ci_ub"], rtol=rtol)
    assert_allclose(got.tau2[0], want["tau2"], rtol=rtol)
    assert_allclose(got.weights[0], want["delta"], rtol=rtol)
    assert_allclose(got.statistic[0], want["LRT"], rtol=1e-4)
    assert_allclose(got.p_value[0], want["LRTp"], rtol=1e-4)
    assert want["logLik"] - 1e-10 < got.log_likelihood[0] < want["logLik"] + 1e-6


@pytest.mark.parametrize(("name", "key"), BOUND)
def test_maximum_on_a_bound_is_at_least_as_high(name, key):
    want = expected(name, key)
    got = selection_model(*effects(name), **settings_of(key))
    assert "at a bound" in got.warning
    assert want["logLik"] < got.log_likelihood[0] < want["logLik"] + 1e-3
    assert_allclose(got.estimate[0], want["beta"], rtol=5e-3)
    assert_allclose(got.tau2[0], want["tau2"], rtol=1e-3, atol=1e-5)
    empty = got.counts[0] == 0
    assert np.isin(got.weights[0][empty], [0, 1, 100]).all()
    assert np.isfinite(got.se[0])


def test_where_the_reference_refused():
    got = selection_model(*effects("bcg_rr"), steps=(0.025, 0.5), alternative="greater")
    assert got.counts[0, 0] == 0
    assert got.weights[0, 1] == 100
    assert 0 < got.weights[0, 2] < 100
    assert "few studies in a P value interval (0 in (0, 0.025]" in got.warning
    assert "the weight of (0.025, 0.5] at a bound" in got.warning


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_equal_weights_have_the_likelihood_without_selection(alternative):
    yi, vi = effects("raudenbush1985")
    got = step_log_likelihood(
        yi, vi, 0.1, 0.02, np.ones(3), steps=(0.025, 0.5), alternative=alternative
    )
    u = vi + 0.02
    assert_allclose(got, -0.5 * np.sum(np.log(2 * np.pi * u) + (yi - 0.1) ** 2 / u), rtol=1e-13)


def test_null_model_is_the_ordinary_ml_fit():
    yi, vi = effects("bangertdrowns2004")
    plain = pool(yi, vi, tau2_method="ML")
    got = selection_model(yi, vi)
    null = step_log_likelihood(yi, vi, plain.estimate[0], plain.tau2[0], [1, 1])
    assert_allclose(got.log_likelihood_null[0], null, rtol=1e-12)


@pytest.mark.parametrize("steps", [(0.025,), (0.05, 0.5), (0.001, 0.025, 0.5)])
def test_derivatives_are_those_of_the_likelihood(steps):
    model = _StepModel(*effects("curtis1998_rom"), _interval_ends(steps))
    theta = np.array([0.15, 0.04, 0.6, 0.3, 0.8][: 2 + len(steps)])
    _, gradient, hessian = model.evaluate(theta)
    shifts = 1e-6 * np.eye(theta.size)
    ends = [(model.evaluate(theta + s), model.evaluate(theta - s)) for s in shifts]
    numeric = [(up[0] - down[0]) / 2e-6 for up, down in ends]
    assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6)
    numeric = [(up[1] - down[1]) / 2e-6 for up, down in ends]
    assert_allclose(hessian, numeric, rtol=1e-6, atol=1e-4)


def test_interval_chances_with_known_values():
    # mu = 0, tau2 = 0, so half of the results are above P = 0.5 and published with weight 3.
    yi, vi = np.array([0.3, -0.4, 1.2]), np.array([0.5, 1.0, 2.0])
    plain = step_log_likelihood(yi, vi, 0.0, 0.0, [1, 1], steps=(0.5,))
    got = step_log_likelihood(yi, vi, 0.0, 0.0, [1, 3], steps=(0.5,))
    assert_allclose(got - plain, np.log(3) - 3 * np.log(2), rtol=1e-12)


def test_direction_scale_and_order():
    yi, vi = effects("curtis1998_rom")
    base = selection_model(yi, vi)
    turned = selection_model(-7 * yi[::-1], 49 * vi[::-1], alternative="less")
    assert_allclose(turned.estimate, -7 * base.estimate, rtol=1e-7)
    assert_allclose(turned.tau2, 49 * base.tau2, rtol=1e-7)
    assert_allclose(turned.weights, base.weights, rtol=1e-7)
    assert_allclose(turned.statistic, base.statistic, rtol=1e-7)


def test_a_batch_equals_its_rows():
    yi, vi = effects("hackshaw1998")
    include = np.random.default_rng(5).random((3, yi.size)) < 0.8
    got = selection_model(yi, vi, include=include)
    for row, used in enumerate(include):
        one = selection_model(yi[used], vi[used])
        assert_allclose(got.estimate[row], one.estimate[0], rtol=1e-12)
        assert_allclose(got.weights_ci_high[row], one.weights_ci_high[0], rtol=1e-12)


def test_planted_selection_is_recovered():
    # 20,000 studies of mean 0.2, tau2 0.04; three in four results with P > 0.025 are not published.
    rng = np.random.default_rng(11)
    vi = rng.uniform(0.01, 0.2, 20_000)
    yi = rng.normal(0.2, np.sqrt(vi + 0.04))
    published = (yi / np.sqrt(vi) > 1.96) | (rng.random(vi.size) < 0.25)
    yi, vi = yi[published], vi[published]
    got = selection_model(yi, vi)
    assert pool(yi, vi).estimate[0] > 0.3
    for value, se, truth in (
        (got.estimate[0], got.se[0], 0.2),
        (got.tau2[0], got.tau2_se[0], 0.04),
        (got.weights[0, 1], got.weights_se[0, 1], 0.25),
    ):
        assert abs(value - truth) < 3 * se < 0.1
    assert got.p_value[0] < 1e-10


def test_fits_that_do_not_converge(monkeypatch):
    monkeypatch.setattr("evpool.stats.climb.MAX_ITERATIONS", 1)
    yi, vi = effects("hackshaw1998")
    with pytest.raises(ConvergenceError, match=r"steps 0.025 did not converge .* use fewer steps"):
        selection_model(yi, vi)
    got = selection_model([yi, yi], vi)
    assert not got.converged.any()
    assert np.isnan([got.estimate, got.se, got.p_value, got.weights[:, 1]]).all()
    assert "2 of 2 fits did not converge" in got.warning


@pytest.mark.parametrize("factor", [1e-12, 1e6])
def test_tiny_and_huge_variances(factor):
    yi, vi = effects("hackshaw1998")
    got = selection_model(np.sqrt(factor) * yi, factor * vi)
    base = selection_model(yi, vi)
    assert_allclose(got.estimate / np.sqrt(factor), base.estimate, rtol=1e-6)
    assert_allclose(got.weights, base.weights, rtol=1e-6)


def test_all_studies_significant():
    vi = np.linspace(0.01, 0.05, 12)
    got = selection_model(3 * np.sqrt(vi) + np.linspace(0, 0.2, 12), vi)
    assert got.counts[0].tolist() == [12, 0]
    assert got.weights[0, 1] == 0
    assert np.isnan(got.weights_se[0, 1])
    assert "the weight of (0.025, 1]" in got.warning


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": ()}, "steps must increase strictly within"),
        ({"steps": (0.5, 0.025)}, "steps must increase strictly within"),
        ({"steps": (0.025, 1.0)}, "steps must increase strictly within"),
        ({"steps": (0.1, 0.2, 0.5)}, "as many studies as the model has parameters \\(5\\); got 4"),
        ({"alternative": "two-sided"}, "alternative must be one of greater, less"),
        ({"max_weight": 0.5}, "max_weight must be finite and >= 1; got 0.5"),
        ({"vi": [1, 1, 1, -1]}, "vi must be finite and > 0"),
    ],
)
def test_selection_model_refuses(change, message):
    arguments = {"yi": [1.0, 2.0, 0.5, 0.1], "vi": [0.1, 0.2, 0.3, 0.4]} | change
    with pytest.raises(ValueError, match=message):
        selection_model(**arguments)
