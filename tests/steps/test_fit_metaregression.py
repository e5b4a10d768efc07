import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.steps.fit_metaregression import fit_metaregression
from tests.steps.samples import METHOD, effects

YEARS = [2015, 2016, 2018, 2019, 2021, 2022]


def test_an_exact_line_is_found():
    values = [(0.1 * (year - 2015) + 1, 0.05) for year in YEARS]
    rows = fit_metaregression(effects(values, year=YEARS), ["year"], "wald", METHOD)
    assert [row["term"] for row in rows] == ["Intercept", "year"]
    assert_allclose(rows[1]["estimate"], 0.1, rtol=1e-9)
    assert_allclose(rows[1]["tau2"], 0, atol=1e-12)
    assert rows[1]["warning"].startswith("6 studies for 1 moderator coefficient")


def test_studies_without_a_value_are_left_out_and_counted():
    years = [None, *YEARS[1:]]
    rows = fit_metaregression(effects(year=years), ["year"], "wald", METHOD)
    alone = fit_metaregression(effects(year=YEARS)[1:], ["year"], "wald", METHOD)
    assert rows[1]["k"] == 5
    assert_allclose(rows[1]["estimate"], alone[1]["estimate"], rtol=1e-12)
    assert "1 study without a value left out" in rows[1]["warning"]


def test_holm_adjusts_over_the_formulas():
    doses = [1.0, 2.5, 0.5, 3.0, 2.0, 1.5]
    rows = fit_metaregression(effects(year=YEARS, dose=doses), ["year", "dose"], "wald", METHOD)
    raw = {row["analysis"]: row["qm_p"] for row in rows}
    adjusted = {row["analysis"]: row["p_holm"] for row in rows}
    low, high = sorted(raw, key=raw.get)
    assert_allclose(adjusted[low], min(2 * raw[low], 1), rtol=1e-12)
    assert_allclose(adjusted[high], max(raw[high], adjusted[low]), rtol=1e-12)


def test_knapp_hartung_uses_t_with_residual_df():
    rows = fit_metaregression(effects(year=YEARS), ["year"], "knha", METHOD)
    wald = fit_metaregression(effects(year=YEARS), ["year"], "wald", METHOD)
    assert (rows[1]["df"], wald[1]["df"]) == (4, None)
    assert_allclose(rows[1]["estimate"], wald[1]["estimate"])


@pytest.mark.parametrize("formula", ["source", "year + source"])
def test_what_can_not_be_fitted_is_said_in_its_row(formula):
    rows = effects(source=["fat"] * 6, year=YEARS)
    (row,) = fit_metaregression(rows, [formula], "wald", METHOD)
    assert row["warning"].startswith("not fitted: ")
    assert np.isnan(row["p_holm"])


def test_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match="year"):
        fit_metaregression(effects(year=YEARS), ["yaer"], "wald", METHOD)
