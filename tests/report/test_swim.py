from evpool.extraction.columns import CHANGES, STUDIES
from evpool.extraction.delimited import read_input
from evpool.report.swim import NOT_POOLED, describe
from evpool.steps.describe_studies import describe_studies
from tests.conftest import ROOT

SWIM = {"groups": ["ev_source", "species"], "dose": "dose_particles_per_kg", "threshold": 1e10}
SETTINGS = {
    "characteristics": None,
    "risk_of_bias": None,
    "swim": SWIM,
    "doses": None,
    "labels": {},
}


def bone():
    folder = ROOT / "resources/bone"
    typed = {"studies": read_input(folder / "studies.csv", STUDIES)}
    typed["changes"] = read_input(folder / "changes.csv", CHANGES)
    return describe_studies(typed, SETTINGS, "bone")


def test_mais_studies_all_point_one_way_and_nothing_is_pooled():
    shown = describe(SETTINGS, bone(), {"harvest": "data:,", "dose_change": "data:,"})
    text = " ".join(shown["sentences"])
    assert NOT_POOLED in text
    assert "20 of 20 studies with a direction favour treatment (100%; exact 95% CI 83% to" in text
    assert "Median percent change of the outcome that each study names first: 30%" in text
    assert [figure["caption"].split(" ")[0] for figure in shown["figures"]] == [
        "Harvest",
        "Percent",
    ]
    assert "from 10¹⁰ on" in shown["figures"][1]["caption"]


def test_two_doses_are_below_the_threshold():
    rows = {(r["grouped_by"], r["level"]): r for r in bone()["swim"]}
    assert rows["dose", "below"]["k"] == 2
    assert rows["dose", "at or above the threshold"]["k"] == 18
    assert rows["ev_source", "UCMSC-EVs"]["change_median"] == 25


def test_what_was_not_asked_for_is_not_shown():
    assert describe(SETTINGS | {"swim": None}, bone(), {}) is None
    assert describe(SETTINGS, {"swim": []}, {}) is None


def test_changes_read_the_printed_outcomes_of_table_1():
    # changes.csv repeats studies.csv's primary_outcome, outcome by outcome.
    folder = ROOT / "resources/bone"
    printed = {}
    for row in read_input(folder / "changes.csv", CHANGES).rows:
        printed.setdefault(row["study_id"], []).append(row)
    for study in read_input(folder / "studies.csv", STUDIES).rows:
        rows = printed[study["study_id"]]
        assert ", ".join(row["printed"] for row in rows) == study["primary_outcome"]
        for row in rows:
            arrow = "↑" if row["change_pct"] > 0 else "↓"
            assert row["printed"] == f"{row['outcome']} {arrow} {abs(row['change_pct']):g}%"
