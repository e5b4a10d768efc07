"""From a pooled study back to the typed row, the conversions, and the pixel."""

import importlib
import json
import shutil
import sys

import pytest
import yaml
from typer.testing import CliRunner

from evpool.cli import app
from evpool.columns import POOLED
from evpool.config import (
    complete_review,
    extraction_settings,
    harmonisation_settings,
    method_settings,
    simulation_settings,
)
from evpool.tables import read_rows, write_table
from tests.conftest import ROOT, SCRIPTS

MINI = ROOT / "tests/mini_review"
READINGS = ("agreement", "disagreements", "click_error")
FIGURES = ("wpd_v4_bar_groups.json", "wpd_v4_bar_groups_b.json", "wpd_v4_xy_tip_datasets.json")


@pytest.fixture
def traced(tmp_path, monkeypatch):
    """Take two outcomes of the mini review to their pooled estimates; return `evpool trace`."""
    (tmp_path / "workflow/schemas").mkdir(parents=True)
    (tmp_path / "Snakefile").touch()
    (tmp_path / "resources/mini/figures").mkdir(parents=True)
    for path in MINI.glob("*.csv"):
        shutil.copy(path, tmp_path / "resources/mini")
    arms = tmp_path / "resources/mini/arms.csv"
    lines = arms.read_text().splitlines()
    second = next(line for line in lines if line.startswith("b,1,pain,,28,d,treatment,EV,10,3.3"))
    lines.append(second.replace("EV,10,3.3", "EV high,6,2.9"))
    arms.write_text("\n".join(lines) + "\n")
    for name in FIGURES:
        shutil.copy(ROOT / "tests/formats" / name, tmp_path / "resources/mini/figures")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
    defaults = yaml.safe_load((ROOT / "config/config.yaml").read_text())["analysis"]
    review = complete_review(yaml.safe_load((MINI / "mini.yaml").read_text()), "mini", defaults)
    excluded = {"study_id": "d", "reason": "retracted in 2024"}
    review["outcomes"]["pain"]["exclude"].append(excluded)
    combined = {"study_id": "b", "reason": "two doses, one control"}
    review["outcomes"]["pain"]["combine"] = [combined]
    for outcome in ("pain", "lesion", "mar"):
        to_pooled(review, outcome, tmp_path / "results/mini" / outcome)

    def trace(*arguments):
        done = CliRunner().invoke(app, ["trace", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return trace


def to_pooled(review, outcome, folder):
    folder.mkdir(parents=True)
    settings = review["outcomes"][outcome]
    analysis, at = settings["analysis"], {}
    for name in ("arms", "reconciled", "harmonised", "ledger", "effects", "pooled", "weights"):
        at[name] = folder / f"{name}.parquet"
    typed = review["tables"][settings["table"]]
    place = (review["tables"]["studies"], at["arms"], "mini", outcome, True)
    script("extract_arms").main(typed, *place, **extraction_settings(review, outcome))
    tables = {name: folder / f"{name}.parquet" for name in READINGS}
    how = {"settings": analysis["reading"], "wanted": settings["rows"], **tables}
    script("reconcile_readings").main(at["arms"], reconciled=at["reconciled"], **how)
    made = (at["reconciled"], at["harmonised"], at["ledger"])
    script("harmonise_arms").main(*made, **harmonisation_settings(review, outcome))
    chosen = analysis["measure"], analysis["measure_options"], analysis["ci_level"]
    script("compute_effects").main(at["harmonised"], at["effects"], *chosen)
    written = at["pooled"], at["weights"], folder / "refit.R"
    how = method_settings(analysis), {}, simulation_settings(analysis)
    script("pool_effects").main(at["effects"], at["harmonised"], *written, *how)


def script(name):
    return importlib.import_module(name)


def test_a_typed_study_down_to_its_rows_and_conversions(traced):
    code, said = traced("results/mini/pain/pooled.parquet", "a")
    assert code == 0, said
    assert "pooled, random effects: Hedges' g" in said
    assert "weight " in said
    # The latest time is pooled: rows 4 and 5 of arms.csv; the SEM of 0.4 becomes an SD.
    assert "treatment 'EV': resources/mini/arms.csv, row 4\n" in said
    assert "control 'PBS': resources/mini/arms.csv, row 5\n" in said
    assert "extract: treatment EV: n 8, mean 2.1, error 0.4, error_type sem" in said
    assert "convert: sem 0.4 (n 8) -> SD 1.13137" in said
    # And rows 2 and 3 are on the ledger, with the reason.
    assert said.count("set aside at harmonise: timepoint_not_chosen") == 2
    assert "resources/mini/arms.csv, row 2\n" in said


def test_a_digitised_study_down_to_the_pixel(traced):
    code, said = traced("results/mini/lesion", "Ant 2019")
    assert code == 0, said
    assert "control 'vehicle': resources/mini/figures.csv, row 2\n" in said
    assert "control 'vehicle': resources/mini/figures.csv, row 4\n" in said
    for name in FIGURES[:2]:
        assert f"figure: resources/mini/figures/{name}, data set" in said
    assert "reconcile: mean of ana 48.2196 (half bar 4.99168), ben 48.3806" in said
    # The clicks as the project file holds them.

    project = json.loads((ROOT / "tests/formats" / FIGURES[0]).read_text())
    points = project["datasetColl"][0]["data"]
    first = next(p for p in points if (p.get("metadata") or {}).get("label") == "vehicle")
    tip = next(p for p in points if p.get("tuple") == first["tuple"] and p is not first)
    for what, point in (("mean 48.2196", first), ("upper end 53.2113", tip)):
        assert f"figure: {what} at pixel ({point['x']:.6g}, {point['y']:.6g})" in said
    assert "-> SD" in said


def test_arms_that_were_combined_are_all_named(traced):
    code, said = traced("results/mini/pain", "b")
    assert code == 0
    last = len((MINI / "arms.csv").read_text().splitlines()) + 1
    for line in (6, last):
        assert f"treatment 'EV + EV high': resources/mini/arms.csv, row {line}\n" in said
    assert said.count("combine: ") == 1
    assert "(two doses, one control)" in said


def test_why_a_study_is_out(traced):
    code, said = traced("results/mini/pain", "d")
    assert code == 0
    assert "d is behind no effect of this outcome" in said
    assert "set aside at harmonise: excluded_by_review\n  retracted in 2024" in said
    assert "pooled, " not in said


def test_a_published_effect(traced):
    _, said = traced("results/mini/mar", "b")
    assert "contrast: resources/mini/estimates.csv, row 3" in said
    assert "estimate 12.08" in said


def test_an_estimate_without_an_interval_is_said_to_have_none(traced, tmp_path):
    path = tmp_path / "results/mini/mar/pooled.parquet"
    write_table([row | {"ci_low": None, "ci_high": None} for row in read_rows(path)], POOLED, path)
    code, said = traced("results/mini/mar", "b")
    assert code == 0
    assert said.count(", no interval, ") == 2


def test_all_studies_are_listed_without_one(traced):
    assert traced("results/mini/pain")[1].splitlines() == [
        "a (Ant 2019): 1 pooled, 2 rows set aside",
        "b (Bee 2020): 1 pooled, 0 rows set aside",
        "c (Cat 2021): 0 pooled, 3 rows set aside",
        "d (Dog 2022): 0 pooled, 2 rows set aside",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("results/mini/pian", "a"), "Did you mean 'results/mini/pain'?"),
        (("results/mini/none/pooled.parquet",), "There are: results/mini/lesion, results/mini/mar"),
        (("results/mini/pain", "Ant 2018"), "Did you mean 'Ant 2019'?"),
        (("results/mini/lesion", "c"), "the study 'c'. It is in results/mini/pain"),
    ],
)
def test_what_is_not_there_is_met_with_the_nearest(traced, arguments, words):
    code, said = traced(*arguments)
    assert code == 1
    assert words in said


def test_a_table_that_changed_since_the_run_is_said_to_have(traced, tmp_path):
    arms = tmp_path / "resources/mini/arms.csv"
    arms.write_text(arms.read_text().replace("EV,8,2.1,0.4", "EV,8,2.2,0.4"))
    _, said = traced("results/mini/pain", "a")
    assert "arms.csv, where the row stands no longer; run the workflow again" in said
    arms.unlink()
    assert "can't be read now: there is no such file" in traced("results/mini/pain", "a")[1]
    (tmp_path / "results/mini/pain/weights.parquet").unlink()
    assert "weights.parquet is missing" in traced("results/mini/pain", "a")[1]
