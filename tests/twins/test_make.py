"""The committed files of the twins are what their generator makes, and it sees no result."""

import csv
import shutil

import pytest

from evpool.errors import InputError
from evpool.twins.__main__ import main
from evpool.twins.make import TWINS, read_twin, twin_files
from evpool.twins.model import read_model
from tests.conftest import ROOT

RESOURCES = ROOT / "resources"


def rows(path):
    with open(path, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.parametrize("twin", TWINS)
def test_the_generator_makes_the_committed_bytes(twin):
    made = twin_files(RESOURCES, twin)
    committed = {
        path.relative_to(RESOURCES / twin).as_posix(): path.read_text(encoding="utf-8")
        for path in (RESOURCES / twin).rglob("*")
        if path.is_file() and path.name not in ("model.yaml", "README.md")
    }
    assert made == committed


def test_it_reads_the_models_and_the_studies_and_nothing_else(tmp_path):
    for twin in TWINS:
        real = read_model(RESOURCES / twin / "model.yaml").real
        for file in (f"{real}/studies.csv", f"{twin}/model.yaml"):
            (tmp_path / file).parent.mkdir(exist_ok=True)
            shutil.copy(RESOURCES / file, tmp_path / file)
    # There is no claims.csv here, nor any other table: the same bytes come out.
    main(tmp_path)
    for twin in TWINS:
        for name, text in twin_files(RESOURCES, twin).items():
            assert (tmp_path / twin / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("twin", TWINS)
def test_no_column_that_could_hold_a_result_is_kept(twin):
    model = read_model(RESOURCES / twin / "model.yaml")
    assert not set(model.keep) & {"primary_outcome", "note", "mechanism", "protein_concentration"}
    _, studies, _ = read_twin(RESOURCES, twin)
    real = {row["study_id"] for row in rows(RESOURCES / model.real / "studies.csv")}
    assert {study["study_id"] for study in studies} == real


@pytest.mark.parametrize("twin", TWINS)
def test_the_truth_names_every_comparison_that_was_typed(twin):
    truth = rows(RESOURCES / twin / "truth.csv")
    keys = ("study_id", "comparison", "outcome")
    table = "arms.csv" if (RESOURCES / twin / "arms.csv").is_file() else "figures.csv"
    typed = rows(RESOURCES / twin / table)
    assert {tuple(row[k] for k in keys) for row in truth} == {
        tuple(row[k] for k in keys) for row in typed
    }
    assert all(row["synthetic"] == "true" for row in (*truth, *typed))
    called = {(row["study_id"], row["bars_are"], row["bars_typed_as"]) for row in truth}
    assert len(called) == len({study for study, _, _ in called})
    assert {pair[1:] for pair in called} == {("sd", "sd"), ("sem", "sem"), ("sem", "sd")}


def test_a_wrong_model_names_every_problem(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(
        "real: bone\nkeep: []\nseed: 1\nbars: {sd: 0.5, sem: 0.2, sem_as_sd: 0.2}\n"
        "outcomes: {a: {mux: 1, scale: log}}\n"
    )
    with pytest.raises(InputError) as refused:
        read_model(path)
    assert "unknown key 'mux'. Did you mean 'mu'?" in str(refused.value)
    assert "scale is 'log'" in str(refused.value)
    assert "add up to 1" in str(refused.value)


def test_two_raters_judge_every_syrcle_domain_and_seldom_differ():
    judged = rows(RESOURCES / "osteoporosis_synthetic/risk_of_bias.csv")
    assert len(judged) == 17 * 10 * 2
    first, second = ([row for row in judged if row["rater"] == rater] for rater in "ab")
    differ = sum(a["judgement"] != b["judgement"] for a, b in zip(first, second, strict=True))
    assert 1 <= differ <= 30
