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
CALDAT = (FORMATS / "metadigitise_caldat/brandt2014_fig2").read_bytes()
FIGURES = """file,label,study_id,outcome,role,n,error_type,tips
{file},vehicle,a,lesion,control,10,sem,{tips}
{file},1 mg/kg,a,lesion,treatment,9,sem,{tips}
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

    def offer(content, name, arms=None, tips=""):
        typed = f"resources/bad/{name}" if arms else "resources/bad/figures.csv"
        (project / "resources/bad/figures" / name).parent.mkdir(exist_ok=True)
        (project / ("resources/bad" if arms else "resources/bad/figures") / name).write_bytes(
            content
        )
        if not arms:
            (project / typed).write_text(FIGURES.format(file=name, tips=tips))
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


def extract(typed, outcome, unusable="stop"):
    script = importlib.import_module("extract_arms")
    choices = {"kind": "means", "sd_rule": "exclude", "unusable": unusable}
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
    (gzip.compress(b"R data"), "fig2", r"a gzip file, but not of one R object.*write\.csv"),
    (gzip.compress(bytes(2**20)) * 200, "bomb", r"a gzip file, but not of one R object"),
    (gzip.compress(b"X\n" + bytes(2**24)), "large", r"it unpacks to more than 16777216 bytes"),
    (CALDAT[:300], "fig2", "truncated gzip data. Digitise the figure again"),
    (gzip.compress(gzip.decompress(CALDAT)[:600]), "fig2", "truncated or damaged R data"),
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


def calibrated(*points, **axes):
    """The project with other calibration points: (px, py, value) each."""
    raw = [{"px": px, "py": py, "dx": str(v), "dy": str(v), "dz": None} for px, py, v in points]
    return project_of(axesColl=[{"name": "Bar", "calibrationPoints": raw} | axes])


def clicked(change, *, grouped=True):
    """The project after a change of its list of clicks: mean and tip of one arm after the other."""
    dataset = json.loads((FORMATS / GROUPS).read_text())["datasetColl"][0]
    change(dataset["data"])
    if not grouped:
        dataset["groupNames"] = []
        dataset["data"] = [{key: p[key] for key in ("x", "y")} for p in dataset["data"]]
    return project_of(datasetColl=[dataset])


BAR, XY = {"type": "BarAxes"}, {"type": "XYAxes"}
LINE = [(96, 400, 0), (300, 400, 5), (500, 400, 0), (700, 400, 5)]
CLICK_FAULTS = [
    (calibrated(**BAR), "", "axes 'Bar': 0 calibration points, where 2 are needed (P1, P2)"),
    (calibrated((96, 408, 0), (96, 408, 60), **BAR), "", "P1 and P2 are at the same place"),
    (calibrated((96, 408, 0), (96, 33, 0), **BAR), "", "has the value 0 at both of its points"),
    (calibrated((96, 408, 0), (96, 33, "6,0"), **BAR), "", "P2 has the value '6,0', not a plain"),
    (calibrated((96, "NaN", 0), (96, 33, 60), **BAR), "", "calibration point P1 has no pixels"),
    (calibrated(*LINE, **XY), "", "X1, X2, Y1 and Y2 are collinear"),
    (calibrated((96, 408, 0), (96, 33, 60), isLog=True, **BAR), "",
     "is a log axis, but is calibrated at 0, 60"),
    (calibrated((96, 408, 0), (96, 33, 60), type="PolarAxes"), "", "axes of type 'PolarAxes'"),
    (clicked(lambda data: data.pop(), grouped=False), "upper", "7 points, where each arm needs 2"),
    (clicked(lambda data: data[0].update(x=float("nan"))), "", "a click at pixel (nan, 106.875)"),
    (clicked(lambda data: data[0].update(y=1e400)), "", "a click at pixel (198.125, inf)"),
    (clicked(lambda data: data.pop(0)), "", "tuple 0: tips of an error bar without a mean"),
    (clicked(lambda data: data[1].update(group=0)), "", "two clicks in one group (groups [0, 0])"),
    (clicked(lambda data: data[0].pop("tuple")), "", "a stray click: it belongs to no arm"),
    (clicked(lambda data: None), "dataset:SEM", "0 data sets are named 'SEM'"),
    (clicked(lambda data: None), "group:top", "has no one group 'top'"),
    (clicked(lambda data: None), "above", "tips of 'Default Dataset' can't be 'above'"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "tips", "words"), CLICK_FAULTS, ids=lambda v: str(v)[-24:])
def test_a_figure_whose_clicks_can_not_be_used(front_door, content, tips, words):
    text = front_door(content, "fig 2.json", tips=tips)
    assert "row 2, column 'file' is 'fig 2.json': expected a readable arm (" in text
    assert words in text


def test_a_bar_without_length_or_without_a_tip_stops_or_goes_to_the_ledger(front_door):
    def flatten(data):
        data[1] |= {key: data[0][key] for key in ("x", "y")}
        data.pop(3)

    text = front_door(clicked(flatten), "flat.json")
    assert "row 2 (a, lesion, control), column 'error' is 0.0: expected a sem above 0" in text
    assert "row 3 (a, lesion, treatment), column 'error' is empty: expected the tip of an" in text
    extract("resources/bad/figures.csv", "lesion", unusable="ledger")
    rows = read_rows("arms.parquet")
    assert [row["unusable"] for row in rows] == ["sd_not_positive", "sd_missing"]
    assert [row["reading_flags"] for row in rows] == ["error_zero; value_mismatch", "tip_missing"]


@pytest.mark.parametrize("name", ["../arms.csv", "/etc/passwd", "a/../../../x.json", "C:\\x.json"])
def test_a_figure_outside_its_folder(front_door, name):
    front_door(b"{", "inside.json")
    Path("resources/bad/figures.csv").write_text(FIGURES.format(file=name, tips=""))
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
        table.write(FIGURES.format(file=GROUPS, tips=""))
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
