"""The real snakemake: what runs, what runs again, what a broken input leaves behind."""

import csv
import json
import re
import shutil

import pyarrow.parquet as pq
import pytest

from tests.conftest import ROOT, Project

PER_OUTCOME = {
    "extract_arms",
    "reconcile_readings",
    "harmonise_arms",
    "check_dispersion",
    "compute_effects",
    "pool_effects",
    "compare_subgroups",
    "fit_metaregression",
    "leave_one_out",
    "diagnose_influence",
    "pool_cumulatively",
    "run_gosh",
    "run_multiverse",
    "diagnose_bias",
    "draw_figures",
    "write_outcome",
}
ACROSS = {("close_ledger", "sci"), ("audit_claims", "sci"), ("write_report", "sci")}
ACROSS |= {("describe_studies", "sci"), ("draw_studies", "sci")}
ACROSS |= {("collect_evidence", None), ("write_index", None)}
CONFIG = "config/reviews/sci.yaml"


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def add_study(project, timepoint):
    with (project / "resources/sci/arms.csv").open("a") as arms:
        arms.write(f"new_2026,bbb,{timepoint},treatment,8,2.0,0.5,Figure 1\n")
        arms.write(f"new_2026,bbb,{timepoint},control,8,1.0,0.5,Figure 1\n")
    with (project / "resources/sci/studies.csv").open("a") as studies:
        studies.write("new_2026,New 2026,2026,New et al.,2026,x,adipose,,x,T10,Contusion,,45\n")


def test_nothing_is_left_to_do_after_a_run(finished):
    assert finished.planned() == set()
    assert not (finished / "results/sci/digitised").exists()  # nothing in it is digitised


def test_a_run_writes_nothing_beside_its_results_and_logs(finished):
    made = {path.name for path in finished.folder.iterdir()}
    assert made - {"results", "logs", ".snakemake"} <= {path.name for path in ROOT.iterdir()}
    for name in ("config/reviews", "resources", "workflow"):
        own = {path.relative_to(ROOT): path.read_bytes() for path in _files(ROOT / name)}
        copy = {p.relative_to(finished.folder): p.read_bytes() for p in _files(finished / name)}
        assert copy == own


def _files(folder):
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]


def test_a_new_study_in_one_outcome_reruns_that_outcome_and_what_lies_across(rerun):
    add_study(rerun, "first")
    assert rerun.planned() == {(rule, "bbb_first") for rule in PER_OUTCOME} | ACROSS
    rerun.run()
    assert rerun.planned() == set()
    pooled = pq.ParquetFile(rerun / "results/sci/bbb_first/pooled.parquet").read().to_pylist()
    assert pooled[0]["k"] == 22


def test_a_comment_in_the_config_reruns_nothing(rerun):
    edit(rerun / CONFIG, "title:", "# a comment\ntitle:")
    assert rerun.planned() == set()


def test_a_changed_label_redraws_but_does_not_refit(rerun):
    edit(rerun / CONFIG, "label: BBB score, first", "label: The BBB score, first")
    planned = rerun.planned()
    assert ("draw_figures", "bbb_first") in planned
    assert not {"pool_effects", "compute_effects"} & {rule for rule, _ in planned}


def test_a_changed_tau2_method_reruns_from_pool_on(rerun):
    edit(rerun / CONFIG, "tau2_method: REML", "tau2_method: PM")
    rules = {rule for rule, _ in rerun.planned()}
    assert "pool_effects" in rules
    assert "write_report" in rules
    assert not {"extract_arms", "harmonise_arms", "compute_effects", "close_ledger"} & rules


def test_a_changed_multiverse_refits_the_multiverse_alone(rerun):
    edit(rerun / CONFIG, "tau2_method: [DL, PM", "tau2_method: [DL, EB, PM")
    rules = {rule for rule, _ in rerun.planned()}
    assert rules == {
        "record_config",
        "run_multiverse",
        "draw_figures",
        "write_outcome",
        "write_report",
    }


def test_results_without_a_record_of_what_they_were_made_from_are_not_trusted(rerun):
    # As in a container whose .snakemake went with it: the changed table would go unnoticed.
    shutil.rmtree(rerun / ".snakemake")
    edit(rerun / "resources/sci/arms.csv", "first,treatment,12,", "first,treatment,11,")
    for _ in range(2):  # the first start makes empty folders
        done = rerun.snakemake("-n")
        assert done.returncode != 0
        assert "holds no record of what results were made from" in done.stdout + done.stderr
    shutil.rmtree(rerun / "results")
    assert ("extract_arms", "bbb_first") in rerun.planned()


def test_touching_a_shared_table_reruns_nothing(rerun):
    (rerun / "resources/sci/arms.csv").touch()
    (rerun / "resources/sci/studies.csv").touch()
    assert rerun.planned() == set()


def test_two_clean_runs_give_the_same_bytes_warm_on_two_cores_and_cold_on_one(finished, tmp_path):
    again = Project(tmp_path)
    done = again.snakemake("--cores", "1", "--executor", "local")
    assert done.returncode == 0, done.stderr
    suffixes = (".parquet", ".svg", ".png", ".html", ".json")
    first, second = finished.files(*suffixes), again.files(*suffixes)
    assert set(first) == set(second)
    assert len(first) > 30
    assert [name for name in first if first[name] != second[name]] == []


