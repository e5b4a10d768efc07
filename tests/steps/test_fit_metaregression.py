from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.design import design_matrix
from evpool.stats.pooling import pool
from evpool.steps.fit_metaregression import fit_metaregression
from tests.steps.samples import METHOD, VALUES, effects

YEARS = [2015, 2016, 2018, 2019, 2021, 2022]
DOSES = [1.0, 2.5, 0.5, 3.0, 2.0, 1.5]


def coefficients(*arguments, **options):
    return fit_metaregression(*arguments, **options)[0]


def test_an_exact_line_is_found():
    values = [(0.1 * (year - 2015) + 1, 0.05) for year in YEARS]
    rows = coefficients(effects(values, year=YEARS), ["year"], "wald", METHOD)
    assert [row["term"] for row in rows] == ["Intercept", "year"]
    assert_allclose(rows[1]["estimate"], 0.1, rtol=1e-9)
    assert_allclose(rows[1]["tau2"], 0, atol=1e-12)
    assert rows[1]["warning"].startswith("6 studies for 1 moderator coefficient")


def test_the_caution_about_few_studies_counts_no_study_twice():
    rows = effects(VALUES * 2, year=YEARS * 2)  # twelve comparisons
    assert coefficients(rows, ["year"], "wald", METHOD)[1]["warning"] is None
    for i, row in enumerate(rows):
        row["study_id"] = f"s{i % 3}"
    warning = coefficients(rows, ["year"], "wald", METHOD)[1]["warning"]
    assert warning.startswith("3 studies for 1 moderator coefficient: fewer than 10 per")


def test_studies_without_a_value_are_left_out_and_counted():
    years = [None, *YEARS[1:]]
    rows = coefficients(effects(year=years), ["year"], "wald", METHOD)
    alone = coefficients(effects(year=YEARS)[1:], ["year"], "wald", METHOD)
    assert rows[1]["k"] == 5
    assert_allclose(rows[1]["estimate"], alone[1]["estimate"], rtol=1e-12)
    assert "1 comparison without a value left out" in rows[1]["warning"]


def test_holm_adjusts_over_the_formulas():
    rows = coefficients(effects(year=YEARS, dose=DOSES), ["year", "dose"], "wald", METHOD)
    raw = {row["analysis"]: row["qm_p"] for row in rows}
    adjusted = {row["analysis"]: row["p_holm"] for row in rows}
    low, high = sorted(raw, key=raw.get)
    assert_allclose(adjusted[low], min(2 * raw[low], 1), rtol=1e-12)
    assert_allclose(adjusted[high], max(raw[high], adjusted[low]), rtol=1e-12)


def test_knapp_hartung_uses_t_with_residual_df():
    rows = coefficients(effects(year=YEARS), ["year"], "knha", METHOD)
    wald = coefficients(effects(year=YEARS), ["year"], "wald", METHOD)
    assert (rows[1]["df"], wald[1]["df"]) == (4, None)
    assert_allclose(rows[1]["estimate"], wald[1]["estimate"])


@pytest.mark.parametrize("formula", ["source", "year + source"])
def test_what_can_not_be_fitted_is_said_in_its_row(formula):
    rows = effects(source=["fat"] * 6, year=YEARS)
    (row,) = coefficients(rows, [formula], "wald", METHOD)
    assert row["warning"].startswith("not fitted: ")
    assert np.isnan(row["p_holm"])


def test_a_tau2_that_does_not_converge_is_said_in_its_row(monkeypatch):
    monkeypatch.setattr("evpool.stats.tau2.MAX_ITERATIONS", 1)
    rows = effects(year=YEARS)
    (row,), curve = fit_metaregression(rows, ["year"], "wald", METHOD, permutations=9)
    assert row["warning"].startswith("not fitted: tau2_method 'REML' did not converge")
    assert (row["k"], curve) == (6, [])


def test_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match="year"):
        coefficients(effects(year=YEARS), ["yaer"], "wald", METHOD)


