import pytest
import yaml

from evpool.arms.sentinels import CODES
from evpool.config import (
    IN_OUTCOME_UNITS,
    check_exclusions,
    check_named_studies,
    complete_review,
    read_review,
    read_yaml,
    schema_problems,
    source_digest,
)
from evpool.errors import InputError
from evpool.stats.measures import MEASURES
from evpool.stats.pooling import CI_METHODS, PI_METHODS
from evpool.stats.tau2 import TAU2_METHODS
from evpool.umbrella.load import is_umbrella_file
from tests.conftest import ROOT

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/review.schema.yaml").read_text())
REVIEW = {"title": "t", "outcomes": {"o": {"label": "l", "better": "lower", "rows": {"a": "b"}}}}


def test_every_shipped_review_is_valid():
    umbrella = read_yaml(ROOT / "workflow/schemas/umbrella.schema.yaml")
    for path in (ROOT / "config/reviews").glob("*.yaml"):
        schema = umbrella if is_umbrella_file(path) else SCHEMA
        assert read_review(path, schema)["title"]


def test_the_schema_lists_what_the_library_knows():
    names = SCHEMA["$defs"]
    assert names["tau2_method"]["enum"] == list(TAU2_METHODS)
    assert names["ci_method"]["enum"] == list(CI_METHODS)
    assert names["pi_method"]["enum"] == list(PI_METHODS)
    assert set(names["analysis"]["properties"]["measure"]["enum"]) <= set(MEASURES)


def test_no_object_of_the_schema_lets_an_unknown_key_pass():
    def objects(node):
        if isinstance(node, dict):
            if "properties" in node:
                yield node
            for key, value in node.items():
                if key != "if":
                    yield from objects(value)

    found = list(objects(SCHEMA))
    assert len(found) >= 6
    assert all(node.get("additionalProperties") is False for node in found)


def test_every_problem_is_told_with_its_key():
    broken = REVIEW | {"colour": 1, "analysis": {"ci_level": 2, "measure": "MDD"}}
    text = "\n".join(schema_problems(broken, SCHEMA))
    assert "the file: unknown key 'colour'" in text
    assert "analysis.ci_level: 2 is greater than or equal to the maximum of 1" in text
    assert "analysis.measure is 'MDD': expected one of MD, SMD" in text


def test_an_outcome_overrides_the_review_which_overrides_the_project():
    review = REVIEW | {"analysis": {"tau2_method": "PM", "ci_level": 0.9}}
    review["outcomes"]["o"]["analysis"] = {"tau2_method": "DL"}
    full = complete_review(review, "r", {"tau2_method": "REML", "ci_level": 0.95, "measure": "MD"})
    assert full["outcomes"]["o"]["analysis"] == {
        "tau2_method": "DL",
        "ci_level": 0.9,
        "measure": "MD",
    }
    assert full["tables"]["arms"] == "resources/r/arms.csv"


def test_exclusions_name_studies_and_the_multiverse_names_sets():
    analysis = {"exclusion_sets": {"early": ["ito_2002", "roy_2021"]}}
    analysis["analyses"] = {"dl": {"tau2_method": "DL"}, "no_roy": {"exclude": ["roy_2012"]}}
    analysis["multiverse"] = {"exclusion_set": ["none", "eerly"]}
    review = {"id": "r", "outcomes": {"o": {"analysis": analysis}}}
    with pytest.raises(InputError) as caught:
        check_exclusions(review, ["ito_2020", "roy_2021"])
    studies, analyses, sets = caught.value.problems
    assert "o.analysis.exclusion_sets.early names the study 'ito_2002'" in studies
    assert studies.endswith("Did you mean 'ito_2020'?")
    assert "o.analysis.analyses.no_roy.exclude names the study 'roy_2012'" in analyses
    assert analyses.endswith("Did you mean 'roy_2021'?")
    assert "multiverse.exclusion_set names 'eerly'" in sets
    assert sets.endswith("Did you mean 'early'? Known: none, early")
    analysis["multiverse"] = None
    check_exclusions(review, ["ito_2002", "roy_2012", "roy_2021"])
    check_exclusions(review, [])


