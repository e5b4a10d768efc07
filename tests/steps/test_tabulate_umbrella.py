"""The paper's tables, rebuilt; what is left without weak reviews."""

from collections import Counter

import pytest

from evpool.steps.tabulate_umbrella import tabulate_umbrella
from tests.umbrella.samples import cell, classified, config, harmonised


@pytest.fixture(scope="module")
def rebuilt():
    return tabulate_umbrella(harmonised()[0], classified()[1], config()["sensitivity"])


def test_the_tables_have_the_papers_rows(rebuilt):
    counts = {name: len(rows) for name, rows in rebuilt[0].items()}
    assert counts == {"table_2": 47, "table_3": 28, "table_4": 47, "table_5": 30, "table_6": 47}


def test_what_is_printed_stands_beside_what_the_rows_give(rebuilt):
    tables = rebuilt[0]
    assert cell(tables["table_3"], "disease", "Spinal Cord Injury", "n_reviews") == 7
    assert cell(tables["table_3"], "disease", "Spinal Cord Injury", "n_reviews_printed") == 4
    low = cell(tables["table_3"], "disease", "Kidney Transplantation", "label_by_rule")
    assert low == "Promising but heterogeneous"
    assert cell(tables["table_6"], "ma_id", "ye_2024", "agreement") == "different"
    assert cell(tables["table_5"], "source_code", "BM-MSC", "n_studies_printed") == 308


def test_the_sensitivity_summary_says_what_cant_be_decided(rebuilt):
    summary = rebuilt[1]
    verdicts = Counter(row["verdict"] for row in summary)
    assert verdicts == {"no evidence remains": 13, "can't be decided": 15}
    assert cell(summary, "disease", "Asthma", "why").startswith("I² 72 to 93 %, not below 70 %")
    assert "AMSTAR 2 not reported for 4 of 4" in cell(summary, "disease", "Diabetic Wounds", "why")


RATED = {"source_rows": "a", "critical_flaws": None, "missing": None}


@pytest.mark.parametrize(
    ("i2", "changes", "verdict"),
    [
        ((0, 69.9), {}, "evidence remains"),
        ((0, 70), {}, "can't be decided"),
        ((70, 70), {}, "no evidence remains"),
        ((0, 50), {"critical_flaws": "4"}, "no evidence remains"),
        ((0, 50), {"missing": "4"}, "can't be decided"),
        ((0, 50), {"critical_flaws": "4", "missing": "7"}, "no evidence remains"),
        ((None, None), {}, "can't be decided"),
    ],
)
def test_a_review_stays_with_i2_below_70_and_no_critical_flaw(i2, changes, verdict):
    disease = {**harmonised()[0]["diseases"][1], "i2_low": i2[0], "i2_high": i2[1]}
    tables = {**harmonised()[0], "diseases": [disease]}
    tables["amstar2"] = [{**row, **RATED, **changes} for row in tables["amstar2"]]
    summary = tabulate_umbrella(tables, [], config()["sensitivity"])[1]
    assert summary[0]["verdict"] == verdict
