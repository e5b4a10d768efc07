"""A check says what a run would say, all of it at once, and writes nothing."""

import re
import shutil

import pytest
from typer.testing import CliRunner

from evpool.cli import app
from evpool.extraction.typed import read_typed
from tests.conftest import ROOT, Project

MINI = ROOT / "tests/mini_review"
PARAMS = {
    "extract_arms": {"settings", "synthetic", "own_rows"},
    "reconcile_readings": {"settings", "wanted", "adjudicated_rows"},
    "harmonise_arms": {"settings"},
    "check_dispersion": {"measure", "options", "method"},
    "compute_effects": {"measure", "options", "ci_level"},
    "pool_effects": {"method", "analyses", "reading"},  # the simulation refuses nothing
    "compare_subgroups": {"moderators", "method", "fewest"},
    "fit_metaregression": {"formulas", "test", "method", "permutations", "seed", "fewest"},
    "leave_one_out": {"sets", "method"},
    "diagnose_influence": {"method"},
    "pool_cumulatively": {"orders", "method"},
    "diagnose_bias": {"choices", "better", "method", "fewest"},
}
EDITS = [
    # Cells, roles, pairs and studies of three outcomes of one table.
    ("arms.csv", "a,1,pain,,2,wk,treatment,EV,8,3.1", "a,1,pain,,2,wk,treated,EV,8,3.1"),
    ("arms.csv", "b,1,pain,,28,d,treatment,EV,10,3.3", "b,1,pain,,28,d,treatment,EV,10,ca. 3"),
    ("arms.csv", "d,1,pain,,4,wk,control", "e,1,pain,,4,wk,control"),
    ("arms.csv", "b,1,death,,4,wk,control,PBS,10,,,,3", "b,1,death,,4,wk,control,PBS,10,,,,30"),
    ("figures.csv", "wpd_v4_bar_groups.json,,1 mg/kg", "wpd_v4_bar_groups.json,,2 mg/kg"),
    ("figures.csv", "wpd_v4_xy_tip_datasets.json,treated,x=7", "none.json,treated,x=7"),
    ("estimates.csv", "b,mar,SMD,12.08,7.81,16.35", "b,mar,MD,12.08,17.81,16.35"),
]


def make_mini(folder):
    """Add the mini review to a project, as its only review."""
    shutil.copy(MINI / "mini.yaml", folder / "config/reviews")
    (folder / "resources/mini/figures").mkdir(parents=True)
    for table in MINI.glob("*.csv"):
        shutil.copy(table, folder / "resources/mini")
    figures = ("wpd_v4_bar_groups", "wpd_v4_bar_groups_b", "wpd_v4_xy_tip_datasets")
    for figure in (f"{name}.json" for name in figures):
        shutil.copy(ROOT / "tests/formats" / figure, folder / "resources/mini/figures")
    edit(folder / "config/config.yaml", "  - sci\n", "  - mini\n")
    edit(folder / "config/reviews/mini.yaml", "unusable_rows: ledger", "unusable_rows: stop")


def edit(path, old, new):
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    text = (tmp_path / "config/config.yaml").read_text()
    listed = re.search(r"^reviews:\n(  - .*\n)+", text, re.MULTILINE)[0]
    (tmp_path / "config/config.yaml").write_text(text.replace(listed, "reviews:\n  - sci\n"))
    make_mini(tmp_path)
    return made