def test_what_is_left_out_or_combined_are_studies_of_the_table():
    review = complete_review(
        REVIEW | {"exclude": [{"study_id": "ito_2002", "reason": "retracted"}]}, "r", {}
    )
    review["outcomes"]["o"]["combine"] = [{"study_id": "roy", "reason": "two doses"}]
    with pytest.raises(InputError) as caught:
        check_named_studies(review, ["ito_2020", "roy_2021"])
    combined, excluded = caught.value.problems
    assert "`combine` names the study 'roy', which is not in the study table." in combined
    assert "`exclude` names the study 'ito_2002', which is not" in excluded
    assert excluded.endswith("Did you mean 'ito_2020'?")
    check_named_studies(review, ["ito_2002", "roy"])
    check_named_studies(review, [])


SENSITIVITY_FAULTS = [
    ({"gosh": {"model": "DL", "subsets": "some"}}, "gosh.subsets: 'some' does not match"),
    ({"gosh": {"subsets": "all"}}, "gosh: the key 'model' is missing"),
    ({"multiverse": {"mesure": ["MD"]}}, "unknown key 'mesure'. Did you mean 'measure'?"),
    ({"multiverse": {"measure": ["MDD"]}}, "measure.0 is 'MDD': expected one of MD"),
    ({"multiverse": {"ci_method": []}}, "ci_method"),
    ({"exclusion_sets": {"none": ["a"]}}, "'none' should not be valid"),
    ({"analyses": {"a": {"robust": {"alpha": 3}}}}, "robust.alpha: 3 is greater than the maximum"),
    ({"permutations": -1}, "permutations: -1 is less than the minimum of 0"),
    ({"seed": 1.5}, "seed: 1.5 is not of type 'integer'"),
]


@pytest.mark.parametrize(("analysis", "expected"), SENSITIVITY_FAULTS)
def test_a_fault_in_a_sensitivity_analysis_is_named(analysis, expected):
    (problem,) = schema_problems(REVIEW | {"analysis": analysis}, SCHEMA)
    assert expected in problem


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_review(tmp_path / "none.yaml", SCHEMA)
    (tmp_path / "bad.yaml").write_text("title: [")
    with pytest.raises(InputError, match=r"not valid YAML.*line 1"):
        read_review(tmp_path / "bad.yaml", SCHEMA)


def test_the_source_digest_changes_with_the_source(tmp_path, monkeypatch):
    import evpool.config as module

    folder = tmp_path / "evpool"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(module, "__file__", str(folder / "config.py"))
    before = source_digest()
    assert before == source_digest()
    (folder / "a.py").write_text("x = 2\n")
    assert source_digest() != before


def test_the_schema_shows_the_codes_that_are_refused_unless_said():
    assert SCHEMA["properties"]["missing_codes"]["default"] == list(CODES)
    assert complete_review(REVIEW, "r", {})["missing_codes"] == list(CODES)


def test_the_measures_in_the_outcomes_unit_are_those_that_the_statistics_know():
    known = tuple(name for name, measure in MEASURES.items() if measure.in_outcome_units)
    assert known == IN_OUTCOME_UNITS


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"units": {"missing": "guess"}}, "units.missing is 'guess': expected one of assume"),
        ({"units": {"conversions": [{"from": "mm", "factor": 2}]}}, "the key 'reason' is missing"),
        ({"change": {"reason": "x"}}, "the key 'correlation' is missing"),
        ({"change": {"correlation": 1, "reason": "x"}}, "change.correlation"),
        ({"combine": [{"study_id": "a"}]}, "the key 'reason' is missing"),
    ],
)
def test_what_an_outcome_does_to_its_arms_must_be_said_in_full(keys, expected):
    document = {"title": "t", "outcomes": {"o": {**REVIEW["outcomes"]["o"], **keys}}}
    assert expected in "; ".join(schema_problems(document, SCHEMA))