def test_reviews_can_be_chosen_on_the_command_line(finished):
    done = finished.snakemake("-n", "--config", "reviews=[sci]")
    assert done.returncode == 0
    done = finished.snakemake("-n", "--config", "reviews=[nope]")
    assert done.returncode != 0
    assert "config/reviews/nope.yaml" in done.stdout + done.stderr


def test_a_snakemake_report_can_be_made(finished, tmp_path):
    target = tmp_path / "report.html"
    done = finished.snakemake("--report", str(target))
    assert done.returncode == 0, done.stderr
    page = target.read_text()
    assert "BBB score, first measurement (sci)" in page


def test_the_ledger_and_the_effects_account_for_every_typed_row(finished):
    with (finished / "resources/sci/arms.csv").open() as lines:
        typed = sum(1 for _ in csv.DictReader(lines))
    used = []
    for outcome in ("bbb_first", "bbb_last"):
        effects = pq.ParquetFile(finished / f"results/sci/{outcome}/effects.parquet").read()
        used += [row for cell in effects["source_rows"].to_pylist() for row in cell.split(";")]
    ledger = pq.ParquetFile(finished / "results/sci/ledger.parquet").read().to_pylist()
    set_aside = [row["row_id"] for row in ledger]
    assert len(used) == len(set(used))
    assert not set(used) & set(set_aside)
    assert len(used) + len(set_aside) == typed


def test_a_row_that_no_outcome_asks_for_is_on_the_ledger(rerun):
    add_study(rerun, "middle")
    rerun.run("results/sci/ledger.parquet")
    ledger = pq.ParquetFile(rerun / "results/sci/ledger.parquet").read().to_pylist()
    assert [row["reason"] for row in ledger] == ["in_no_outcome"] * 2


def second_review(project):
    """Add a second, sound review with one outcome."""
    config = (project / CONFIG).read_text()
    one = re.sub(r"  bbb_last:\n(    .*\n)+", "", config).replace("title: ", "title: Second. ", 1)
    tables = "tables: {arms: resources/sci2/arms.csv, studies: resources/sci/studies.csv}\n"
    (project / "config/reviews/other.yaml").write_text(tables + one)
    folder = project / "resources/sci2"
    folder.mkdir()
    (folder / "arms.csv").write_text((project / "resources/sci/arms.csv").read_text())
    edit(project / "config/config.yaml", "  - sci\n", "  - sci\n  - other\n")


def test_a_broken_table_fails_its_review_alone_and_leaves_nothing_half_written(tmp_path):
    project = Project(tmp_path)
    second_review(project)
    edit(project / "resources/sci/arms.csv", "first,treatment,12,", "first,treatment,0,")
    targets = [f"results/{review}/report.html" for review in ("sci", "other")]
    done = project.snakemake("--cores", "2", "--keep-going", *targets)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "resources/sci/arms.csv: 1 problem" in said
    assert "row 2 (afsartala_2023, bbb, first, treatment), column 'n' is 0.0" in said
    assert "Traceback" not in said
    assert (project / "results/other/report.html").is_file()
    assert not (project / "results/sci/report.html").exists()
    assert not (project / "results/sci/bbb_first").exists() or not list(
        (project / "results/sci/bbb_first").rglob("*.parquet")
    )
    assert not list((project / "results").rglob("*.partial"))
    assert "column 'n' is 0.0" in (project / "logs/sci/bbb_first/extract_arms.log").read_text()


CONFIG_FAULTS = [
    ("measure: MD", "measure: SMDX", "analysis.measure is 'SMDX': expected one of MD, SMD"),
    ("tau2_method: REML", "tau2_method: RMEL", "Did you mean 'REML'?"),
    ("better: higher", "beter: higher", "unknown key 'beter'. Did you mean 'better'?"),
    ("title: ", "titel: ", "the key 'title' is missing"),
    ("subgroups: [source_group]", "subgroups: [source_grup]", "Did you mean 'source_group'?"),
    ("outcomes:", "outcomes: [", "not valid YAML"),
    ("[cheshmi_2023, kang", "[cheshmi_2032, kang", "Did you mean 'cheshmi_2023'?"),
    ("[none, human_cells", "[none, human_cell", "Did you mean 'human_cells'?"),
    ("{model: DL, subsets", "{model: PM, subsets", "expected one of common, DL, REML"),
]


@pytest.mark.parametrize(("old", "new", "expected"), CONFIG_FAULTS)
def test_a_fault_in_the_config_is_named_with_file_and_key(rerun, old, new, expected):
    edit(rerun / CONFIG, old, new)
    done = rerun.snakemake("-n")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "config/reviews/sci.yaml" in said
    assert expected in said


def test_other_reviews_run_when_one_config_is_broken(tmp_path):
    project = Project(tmp_path)
    second_review(project)
    edit(project / CONFIG, "better: higher", "beter: higher")
    done = project.snakemake("--cores", "2", "--keep-going")
    assert done.returncode != 0
    assert "unknown key 'beter'" in done.stdout + done.stderr
    assert (project / "results/other/report.html").is_file()
    assert not (project / "results/sci").exists() or not list((project / "results/sci").iterdir())


def test_the_checked_config_lies_beside_the_results(finished):
    config = json.loads((finished / "results/sci/config.json").read_text())
    assert config["outcomes"]["bbb_last"]["analysis"]["tau2_method"] == "REML"
    assert config["tables"]["arms"] == "resources/sci/arms.csv"
