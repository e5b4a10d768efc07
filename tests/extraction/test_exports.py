"""Exports of review programs as whole tables: every number of the file, in its comparison."""

import csv
import shutil
from xml.etree import ElementTree

import pytest

from evpool.columns import ARM_TABLE
from evpool.config import complete_review
from evpool.errors import InputError
from evpool.extraction.columns import ARMS
from evpool.extraction.delimited import header, is_export, values_of
from evpool.extraction.row_digests import digest_rows, digest_table
from evpool.extraction.typed import read_studies, read_typed
from evpool.steps.close_ledger import close_ledger
from evpool.steps.compute_effects import compute_effects
from evpool.steps.extract_arms import check_studies, extract_arms
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.reconcile_readings import reconcile_readings
from evpool.tables import as_table
from tests.conftest import ROOT

FORMATS = ROOT / "tests/formats"
WEB = "revman_web/CD000000-analysis-data/CD000000-data-rows.csv"
REVMAN = ("revman5.rm5", "revman5_export.csv", WEB)
SYRF = FORMATS / "syrf_quantitative.csv"
READING = {"disagreement_percent": 10, "disagreement_pixels": 2}
READING |= {"click_error": None, "calibration_error": None}
ANA = {"outcome": "Lesion volume", "digitiser": "Ana Ruiz"}


def to_effects(path, wanted, unusable="ledger"):
    """Take an export through the steps of a run; return effects and ledger."""
    table, studies = read_typed(path), read_studies(path)
    check_studies(studies)
    choices = {"kind": "means", "sd_rule": "exclude", "unusable": unusable}
    arms = extract_arms(table, studies, "demo", "o", wanted, **choices)
    arms, *_ = reconcile_readings(as_table(arms, ARM_TABLE).to_pylist(), [], READING)
    harmonised, ledger = harmonise_arms(arms)
    return compute_effects(harmonised, "MD", 0.95), ledger


def printed_in_rm5():
    """Read n, mean and SD of every continuous row straight from the XML."""
    root = ElementTree.parse(FORMATS / "revman5.rm5").getroot()
    names = {study.get("ID"): study.get("NAME") for study in root.iter("STUDY")}
    found = {}
    for outcome in root.iter("CONT_OUTCOME"):
        for row in outcome.iter("CONT_DATA"):
            cells = [row.get(f"{n}_{s}") for s in "12" for n in ("TOTAL", "MEAN", "SD")]
            key = outcome.findtext("NAME").replace("<i>", "").replace("</i>", "")
            found.setdefault(key, []).append((names[row.get("STUDY_ID")], *map(float, cells)))
    return found


