import pytest
from numpy.testing import assert_allclose

from evpool.steps.pool_cumulatively import pool_cumulatively
from evpool.steps.pool_effects import pool_effects
from tests.steps.samples import METHOD, VALUES, effects

YEARS = [2020, 2018, 2020, None, 2018, 2016]
BY_YEAR = ["s5", "s1", "s4", "s0", "s2", "s3"]


def random_rows(orders, **columns):
    rows = pool_cumulatively(effects(**columns), orders, METHOD)
    return [row for row in rows if row["model"] == "random"]


def test_effects_are_added_by_rising_values_ties_in_file_order_missing_last():
    rows = random_rows(["year"], year=YEARS)
    assert [row["study_id"] for row in rows] == BY_YEAR
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["value"] for row in rows] == ["2016", "2018", "2018", "2020", "2020", None]


def test_each_row_is_the_pool_of_the_effects_so_far():
    known = {effect["study_id"]: effect for effect in effects(year=YEARS)}
    for row in random_rows(["year"], year=YEARS):
        so_far = [known[study] for study in BY_YEAR[: row["step"]]]
        alone = pool_effects(so_far, METHOD)[0][1]
        for name in ("estimate", "ci_low", "tau2", "k", "n_t"):
            assert_allclose(row[name], alone[name], rtol=1e-6, atol=1e-9)


def test_the_last_row_is_the_overall_estimate_in_any_order():
    overall = pool_effects(effects(), METHOD)[0][1]["estimate"]
    rows = random_rows(["year", "vi"], year=YEARS)
    assert [row["order_by"] for row in rows] == ["year"] * 6 + ["vi"] * 6
    assert_allclose([rows[5]["estimate"], rows[11]["estimate"]], overall, rtol=1e-8)


def test_there_is_a_row_for_both_models_and_none_unasked():
    rows = pool_cumulatively(effects(VALUES[:1]), ["study_id"], METHOD)
    assert [row["model"] for row in rows] == ["common", "random"]
    assert pool_cumulatively(effects(), [], METHOD) == []


def test_an_unknown_column_is_refused_with_the_closest():
    with pytest.raises(ValueError, match=r"cumulative.*got 'yaer'. Did you mean 'year'"):
        pool_cumulatively(effects(year=YEARS), ["yaer"], METHOD)
