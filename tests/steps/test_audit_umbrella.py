"""Every count that the paper states, counted again."""

import copy
from collections import Counter

import pytest

from evpool.columns import AUDIT
from evpool.errors import InputError
from evpool.steps.audit_umbrella import audit_umbrella
from tests.umbrella.samples import claims, classified, config, extracted, harmonised


def tables():
    typed = {"typed_effects": extracted()["reported_effects"], "agreement": classified()[1]}
    return harmonised()[0] | typed


@pytest.fixture(scope="module")
def audit():
    return audit_umbrella(claims(), tables(), config())


def found(audit, claim):
    return [
        (row["printed"], row["recomputed"], row["verdict"])
        for row in audit
        if row["claim_id"] == claim
    ]


def test_every_claim_has_a_verdict_in_the_columns_of_the_other_audits(audit):
    assert {row["claim_id"] for row in audit} == {row["claim_id"] for row in claims().rows}
    declared = {column.name for column in AUDIT} | {"against"}
    assert all(set(row) <= declared and row["against"] == "data" for row in audit)
    assert {row["verdict"] for row in audit} == {"reproduced", "differs", "not_recomputable"}
    assert all(row["finding"] or row["verdict"] == "reproduced" for row in audit)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("C002", [("47", 47, "reproduced")]),
        ("C003", [("27", 27, "reproduced")]),
        ("C023", [("2016", 2016, "reproduced"), ("2025", 2025, "reproduced")]),
        ("C050", [("308", 308, "reproduced")]),
        ("C052", [("154", 154, "reproduced")]),
        ("C054", [("119", 119, "reproduced")]),
        ("C060", [("35", 0, "differs"), ("99", 99, "reproduced")]),
        ("C034", [("23", 0, "differs"), ("95", 99, "differs")]),
        ("C038", [("2", 0.8, "differs"), ("700", 700, "reproduced")]),
        ("C039", [("1e5", 1e4, "differs"), ("1e11", 3e11, "differs")]),
        ("C064", [("25", None, "not_recomputable"), ("40", 40, "reproduced")]),
        ("C030", [("0.8", 0.8, "reproduced"), ("1.5", 1.5, "reproduced")]),
        ("C059", [("moderate", None, "not_recomputable")]),
        ("C025", [("high", None, "differs")]),
        ("C032", [("low", None, "reproduced")]),
        ("C016", [("moderate", None, "differs")]),
        ("C058", [("moderate to high", None, "reproduced")]),
    ],
)
def test_what_the_paper_states_against_its_tables(audit, claim, expected):
    assert found(audit, claim) == expected


def test_a_third_with_dose_response_is_more_than_a_third(audit):
    ((printed, share, verdict),) = found(audit, "C040")
    assert (printed, verdict) == ("33.3", "differs")
    assert share == pytest.approx(100 * 18 / 47)
    (row,) = [row for row in audit if row["claim_id"] == "C040"]
    assert "3 more in part (44.7 % with them)" in row["finding"]


def test_findings_say_what_the_count_hides(audit):
    text = {row["claim_id"]: row["finding"] for row in audit}
    assert "reviewed but not in Table 3: Kidney Fibrosis" in text["C003"]
    assert text["C058"].startswith("28 of 47 by Table 6 (59.6 %), 14 by the words about risk")
    assert "several low or critically low (4.6)" in text["C059"]
    assert text["C025"].startswith("Table 3 labels 26 Promising but heterogeneous, 1 Low")


def test_the_counts_follow_the_data():
    changed = copy.deepcopy(tables())
    changed["reviews"].pop()
    audit = audit_umbrella(claims(), changed, config())
    assert found(audit, "C002") == [("47", 46, "differs")]


def test_most_claims_are_settled(audit):
    assert Counter(row["verdict"] for row in audit)["reproduced"] >= 45


def test_an_unknown_quantity_is_named_with_the_closest():
    wrong = claims()
    wrong.rows[1]["quantity"] = "reviewz"
    with pytest.raises(InputError, match=r"'reviewz'.*Did you mean 'reviews'"):
        audit_umbrella(wrong, tables(), config())