def test_permutation_p_values_are_exact_for_few_studies_and_equal_the_definition():
    by_dl, years = METHOD | {"tau2_method": "DL"}, YEARS[:5]

    def fit(order, **options):
        rows = effects(VALUES[:5], year=list(order))
        return coefficients(rows, ["year"], "wald", by_dl, **options)[1]

    row = fit(years, permutations=10)
    extreme = [
        abs(fit(order)["statistic"]) >= abs(row["statistic"]) - 1e-9
        for order in permutations(years)
    ]
    assert (row["permutations"], row["permutations_exact"]) == (120, True)
    assert_allclose(row["p_permutation"], np.mean(extreme), rtol=1e-12)
    assert_allclose(row["qm_p_permutation"], np.mean(extreme), rtol=1e-12)


def many(seed=3):
    draw = np.random.default_rng(seed)
    values = [(y, 0.05) for y in draw.normal(size=12)]
    return effects(values, year=list(range(2010, 2022)), dose=list(draw.normal(size=12)))


def test_random_permutations_follow_the_seed_and_not_the_other_formulas():
    one, both, other = (
        coefficients(many(), formulas, "wald", METHOD, permutations=300, seed=seed)
        for formulas, seed in ((["dose"], 1), (["year", "dose"], 1), (["dose"], 2))
    )
    assert one[1]["permutations_exact"] is False
    assert one[1]["p_permutation"] == both[3]["p_permutation"] != other[1]["p_permutation"]
    assert 0 < one[1]["p_permutation"] <= 1
    assert np.isnan(one[0]["p_permutation"])


def test_without_permutations_there_are_no_permutation_columns():
    assert "p_permutation" not in coefficients(many(), ["dose"], "wald", METHOD)[1]


@pytest.mark.parametrize("formula", ["dose", "log(dose)", "poly(dose, 2)", "scale(dose)"])
def test_predictions_run_along_the_moderator_and_pass_through_the_fit(formula):
    rows, curve = fit_metaregression(effects(dose=DOSES), [formula], "knha", METHOD)
    assert (len(curve), curve[0]["value"], curve[-1]["value"]) == (50, 0.5, 3.0)
    assert {row["moderator"] for row in curve} == {"dose"}
    design, names = design_matrix(formula, {"dose": np.array(DOSES)})
    beta = [next(row["estimate"] for row in rows if row["term"] == name) for name in names]
    assert_allclose(curve[0]["estimate"], design[2] @ beta, rtol=1e-8)
    assert_allclose(curve[-1]["estimate"], design[3] @ beta, rtol=1e-8)
    for row in curve:
        assert row["pi_low"] <= row["ci_low"] < row["estimate"] < row["ci_high"] <= row["pi_high"]


@pytest.mark.parametrize("formula", ["year + dose", "source", "blind", "1"])
def test_only_one_numeric_moderator_has_predictions(formula):
    columns = {"source": ["a", "b"] * 3, "blind": [True, False, False] * 2}
    rows = effects(year=YEARS, dose=DOSES, **columns)
    fitted, curve = fit_metaregression(rows, [formula], "wald", METHOD)
    assert fitted[0]["estimate"] is not None
    assert curve == []


def test_a_formula_without_moderators_has_no_inflation_and_equals_pooling():
    (row,) = coefficients(effects(), ["1"], "wald", METHOD)
    assert row["vif"] is None
    assert_allclose(row["estimate"], pool(*np.array(VALUES).T).estimate[0], rtol=1e-8)


def test_each_coefficient_of_an_interaction_has_the_inflation_of_its_term():
    source = ["fat", "marrow", "fat", "marrow", "fat", "marrow"]
    rows = coefficients(effects(dose=DOSES, source=source), ["source * dose"], "wald", METHOD)
    factors = {row["term"]: row["vif"] for row in rows}
    assert factors["Intercept"] is None
    assert min(factors[name] for name in factors if name != "Intercept") > 1


def test_with_too_few_studies_that_have_a_value_nothing_is_fitted():
    rows = effects(dose=[1.0, 2.0, None, 3.0, 5.0, 4.0])
    (found,), curves = fit_metaregression(rows, ["dose"], "wald", METHOD, fewest=6)
    assert (found["k"], curves) == (5, [])
    assert found["warning"] == "not fitted: 5 studies, fewer than the 6 asked for"
    assert fit_metaregression(rows, ["dose"], "wald", METHOD, fewest=5)[1]