@pytest.fixture
def check(project, monkeypatch):
    """Run `evpool check` in the project; return its exit status and what it says."""
    monkeypatch.chdir(project.folder)

    def run(*arguments):
        done = CliRunner().invoke(app, ["check", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


def complaints(text):
    return {line.strip() for line in text.splitlines() if line.strip().startswith("- ")}


def test_a_sound_review_is_told_what_it_pools_and_sets_aside(check, project):
    edit(project / "config/reviews/mini.yaml", "unusable_rows: stop", "unusable_rows: ledger")
    before = {path for path in project.folder.rglob("*") if "__pycache__" not in path.parts}
    code, said = check()
    assert code == 0, said
    assert "mini: nothing to complain about" in said
    assert "pain: 3 comparisons of 3 studies" in said
    assert "pain: 2 rows set aside: error_type_unknown" in said
    after = {path for path in project.folder.rglob("*") if "__pycache__" not in path.parts}
    assert before == after


def test_an_option_that_published_effects_have_no_use_for_is_told(check, project):
    config = project / "config/reviews/mini.yaml"
    edit(config, "unusable_rows: stop", "unusable_rows: ledger")
    options = "analysis: {measure: SMD, measure_options: {variance: UB, level: 0.95}, tau2"
    edit(config, "analysis: {measure: SMD, tau2", options)
    code, said = check("mini")
    assert code == 0, said
    assert "mar: the measure option variance is not used: published effects keep" in said
    assert "option level" not in said


def test_check_says_what_the_run_says(check, project):
    for name, old, new in EDITS:
        edit(project / "resources/mini" / name, old, new)
    code, said = check("mini")
    assert code == 1
    done = project.snakemake("--cores", "2", "--keep-going")
    assert done.returncode != 0
    logs = [path.read_text() for path in (project / "logs").rglob("*.log")]
    run = complaints("\n".join(logs))
    assert len(run) >= 9
    assert complaints(said) == run
    for words in ("'treated'", "'ca. 3'", "is 'e'", "from 0 to n", "'2 mg/kg'", "no such file"):
        assert words in said
    assert f"mini: {len(run)} problems" in said


def test_faults_of_the_config_and_of_the_tables_come_together(check, project):
    config = project / "config/reviews/mini.yaml"
    edit(config, "subgroups: [cell_source]", "subgroups: [cell_sauce]")
    edit(config, "exclusion_sets: {no_a: [a]}", "exclusion_sets: {no_a: [aa]}")
    edit(
        project / "resources/mini/arms.csv",
        "a,1,death,,4,wk,treatment,EV,8",
        "a,1,death,,4,wk,treatment,EV,0",
    )
    code, said = check("mini")
    assert code == 1
    done = project.snakemake("-n")
    ran = complaints(done.stdout + done.stderr)
    assert len(ran) >= 2
    assert ran <= complaints(said)
    assert "Did you mean 'cell_source'?" in said
    assert "column 'n' is 0.0" in said


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("arms.csv", "pain,,4,wk", "pain,,4,weeks", "is 'weeks': expected one of min, h, d, wk"),
        (
            "arms.csv",
            "pain,,4,wk",
            "pain,,,wk",
            "a time and a time_unit, which a (treatment), a (",
        ),
        ("mini.yaml", "measure: SMD\n", "measure: HR\n", "`table: estimates`"),
        (
            "mini.yaml",
            "analysis: {measure: OR",
            "analysis: {measure: PETO",
            "counts: mantel_haenszel pools",
        ),
        (
            "mini.yaml",
            "analysis: {measure: SMD, tau2",
            "analysis: {measure: MD, tau2",
            "the outcome pools MD, but a has SMD",
        ),
        ("mini.yaml", 'metaregression: [dose, "year', 'metaregression: [dosis, "year', "dosis"),
        (
            "mini.yaml",
            "rows: {outcome: pain}",
            "rows: {outcome: pian}",
            "outcome 'pain' has no rows",
        ),
        ("mini.yaml", "title: A", "titel: A", "the key 'title' is missing"),
        ("mini.yaml", "combine: [{study_id: a", "combine: [{study_id: aa", "the study 'aa', which"),
        ("adjudication.csv", ",cem,", ",cem,,", "is '12 cells': expected 11 cells"),
        ("studies.csv", "b,Bee", "a,Bee", "expected a study once, but row 2 has it too"),
    ],
)
def test_what_the_steps_refuse(check, project, name, old, new, words):
    folder = project / ("config/reviews" if name == "mini.yaml" else "resources/mini")
    edit(project / "config/reviews/mini.yaml", "unusable_rows: stop", "unusable_rows: ledger")
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    code, said = check("mini")
    assert (code, words in said) == (1, True), said


def test_a_count_that_is_not_shown_is_refused_with_all_else(check, project):
    edit(project / "config/reviews/mini.yaml", "counts: [cell_source]", "counts: [cell_sourc]")
    code, said = check("mini")
    assert code == 1
    assert "characteristics.counts names 'cell_sourc'" in said
    assert "Did you mean 'cell_source'?" in said


