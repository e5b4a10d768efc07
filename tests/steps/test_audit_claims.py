import pytest

from evpool.claims.printed import decimals
from evpool.extraction.columns import CLAIMS
from evpool.extraction.delimited import read_input
from evpool.extraction.table import InputTable
from evpool.steps.audit_claims import audit_claims, compare

FIT = {"outcome": "pain_late", "analysis": "overall", "measure": "MD", "k": 12, "n_t": 60}
FIT |= {"n_c": 58, "p_value": 0.003, "statistic": 2.9, "i2": 0.756, "tau2": 0.1, "q": 44.1}
FIT |= {"q_df": 11.0, "q_p": 1e-5}
COMMON = FIT | {"model": "common", "estimate": 1.258, "ci_low": 1.14, "ci_high": 1.376}
RANDOM = FIT | {"model": "random", "estimate": 1.321, "ci_low": 1.07, "ci_high": 1.572}
EGGER = {"outcome": "pain_late", "test": "egger", "variant": "sei", "k": 12, "statistic": 1.0}
LEVEL = {"outcome": "pain_late", "moderator": "source", "tau2_common": False, "k": 3}
LEVEL |= {"measure": "MD", "p_between": 0.0123, "df_between": 1.0, "q_between": 6.27}
LEVELS = [LEVEL | {"model": model, "level": level, "p_between": p, "estimate": estimate}
          for model, p in (("common", 0.0004), ("random", 0.0123))
          for level, estimate in (("fat", -2.0), ("marrow", -1.0))]  # fmt: skip
OUTCOMES = {"pain_late": {"rows": {"outcome": "pain", "timepoint": "late"}, "better": "lower"}}


def audit(bias=(), subgroups=(), against="data", effects=(), **claim):
    row = {"claim_id": "c1", "location": "Abstract", "outcome": "pain", "group": "late"}
    row |= {"quote": "q", "asserts": None, **claim}
    results = {"pooled": [COMMON, RANDOM], "effects": list(effects), "bias": list(bias)}
    results["subgroups"] = list(subgroups)
    table = InputTable("claims.csv", (), [row], [])
    rows = audit_claims(table, results, "r", OUTCOMES)
    return [row for row in rows if row["against"] == against]


@pytest.mark.parametrize(
    ("printed", "recomputed", "verdict"),
    [
        ("1.26", 1.2649, "reproduced"),
        ("1.26", 1.2651, "differs"),
        ("2.00", 2.004, "reproduced"),
        ("2.00", 2.006, "differs"),
        ("2", 2.4, "reproduced"),
        ("-0.5", -0.549, "reproduced"),
        ("4.1e-5", 4.13e-5, "reproduced"),
        ("4.1e-5", 4.2e-5, "differs"),
        ("1", None, "not_recomputable"),
    ],
)
def test_a_number_is_compared_at_its_printed_precision(printed, recomputed, verdict):
    assert compare("estimate", printed, recomputed)["verdict"] == verdict


@pytest.mark.parametrize(
    ("relation", "recomputed", "verdict"),
    [("<", 0.003, "reproduced"), ("<", 0.02, "differs"), (">", 0.02, "reproduced"),
     (">", 0.003, "differs"), ("=", 0.003, "differs"), (None, 0.012, "reproduced")],
)  # fmt: skip
def test_an_inequality_is_checked_as_one(relation, recomputed, verdict):
    assert compare("p_value", "0.01", recomputed, relation)["verdict"] == verdict


def test_decimals_of_a_printed_number():
    assert [decimals(text) for text in ("76", "1.250", "4e-5", "4.1E-5")] == [0, 3, 5, 6]


def test_a_claim_without_a_model_is_held_against_the_one_it_fits():
    rows = audit(estimate="1.26", ci_lower="1.14", ci_upper="1.38")
    assert [row["verdict"] for row in rows] == ["reproduced"] * 3
    assert "those of the common-effect model" in rows[0]["finding"]


