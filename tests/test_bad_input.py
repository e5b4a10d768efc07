"""Damaged, odd and hostile files at the front door: refused with words, and nothing else done."""

import gzip
import importlib
import io
import json
import re
import shutil
import sys
import tarfile
import tracemalloc
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from evpool.cli import app
from evpool.errors import InputError
from evpool.tables import read_rows
from tests.conftest import ARMS, ROOT, SCRIPTS, STUDIES
from tests.readers.test_wpd_archive import GOOD, archive, member

FORMATS = ROOT / "tests/formats"
GROUPS = "wpd_v4_bar_groups.json"
FIGURES = """file,label,study_id,outcome,role,n,error_type
{file},vehicle,a,lesion,control,10,sem
{file},1 mg/kg,a,lesion,treatment,9,sem
"""
REVIEW = """title: Bad input
outcomes:
  lesion: {label: Lesion, better: lower, table: TABLE, rows: {outcome: OUTCOME}}
"""


@pytest.fixture
def front_door(tmp_path, monkeypatch):
    """Offer a figure, or a table of arms, to the extracting script and to `evpool check`.

    Returns the message of both, after it was seen that they say the same and wrote nothing.
    """
    project = tmp_path / "project"
    for folder in ("config/reviews", "resources/bad/figures", "workflow"):
        (project / folder).mkdir(parents=True)
    shutil.copytree(ROOT / "workflow/schemas", project / "workflow/schemas")
    (project / "Snakefile").touch()
    text = (ROOT / "config/config.yaml").read_text()
    start, end = text.index("reviews:"), text.index("# The statistical")
    (project / "config/config.yaml").write_text(text[:start] + "reviews: [bad]\n" + text[end:])
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])

    def offer(content, name, arms=None):
        typed = f"resources/bad/{name}" if arms else "resources/bad/figures.csv"
        (project / "resources/bad/figures" / name).parent.mkdir(exist_ok=True)
        (project / ("resources/bad" if arms else "resources/bad/figures") / name).write_bytes(
            content
        )
        if not arms:
            (project / typed).write_text(FIGURES.format(file=name))
        studies = STUDIES if arms else "study_id,label\na,A\n"
        (project / "resources/bad/studies.csv").write_text(studies)
        outcome = "bbb" if arms else "lesion"
        config = REVIEW.replace("TABLE", "arms" if arms else "figures").replace("OUTCOME", outcome)
        config += f"tables: {{arms: {typed}}}\n" if arms else ""
        (project / "config/reviews/bad.yaml").write_text(config)
        return _both(project, typed, outcome)

    return offer


def _both(project, typed, outcome):
    before = _everything(project)
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        extract(typed, outcome)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    checked = CliRunner().invoke(app, ["check"])
    assert checked.exit_code == 1
    for problem in caught.value.problems:
        assert str(problem) in checked.output
    assert _everything(project) == before
    return str(caught.value)


def extract(typed, outcome):
    script = importlib.import_module("extract_arms")
    choices = {"kind": "means", "sd_rule": "exclude", "unusable": "stop"}
    place = ("resources/bad/studies.csv", "arms.parquet", "bad", "lesion", False)
    script.main(typed, *place, wanted={"outcome": outcome}, **choices)


def _everything(project):
    """Return every file beside the project's folder and in it, with its content."""
    return {p: p.read_bytes() for p in sorted(project.parent.rglob("*")) if p.is_file()}


def ten_gigabytes():
    plain = member("fig 2/large.png").tobuf(tarfile.USTAR_FORMAT)
    huge = member("fig 2/large.png", size=10 * 2**30).tobuf(tarfile.GNU_FORMAT)
    return archive(odd=[member("fig 2/large.png")]).replace(plain, huge)


def project_of(**changes):
    return json.dumps(json.loads((FORMATS / GROUPS).read_text()) | changes).encode()