def test_claims_are_checked_by_the_function_of_the_audit(check, project):
    from evpool.errors import InputError
    from evpool.extraction.columns import CLAIMS
    from evpool.extraction.delimited import read_input
    from evpool.steps.audit_claims import audit_claims

    table = project / "resources/mini/claims.csv"
    header = "claim_id,location,outcome,group,quote,asserts,p_value\n"
    table.write_text(f"{header}c1,Abstract,pain,,'less pain',asymetry,<0.01\nc1,p,pain,,q,,0.2\n")
    code, said = check("mini")
    assert code == 1
    with pytest.raises(InputError) as caught:
        audit_claims(read_input(table, CLAIMS), {}, "mini", {})
    assert len(caught.value.problems) == 3
    assert {f"- {problem}" for problem in caught.value.problems} <= complaints(said)
    table.write_text(header)
    assert "claims.csv" not in check("mini")[1]


def test_a_table_with_rows_that_no_outcome_takes_is_pointed_out(check, project):
    edit(project / "config/reviews/mini.yaml", "    table: figures\n", "")
    _, said = check("mini")
    assert "figures.csv has 8 rows, but no outcome says `table: figures`" in said


def test_an_unknown_review_is_met_with_the_nearest(check):
    code, said = check("mimi")
    assert code == 1
    assert "Did you mean 'mini'?" in said


def test_outside_a_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["check"])
    assert done.exit_code == 1
    assert "is in no evpool project" in done.output


def test_a_pipe_gets_whole_lines_without_colour(check, project):
    edit(project / "config/reviews/mini.yaml", "better: lower", "better: loewr")
    _, said = check("mini")
    assert "\x1b" not in said
    assert "Did you mean 'lower'?" in next(line for line in said.splitlines() if "loewr" in line)


@pytest.mark.parametrize("rule", PARAMS)
def test_no_rule_has_a_setting_that_a_check_does_not_know(rule):
    text = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    body = re.search(rf"^rule {rule}:\n.*?^    params:\n(.*?)^    script:", text, re.M | re.S)[1]
    # If this fails, pass the new setting in evpool.commands.check too, and name it above.
    assert set(re.findall(r"^        (\w+)=", body, re.M)) - {"library"} == PARAMS[rule]


def test_a_new_review_is_checked_filled_and_run(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    made = CliRunner().invoke(app, ["new-review", "fresh"])
    assert made.exit_code == 0, made.output
    assert "evpool check fresh" in made.output
    empty = CliRunner().invoke(app, ["check", "fresh"])
    assert empty.exit_code == 1
    assert empty.output.count("add rows below the header") == 2
    folder = project / "resources/fresh"
    for name in ("a_2020", "b_2021", "c_2022"):
        study = {"study_id": name, "label": name, "year": name[-4:]}
        append(folder / "studies.csv", study)
        for role, mean in (("treatment", 3), ("control", 1 + len(name) % 3)):
            arm = {"study_id": name, "outcome": "outcome_1", "role": role, "n": 9}
            append(folder / "arms.csv", arm | {"mean": mean, "error": 0.4, "error_type": "sem"})
    full = CliRunner().invoke(app, ["check", "fresh"])
    assert full.exit_code == 0, full.output
    project.run("--config", "reviews=[fresh]")
    assert (project / "results/fresh/report.html").is_file()
    assert len(read_typed(folder / "arms.csv").rows) == 6


def append(path, row):
    names = path.read_text().splitlines()[0].split(",")
    with path.open("a") as table:
        table.write(",".join(str(row.get(name, "")) for name in names) + "\n")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "OUTCOME",
            "lesoin",
            "column 'outcome' is 'lesoin': expected what an outcome of the review",
        ),
        ("STUDY", "nobody", "expected an arm of this outcome; it has no arm of that study"),
    ],
)
def test_a_decision_that_decides_nothing_stops_check_and_run(check, project, old, new, words):
    table = project / "resources/mini/adjudication.csv"
    header, row, *_ = table.read_text().splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    old = cells[{"OUTCOME": "outcome", "STUDY": "study_id"}[old]]
    table.write_text(table.read_text() + row.replace(old, new, 1) + "\n")
    code, said = check("mini")
    assert code == 1
    assert words in said
    assert "resources/mini/adjudication.csv" in said
    if new == "lesoin":
        assert "Did you mean 'lesion'?" in said
        done = project.snakemake("-n")
        assert done.returncode != 0
        assert words in done.stdout + done.stderr
