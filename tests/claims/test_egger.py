import numpy as np
from numpy.testing import assert_allclose

from evpool.claims.egger import egger_tests

YI = np.array([0.9, 1.6, 0.4, 2.1, 0.7])
SEI = np.array([0.30, 0.55, 0.21, 0.62, 0.40])
EFFECTS = [{"yi": y, "vi": s**2} for y, s in zip(YI, SEI, strict=True)]
BY_N = {"test": "egger", "variant": "sqrtninv", "k": 5, "statistic": 0.9, "p_value": 0.4371}


def test_the_usual_test_regresses_the_standard_normal_deviate_on_precision():
    # Egger et al. (1997): the intercept of ordinary least squares of yi / sei on 1 / sei.
    design = np.column_stack([np.ones(5), 1 / SEI])
    solved, rest, *_ = np.linalg.lstsq(design, YI / SEI)
    se = np.sqrt(rest[0] / 3 * np.linalg.inv(design.T @ design)[0, 0])
    (usual, own) = egger_tests(EFFECTS, [BY_N])
    assert_allclose(usual["statistic"], solved[0] / se, rtol=1e-10)
    assert usual["how"] == "regressed on the standard error; on 1/√n P is 0.44"
    assert (own["p_value"], own["k"]) == (0.4371, 5)
    assert own["how"].startswith("regressed on 1/√n; on the standard error P is 0.0")


def test_a_review_that_runs_the_usual_test_has_one():
    row = BY_N | {"variant": "sei"}
    assert egger_tests(EFFECTS, [row]) == [row | {"how": ""}]


def test_the_usual_test_needs_no_animals():
    undone = BY_N | {"variant": None, "p_value": None}
    (usual,) = egger_tests(EFFECTS, [undone])
    assert usual["how"] == "regressed on the standard error"


def test_without_three_effects_there_is_none():
    assert egger_tests(EFFECTS[:2], [BY_N | {"p_value": None}]) == []
    assert egger_tests([], []) == []