FIGURE_FAULTS = [
    ((FORMATS / GROUPS).read_bytes()[:900], "cut.json", "truncated or no JSON"),
    (b"<html>Please log in</html>", "page.json", "truncated or no JSON"),
    (b"", "empty.json", "the file is empty"),
    (b"[" * 100_000, "deep.json", "nested too deeply|truncated or no JSON"),
    (project_of(version=[6, 0]), "new.json", r"version: \[6, 0\] is not one that is known"),
    (project_of(version="4.2"), "odd.json", "version: '4.2' is not one that is known"),
    (archive(odd=[member("../../evil.json")]), "up.tar", "its name points outside the archive"),
    (archive(odd=[member("/tmp/evil.json")]), "root.tar", "its name points outside the archive"),
    (archive(odd=[member("fig 2/x", tarfile.SYMTYPE, linkname="/etc/passwd")]), "link.tar",
     "a link to '/etc/passwd'"),
    (archive(odd=[member("fig 2/x", tarfile.LNKTYPE, linkname="fig 2/wpd.json")]), "hard.tar",
     "a link to 'fig 2/wpd.json'"),
    (ten_gigabytes(), "huge.tar", "declares 10737418240 bytes"),
    (archive({"fig 2/wpd.json": GOOD["fig 2/wpd.json"]}), "bare.tar", "the archive has 0 of them"),
    (gzip.compress(b"R data"), "brandt2014_fig2", r"a metaDigitise caldat folder.*write\.csv"),
    (b"%PDF-1.7", "paper.pdf", "a PDF. Give the digitiser's project"),
    (b"\x89PNG\r\n", "figure.png", "an image. Give the digitiser's project"),
    (b"#!/bin/sh\ntouch evil\n", "run.sh", "not recognised as the file of a digitiser"),
    (b'<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]><COCHRANE_REVIEW>&b;</COCHRANE_REVIEW>',
     "xxe.rm5", "entity declarations"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "name", "words"), FIGURE_FAULTS, ids=lambda v: str(v)[:20])
def test_a_figure_that_can_not_be_used(front_door, content, name, words):
    text = front_door(content, name)
    assert re.search(words, text), text
    assert f"column 'file' is '{name}'" in text


@pytest.mark.parametrize("name", ["../arms.csv", "/etc/passwd", "a/../../../x.json", "C:\\x.json"])
def test_a_figure_outside_its_folder(front_door, name):
    front_door(b"{", "inside.json")
    Path("resources/bad/figures.csv").write_text(FIGURES.format(file=name))
    with pytest.raises(InputError, match=r"expected a file inside resources/bad/figures"):
        extract("resources/bad/figures.csv", "lesion")


def workbook(change):
    book = openpyxl.Workbook()
    for line in ARMS.splitlines():
        cells = line.split(",")
        book.active.append([float(c) if c.replace(".", "").isdigit() else c for c in cells])
    change(book.active)
    memory = io.BytesIO()
    book.save(memory)
    return memory.getvalue()


def merge_header(sheet):
    sheet.merge_cells("F1:G1")


def write_text(sheet):
    sheet["E2"], sheet["F3"], sheet["G4"] = "n = 10", "2.5 ± 0.3", "1,5"


def write_formula(sheet):
    sheet["F2"] = '=HYPERLINK("http://example.org", 1)'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (merge_header, ["cells F1:G1: merged cells, of which only the first holds a value"]),
        (write_text, ["row 2, column 'n' is 'n = 10': expected a number",
                      "row 3, column 'mean' is '2.5 ± 0.3': expected a number",
                      "row 4, column 'sd' is '1,5': expected a number. Write a decimal point"]),
        (write_formula, ["cell F2: a formula without a saved result"]),
    ],
)  # fmt: skip
def test_a_workbook_that_can_not_be_used(front_door, change, words):
    text = front_door(workbook(change), "arms.xlsx", arms=True)
    for expected in words:
        assert expected in text


def test_a_figure_whose_stored_values_disagree_with_its_calibration_is_reported(front_door):
    front_door(b"{", "any.json")
    text = (FORMATS / GROUPS).read_text()
    project = json.loads(text)
    for point in project["datasetColl"][0]["data"]:
        point["value"] = [value * 1.01 for value in point["value"]]
    with open(f"resources/bad/figures/{GROUPS}", "w") as figure:
        json.dump(project, figure)
    with open("resources/bad/figures.csv", "w") as table:
        table.write(FIGURES.format(file=GROUPS))
    extract("resources/bad/figures.csv", "lesion")
    rows = read_rows("arms.parquet")
    assert [row["reading_flags"] for row in rows] == ["value_mismatch"] * 2
    # What the clicks say counts: the means of tests/formats/truth_examples.csv.
    assert [row["mean"] for row in rows] == pytest.approx([48.21963394342762, 41.83028286189684])
    checked = CliRunner().invoke(app, ["check"])
    assert checked.exit_code == 0
    assert "2 rows flagged: value_mismatch (the stored value disagrees with the file's own" in (
        checked.output
    )


def test_a_config_can_not_run_code(front_door):
    front_door(b"{", "any.json")
    evil = '!!python/object/apply:os.system ["touch evil"]'
    with open("config/reviews/bad.yaml", "a") as config:
        config.write(f"citation: {evil}\n")
    checked = CliRunner().invoke(app, ["check"])
    assert checked.exit_code == 1
    assert "not valid YAML: could not determine a constructor" in checked.output