@pytest.mark.parametrize("name", REVMAN)
def test_every_number_of_revman_reaches_the_effects_unchanged(name):
    printed = printed_in_rm5()
    assert sum(map(len, printed.values())) == 5
    reached = 0
    for outcome in ("Lesion volume, mm3", "Neuroscore"):
        (rows,) = [rows for key, rows in printed.items() if outcome[:6] in key]
        effects, ledger = to_effects(FORMATS / name, {"outcome": outcome})
        columns = ("study_id", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c")
        given = [row for row in rows if row[3] > 0]  # an SD of zero means: not reported
        assert [tuple(effect[c] for c in columns) for effect in effects] == given
        assert len(ledger) == 2 * (len(rows) - len(given))
        for effect, (_, n_t, mean_t, sd_t, n_c, mean_c, sd_c) in zip(effects, given, strict=True):
            assert effect["yi"] == pytest.approx(mean_t - mean_c, rel=1e-12)
            assert effect["vi"] == pytest.approx(sd_t**2 / n_t + sd_c**2 / n_c, rel=1e-12)
        reached += len(effects)
    assert reached == 4


def test_every_number_of_syrf_reaches_the_effects_unchanged():
    with SYRF.open() as lines:
        rows = list(csv.DictReader(lines))
    effects, ledger = to_effects(SYRF, ANA)
    (effect,) = effects
    # Ana Ruiz's treated cohort, and the vehicle that she reconciled (rows 4 and 8 of the file).
    for side, row in (("t", rows[2]), ("c", rows[6])):
        n, mean, sem = (
            float(row[c]) for c in ("NumberOfAnimals", "OutcomeAverage", "OutcomeError")
        )
        assert (effect[f"n_{side}"], effect[f"mean_{side}"]) == (n, mean)
        assert effect[f"sd_{side}"] == pytest.approx(sem * n**0.5, rel=1e-14)
    # 26.1 (SEM 4.6) against 48.3 (SEM 5.2) mm3: the SEMs make the difference's standard error.
    assert effect["yi"] == pytest.approx(-22.2, rel=1e-12)
    assert effect["sei"] == pytest.approx((4.6**2 + 5.2**2) ** 0.5, rel=1e-12)
    assert (effect["label"], effect["year"]) == ("Brandt 2014", 2014)
    assert [row["reason"] for row in ledger] == ["sham_not_used"]


def test_an_sd_that_is_missing_in_one_arm_leaves_the_other_as_it_is(tmp_path):
    text = (FORMATS / "revman5_export.csv").read_text()
    (tmp_path / "export.csv").write_text(text.replace("4.4,1.2,8", "4.4,0,8"))
    table, studies = read_typed(tmp_path / "export.csv"), read_studies(tmp_path / "export.csv")
    choices = {"kind": "means", "sd_rule": "impute_cv", "unusable": "ledger"}
    arms = extract_arms(table, studies, "d", "o", {"outcome": "Neuroscore"}, **choices)
    assert [arm["unusable"] for arm in arms[:2]] == ["sd_missing", None]


def test_two_investigators_who_did_not_reconcile_are_a_double_extraction():
    (effect,), ledger = to_effects(SYRF, {"outcome": "Lesion volume"})
    # Rows 4 and 7 of the file, averaged; the vehicle is the one that was reconciled (row 8).
    assert (effect["n_t"], effect["mean_t"]) == (8, pytest.approx((26.1 + 26.4) / 2))
    assert effect["sd_t"] == pytest.approx((4.6 + 4.9) / 2 * 8**0.5)
    assert (effect["n_c"], effect["mean_c"]) == (10, 48.3)
    assert {row["reason"] for row in ledger} == {"sham_not_used"}


def test_a_role_that_the_export_leaves_open_can_be_set_aside():
    wanted = {"outcome": "Neuroscore"}
    with pytest.raises(InputError, match=r"column 'role' is empty: expected treatment or control"):
        to_effects(SYRF, wanted, "stop")
    with pytest.raises(ValueError, match="no comparison is left"):
        to_effects(SYRF, wanted)


def test_a_role_left_open_in_an_outcome_that_is_not_pooled_is_on_the_account():
    effects, ledger = to_effects(SYRF, {"outcome": "Lesion volume"}, "stop")
    closed = close_ledger([read_typed(SYRF)], ledger, effects, "demo")
    (unclear,) = [row for row in closed if row["reason"] == "role_unclear"]
    assert (unclear["outcome"], unclear["arm"], unclear["role"]) == ("Neuroscore", "Veh + co", None)
    assert {row["reason"] for row in closed if row["arm"] == "Drug + co"} == {"in_no_outcome"}


def test_the_account_holds_what_is_not_read():
    closed = close_ledger([read_typed(FORMATS / "revman5.rm5")], [], [], "demo")
    (unread,) = [row for row in closed if row["reason"] == "other_type"]
    assert "'Death' is a DICH_OUTCOME" in unread["detail"]
    assert len(closed) == 11
    table = read_typed(SYRF)
    assert [row["reason"] for row in table.aside] == ["superseded", "superseded"]
    assert len(table.rows) + len(table.aside) == 10


def test_a_control_that_serves_two_doses_is_in_both_comparisons(tmp_path):
    lines = SYRF.read_text().splitlines(keepends=True)
    higher = lines[3].replace("Drug A 10", "Drug A 30").replace("26.1,", "21.5,")
    (tmp_path / "syrf.csv").write_text("".join([*lines[:4], higher]))
    effects, _ = to_effects(tmp_path / "syrf.csv", {"outcome": "Lesion volume"}, "stop")
    assert [(e["comparison"], e["mean_t"], e["mean_c"]) for e in effects] == [
        (1, 26.1, 48.2),
        (2, 21.5, 48.2),
    ]
    assert len({row for e in effects for row in e["source_rows"].split(";")}) == 4


def test_a_row_that_can_not_be_read_is_a_problem_in_the_words_of_its_reader(tmp_path):
    text = SYRF.read_text().replace("Mean,mm3,4.6,SEM", "Mean,mm3,about 5,SEM")
    (tmp_path / "syrf.csv").write_text(text)
    table = read_typed(tmp_path / "syrf.csv")
    assert any("row 4: OutcomeError is 'about 5'" in str(p) for p in table.problems)
    with pytest.raises(InputError, match="row 4: OutcomeError is 'about 5'"):
        close_ledger([table], [], [], "demo")


def test_rows_are_selected_digested_and_moderated_like_typed_ones(tmp_path):
    path = shutil.copy(FORMATS / "revman5.rm5", tmp_path)
    assert {column.name for column in ARMS} >= set(header(path)[:6])
    assert values_of(path, "study_id")[0] == "Brandt 2014"
    lesion, score = {"analysis": "1.1"}, {"outcome": "Neuroscore"}
    effects, _ = to_effects(path, lesion)
    assert [effect["subgroup"] for effect in effects] == ["mouse", "mouse", "rat"]
    before = [digest_rows(path, path, wanted) for wanted in (lesion, score)]
    account = digest_table(path)
    text = (tmp_path / "revman5.rm5").read_text().replace('MEAN_1="18.75"', 'MEAN_1="18.8"')
    (tmp_path / "revman5.rm5").write_text(text)
    after = [digest_rows(path, path, wanted) for wanted in (lesion, score)]
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert digest_table(path) != account


def test_the_export_names_its_own_studies_unless_there_is_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    review = {"title": "t", "outcomes": {}, "tables": {"arms": "resources/x/export.rm5"}}
    (tmp_path / "resources/x").mkdir(parents=True)
    shutil.copy(FORMATS / "revman5.rm5", tmp_path / "resources/x/export.rm5")
    assert complete_review(review, "x", {})["tables"]["studies"] == "resources/x/export.rm5"
    (tmp_path / "resources/x/studies.csv").write_text("study_id,label\n")
    assert complete_review(review, "x", {})["tables"]["studies"] == "resources/x/studies.csv"


def test_a_typed_table_is_no_export():
    assert not is_export(ROOT / "tests/mini_review/arms.csv")
    assert not is_export("none.csv")
    assert all(is_export(FORMATS / name) for name in (*REVMAN, SYRF.name))
