"""One name for each thing, each printed number once, and every typed row accounted for."""

from collections import Counter

import pytest

from evpool.steps.extract_umbrella import extract_umbrella
from evpool.steps.harmonise_umbrella import harmonise_umbrella
from tests.umbrella.samples import cell, change, config, extracted, harmonised, typed


def test_every_typed_row_is_behind_a_row_or_on_the_ledger_and_never_both():
    tables, ledger = harmonised()
    typed_rows = [row["row_id"] for rows in extracted().values() for row in rows]
    behind = {
        name
        for rows in tables.values()
        for row in rows
        for name in (row["source_rows"] or "").split(";")
    } - {""}
    aside = [row["row_id"] for row in ledger]
    assert len(typed_rows) == len(set(typed_rows)) == 433
    assert behind | set(aside) == set(typed_rows)
    assert not behind & set(aside)
    assert len(aside) == len(set(aside)) == 10
    assert all(row["reason"] and row["detail"] for row in ledger)


def test_a_number_printed_in_several_tables_is_one_effect():
    effects = harmonised()[0]["effects"]
    soltani = cell(effects, "effect_id", "E005", "locations")
    assert soltani == "Table 2;Table 3;Discussion 4.1;Table 5, Adipose Tissue"
    assert cell(effects, "effect_id", "E023", "ci_low") == -4.23  # Table 2 prints no interval
    assert not [row for row in effects if row["effect_id"] in ("E006", "E021", "E098")]


def test_an_effect_from_outside_the_reviews_takes_its_repeats_to_the_ledger():
    ledger = harmonised()[1]
    outside = [row for row in ledger if row["reason"] == "review_not_included"]
    assert len(outside) == 7  # infarct volume five times, mNSS twice
    assert any("prints the number of E025" in row["detail"] for row in outside)


def test_the_same_number_of_another_outcome_or_disease_is_another_effect():
    tables = typed()
    change(
        tables["reported_effects"],
        "effect_id",
        "E019",
        estimate=-2.97,
        ci_lower=-3.62,
        ci_upper=-2.31,
    )
    effects = harmonise_umbrella(extract_umbrella(tables, config()), config())[0]["effects"]
    assert {"E019", "E026"} <= {row["effect_id"] for row in effects}


def test_an_interval_that_excludes_its_estimate_is_flagged_and_not_used():
    effects = harmonised()[0]["effects"]
    row = next(row for row in effects if row["effect_id"] == "E020")
    assert row["flags"] == "the interval excludes its estimate"
    assert (row["smd"], row["smd_ci_low"], row["p_value"]) == (1.57, None, None)
    assert (row["ci_low"], row["ci_high"]) == (0.86, 1.26)


def test_skewed_intervals_are_flagged_and_no_others():
    flagged = [
        row["effect_id"]
        for row in harmonised()[0]["effects"]
        if "not symmetric" in (row["flags"] or "")
    ]
    assert flagged == ["E002", "E031"]  # oddities B2 and B3; B4: all other intervals are symmetric


@pytest.mark.parametrize(
    ("effect", "smd", "conversion"),
    [
        ("E002", 5.48, "none: it is an SMD"),
        ("E032", 1.0277, "ln(OR) × √3/π (Hasselblad and Hedges 1995)"),
        ("E001", None, "a hazard ratio is left alone: it is no difference of means"),
        ("E033", None, "a mean difference without the outcome's SD"),
        ("E017", None, "no measure is printed"),
    ],
)
def test_an_effect_is_converted_where_it_can_be_and_says_how_or_why_not(effect, smd, conversion):
    row = next(row for row in harmonised()[0]["effects"] if row["effect_id"] == effect)
    assert row["conversion"] == conversion
    assert row["smd"] is None if smd is None else abs(row["smd"] - smd) < 5e-5
    assert row["comparable"] is (smd is not None)


def test_a_mean_difference_whose_sd_is_typed_is_converted():
    tables = typed()
    change(tables["reported_effects"], "effect_id", "E033", sd=4.0)
    effects = harmonise_umbrella(extract_umbrella(tables, config()), config())[0]["effects"]
    row = next(row for row in effects if row["effect_id"] == "E033")
    assert (row["smd"], row["conversion"]) == (3.47 / 4, "divided by the SD, 4")
    assert row["comparable"]


