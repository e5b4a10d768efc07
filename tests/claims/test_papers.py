"""What the four papers print, held against itself: every oddity known, and no false alarm."""

import pytest

from evpool.claims.between import check_between
from evpool.claims.within import check_within
from evpool.extraction.columns import CLAIMS
from evpool.extraction.delimited import read_input
from evpool.steps.audit_claims import audit_claims
from tests.conftest import ROOT


def claims(review):
    return read_input(ROOT / f"resources/{review}/claims.csv", CLAIMS)


def odd(review):
    rows = claims(review).rows
    found = [(claim, row) for claim in rows for row in check_within(claim)] + check_between(rows)
    return {
        (claim["claim_id"], row["quantity"]): row["verdict"]
        for claim, row in found
        if row["verdict"] != "consistent"
    }


def test_the_spinal_cord_paper_raises_no_alarm():
    assert odd("sci") == {}


def test_zhangs_table_prints_an_estimate_outside_its_interval():
    assert odd("osteoporosis") == {
        ("ost_c16", "estimate in its interval"): "contradicts_itself",
        # "Significant heterogeneity in all analyses": two of the eight print P > 0.05.
        ("ost_c28", "heterogeneity, in words"): "contradicts_itself",
    }


def test_weis_hydrogel_subgroup_has_the_numbers_of_other_comparisons():
    assert odd("ivdd") == {
        ("ivdd_c19", "same numbers twice"): "questionable",
        ("ivdd_c20", "same numbers twice"): "questionable",
    }


def test_mais_numbers():
    found = odd("bone")
    contradictions = {key for key, verdict in found.items() if verdict == "contradicts_itself"}
    assert contradictions == {
        ("bone_c30", "interval centred on its estimate"),
        ("bone_c32", "interval centred on its estimate"),
        ("bone_c34", "interval centred on its estimate"),
        ("bone_c35", "k printed twice"),
    }
    apart = {claim for claim, quantity in found if quantity == "subgroup against overall"}
    assert apart == {f"bone_c{i:02d}" for i in (9, 10, 11, 12, 13, 14, 15, 16)}
    narrow = {claim for claim, quantity in found if quantity == "precision"}
    assert narrow == {f"bone_c{i:02d}" for i in (6, 7, 8, 29, 31, 33)}


@pytest.mark.parametrize("review", ["ivdd", "osteoporosis", "bone"])
def test_a_claim_that_can_not_be_recomputed_has_its_reason(review):
    table = claims(review)
    results = {name: [] for name in ("pooled", "effects", "subgroups", "bias")}
    rows = [row for row in audit_claims(table, results, review, {}) if row["against"] == "data"]
    assert [row["claim_id"] for row in rows] == [claim["claim_id"] for claim in table.rows]
    assert {row["verdict"] for row in rows} == {"not_recomputable"}
    own = [row["finding"] for row in rows if row["outcome"] != "mar"]
    assert not any("review's config" in finding for finding in own)
