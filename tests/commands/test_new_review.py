"""A review that begins from nothing: valid, complete, and true to what is declared."""

import csv
import shutil

import pytest
import yaml

from evpool.commands.new_review import new_review, review_text, with_review
from evpool.config import schema_problems
from evpool.errors import InputError
from evpool.extraction import columns
from evpool.steps.audit_claims import BESIDE_THE_FIT, COLUMNS, RELATIONS
from tests.conftest import ROOT

SCHEMAS = ROOT / "workflow/schemas"
SCHEMA = yaml.safe_load((SCHEMAS / "review.schema.yaml").read_text())
PROJECT = yaml.safe_load((ROOT / "config/config.yaml").read_text())
TEXT = review_text("demo", SCHEMA, PROJECT["analysis"])


@pytest.fixture
def project(tmp_path):
    (tmp_path / "config/reviews").mkdir(parents=True)
    shutil.copy(ROOT / "config/config.yaml", tmp_path / "config")
    return tmp_path


def test_the_config_is_valid_as_it_is_and_with_every_choice_made():
    assert schema_problems(yaml.safe_load(TEXT), SCHEMA) == []
    assert schema_problems(yaml.safe_load(TEXT.replace("#: ", "")), SCHEMA) == []


def test_the_config_shows_every_key_of_the_schema():
    # A key without a default needs `examples` in the schema.
    whole = yaml.safe_load(TEXT.replace("#: ", ""))
    assert set(whole) == set(SCHEMA["properties"])
    assert set(whole["analysis"]) == set(SCHEMA["$defs"]["analysis"]["properties"])
    outcome = set(SCHEMA["$defs"]["outcome"]["properties"])
    assert set(whole["outcomes"]["outcome_1"]) == outcome - {"analysis"}
    assert max(map(len, TEXT.splitlines())) <= 110


def test_every_table_has_the_declared_columns(project):
    new_review("demo", SCHEMAS, project)
    for name in SCHEMA["properties"]["tables"]["properties"]:
        with (project / f"resources/demo/{name}.csv").open() as table:
            (header,) = csv.reader(table)
        assert header == [column.name for column in getattr(columns, name.upper())]
    readme = (project / "resources/demo/README.md").read_text()
    assert "- **role**: treatment | control | sham" in readme
    assert (project / "resources/demo/figures").is_dir()


def test_the_claims_table_has_a_column_for_all_that_is_audited():
    declared = {column.name for column in columns.CLAIMS}
    assert {*COLUMNS, *BESIDE_THE_FIT, *RELATIONS.values()} <= declared


def test_the_review_is_listed_and_no_comment_is_lost(project):
    before = (project / "config/config.yaml").read_text()
    _, listed = new_review("demo", SCHEMAS, project)
    after = (project / "config/config.yaml").read_text()
    assert listed
    assert yaml.safe_load(after)["reviews"] == [*PROJECT["reviews"], "demo"]
    assert after.replace("  - demo\n", "", 1) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reviews:\n- a\n# b\n- c # d\nx: 1\n", "reviews:\n- a\n# b\n- c # d\n- demo\nx: 1\n"),
        ("x: 1\nreviews: [a, b] # c\n", "x: 1\nreviews: [a, b, demo] # c\n"),
        (
            "reviews:\n  - a\n\n  # later\n  - b\n",
            "reviews:\n  - a\n\n  # later\n  - b\n  - demo\n",
        ),
        ("reviews: &all\n  - a\nx: *all\n", None),
        ("{reviews: [a], x: 1}\n", None),
    ],
)
def test_a_list_of_any_shape_is_added_to_or_left_alone(text, expected):
    assert with_review(text, "demo") == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Demo-2", "take, for instance, 'demo_2'"),
        ("2026", "take, for instance, 'review_2026'"),
        ("../evil", "take, for instance, 'evil'"),
        ("sci", "config/config.yaml: sci exists already"),
    ],
)
def test_a_name_that_can_not_be(project, name, words):
    with pytest.raises(InputError) as caught:
        new_review(name, SCHEMAS, project)
    assert words in str(caught.value)
    assert not (project / "resources").exists()


def test_nothing_is_overwritten(project):
    new_review("demo", SCHEMAS, project)
    shutil.copy(ROOT / "config/config.yaml", project / "config")
    shutil.rmtree(project / "resources/demo")
    with pytest.raises(InputError, match=r"config/reviews/demo.yaml exists already(.|\n)*nothing"):
        new_review("demo", SCHEMAS, project)
    assert not (project / "resources/demo").exists()
