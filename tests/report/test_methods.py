"""The methods name every setting: whatever a review may choose changes the text."""

import copy

import pytest

from evpool.config import complete_review, read_yaml
from evpool.report.methods import methods
from tests.conftest import ROOT

SCHEMA = read_yaml(ROOT / "workflow/schemas/review.schema.yaml")
DEFAULTS = read_yaml(ROOT / "config/config.yaml")["analysis"]
MADE = ("flow", "swim", "rater_agreement", "audit")
OUTCOME = {"label": "Pain", "unit": "points", "better": "lower", "rows": {"outcome": "pain"}}
REVIEW = {"title": "A review", "outcomes": {"pain": OUTCOME}}
# Settings that the methods leave to another part of the page.
ELSEWHERE = {
    "review": {
        "title",
        "citation",
        "doi",
        "tables",
        "outcomes",
        "analysis",
        "characteristics",
        "labels",
    },
    "outcome": {"label", "better", "analysis"},
}
ASKED = {"gosh": {"model": "DL"}, "permutations": 10, "metaregression": ["year"]}
ASKED |= {"subgroups": ["source"]}
ALTERNATIVES = {
    "measure": "ROM",
    "timepoint": {"rule": "nearest", "anchor": 4, "window": [3, 5], "unit": "wk", "tie": "later"},
    "sd_rule": "impute_cv",
    "shared_control": "split",
    "measure_options": {"variance": "UB"},
    "tau2_method": "PM",
    "ci_method": "hksj",
    "pi_method": "hksj",
    "ci_level": 0.9,
    "tau2_ci_method": "profile_likelihood",
    "i2_ci_method": "test_based",
    "analyses": {"other": {"tau2_method": "DL"}},
    "subgroups": ["species"],
    "fewest_for_subgroups": 10,
    "metaregression": ["dose"],
    "fewest_for_metaregression": 10,
    "metaregression_test": "knha",
    "permutations": 99,
    "cumulative": ["year"],
    "exclusion_sets": {"odd": ["a"]},
    "gosh": {"model": "common"},
    "multiverse": {"tau2_method": ["DL", "PM"]},
    "seed": 7,
    "fewest_for_bias": 10,
    "bias": {"tests": ["begg"]},
}
BIAS = {
    "tests": ["egger"],
    "egger_predictor": "vi",
    "egger_model": "mixed",
    "trim_fill_estimator": "R0",
    "trim_fill_side": "left",
    "selection_steps": [0.05],
    "selection_alternative": "less",
}
READING = {
    "disagreement_percent": 5,
    "disagreement_pixels": 1,
    "click_error": 0.7,
    "calibration_error": 0.3,
    "draws": 500,
}
NAMED = {
    "tau2_method": "SJ",
    "ci_method": "t",
    "pi_method": "normal",
    "ci_level": 0.8,
    "tau2_ci_method": "profile_likelihood",
    "i2_ci_method": "test_based",
    "counts": "peto",
    "exclude": ["ito_2020"],
    "only": {"source": ["fat", "marrow"]},
    "robust": {"alpha": 0.5},
}
OF_OUTCOME = {
    "unit": "mm",
    "units": {"missing": "exclude"},
    "change": {"correlation": 0.6, "reason": "as printed"},
    "combine": [{"study_id": "a", "reason": "two doses"}],
    "table": "figures",
    "rows": {"outcome": "gait"},
    "exclude": [{"study_id": "b", "reason": "another scale"}],
}
OF_REVIEW = {
    "synthetic": True,
    "unusable_rows": "ledger",
    "missing_codes": [888],
    "doses": {"column": "dose", "unit": "ug", "body_weight": "weight"},
    "exclude": [{"study_id": "c", "reason": "retracted"}],
    "risk_of_bias": {"tool": "CAMARADES", "weights": "pain"},
    "swim": {"groups": ["source"], "dose": "dose", "dose_unit": "ug/kg", "threshold": 100},
}


def text(document, made=MADE):
    whole = complete_review(copy.deepcopy(document), "r", DEFAULTS | ASKED)
    return "\n".join(part for pair in methods(whole, "1.0", made) for part in pair)


def with_outcome(**changes):
    return REVIEW | {"outcomes": {"pain": OUTCOME | changes}}


def known(where):
    return set(where["properties"])


def test_every_key_of_the_schema_is_tried_here():
    defs = SCHEMA["$defs"]
    assert known(defs["analysis"]) == {*ALTERNATIVES, "reading"}
    assert known(defs["reading"]) == set(READING)
    assert known(defs["bias"]) == set(BIAS)
    assert known(defs["named_analysis"]) == set(NAMED)
    assert known(defs["outcome"]) == set(OF_OUTCOME) | ELSEWHERE["outcome"]
    assert known(SCHEMA) == set(OF_REVIEW) | ELSEWHERE["review"]


@pytest.mark.parametrize("key", ALTERNATIVES)
def test_a_statistical_choice_changes_the_text(key):
    assert text(with_outcome(analysis={key: ALTERNATIVES[key]})) != text(REVIEW)


@pytest.mark.parametrize("key", BIAS)
def test_a_choice_about_bias_changes_the_text(key):
    assert text(with_outcome(analysis={"bias": {key: BIAS[key]}})) != text(REVIEW)


@pytest.mark.parametrize("key", READING)
def test_a_choice_about_reading_changes_the_text_of_digitised_outcomes_alone(key):
    other = {"reading": {"click_error": 0.5, key: READING[key]}}
    plain = {"reading": {"click_error": 0.5}}
    assert text(with_outcome(analysis=other)) == text(REVIEW)
    changed = text(with_outcome(table="figures", analysis=other))
    assert changed != text(with_outcome(table="figures", analysis=plain))


