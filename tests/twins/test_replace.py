"""docs/replace-a-twin.md, done as it says: the disc twin's plan on figures of one's own."""

import csv
import re
import shutil

import pytest
import yaml
from typer.testing import CliRunner

from evpool.cli import app
from tests.conftest import ROOT, Project

BARS = {  # label: study, arm, role; one figure stands for two papers
    "vehicle": ("guo_2021", "PBS", "control"),
    "1 mg/kg": ("guo_2021", "exo", "treatment"),
    "3 mg/kg": ("jin_2024", "PBS", "control"),
    "10 mg/kg": ("jin_2024", "exo", "treatment"),
}
FILLED = {"comparison": 1, "outcome": "dhi", "time": 4, "time_unit": "wk", "n": 6}
FILLED |= {"error_type": "sd", "unit": "% of baseline"}
FILLED |= {"delivery": "non_hydrogel", "contrast": "vs_pbs"}


@pytest.fixture
def evpool(tmp_path, monkeypatch):
    """A project with the plan copied and one figure of one's own; runs `evpool` in it."""
    Project(tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        done = CliRunner().invoke(app, list(arguments))
        return done.exit_code, done.output

    assert run("new-review", "ours")[0] == 0
    studies = without("resources/ivdd_synthetic/studies.csv", ("synthetic", "needle_gauge"))
    write(tmp_path / "resources/ours/studies.csv", studies)
    shutil.copy(ROOT / "tests/formats/wpd_v4_bar_groups.json", "resources/ours/figures/mine.json")
    copy_plan(tmp_path)
    return run


def copy_plan(folder):
    """Copy the config without its mark, its drawn column and what has no rows."""
    plan = yaml.safe_load((folder / "config/reviews/ivdd_synthetic.yaml").read_text())
    assert plan.pop("synthetic")
    del plan["labels"]
    plan["analysis"] |= {"metaregression": [], "analyses": {}}
    del plan["characteristics"]["columns"]["needle_gauge"]
    plan["characteristics"]["counts"].remove("needle_gauge")
    plan["outcomes"] = {name: plan["outcomes"][name] for name in ("dhi", "dhi_4wk")}
    (folder / "config/reviews/ours.yaml").write_text(yaml.safe_dump(plan))


def without(path, columns):
    with open(path, encoding="utf-8", newline="") as table:
        return [{k: v for k, v in row.items() if k not in columns} for row in csv.DictReader(table)]


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def fill_in(path):
    """Fill in what the page asks for in each row that `add-figures` wrote."""
    rows = without(path, ())
    for row in rows:
        study, arm, role = BARS[row["label"]]
        row |= FILLED | {"study_id": study, "arm": arm, "role": role}
    write(path, rows)


def test_the_plan_runs_on_figures_of_ones_own(evpool, tmp_path):
    status, said = evpool("add-figures", "ours")
    assert (status, "mine.json: 4 rows added" in said) == (0, True), said
    fill_in(tmp_path / "resources/ours/figures.csv")
    status, said = evpool("check", "ours")
    assert status == 0, said
    assert "dhi: 2 comparisons of 2 studies" in said


def test_what_is_left_of_the_twin_is_refused_by_name(evpool, tmp_path):
    shutil.copy("resources/ivdd_synthetic/figures/guo_2021_dhi.json", "resources/ours/figures")
    shutil.copy("resources/ivdd_synthetic/adjudication.csv", "resources/ours")
    status, said = evpool("check", "ours")
    assert status == 1
    for name in ("figures/guo_2021_dhi.json: it is marked", "adjudication.csv: 6 of its rows"):
        assert f"resources/ours/{name}" in re.sub(r"\s+", " ", said), said


def test_a_missing_table_is_named_and_not_the_moderators_that_it_would_hold(evpool, tmp_path):
    (tmp_path / "resources/ours/figures.csv").unlink()
    status, said = evpool("check", "ours")
    assert status == 1
    assert "no such file" in said
    assert "delivery" not in said


def test_the_page_names_every_drawn_column():
    page = (ROOT / "docs/replace-a-twin.md").read_text(encoding="utf-8")
    for review in ("ivdd", "osteoporosis", "bone"):
        twin = set(without(ROOT / f"resources/{review}_synthetic/studies.csv", ())[0])
        model = yaml.safe_load((ROOT / f"resources/{review}_synthetic/model.yaml").read_text())
        drawn = set(model["settings"].get("drawn", ()))
        drawn |= {"needle_gauge"} & twin
        assert all(f"`{column}`" in page for column in drawn), drawn
