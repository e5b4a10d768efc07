"""What is odd about a bar reaches the table, the ledger, the trail and the report."""

import json

import pytest

from evpool.columns import HARMONISED, LEDGER
from evpool.readers.model import FLAGS
from evpool.report.digitising import digitising
from evpool.report.wording import decimals_of
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.reconcile_readings import reconcile_readings
from evpool.tables import as_table
from tests.digitised_review import pair, write_figures
from tests.steps.test_reconcile_readings import SETTINGS, extract

FIGURE = {"axes": "xy", "tips": "both", "jitter": 0.1}
CLICKS = {"click_error": 0.5}


def through(path):
    arms = extract(path, unusable="ledger")
    reconciled, agreement, disagreements, clicks = reconcile_readings(arms, [], SETTINGS | CLICKS)
    harmonised, ledger = harmonise_arms(reconciled)
    harmonised = as_table(harmonised, HARMONISED).to_pylist()
    ledger = as_table(ledger, LEDGER).to_pylist()
    told = [{**row, "label": row["study_id"]} for row in ledger]
    report = digitising(clicks, agreement, disagreements, harmonised, told)
    return harmonised, ledger, [(arm["role"], cautions) for arm, cautions in report["flags"]]


def test_an_asymmetric_bar_keeps_both_ends_and_is_told_of(tmp_path):
    path = write_figures(tmp_path, pair("s", 12.0, 8.0, error=2.0), **FIGURE)
    file = tmp_path / "figures/s.json"
    project = json.loads(file.read_text())
    upper = project["datasetColl"][0]["data"][1]
    upper["y"] -= 40.0  # 2 of 20 on 400 pixels
    upper["value"][1] += 2.0
    file.write_text(json.dumps(project))
    harmonised, ledger, told = through(path)
    assert ledger == []
    first, second = harmonised
    assert first["reading_flags"].split("; ")[0] == "asymmetric"
    assert first["error_upper"] == pytest.approx(16.0, abs=0.1)
    assert first["error_lower"] == pytest.approx(10.0, abs=0.1)
    assert first["sd"] == pytest.approx(3.0 * 8**0.5, abs=0.1)
    assert "flags: asymmetric" in first["history"]
    assert second["reading_flags"] is None
    assert told == [("treatment", [FLAGS[f] for f in first["reading_flags"].split("; ")])]
    assert "a log scale or a range?" in told[0][1][0]


def test_a_two_ended_bar_on_a_log_axis_is_on_the_ledger_with_its_reason(tmp_path):
    path = write_figures(
        tmp_path, pair("s", 200.0, 100.0, error=50.0), log=True, limits=(1.0, 1e4), **FIGURE
    )
    harmonised, ledger, told = through(path)
    assert harmonised == []
    for row in ledger:
        assert (row["reason"], row["reading_flags"]) == ("sd_missing", "log_axis")
        assert "expected a bar of one length; its ends, " in row["detail"]
        assert "a log axis or a range?" in row["detail"]
        assert "flags: log_axis" in row["history"]
    assert told == [(role, [FLAGS["log_axis"]]) for role in ("treatment", "control")]


def test_a_one_ended_bar_on_a_log_axis_goes_on_and_is_told_of(tmp_path):
    figure = FIGURE | {"tips": "upper", "log": True, "limits": (1.0, 1e4)}
    path = write_figures(tmp_path, pair("s", 200.0, 100.0, error=50.0), **figure)
    harmonised, ledger, told = through(path)
    assert ledger == []
    assert [row["reading_flags"] for row in harmonised] == ["log_axis"] * 2
    assert told == [(role, [FLAGS["log_axis"]]) for role in ("treatment", "control")]


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ((3.44, 2.67), 2),
        ((0.00563, 0.00446), 5),
        ((120.0, 8.0), 2),
        ((0.0, None), 2),
        ((1e-30,), 9),
    ],
)
def test_readings_are_printed_so_that_they_can_be_told_apart(values, decimals):
    assert decimals_of(*values) == decimals
