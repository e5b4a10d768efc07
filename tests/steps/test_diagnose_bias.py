from numpy.testing import assert_allclose

from evpool.bias import egger_test
from evpool.steps.diagnose_bias import diagnose_bias
from tests.steps.samples import METHOD, VALUES, effects


def test_the_tests_are_those_of_the_library():
    rows = {row["test"]: row for row in diagnose_bias(effects(), "by_measure", METHOD)}
    assert list(rows) == ["egger", "pet", "peese", "pet_peese"]
    direct = egger_test(*zip(*VALUES, strict=True), predictor="sei")
    assert_allclose(rows["egger"]["p_value"], direct.p_value[0])
    assert rows["egger"]["df"] == 4
    assert rows["pet_peese"]["variant"] in ("pet", "peese")


def test_few_studies_are_warned_of():
    rows = diagnose_bias(effects(), "sei", METHOD)
    assert "10" in rows[0]["warning"]


def test_a_standardised_measure_is_tested_on_n():
    smd = [row | {"measure": "SMD", "n_t": 6 + i} for i, row in enumerate(effects())]
    rows = diagnose_bias(smd, "by_measure", METHOD)
    assert [row["variant"] for row in rows[:3]] == ["sqrtninv", "sqrtninv", "ninv"]


def test_a_test_that_can_not_be_done_says_why():
    rows = diagnose_bias(effects(VALUES[:2]), "sei", METHOD)
    assert all(row["warning"].startswith("not computed: ") for row in rows)
    unknown_n = [row | {"n_t": None} for row in effects()]
    rows = diagnose_bias(unknown_n, "ninv", METHOD)
    assert rows[0]["warning"].startswith("not computed: ")
    assert rows[1]["estimate"] is not None