@pytest.mark.parametrize("key", NAMED)
def test_a_named_analysis_says_in_what_it_differs(key):
    plain = text(with_outcome(analysis={"analyses": {"other": {"ci_level": 0.99}}}))
    other = text(with_outcome(analysis={"analyses": {"other": {key: NAMED[key]}}}))
    assert "The analysis ‘other’ " in other
    assert other != plain


@pytest.mark.parametrize("key", OF_OUTCOME)
def test_a_choice_about_the_data_changes_the_text(key):
    assert text(with_outcome(**{key: OF_OUTCOME[key]})) != text(REVIEW)


@pytest.mark.parametrize("key", OF_REVIEW)
def test_a_choice_of_the_review_changes_the_text(key):
    assert text(REVIEW | {key: OF_REVIEW[key]}) != text(REVIEW)


@pytest.mark.parametrize("ci_method", ["hksj", "hksj_adhoc", "profile"])
def test_an_interval_of_random_effects_is_said_to_be_one(ci_method):
    beside = ", and Wald-type ones for the common effect."
    assert f" at 95%{beside}" in text(with_outcome(analysis={"ci_method": ci_method}))
    named = {"other": {"ci_method": ci_method}}
    assert beside in text(with_outcome(analysis={"analyses": named}))
    assert beside not in text(with_outcome(analysis={"ci_method": "t"}))


def test_every_word_of_every_choice_is_known():
    for name in ("tau2_method", "ci_method", "pi_method", "tau2_ci_method", "i2_ci_method"):
        for value in SCHEMA["$defs"][name]["enum"]:
            assert text(with_outcome(analysis={name: value, "analyses": {"o": {name: value}}}))
    analysis = SCHEMA["$defs"]["analysis"]["properties"]
    for name in ("measure", "sd_rule", "shared_control", "metaregression_test"):
        for value in analysis[name]["enum"]:
            assert text(with_outcome(analysis={name: value}))
    for value in ("all", "earliest", "latest", {"rule": "latest", "window": [1, 2]}):
        assert text(with_outcome(analysis={"timepoint": value}))
    for name, values in SCHEMA["$defs"]["bias"]["properties"].items():
        for value in values.get("enum", []):
            assert text(with_outcome(analysis={"bias": {name: value}}))
    for tool in ("SYRCLE", "CAMARADES", "COCHRANE", "ROB2"):
        assert "doi:" in text(REVIEW | {"risk_of_bias": {"tool": tool}})


def test_exclusions_time_rules_and_conversions_are_said_with_their_reasons():
    factor = {"from": "ratio", "factor": 100, "reason": "percent of one"}
    changes = {"exclude": OF_OUTCOME["exclude"], "units": {"conversions": [factor]}}
    said = text(with_outcome(analysis={"timepoint": ALTERNATIVES["timepoint"]}, **changes))
    assert "Left out: b (another scale)." in said
    assert "nearest to 4 wk was used, within 3 to 5 wk; of two equally near the later one." in said
    assert "Values in ratio were taken × 100 (percent of one)." in said


@pytest.mark.parametrize(("measure", "expected"), [("SMD", True), ("VR", True), ("OR", False)])
def test_only_an_outcome_with_sds_says_what_was_done_without_one(measure, expected):
    choices = {"measure": measure, "sd_rule": "impute_cv"}
    assert ("unknown SD" in text(with_outcome(unit=None, analysis=choices))) is expected


def test_codes_are_written_as_the_review_labels_them():
    labels = {"source": {"bm": "Bone marrow"}, "analysis": {"bm_only": "Marrow"}}
    shown = {"columns": {"source": "Source of cells"}}
    choices = {"subgroups": ["source"], "analyses": {"bm_only": {"only": {"source": "bm"}}}}
    said = text(with_outcome(analysis=choices) | {"labels": labels, "characteristics": shown})
    assert "Subgroups (source of cells) were" in said
    assert "‘Marrow’ keeps the comparisons with source of cells: Bone marrow." in said


def test_a_review_that_pools_nothing_has_methods_all_the_same():
    said = text({"title": "t", "swim": OF_REVIEW["swim"], "risk_of_bias": {"tool": "SYRCLE"}})
    expected = ("SWiM (Campbell et al. 2020)", "Hooijmans et al. 2014", "PRISMA 2020", "evpool 1.0")
    for words in (*expected, "a threshold at 100 ug/kg", "Clopper and Pearson 1934"):
        assert words in said
    assert methods(complete_review({"title": "t"}, "r", DEFAULTS), "1.0") == []


def test_how_published_mean_differences_are_read_is_said():
    said = {
        measure: "by Student's t" in text(with_outcome(table="estimates", analysis=analysis))
        for measure in ("MD", "SMD", "HR")
        for analysis in [{"measure": measure, "metaregression_test": "wald"}]
    }
    assert said == {"MD": True, "SMD": False, "HR": False}


def test_options_that_published_effects_have_no_use_for_are_not_said():
    choices = {"measure": "SMD", "measure_options": {"variance": "UB", "level": 0.9}}
    assert "Its options: level = 0.9." in text(with_outcome(table="estimates", analysis=choices))
    choices["measure_options"] = {"variance": "UB"}
    assert "Its options" not in text(with_outcome(table="estimates", analysis=choices))
    assert "Its options: variance = UB." in text(with_outcome(analysis=choices))
