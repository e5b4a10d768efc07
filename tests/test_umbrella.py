"""The umbrella review on the real snakemake, with the review that it re-analyses."""

import pytest

from evpool.tables import is_synthetic, read_rows, read_table
from tests.conftest import ROOT

BOTH = ("--config", "reviews=[sci,umbrella]")
LATE = {"reanalyse_reviews", "classify_evidence", "tabulate_umbrella", "audit_umbrella"}
LATE |= {"draw_umbrella", "write_umbrella"}
EARLY = {"extract_umbrella", "harmonise_umbrella", "measure_overlap"}


def jobs(project):
    """Names of the umbrella review's rules that a dry run would run."""
    done = project.snakemake("-n", *BOTH)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (done.stdout + done.stderr).splitlines()
    names = [
        line.split()[1].rstrip(":")
        for line in lines
        if line.split()[:1] in (["rule"], ["localrule"])
    ]
    return set(names) & (LATE | EARLY)


@pytest.fixture(scope="module")
def umbrella(finished, tmp_path_factory):
    """The finished project with the umbrella review run on top of it."""
    import shutil

    project = object.__new__(type(finished))
    project.folder = tmp_path_factory.mktemp("umbrella") / "project"
    shutil.copytree(finished.folder, project.folder)
    project.run(*BOTH)
    return project


def test_a_rat_study_that_is_edited_reaches_its_row_and_nothing_else(umbrella):
    assert jobs(umbrella) == set()
    folder = umbrella / "results/umbrella"
    before = {
        name: read_rows(folder / f"{name}.parquet") for name in ("classification", "reanalysis")
    }
    early = {path: path.stat().st_mtime_ns for path in (folder / "extracted").glob("*.parquet")}
    early |= {folder / "effects.parquet": (folder / "effects.parquet").stat().st_mtime_ns}
    arms = umbrella / "resources/sci/arms.csv"
    text = arms.read_text()
    line = next(line for line in text.splitlines() if ",bbb,last,treatment," in line)
    cells = line.split(",")
    cells[5] = str(float(cells[5]) + 3.0)
    arms.write_text(text.replace(line, ",".join(cells)))
    assert jobs(umbrella) == LATE
    umbrella.run(*BOTH, "--until", "classify_evidence", "--rerun-incomplete")
    again = read_rows(folder / "reanalysis.parquet")
    changed = {
        new["reanalysis"]
        for old, new in zip(before["reanalysis"], again, strict=True)
        if old != new
    }
    assert changed == {"mou_2025_last"}
    rows = read_rows(folder / "classification.parquet")
    touched = {
        (new["disease"], new["outcome"])
        for old, new in zip(before["classification"], rows, strict=True)
        if old != new
    }
    assert touched
    assert touched <= {("Spinal Cord Injury", "BBB score"), ("Spinal Cord Injury", None)}
    assert {path: path.stat().st_mtime_ns for path in early} == early


def test_what_the_umbrella_review_leaves_behind(umbrella):
    folder = umbrella / "results/umbrella"
    for name in ("table_2", "table_3", "table_4", "table_5", "table_6"):
        rows = read_table(folder / f"{name}.parquet").num_rows
        assert len((folder / f"{name}.csv").read_text().splitlines()) == rows + 1
    assert is_synthetic(folder / "overlap.parquet")
    assert not is_synthetic(folder / "classification.parquet")
    assert (folder / "report.html").stat().st_size > 100_000
    names = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert names == {path.stem for path in (folder / "figures").glob("*.png")}
    assert {"sources", "effectiveness", "doses", "routes", "years", "risk_of_bias"} <= names
    audit = {row["review"] for row in read_rows(umbrella / "results/audit.parquet")}
    assert audit == {"sci", "umbrella"}


def test_a_rule_with_an_unknown_column_stops_the_run_before_it_starts(umbrella):
    path = umbrella / "config/reviews/umbrella.yaml"
    good = path.read_text()
    path.write_text(good.replace("column: reviews", "column: revews"))
    done = umbrella.snakemake("-n", *BOTH)
    path.write_text(good)
    assert done.returncode != 0
    assert "config/reviews/umbrella.yaml" in done.stdout + done.stderr
    assert "Did you mean 'reviews'?" in done.stdout + done.stderr


def test_the_rule_files_name_no_review():
    for path in (ROOT / "workflow/rules").glob("umbrella*.smk"):
        assert "mou_2025" not in path.read_text()
