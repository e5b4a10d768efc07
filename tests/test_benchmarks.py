"""The benchmarks run, agree with known answers, and their pages follow from their tables."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks import frame
from numpy.testing import assert_allclose

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    """Import a module of a benchmark as its run.py does: load("coverage", "study")."""

    def load(benchmark, module):
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        monkeypatch.syspath_prepend(str(BENCHMARKS / benchmark))
        for name in ("page", "run", "study", "tasks", "tools"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(module)

    return load


def figures(study, *cell):
    """Return the rows of one cell by figure and method."""
    rows = study.measure_cell(study.Cell(*cell))
    return {(row["figure"], row["method"]): row for row in rows}


def within(row, expected, errors=4.0):
    """Whether a figure is within so many Monte Carlo standard errors of what is expected."""
    return abs(row["value"] - expected) < errors * row["mcse"]


def test_exact_coverages_are_found(load):
    # One true effect and known variances: the common-effect interval is exact, for any k.
    found = figures(load("coverage", "study"), "known", 5, 0.0, 4000)
    assert within(found["ci_coverage", "common"], 0.95)
    assert not within(found["ci_coverage", "hksj_adhoc REML"], 0.95)


def test_many_heterogeneous_studies_are_easy(load):
    found = figures(load("coverage", "study"), "known", 50, 1.0, 2000)
    assert within(found["tau2_bias", "DL"], 0.0)
    assert within(found["tau2_bias", "REML"], 0.0)
    assert within(found["ci_coverage", "hksj REML"], 0.95)
    # Common effect: se = 1 / sqrt(sum w), but the spread is sqrt(sum w^2 (v + 1)) / sum w.
    assert 0.5 < found["ci_coverage", "common"]["value"] < 0.7


def test_chance_inside_is_the_normal_probability(load):
    study = load("coverage", "study")
    low, high = np.array([1.0 - 1.96, 1.0]), np.array([1.0 + 1.96, np.inf])
    assert_allclose(study.chance_inside(low, high, 1.0), [0.9500042, 0.5], atol=1e-7)
    assert_allclose(study.chance_inside(low, high, 0.0), [1.0, 1.0])
    drawn = np.random.default_rng(1).normal(1.0, 2.0, 100_000)
    share = np.mean((drawn >= low[0]) & (drawn <= high[0]))
    assert_allclose(study.chance_inside(low[:1], high[:1], 4.0), share, atol=0.005)


def test_cells_repeat_and_differ(load):
    study = load("coverage", "study")
    cell = study.Cell("estimated", 5, 0.1, 20)
    again, other = study.draw_studies(cell), study.draw_studies(study.Cell("estimated", 5, 1, 20))
    assert np.array_equal(study.draw_studies(cell), again)
    assert not np.isin(again[1], other[1]).any()


def test_estimated_variances_have_the_right_mean(load):
    study = load("coverage", "study")
    known = study.draw_studies(study.Cell("known", 50, 0.0, 2000))[1]
    estimated = study.draw_studies(study.Cell("estimated", 50, 0.0, 2000))[1]
    assert known.min() == 2 / 12
    assert known.max() == pytest.approx(2 / 6)
    error = estimated.std() / np.sqrt(estimated.size)
    assert abs(estimated.mean() - known.mean()) < 5 * error


def test_coverage_page_follows_from_its_table(load):
    page = load("coverage", "page")
    rows = frame.read_rows(BENCHMARKS / "coverage" / "coverage.csv")
    template = (BENCHMARKS / "coverage" / "page.md").read_text(encoding="utf-8")
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page.fill_page(template, rows) == text
    assert {row["n"] for row in rows} == {40_000}


def test_coverage_table_is_what_the_code_gives(load):
    # Few meta-analyses against the table's 40,000, in the standard errors of the few.
    study = load("coverage", "study")
    table = frame.read_rows(BENCHMARKS / "coverage" / "coverage.csv")
    stored = {
        (row["figure"], row["method"]): row["value"]
        for row in table
        if (row["variances"], row["k"], row["tau2"]) == ("estimated", 10, 0.1)
    }
    found = figures(study, "estimated", 10, 0.1, 1000)
    assert found.keys() == stored.keys()
    assert all(within(row, stored[key], errors=5.0) for key, row in found.items())


@pytest.mark.parametrize(
    ("benchmark", "how"), [("coverage", ".4f"), ("reading_error", ".4f"), ("twins", ".6g")]
)
def test_a_table_is_written_as_it_was_read(load, tmp_path, benchmark, how):
    path = BENCHMARKS / benchmark / f"{benchmark}.csv"
    columns = load(benchmark, "study").COLUMNS
    frame.write_rows(frame.read_rows(path), tmp_path / "again", columns, how)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_coverage_table_survives_a_round_trip(load, tmp_path):
    study = load("coverage", "study")
    rows = study.measure_cell(study.Cell("known", 3, 0.1, 50))
    for name in ("one", "two"):
        frame.write_rows(rows, tmp_path / name, study.COLUMNS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    read = frame.read_rows(tmp_path / "one")
    assert [row["method"] for row in read] == [row["method"] for row in rows]
    assert_allclose([row["value"] for row in read], [row["value"] for row in rows], atol=5.1e-5)


@pytest.fixture
def sci(load, tmp_path):
    """The data of the engine benchmark, and its tools module."""
    run = load("engine", "run")
    run.write_data(tmp_path / "data.csv")
    return tmp_path / "data.csv", importlib.import_module("tools")


def test_engine_data_are_the_reference_data(sci):
    yi, vi, year = np.loadtxt(sci[0], delimiter=",", skiprows=1, unpack=True)
    reference = json.loads((ROOT / "tests" / "reference" / "sci_first.json").read_text())
    assert_allclose(yi, reference["yi"], rtol=1e-12)
    assert_allclose(vi, reference["vi"], rtol=1e-12)
    assert year.min() == 2018
    assert year.max() == 2023


def test_engine_worker_answers_orders(sci):
    data, tools = sci
    worker = tools.Tool("evpool", (sys.executable, tools.HERE / "engine_worker.py", data))
    fit = worker.measure("fit_reml", 1, 0.001)
    absent = worker.measure("no_such_task", 1, 0.001)
    again = worker.measure("permutations_dl", 200, 0.001)[1]
    worker.close()
    assert fit[0] > 0
    assert fit[1] == pytest.approx(0.236233, abs=1e-5)
    assert absent is None
    assert 0.8 < again < 1.0


def test_missing_peers_are_named(sci, capsys, monkeypatch):
    data, tools = sci
    monkeypatch.setattr(tools.shutil, "which", lambda name: None)
    found = tools.start_tools(data, "/no/such/python")
    for tool in found.values():
        tool.close()
    said = capsys.readouterr().out
    assert set(found) == {"evpool"}
    assert all(f"{name}: not measured" in said for name in ("metafor", *tools.PEERS))


def test_engine_page_says_what_is_missed(load):
    page = load("engine", "page")
    samples = {
        ("fit_reml", "evpool"): [(1.0, 0.2)] * 3,
        ("fit_reml", "metafor"): [(15.0, 0.2), (10.0, 0.2), (30.0, 0.2)],
        ("fit_reml", "statsmodels"): [(0.5, 0.2)] * 3,
    }
    text = page.fill_page("{goals}\n{times}", samples, {"imports": 1, "DL": 9, "REML": 2000}, [])
    assert "| ≥ 20× metafor | 15.0× | 12.5× to 22.5× | **missed** by 25% |" in text
    assert "| ahead of statsmodels | 0.500× | 0.500× to 0.500× | **missed** by 50% |" in text
    assert "≥ 100× metafor | – | – | not measured" in text
    assert "REML | < 1 GiB | 2000 MiB | | **missed**" in text


def test_stopwatch_counts_calls_and_skips_what_is_absent(tmp_path):
    code = "from stopwatch import serve; serve({'add': lambda n: n + 1}, {'x': '1'})"
    orders = "add 2 0.01\nother 1 0.01\n"
    folder = BENCHMARKS / "engine"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, input=orders, capture_output=True, text=True
    )
    announced, added, absent = done.stdout.split("\n")[:3]
    assert announced == "x=1"
    assert float(added.split()[1]) == 3.0
    assert absent == "absent"


def test_the_twins_page_follows_from_its_table(load):
    page = load("twins", "page")
    rows = frame.read_rows(BENCHMARKS / "twins/twins.csv")
    template = (BENCHMARKS / "twins/page.md").read_text(encoding="utf-8")
    assert page.fill_page(template, rows) == (ROOT / "docs/twins.md").read_text(encoding="utf-8")


def test_few_seeds_of_a_twin_agree_with_its_table(load):
    study = load("twins", "study")
    kept = {
        tuple(row[name] for name in ("outcome", "figure", "method")): row
        for row in frame.read_rows(BENCHMARKS / "twins/twins.csv")
        if row["twin"] == "bone_synthetic"
    }
    for row in study.measure_twin("bone_synthetic", 60):
        table = kept[row["outcome"], row["figure"], row["method"]]
        error = np.hypot(max(row["mcse"], 0.02), table["mcse"])
        assert abs(row["value"] - table["value"]) < 4 * error, row


def test_a_study_of_twins_finds_no_bias_and_full_coverage_where_there_is_none(load):
    # Mean differences of large groups without heterogeneity and with sound bars: nothing is lost.
    study = load("twins", "study")
    from evpool.twins.draw import TREATED, VEHICLE, Arm, Comparison, Design
    from evpool.twins.model import OutcomeModel, TwinModel

    arms = [Arm(f"s{i}", k, k, 200, None, {}) for i in range(8) for k in (TREATED, VEHICLE)]
    pairs = [Comparison(2 * i, 2 * i + 1, 1) for i in range(8)]
    outcome = OutcomeModel("o", 8, 2.0, 10.0, 3.0, scale="unit", tau2_study=0.04)
    model = TwinModel("t", "r", 1, [], {"sd": 1.0, "sem": 0, "sem_as_sd": 0}, (outcome,), {})
    design = Design(tuple(arms), tuple(pairs))
    data = study.simulate(model, {"o": design}, 400)["o"]
    own = {"tau2_method": "REML", "ci_method": "hksj", "pi_method": "hksj", "ci_level": 0.95}
    own |= {"measure": "MD", "measure_options": {}, "shared_control": "none"}
    rows = {
        (r["figure"], r["method"]): r for r in study.measure_outcome(outcome, design, data, own)
    }
    assert within(rows["bias", "true_bars, own"], 0.0)
    assert within(rows["ci_coverage", "true_bars, own"], 0.95)
    for figure in ("bias", "ci_coverage", "pi_coverage"):
        assert rows[figure, "as_typed, own"]["value"] == rows[figure, "true_bars, own"]["value"]


def test_the_page_of_reading_error_follows_from_its_table(load):
    study, page = load("reading_error", "study"), load("reading_error", "page")
    rows = frame.read_rows(BENCHMARKS / "reading_error/reading_error.csv")
    template = (BENCHMARKS / "reading_error/page.md").read_text(encoding="utf-8")
    text = (ROOT / "docs/reading_error.md").read_text(encoding="utf-8")
    assert page.fill_page(template, rows) == text
    place = ("study", "click", "height", "k", "bars")
    found = {tuple(row[name] for name in place) for row in rows}
    assert found == {tuple(getattr(cell, name) for name in place) for cell in study.cells(1)}


@pytest.mark.parametrize("cell", [("main", 1.0, 400.0, 5, "sd"), ("double", 0.5, 400.0, 3, "sem")])
def test_few_reviews_cover_as_the_table_of_reading_error_says(load, cell):
    study = load("reading_error", "study")
    names = ("figure", "measure", "model")
    stored = {
        tuple(row[name] for name in names): row["value"]
        for row in frame.read_rows(BENCHMARKS / "reading_error/reading_error.csv")
        if tuple(row[name] for name in study.COLUMNS[:5]) == cell
    }
    rows = study.measure_cell(study.Cell(*cell, 300))
    assert len(rows) == len(stored) == 13
    for row in rows:
        expected = stored[tuple(row[name] for name in names)]
        # A share of 300 that is nearly 1 has a standard error of its own.
        error = max(row["mcse"], 0.013) if row["figure"] == "coverage" else row["mcse"]
        assert abs(row["value"] - expected) < 4.5 * error, row
        assert row["figure"] != "coverage" or row["value"] > 0.9


def test_readings_with_an_error_that_is_not_told_are_not_covered(load, monkeypatch):
    # What the study must find if the interval were too narrow: clicks three times as far off.
    study = load("reading_error", "study")
    read = study.read_figures
    worse = {"click": 3.0}
    monkeypatch.setattr(
        study, "read_figures", lambda cell, *more: read(study.replace(cell, **worse), *more)
    )
    rows = study.measure_cell(study.Cell("main", 1.0, 400.0, 5, "sd", 150))
    found = {(r["figure"], r["measure"], r["model"]): r["value"] for r in rows}
    assert found["coverage", "MD", "random"] < 0.7
    assert found["coverage", "SMD", "common"] < 0.7
    assert found["mean_ratio", "", ""] == pytest.approx(3.0, rel=0.1)


def test_pixels_count_only_as_a_share_of_the_axis(load):
    study = load("reading_error", "study")
    one, other = (
        study.measure_cell(study.Cell("main", click, height, 3, "sem", 40))
        for click, height in ((0.5, 200.0), (1.0, 400.0))
    )
    assert_allclose([r["value"] for r in one], [r["value"] for r in other], rtol=1e-6)
