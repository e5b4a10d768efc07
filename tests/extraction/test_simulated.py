"""A twin in a review that does not say so is refused."""

import shutil

import pytest

from evpool.config import complete_review, read_yaml
from evpool.errors import InputError
from evpool.extraction.simulated import MARK, simulated_input
from evpool.load_reviews import load_review
from tests.conftest import ROOT

DEFAULTS = read_yaml(ROOT / "config/config.yaml")["analysis"]
SCHEMA = read_yaml(ROOT / "workflow/schemas/review.schema.yaml")
DOCUMENT = {"title": "t", "outcomes": {"o": {"label": "l", "better": "lower", "rows": {"a": "b"}}}}


def review(folder, **keys):
    tables = {name: str(folder / f"{name}.csv") for name in ("studies", "arms", "figures")}
    return complete_review(DOCUMENT | {"tables": tables} | keys, "r", DEFAULTS)


def test_rows_that_are_marked_need_a_review_that_says_so(tmp_path):
    shutil.copy(ROOT / "resources/bone_synthetic/arms.csv", tmp_path)
    (problem,) = simulated_input(review(tmp_path))
    assert problem.startswith(f"{tmp_path}/arms.csv: 54 of its rows are marked as simulated")
    assert "docs/replace-a-twin.md" in problem
    assert (ROOT / "docs/replace-a-twin.md").is_file()
    assert simulated_input(review(tmp_path, synthetic=True)) == []


def test_one_row_among_others_is_enough(tmp_path):
    (tmp_path / "arms.csv").write_text("study_id,synthetic\na,\nb,TRUE\nc,false\n")
    (problem,) = simulated_input(review(tmp_path))
    assert ": 1 of its rows" in problem


def test_a_table_without_the_mark_is_nobodys_business(tmp_path):
    (tmp_path / "arms.csv").write_text("study_id,n\na,3\n")
    assert simulated_input(review(tmp_path)) == []


def test_a_marked_digitiser_file_is_found_without_its_table(tmp_path):
    (tmp_path / "figures/a").mkdir(parents=True)
    (tmp_path / "figures/a/fig1.json").write_text(f'{{"note": "{MARK}"}}')
    (problem,) = simulated_input(review(tmp_path))
    assert "figures/a/fig1.json: it is marked as simulated" in problem


@pytest.mark.parametrize("twin", ["bone_synthetic", "osteoporosis_synthetic"])
def test_a_shipped_twin_without_its_key_does_not_load(twin, tmp_path, monkeypatch):
    for name in ("config", "resources"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert load_review(twin, SCHEMA, DEFAULTS)["synthetic"]
    config = tmp_path / f"config/reviews/{twin}.yaml"
    config.write_text(config.read_text().replace("synthetic: true\n", ""))
    with pytest.raises(InputError, match="marked as simulated"):
        load_review(twin, SCHEMA, DEFAULTS)
