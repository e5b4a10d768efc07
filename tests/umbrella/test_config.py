"""Faults in an umbrella review's config are named with the key and the closest right name."""

import pytest

from evpool.config import read_yaml, schema_problems
from evpool.errors import InputError
from evpool.stats.amstar2 import CRITICAL
from evpool.umbrella.config import check_umbrella, complete_umbrella
from tests.conftest import ROOT
from tests.umbrella.samples import config

SCI = {"sci": {"outcomes": {"bbb_first": {}, "bbb_last": {}}}}
SCHEMA = read_yaml(ROOT / "workflow/schemas/umbrella.schema.yaml")
LEAST = {
    "kind": "umbrella",
    "title": "t",
    "diseases": {"Sepsis": []},
    "sources": {},
    "routes": {},
    "outcomes": {"survival": {"better": "higher"}},
}


def refusal(umbrella, reviews=SCI):
    with pytest.raises(InputError) as caught:
        check_umbrella(umbrella, reviews)
    return str(caught.value)


def test_the_real_config_passes():
    check_umbrella(config(), SCI)


def test_a_rule_that_names_an_unknown_column_is_refused_with_the_closest():
    umbrella = config()
    umbrella["classifications"]["paper"]["labels"][0]["all"][0]["column"] = "abs_smdd"
    said = refusal(umbrella)
    assert said.startswith("config/reviews/umbrella.yaml: 1 problem")
    assert (
        "classifications.paper: the column is 'abs_smdd': expected one of abs_smd, p_value" in said
    )
    assert "Did you mean 'abs_smd'?" in said


def test_a_reanalysis_of_an_unknown_review_or_outcome_is_refused():
    umbrella = config()
    umbrella["reanalyses"]["mou_2025_last"]["outcome"] = "bbb_lst"
    assert "outcome is 'bbb_lst': expected one of bbb_first, bbb_last. Did you mean" in refusal(
        umbrella
    )
    alone = refusal(config(), {})
    assert "mou_2025_last.review is 'sci', which is no pooled review of this run. Add it" in alone
    assert "Did you mean 'scii'?" in refusal(config(), {"scii": {}})


def test_diseases_declared_in_two_spellings_are_refused():
    umbrella = config()
    umbrella["diseases"]["Ischaemic Stroke"] = []
    assert "merge them: `Ischemic Stroke: [Ischaemic Stroke]`" in refusal(umbrella)


def test_what_is_not_said_is_filled_in():
    assert schema_problems(LEAST, SCHEMA) == []
    whole = complete_umbrella(LEAST, "mine")
    assert whole["amstar2"]["critical"] == list(CRITICAL)
    assert whole["tables"]["doses"] == "resources/mine/doses.csv"
    assert whole["unusable_rows"] == "stop"
    check_umbrella(whole, {})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"titel": "t"}, "unknown key 'titel'. Did you mean 'title'?"),
        ({"outcomes": {"x": {"better": "hihger"}}}, "Did you mean 'higher'?"),
        ({"amstar2": {"critical": [17]}}, "17 is greater than the maximum of 16"),
        ({"sensitivity": {"i2_below": 150}}, "150 is greater than the maximum of 100"),
    ],
)
def test_the_schema_names_what_it_refuses(changes, expected):
    assert expected in "; ".join(schema_problems(LEAST | changes, SCHEMA))
