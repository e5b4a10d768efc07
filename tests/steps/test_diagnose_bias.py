import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import ConvergenceError
from evpool.stats.bias import egger_test
from evpool.stats.excess import excess_significance, fail_safe_rosenthal
from evpool.stats.selection import selection_model
from evpool.stats.trimfill import trim_fill
from evpool.steps.diagnose_bias import RUNS, diagnose_bias
from tests.steps.samples import BIAS, METHOD, VALUES, effects

Y, V = np.array(VALUES).T
SKEWED = [(0.2, 0.01), (0.3, 0.02), (0.4, 0.04), (0.8, 0.09), (1.2, 0.16), (1.5, 0.2), (1.9, 0.3)]


def diagnose(rows=None, better="higher", **choices):
    found, filled = diagnose_bias(
        effects() if rows is None else rows, BIAS | choices, METHOD, better
    )
    return {(row["test"], row["variant"]): row for row in found if "variant" in row}, found, filled


def test_the_tests_are_those_of_the_library():
    rows, found, _ = diagnose()
    assert [row["test"] for row in found] == ["egger", "pet", "peese", "pet_peese"]
    direct = egger_test(Y, V, predictor="sei")
    assert_allclose(rows["egger", "sei"]["p_value"], direct.p_value[0])
    assert rows["egger", "sei"]["df"] == 4
    assert found[-1]["variant"] in ("pet", "peese")


@pytest.mark.parametrize(
    ("studies", "caution"),
    [(10, None), (9, "only 9 studies: "), (3, "only 3 studies: "), (1, "only 1 study: ")],
)
def test_the_caution_about_few_studies_counts_no_study_twice(studies, caution):
    rows = effects([*SKEWED, *SKEWED[:3]])  # ten comparisons
    for i, row in enumerate(rows):
        row["study_id"] = f"s{i % studies}"
    tests = ["egger", "begg", "pet", "peese", "pet_peese", "trim_fill"]
    _, found, _ = diagnose(rows, tests=tests)
    assert [row["test"] for row in found] == tests
    for row in found:
        told = (row["warning"] or "").partition("with fewer than 10 the power")[0] or None
        assert told == caution
    _, found, _ = diagnose(rows, tests=["selection", "fail_safe", "p_curve"])
    assert not any("the power" in (row.get("warning") or "") for row in found)


def test_a_standardised_measure_is_tested_on_n():
    smd = [row | {"measure": "SMD", "n_t": 6 + i} for i, row in enumerate(effects())]
    _, found, _ = diagnose(smd)
    assert [row["variant"] for row in found[:3]] == ["sqrtninv", "sqrtninv", "ninv"]


def test_a_test_that_can_not_be_done_says_why():
    _, found, _ = diagnose(effects(VALUES[:2]))
    assert all(row["warning"].startswith("not computed: ") for row in found)
    unknown_n = [row | {"n_t": None} for row in effects()]
    _, found, _ = diagnose(unknown_n, egger_predictor="ninv")
    assert found[0]["warning"].startswith("not computed: ")
    assert found[1]["estimate"] is not None


def test_the_mixed_effects_egger_can_be_asked_for():
    rows, _, _ = diagnose(egger_model="mixed", tests=["egger"])
    direct = egger_test(Y, V, predictor="sei", model="mixed")
    assert_allclose(rows["egger", "sei, mixed effects"]["p_value"], direct.p_value[0])
    assert rows["egger", "sei, mixed effects"]["df"] is None


def test_trim_and_fill_gives_the_mirrored_studies():
    rows, _, filled = diagnose(effects(SKEWED), tests=["trim_fill"])
    (row,) = rows.values()
    direct = trim_fill(*np.array(SKEWED).T)
    assert row["count"] == direct.k0[0] == len(filled) > 0
    assert row["variant"] == f"L0, {direct.side[0]}"
    again = np.array(SKEWED + [(study["yi"], study["vi"]) for study in filled])
    from evpool.stats.pooling import pool

    assert_allclose(row["estimate"], pool(*again.T).estimate[0], rtol=1e-9)


@pytest.mark.parametrize(("better", "alternative"), [("higher", "greater"), ("lower", "less")])
def test_the_selection_model_favours_the_good_direction(better, alternative):
    rows, found, _ = diagnose(effects(SKEWED), better, tests=["selection"])
    direct = selection_model(*np.array(SKEWED).T, alternative=alternative)
    row = rows["selection", f"steps 0.025, {alternative}"]
    assert_allclose(row["estimate"], direct.estimate[0])
    assert_allclose(row["p_value"], direct.p_value[0])
    assert_allclose(found[1]["estimate"], direct.weights[0, 1])
    assert found[1]["variant"] == "weight of p from 0.025 to 1"


def test_counts_of_studies():
    rows, _, _ = diagnose(tests=["fail_safe", "excess_significance", "p_curve"])
    assert rows["fail_safe", "rosenthal"]["count"] == fail_safe_rosenthal(Y, V).n[0]
    # Orwin's number needs an effect that is too small to matter, which no review states: half of
    # the estimate would always give k.
    assert [variant for test, variant in rows if test == "fail_safe"] == ["rosenthal", "rosenberg"]
    direct = excess_significance(Y, V)
    row = next(row for key, row in rows.items() if key[0] == "excess_significance")
    assert (row["count"], row["expected"]) == (direct.observed[0], direct.expected[0])
    significant = (np.abs(Y) / np.sqrt(V) > 1.959963985).sum()
    assert rows["p_curve", "right_skew"]["count"] == significant


def test_every_test_of_the_schema_runs():
    import yaml

    from tests.conftest import ROOT

    schema = yaml.safe_load((ROOT / "workflow/schemas/review.schema.yaml").read_text())
    known = schema["$defs"]["bias"]["properties"]["tests"]["items"]["enum"]
    assert known == list(RUNS)
    _, found, _ = diagnose(effects(SKEWED), tests=known)
    assert [row["warning"] for row in found if "not computed" in (row.get("warning") or "")] == []


def test_with_too_few_studies_no_test_is_done_and_each_says_why():
    bias, filled = diagnose_bias(
        effects(), BIAS | {"tests": ["egger", "trim_fill"]}, METHOD, "higher", fewest=10
    )
    assert [row["test"] for row in bias] == ["egger", "trim_fill"]
    assert {row["warning"] for row in bias} == {
        "not computed: 6 studies, fewer than the 10 asked for"
    }
    assert filled == []


def test_a_test_that_does_not_converge_says_so_and_stops_no_run(monkeypatch):
    def diverge(data):
        raise ConvergenceError("no end in 100 iterations")

    monkeypatch.setitem(RUNS, "selection", diverge)
    _, found, _ = diagnose(tests=["selection", "egger"])
    assert [row["test"] for row in found] == ["selection", "egger"]
    assert found[0]["warning"] == "not computed: no end in 100 iterations"
    assert found[1]["p_value"] > 0
