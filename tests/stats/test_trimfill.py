"""Trim and fill against metafor 5.1-12 and by symmetry.

Every `trimfill_*` entry of tests/reference is run; none is left out. For sci_first and
sci_last the reference refused `trimfill_EE_Q0_left` and has no entry: Q0 needs the root of a
negative number there; ours refuses too, naming the remedy.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import rankdata

from evpool.errors import ConvergenceError
from evpool.stats.pooling import pool
from evpool.stats.trimfill import ESTIMATORS, trim_fill
from tests.stats.bias_references import effects, entries, expected

KEYS = [pair for pair in entries("trimfill_") if pair[1] != "trimfill_auto_side"]
# The reference refits the filled data with its default threshold: its REML tau2 there is within
# 1e-5 of the maximum, at a lower likelihood than ours. Given its tau2 the rest agrees to 1e-10.
RTOL = {"EE": 1e-10, "DL": 1e-10, "REML": 1e-4}


def fit_as(key):
    _, method, estimator, side = key.split("_")
    model = {"model": "common"} if method == "EE" else {"tau2_method": method}
    return {"estimator": estimator, "side": side} | model


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_trim_fill_matches_reference(name, key):
    want, rtol = expected(name, key), RTOL[key.split("_")[1]]
    got = trim_fill(*effects(name), **fit_as(key))
    assert got.k0[0] == want["k0"]
    assert_allclose(got.k0_se[0], want["se_k0"], rtol=1e-10)
    pairs = {"estimate": "beta", "se": "se", "ci_low": "ci_lb", "ci_high": "ci_ub"}
    for ours, theirs in pairs.items():
        assert_allclose(getattr(got, ours)[0], want[theirs], rtol=rtol, err_msg=ours)
    atol = 1e-5 if "REML" in key else 1e-12
    assert_allclose(got.tau2[0], want["tau2"], rtol=1e-10, atol=atol)


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_filled_studies_match_reference(name, key):
    want, rtol = expected(name, key), 1e-10 if "REML" not in key else 1e-6
    got = trim_fill(*effects(name), **fit_as(key))
    ours = np.array([got.filled_yi[0], got.filled_vi[0]])[:, got.filled[0]]
    theirs = np.array([np.atleast_1d(want["filled_yi"]), np.atleast_1d(want["filled_vi"])])
    ours, theirs = (pair[:, np.lexsort(np.round(pair, 9)[::-1])] for pair in (ours, theirs))
    assert_allclose(ours, theirs, rtol=rtol)


@pytest.mark.parametrize(("name", "key"), [pair for pair in KEYS if "REML" in pair[1]])
def test_reml_given_the_references_tau2(name, key):
    want, (yi, vi) = expected(name, key), effects(name)
    yi = np.append(yi, want["filled_yi"])
    vi = np.append(vi, want["filled_vi"])
    given, ours = pool(yi, vi, tau2=want["tau2"]), pool(yi, vi)
    assert_allclose(given.estimate[0], want["beta"], rtol=1e-10)
    assert_allclose(given.se[0], want["se"], rtol=1e-10)

    def restricted_likelihood(fit):
        u = vi + fit.tau2[0]
        square = np.sum((yi - fit.estimate[0]) ** 2 / u)
        return -0.5 * (np.log(u).sum() + np.log(np.sum(1 / u)) + square)

    assert restricted_likelihood(ours) >= restricted_likelihood(given) - 1e-12


@pytest.mark.parametrize(("name", "key"), entries("trimfill_auto_side"))
def test_automatic_side_matches_reference(name, key):
    want = expected(name, key)
    got = trim_fill(*effects(name))
    assert (got.side[0], got.k0[0]) == (want["side"], want["k0"])


@pytest.mark.parametrize("name", ["sci_first", "sci_last"])
def test_q0_is_refused_where_it_is_not_defined(name):
    with pytest.raises(ValueError, match=r"'Q0' is not defined here.* Use estimator 'L0' or 'R0'"):
        trim_fill(*effects(name), estimator="Q0", side="left", model="common")


def test_in_a_batch_an_undefined_q0_is_marked():
    yi, vi = effects("sci_first")
    calm = 1 + np.tile([1, -1, 0], 7) * np.sqrt(vi)
    got = trim_fill([yi, calm], vi, estimator="Q0", side="left", model="common")
    assert got.converged.tolist() == [False, True]
    assert got.k0[0] == -1
    assert np.isnan(got.estimate[0])
    assert np.isfinite(got.estimate[1])
    assert "1 of 2 fits" in got.warning


def symmetric_funnel(k=10):
    """2 k + 1 studies in pairs of equal variance on both sides of 1."""
    half = np.linspace(0.1, 1.2, k)
    vi = np.concatenate([half**2, half**2, [0.01]])
    return np.concatenate([1 + half, 1 - half, [1.0]]), vi


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("model", ["common", "random"])
def test_symmetric_studies_miss_none(estimator, side, model):
    yi, vi = symmetric_funnel()
    got = trim_fill(yi, vi, estimator=estimator, side=side, model=model)
    assert got.k0[0] == 0
    assert not got.filled.any()
    assert_allclose(got.estimate, pool(yi, vi, model=model).estimate, rtol=1e-14)


@pytest.mark.parametrize("estimator", ["L0", "R0"])
def test_removed_studies_are_put_back(estimator):
    # The centre is known (one study of variance 1e-9); its right side reaches a little further, so
    # that no ranks tie. Of the 17 studies the 3 lowest are removed, and 3 come back.
    half = np.linspace(0.1, 1.2, 8)
    yi = np.concatenate([1 - 0.98 * half[:-3], 1 + half, [1.0]])
    vi = np.concatenate([half[:-3] ** 2, half**2, [1e-9]])
    got = trim_fill(yi, vi, estimator=estimator, side="left", model="common")
    assert got.k0[0] == 3
    assert_allclose(got.filled_yi[0, got.filled[0]], 1 - half[-3:], rtol=1e-6)
    assert_allclose(got.estimate[0], 1, rtol=1e-6)


@pytest.mark.parametrize("name", ["bangertdrowns2004", "curtis1998_rom", "hackshaw1998"])
def test_raw_numbers_solve_their_equations(name):
    yi, vi = effects(name)
    n = yi.size
    raw = {}
    for estimator in ESTIMATORS:
        got = trim_fill(yi, vi, estimator=estimator, side="left", model="common")
        kept = np.sort(np.argsort(yi, kind="stable")[: n - got.k0[0]])
        deviation = yi - pool(yi[kept], vi[kept], model="common").estimate[0]
        ranks = rankdata(np.abs(deviation), method="ordinal")
        raw[estimator] = got.k0_raw[0], ranks[deviation > 0].sum(), ranks[deviation < 0].max()
    assert raw["R0"][0] == n - raw["R0"][2] - 1
    assert_allclose(raw["L0"][0] * (2 * n - 1) + n * (n + 1), 4 * raw["L0"][1], rtol=1e-12)
    assert_allclose((n - 0.5 - raw["Q0"][0]) ** 2, 2 * n**2 - 4 * raw["Q0"][1] + 0.25, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(3, 25), shift=st.floats(-3, 3))
def test_mirror_shift_and_scale(seed, k, shift):
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.02, 0.5, k)
    yi = rng.gamma(2.0, 0.4, k)
    left = trim_fill(yi, vi, side="left", tau2_method="DL")
    right = trim_fill(shift - 3 * yi, 9 * vi, side="right", tau2_method="DL")
    assert left.k0[0] == right.k0[0]
    assert_allclose(shift - 3 * left.estimate, right.estimate, rtol=1e-9, atol=1e-9)
    assert_allclose(9 * left.tau2, right.tau2, rtol=1e-7, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), estimator=st.sampled_from(["L0", "R0"]))
def test_filled_studies_mirror_the_largest_about_the_trimmed_centre(seed, estimator):
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.02, 0.5, 15)
    yi = rng.gamma(2.0, 0.4, 15)
    got = trim_fill(yi, vi, estimator=estimator, side="left", tau2_method="DL")
    largest = yi >= np.sort(yi)[15 - got.k0[0] :].min(initial=np.inf)
    centre = pool(yi[~largest], vi[~largest], tau2_method="DL").estimate[0]
    assert got.filled[0].tolist() == largest.tolist()
    assert_allclose(got.filled_yi[0, largest], 2 * centre - yi[largest], rtol=1e-12)


def test_a_batch_equals_its_rows():
    yi, vi = effects("raudenbush1985")
    include = np.random.default_rng(4).random((8, yi.size)) < 0.7
    got = trim_fill(yi, vi, include=include)
    for row, used in enumerate(include):
        one = trim_fill(yi[used], vi[used])
        assert (got.k0[row], got.side[row]) == (one.k0[0], one.side[0])
        assert_allclose(got.estimate[row], one.estimate[0], rtol=1e-8)
        assert_allclose(got.filled_yi[row, used], one.filled_yi[0], rtol=1e-8)


def test_numbers_that_never_settle(monkeypatch):
    # Two numbers that take turns, as a rank tie at the edge of the trimmed studies can cause.
    turns = iter(range(1000))
    monkeypatch.setattr(
        "evpool.stats.trimfill._missing", lambda *_: np.array([1.0 + next(turns) % 2])
    )
    with pytest.raises(ConvergenceError, match="did not settle on a number of missing studies"):
        trim_fill(*effects("hackshaw1998"), side="left")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimator": "l0"}, "estimator must be one of L0, R0, Q0; got 'l0'"),
        ({"side": "both"}, "side must be one of left, right, auto; got 'both'"),
        ({"yi": [1, 2], "vi": [1, 2]}, "at least 3 studies per fit; got 2"),
        ({"vi": [0.1, 0.1, 0.1]}, "side 'auto' needs Egger's slope, or give 'left': predictor"),
        ({"tau2_method": "RELM"}, "tau2_method|method must be one of"),
    ],
)
def test_trim_fill_refuses(change, message):
    arguments = {"yi": [1.0, 2.0, 0.5], "vi": [0.1, 0.2, 0.3]} | change
    with pytest.raises(ValueError, match=message):
        trim_fill(**arguments)
