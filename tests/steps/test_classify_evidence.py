"""Labels for effects, outcomes and diseases, and how they agree with the paper's."""

from collections import Counter

from evpool.steps.classify_evidence import classify_evidence
from tests.umbrella.samples import classified, config, harmonised, reanalysis


def agreement(disease):
    (row,) = [row for row in classified()[1] if row["disease"] == disease]
    return row


def test_the_agreement_with_the_papers_labels():
    verdicts = Counter(row["verdict"] for row in classified()[1])
    gives_none = "the paper gives no label"
    assert verdicts == {"agrees": 12, "differs": 1, "open": 14, gives_none: 1}


def test_kidney_transplantation_is_low_in_the_paper_but_not_by_its_rule():
    row = agreement("Kidney Transplantation")
    assert (row["by_paper"], row["by_rule"]) == ("Low", "Promising but heterogeneous")
    assert row["verdict"] == "differs"
    assert "i2 ≥ 70 (91 to 94): yes" in row["why"]


def test_a_range_of_i2_across_70_leaves_the_label_open_and_says_so():
    row = agreement("Diabetic Wounds")
    assert row["possible"] == "High; Promising but heterogeneous"
    assert row["why"] == "what is printed leaves it open: it hangs on i2 (39 to 88)"


def test_high_is_impossible_for_a_disease_with_one_review():
    tables = harmonised()[0]
    one = {row["disease"] for row in tables["diseases"] if row["n_reviews"] == 1}
    could = {row["disease"] for row in classified()[1] if "High" in row["possible"].split("; ")}
    assert could
    assert not one & could


def test_diseases_whose_i2_is_not_printed_stay_open():
    for disease in ("NAFLD/NASH", "Sepsis"):
        assert agreement(disease)["verdict"] == "open"
        assert "i2 (not known)" in agreement(disease)["why"]


def rows(**wanted):
    return [
        row for row in classified()[0] if all(row[name] == value for name, value in wanted.items())
    ]


def test_a_reanalysed_review_has_what_the_field_standard_asks_for():
    (printed,) = rows(classification="ioannidis", effect_id="E103", basis="as printed")
    (again,) = rows(classification="ioannidis", effect_id="E103", basis="re-analysed")
    assert printed["label"] is None
    assert printed["missing"] == "animals (not known); largest_p (not known)"
    assert (again["label"], again["missing"]) == ("IV, weak", None)
    assert "animals > 1000 (464): no" in again["decided_by"]
    (animals,) = rows(classification="ioannidis_animals", effect_id="E103", basis="re-analysed")
    assert animals["label"] == "II, highly suggestive"
    assert "small_study_p ≥ 0.1 (0.032): no" in animals["decided_by"]


def test_the_reanalysis_stands_in_for_the_printed_effect_of_its_outcome():
    (row,) = rows(classification="paper", unit="outcome", outcome="BBB score")
    assert row["basis"] == "re-analysed"
    assert "abs_smd > 1.5 (2.13): yes" in row["decided_by"]


def test_a_changed_reanalysis_changes_the_rows_of_its_disease_and_no_others():
    tables = harmonised()[0]
    rules = config()["classifications"]
    changed, _ = classify_evidence(tables, [reanalysis(smd=1.2, p_value=0.2)], rules)
    before, after = classified()[0], changed
    differ = {a["disease"] for a, b in zip(before, after, strict=True) if a != b}
    assert differ == {"Spinal Cord Injury"}


def test_a_prediction_interval_of_a_ratio_is_held_against_1():
    tables = harmonised()[0]
    rules = config()["classifications"]
    ratio = reanalysis(measure="OR", pi_low=0.9, pi_high=2.0)
    found, _ = classify_evidence(tables, [ratio], rules)
    (row,) = [
        r
        for r in found
        if r["basis"] == "re-analysed"
        and r["classification"] == "ioannidis"
        and r["unit"] == "effect"
    ]
    assert "pi_excludes_null ≥ 1 (0): no" in row["decided_by"]