def test_a_benefit_is_positive_whatever_the_sign_and_a_harm_is_flagged():
    effects = harmonised()[0]["effects"]
    assert cell(effects, "effect_id", "E019", "benefit") == 5.87
    assert "sign means harm" in cell(effects, "effect_id", "E053", "flags")
    assert cell(effects, "effect_id", "E007", "why_not") == "no good direction is printed"


def test_the_counts_of_reviews_by_disease_differ_from_table_3_as_known():
    diseases = harmonised()[0]["diseases"]
    differ = {
        row["disease"]: (row["n_reviews_printed"], row["n_reviews"])
        for row in diseases
        if row["n_reviews_printed"] != row["n_reviews"]
    }
    assert differ == {
        "Acute Kidney Injury": (1, 2),
        "Diabetic Kidney Disease": (2, 1),
        "Diabetic Wounds": (2, 4),
        "Intrauterine Adhesion": (1, 2),
        "Kidney Fibrosis": (None, 1),
        "Premature Ovarian Insufficiency": (1, 2),
        "Spinal Cord Injury": (4, 7),
        "Traumatic Brain Injury": (2, 3),
    }
    assert sum(row["n_reviews"] for row in diseases) == 49  # two reviews have two diseases


def test_both_tables_of_risk_of_bias_are_held_against_each_other():
    risk = harmonised()[0]["risk"]
    assert Counter(row["agreement"] for row in risk) == {
        "same": 18,
        "different": 16,
        "quality turned into risk": 8,
        "only the umbrella review rates": 5,
    }
    assert Counter(row["tools_agree"] for row in risk) == {"yes": 35, "no": 7, None: 5}
    assert cell(risk, "ma_id", "wang_2024", "risk_by_review") == "low"  # 'High quality'
    assert cell(risk, "ma_id", "wang_2024", "risk_by_umbrella") == "high"


def test_a_review_without_doses_or_risk_of_bias_says_so():
    tables = typed()
    tables["doses"].rows[:] = [row for row in tables["doses"].rows if row["ma_id"] != "mou_2025"]
    reviews = harmonise_umbrella(extract_umbrella(tables, config()), config())[0]["reviews"]
    assert cell(reviews, "ma_id", "mou_2025", "missing_from") == "doses"
    assert cell(reviews, "ma_id", "ye_2024", "missing_from") is None


def test_amstar_answers_are_rated_with_the_configs_critical_items():
    tables = typed()
    answers = {f"item_{item}": "Yes" for item in range(1, 17)} | {"item_13": "No"}
    tables["amstar2"].rows.append({"line": 2, "row_id": "a", "ma_id": "mou_2025", **answers})
    umbrella = config()
    rated = harmonise_umbrella(extract_umbrella(tables, umbrella), umbrella)[0]["amstar2"]
    assert cell(rated, "ma_id", "mou_2025", "rating") == "high"
    umbrella["amstar2"]["critical"].append(13)
    rated = harmonise_umbrella(extract_umbrella(tables, umbrella), umbrella)[0]["amstar2"]
    assert cell(rated, "ma_id", "mou_2025", "rating") == "low"
    assert cell(rated, "ma_id", "ye_2024", "rating") is None


def test_pairs_count_the_reviews_that_name_a_source_and_know_the_other_table():
    pairs = {(row["disease"], row["source_code"]): row for row in harmonised()[0]["pairs"]}
    assert pairs["Spinal Cord Injury", "BM-MSC"]["n_reviews"] == 6
    assert pairs["Cardiovascular Diseases", "BM-MSC"]["n_reviews"] == 0  # oddity G3
    assert pairs["Cardiovascular Diseases", "BM-MSC"]["in_table_of_sources"]
    assert not pairs["Sepsis", "BM-MSC"]["in_table_of_sources"]  # oddity G1
    assert pairs["Ischemic Stroke", "BM-MSC"]["heterogeneity"] == "across the limit"
