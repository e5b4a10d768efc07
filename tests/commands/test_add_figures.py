"""New digitised files are listed in figures.csv; what was typed there stays."""

import re
import shutil

import pytest
from typer.testing import CliRunner

from evpool.cli import app
from evpool.commands.add_figures import add_figures
from evpool.errors import InputError
from evpool.extraction.columns import FIGURES
from evpool.extraction.typed import read_typed
from tests.conftest import ROOT

FORMATS = ROOT / "tests/formats"
HEADER = ",".join(column.name for column in FIGURES)
BARS, POINTS = "wpd_v4_bar_groups.json", "wpd_v4_xy_tip_datasets.json"


@pytest.fixture
def table(tmp_path):
    folder = tmp_path / "resources/x/figures"
    folder.mkdir(parents=True)
    for name in (BARS, POINTS):
        shutil.copy(FORMATS / name, folder)
    (folder / "README.md").write_text("figures\n")
    (folder / "scan.PNG").write_bytes(b"\x89PNG")
    path = tmp_path / "resources/x/figures.csv"
    path.write_text(HEADER + "\n")
    return path


def test_every_arm_gets_a_row_that_finds_it_again(table):
    added, refused = add_figures(table)
    assert refused == []
    assert [name for name, _ in added] == [BARS, POINTS]
    rows = read_typed(table).rows
    assert len(rows) == sum(count for _, count in added) >= 6
    assert {row["label"] for row in rows if row["file"] == BARS} >= {"vehicle", "1 mg/kg"}
    assert {row["label"] for row in rows if row["file"] == POINTS} >= {"x=6.98", "x=14"}
    # Each label leads back to one arm, and to all of them.
    assert None not in [row["mean"] for row in rows]
    assert len({(row["file"], row["mean"]) for row in rows}) == len(rows)
    unfilled = {problem.column for problem in read_typed(table).problems}
    assert unfilled == {"study_id", "outcome", "role"}


def test_what_is_there_stays_and_nothing_is_added_twice(table):
    names = len(FIGURES)
    row = ";".join([BARS, "", "vehicle", *[""] * (names - 3)])
    table.write_text(HEADER.replace(",", ";") + "\n" + row)  # no line end
    added, _ = add_figures(table)
    assert [name for name, _ in added] == [POINTS]
    lines = table.read_text().splitlines()
    assert lines[1] == row
    assert all(line.count(";") == names - 1 for line in lines)
    assert add_figures(table) == ([], [])
    assert table.read_text().splitlines() == lines


def test_empty_cells_at_the_end_of_a_table_separated_by_tabs_stay(table):
    header = HEADER.replace(",", "\t")
    row = BARS + "\t\tvehicle" + "\t" * (len(FIGURES) - 3)
    table.write_text(f"{header}\n{row}\n\n")
    add_figures(table)
    lines = table.read_text().splitlines()
    assert lines[1] == row
    assert {line.count("\t") for line in lines} == {len(FIGURES) - 1}


def test_hidden_files_are_no_figures(table):
    (table.parent / "figures/.cache").mkdir()
    for name in (".DS_Store", ".gitkeep", ".cache/fig1.json"):
        (table.parent / "figures" / name).write_text("")
    added, refused = add_figures(table)
    assert ([name for name, _ in added], refused) == ([BARS, POINTS], [])


def test_a_file_that_can_not_be_read_does_not_stop_the_others(table, monkeypatch):
    (table.parent / "figures/cut.json").write_text('{"version')
    monkeypatch.chdir(table.parents[2])
    (table.parents[2] / "workflow/schemas").mkdir(parents=True)
    (table.parents[2] / "Snakefile").touch()
    done = CliRunner().invoke(app, ["add-figures", "x"])
    assert done.exit_code == 1
    assert re.search(rf"{BARS}: \d rows added", done.output)
    assert "truncated or no JSON" in done.output
    assert "evpool check x" in done.output
    assert "Did you mean 'x'?" in CliRunner().invoke(app, ["add-figures", "xx"]).output


def test_a_table_that_can_not_be_added_to(table):
    with pytest.raises(InputError, match="a workbook is not written to"):
        add_figures("figures.xlsx")
    table.write_text("file,study_id,outcome,role,n\n")
    with pytest.raises(InputError, match=r"'dataset' is missing(.|\n)*'label' is missing"):
        add_figures(table)
