"""The moments against explicit (k, k) matrices, exact fractions, and R's log-likelihoods."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.moments import OneFit, Studies, intercept_studies, studies_of
from tests.stats.moderator_references import REFERENCES, effects, entries

NAMES = ("ypy", "yppy", "ypppy", "tr_w", "tr_ww", "tr_p", "tr_pp", "tr_pv")
RNG = np.random.default_rng(20)
Y, V = RNG.normal(1, 1, 7), RNG.uniform(0.05, 2, 7)
X = np.column_stack([np.ones(7), RNG.normal(5, 1, 7), RNG.integers(0, 2, 7)])


def matrices(y, v, x, tau2):
    """Each moment from the definition P = W - WX(X'WX)^-1 X'W."""
    w = np.diag(1 / (v + tau2))
    p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    return {
        "ypy": y @ p @ y,
        "yppy": y @ p @ p @ y,
        "ypppy": y @ p @ p @ p @ y,
        "tr_w": np.trace(w),
        "tr_ww": np.trace(w @ w),
        "tr_p": np.trace(p),
        "tr_pp": np.trace(p @ p),
        "tr_pv": np.trace(p @ np.diag(v)),
    }


@pytest.mark.parametrize("tau2", [0.0, 0.3, 50.0])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_moments_equal_the_matrix_definition(tau2, columns):
    x = X[:, :columns]
    wanted = matrices(Y, V, x, tau2)
    providers = [studies_of(Y, V, x)] + [studies_of(Y, V)] * (columns == 1)
    for studies in providers:
        at = studies.project(np.array([tau2]))
        found = {name: getattr(at, name)[0] for name in NAMES}
        assert_allclose(list(found.values()), list(wanted.values()), rtol=1e-10)


def test_one_fit_in_scalars_equals_a_batch_of_one():
    one, batch = intercept_studies(Y, V), studies_of(Y, V)
    assert isinstance(one, OneFit)
    assert isinstance(batch, Studies)
    for name in (*NAMES, "estimate", "se", "shift"):
        wanted = getattr(batch.project(np.array([0.2])), name)[0]
        assert_allclose(getattr(one.project(0.2), name), wanted, rtol=1e-13)
    for name in ("typical_v", "total_ss", "df"):
        assert_allclose(getattr(one, name), getattr(batch, name)[0], rtol=1e-13)
    assert_allclose(one.batch().project(np.array([0.2])).ypy, [one.project(0.2).ypy], rtol=1e-13)


@pytest.mark.parametrize("columns", [1, 2])
def test_masked_rows_equal_the_subsets_alone(columns):
    include = RNG.random((6, 7)) < 0.7
    include[:, :4] = True
    studies = studies_of(Y, V, X[:, :columns], include)
    at = studies.project(np.full(6, 0.4))
    for row, kept in enumerate(include):
        wanted = matrices(Y[kept], V[kept], X[kept, :columns], 0.4)
        found = [getattr(at, name)[row] for name in NAMES]
        assert_allclose(found, list(wanted.values()), rtol=1e-10)


def test_no_digits_are_lost_when_weights_differ_1e18_fold():
    v = np.array([1e6, 1e-12, 3e2, 4e-5, 7.0])
    w = [1 / Fraction(value) for value in v]
    total = sum(w)
    mean = sum(a * Fraction(b) for a, b in zip(w, Y[:5], strict=True)) / total
    squares = [sum(a**j for a in w) for j in (1, 2, 3)]
    residuals = [Fraction(b) - mean for b in Y[:5]]
    at = studies_of(Y[:5], v).fixed
    q = sum(a * r * r for a, r in zip(w, residuals, strict=True))
    assert_allclose(at.ypy, float(q), rtol=1e-13)
    assert_allclose(at.tr_p, float(squares[0] - squares[1] / total), rtol=1e-13)
    exact = squares[1] - 2 * squares[2] / total + (squares[1] / total) ** 2
    assert_allclose(at.tr_pp, float(exact), rtol=1e-13)


@pytest.mark.parametrize(("name", "key"), entries("pool", "ML_z") + entries("pool", "REML_z"))
def test_log_likelihoods_are_those_of_the_reference(name, key):
    y, v = effects(name)
    expected = REFERENCES[name]["pool"][key]
    at = studies_of(y, v).project(np.array([expected["tau2"]]))
    restricted = key == "REML_z"
    # R adds the constants, and for REML log|X'X| / 2 = log(k) / 2.
    constant = -0.5 * (len(y) - restricted) * np.log(2 * np.pi) + 0.5 * restricted * np.log(len(y))
    assert_allclose(at.log_likelihood(restricted) + constant, expected["logLik"], rtol=1e-10)