def test_a_named_model_is_the_one_used():
    rows = audit(model="random", estimate="1.26")
    assert (rows[0]["verdict"], rows[0]["model"]) == ("differs", "random")


def test_a_fixed_effect_is_a_common_one():
    (row,) = audit(model="fixed", estimate="1.32")
    assert (row["verdict"], row["model"], row["finding"]) == ("differs", "common", "")


def test_a_model_is_one_of_those_that_are_computed(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("claim_id,location,outcome,group,quote,model\nc,p,pain,,q,fix\n")
    (problem,) = read_input(path, CLAIMS).problems
    assert "one of common, random, fixed" in str(problem)


def test_a_claim_of_another_measure_is_not_held_against_this_one():
    rows = audit(measure="SMD", model="random", estimate="1.32", i2_pct="76", k="12")
    assert {row["quantity"]: row["verdict"] for row in rows} == {
        "k": "reproduced",
        "estimate": "not_recomputable",
        "i2_pct": "not_recomputable",
    }
    told = "the claim is of the measure SMD, but the outcome is pooled as MD"
    assert [row["finding"] == told for row in rows] == [True, False, True]


def test_z_is_compared_without_its_sign():
    for printed, verdict in (("-2.90", "reproduced"), ("2.90", "reproduced"), ("-2.8", "differs")):
        assert compare("z", printed, 2.9)["verdict"] == verdict
    assert compare("z", "2.90", -2.9)["finding"] == "but for the sign, which is often left out"
    assert compare("estimate", "2.90", -2.9)["verdict"] == "differs"


def test_a_printed_ratio_is_held_against_the_ratio():
    ratio = {"measure": "OR", "model": "common", "estimate": -0.693147, "ci_low": -1.386294}
    fit = FIT | ratio | {"ci_high": 0.0}
    for printed, verdict in (("0.50", "reproduced"), ("-0.69", "differs")):
        claim = {"claim_id": "c", "location": "", "outcome": "pain", "group": "late", "quote": ""}
        claim |= {"model": "common", "estimate": printed}
        results = {"pooled": [fit], "effects": [], "subgroups": [], "bias": []}
        table = InputTable("claims.csv", (), [claim], [])
        assert audit_claims(table, results, "r", OUTCOMES)[0]["verdict"] == verdict


def test_animals_of_one_arm_are_recognised():
    (row,) = audit(n_animals="60")
    assert row["verdict"] == "differs"
    assert "60 are the treated animals alone; both arms have 118" in row["finding"]


def test_an_interval_that_is_not_centred_is_pointed_out():
    # Two digits swapped: 5.48 printed for 5.84, with the interval of the true one.
    printed = {"estimate": "5.48", "ci_lower": "3.55", "ci_upper": "8.13"}
    (row,) = audit(against="itself", measure="MD", **printed)
    assert row["verdict"] == "contradicts_itself"
    assert "centred on 5.84, not on the estimate; with 5.84 for 5.48 it would be" in row["finding"]


def test_a_claim_about_one_study_is_held_against_that_study():
    effect = {"outcome": "pain_late", "study_id": "roy_2021", "measure": "MD", "yi": -1.204}
    effect |= {"ci_low": -2.0, "ci_high": -0.4, "n_t": 8, "n_c": 8}
    for study, verdict in (("roy_2021", "reproduced"), ("lee_2022", "not_recomputable")):
        (row,) = audit(effects=[effect], analysis="study", group=study, estimate="-1.20")
        assert row["verdict"] == verdict


def test_a_study_of_several_comparisons_is_held_against_the_one_that_fits():
    effect = {"outcome": "pain_late", "study_id": "roy_2021", "measure": "MD", "n_t": 8, "n_c": 8}
    effects = [effect | {"yi": y, "ci_low": y - 1, "ci_high": y + 1} for y in (1.0, 2.0)]
    for model in (None, "random"):
        printed = {"estimate": "2.00", "ci_upper": "3.00", "model": model}
        rows = audit(effects=effects, analysis="study", group="roy_2021", **printed)
        assert [row["verdict"] for row in rows] == ["reproduced"] * 2
        assert {row["finding"] for row in rows} == {"comparison 2 of the study's 2"}


def test_a_part_is_not_held_against_the_whole():
    claim = {"analysis": "publication_bias", "group": "local", "outcome": "pain_late"}
    egger = EGGER | {"p_value": 0.03}
    rows = audit(bias=[egger], k="7", egger_p="0.03", asserts="asymmetry", **claim)
    assert {row["quantity"] for row in rows} == {"k", "egger_p", "asymmetry"}
    assert {row["verdict"] for row in rows} == {"not_recomputable"}
    assert all("'local'" in row["finding"] for row in rows)


def test_a_claim_of_a_part_that_names_none_is_told_so():
    (row,) = audit(analysis="subgroup", group=None, estimate="1.32")
    assert row["finding"] == "the claim is of kind 'subgroup' and names no group"


def test_a_papers_egger_test_is_that_on_the_standard_error():
    # SMDs rise with their standard errors, though not with 1 / sqrt(n): the review's own test.
    values = [(0.5, 0.2), (1.1, 0.4), (1.4, 0.5), (2.2, 0.7), (2.9, 0.9)]
    effects = [{"outcome": "pain_late", "measure": "SMD", "yi": y, "vi": s**2} for y, s in values]
    own = EGGER | {"variant": "sqrtninv", "p_value": 0.437}
    told = "regressed on the standard error; on 1/√n P is 0.44"
    for claim in ({"egger_p": "0.000"}, {"asserts": "asymmetry"}):
        (row,) = audit(bias=[own], effects=effects, **claim)
        assert row["verdict"] == "reproduced"
        assert row["finding"].endswith(told)
        assert row["recomputed"] < 0.0005
    (row,) = audit(bias=[own], effects=effects, egger_p="0.44")
    assert (row["verdict"], row["recomputed"]) == ("reproduced", 0.437)
    assert row["finding"].startswith("regressed on 1/√n; on the standard error P is")
    (row,) = audit(bias=[own], effects=effects, egger_p="0.2", measure="MD")
    assert "the outcome is pooled as SMD" in row["finding"]


def test_animals_are_not_recomputed_where_one_side_is_unknown():
    effect = {"outcome": "pain_late", "study_id": "roy_2021", "measure": "MD", "yi": -1.204}
    effect |= {"ci_low": -2.0, "ci_high": -0.4, "n_t": 8, "n_c": None}
    (row,) = audit(effects=[effect], analysis="study", group="roy_2021", n_animals="8")
    assert row["verdict"] == "not_recomputable"


def test_a_subgroup_that_is_not_computed_is_not_held_against_the_whole():
    (row,) = audit(analysis="subgroup", estimate="1.32", model="random")
    assert (row["verdict"], row["finding"]) == (
        "not_recomputable",
        "no result of 'late' is computed",
    )


def test_the_reason_that_was_typed_is_given():
    (row,) = audit(outcome="gait", estimate="1.0", not_recomputable="no SD is printed")
    assert (row["verdict"], row["finding"]) == ("not_recomputable", "no SD is printed")


@pytest.mark.parametrize(
    ("asserts", "p", "verdict"),
    [("asymmetry", 0.03, "reproduced"), ("asymmetry", 0.4, "differs"),
     ("no_asymmetry", 0.03, "differs"), ("no_asymmetry", 0.4, "reproduced")],
)  # fmt: skip
def test_what_is_said_of_the_funnel(asserts, p, verdict):
    egger = EGGER | {"p_value": p}
    (row,) = audit(bias=[egger], asserts=asserts)
    assert row["verdict"] == verdict


def test_a_model_that_did_not_converge_confirms_no_subgroups():
    row = {"outcome": "pain_late", "moderator": "source", "model": "random", "level": None}
    row |= {"tau2_common": False, "p_between": None, "df_between": None}
    (found,) = audit(subgroups=[row], group="source: fat", asserts="no_subgroup_difference")
    assert found["verdict"] == "not_recomputable"
    assert "among the results" in found["finding"]


def test_the_largest_level_follows_the_good_direction():
    for level, verdict in (("fat", "reproduced"), ("marrow", "differs")):
        (row,) = audit(subgroups=LEVELS, asserts="largest_level", group=f"source: {level}")
        assert row["verdict"] == verdict


@pytest.mark.parametrize("asserts", ["no_subgroup_difference", "largest_level"])
def test_an_assertion_about_levels_without_a_group_is_no_crash(asserts):
    (row,) = audit(subgroups=LEVELS, asserts=asserts, group=None)
    assert (row["verdict"], row["finding"]) == (
        "not_recomputable",
        "the claim names no group",
    )


def test_a_claimed_measure_that_is_none_is_told_so():
    (row,) = audit(asserts="measure", measure="mean change")
    assert row["finding"] == "'mean change' is no measure that is computed"


def test_a_moderator_of_one_level_has_no_test():
    (lone,) = [row for row in LEVELS if (row["model"], row["level"]) == ("random", "fat")]
    lone = lone | {"p_between": None, "df_between": None}
    for claim in ({"asserts": "no_subgroup_difference"}, {"p_subgroup_difference": "0.2"}):
        (row,) = audit(subgroups=[lone], group="source: fat", **claim)
        assert row["verdict"] == "not_recomputable"
        assert row["finding"] == "there is one level, so no test between levels"


@pytest.mark.parametrize(
    ("group", "claim", "verdict"),
    [
        ("source", {"p_subgroup_difference": "0.012"}, "reproduced"),
        ("source: fat;marrow", {"p_subgroup_difference": "0.012"}, "reproduced"),
        ("marrow vs fat", {"p_subgroup_difference": "0.012"}, "reproduced"),
        ("source: fat", {"p_subgroup_difference": "0.012"}, "reproduced"),
        ("source", {"p_subgroup_difference": "0.0004"}, "reproduced"),  # by common effects
        ("source", {"p_subgroup_difference": "0.0004", "model": "random"}, "differs"),
        ("source", {"p_subgroup_difference": "0.5"}, "differs"),
        ("fat vs cord", {"p_subgroup_difference": "0.012"}, "not_recomputable"),
        ("source: fat;cord", {"p_subgroup_difference": "0.012"}, "not_recomputable"),
        ("source", {"p_subgroup_difference": "0.012", "measure": "SMD"}, "not_recomputable"),
    ],
)
def test_the_p_of_a_difference_between_subgroups(group, claim, verdict):
    named = {"analysis": "subgroup", "outcome": "pain_late", "group": group}
    (row,) = audit(subgroups=LEVELS, **named, **claim)
    assert (row["quantity"], row["verdict"]) == ("p_subgroup_difference", verdict)
    assert verdict != "not_recomputable" or row["finding"]
    assert (row["recomputed"] is None) == (verdict == "not_recomputable")


def test_a_bound_on_the_p_of_a_difference():
    bound = {"p_subgroup_difference": "0.05", "p_subgroup_difference_relation": "<"}
    (row,) = audit(subgroups=LEVELS, group="fat vs marrow", **bound)
    assert (row["printed"], row["verdict"]) == ("< 0.05", "reproduced")


def test_a_claim_about_something_else_is_not_recomputable():
    (row,) = audit(outcome="gait", estimate="1.0")
    assert row["verdict"] == "not_recomputable"
    assert "no outcome of the review's config holds these rows" in row["finding"]
    (row,) = audit()
    assert "the claim prints no number" in row["finding"]


@pytest.mark.parametrize(
    ("asserts", "verdict"), [("heterogeneity", "reproduced"), ("no_heterogeneity", "differs")]
)
def test_what_is_said_of_heterogeneity(asserts, verdict):
    (row,) = audit(asserts=asserts)
    assert (row["verdict"], row["quantity"]) == (verdict, "heterogeneity")
