import pytest
from numpy.testing import assert_allclose

from evpool.steps.compute_effects import compute_effects
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.pool_effects import pool_effects
from evpool.steps.run_multiverse import run_multiverse, timepoint_name
from tests.steps.samples import METHOD, SPECIFICATION, arms

SETS = {"late": ["s1"], "elsewhere": ["x"], "everyone": ["s0", "s1", "s2", "s3"]}


def run(choices, exclude=(), **own):
    return run_multiverse(arms(), choices, SPECIFICATION | own, {"exclude": list(exclude)}, SETS)


def of_own_rule(rows):
    """Leave out the specifications that are there because one error bar is of unknown kind."""
    return [row for row in rows if row["sd_rule"] == "exclude"]


def direct(row, left_out=()):
    """Pool one specification the long way: each step by its own function."""
    exclude = [{"study_id": study, "reason": "x"} for study in left_out]
    kept, _ = harmonise_arms(arms(), exclude, timepoint=row["timepoint"], sd_rule=row["sd_rule"])
    method = METHOD | {name: row[name] for name in ("tau2_method", "ci_method")}
    return pool_effects(compute_effects(kept, row["measure"], 0.95), method)[0][1]


def test_every_specification_equals_the_steps_one_after_the_other():
    choices = {"measure": ["MD", "SMD"], "tau2_method": ["DL", "REML"], "ci_method": ["wald", "t"]}
    choices |= {"timepoint": ["earliest", "latest"], "exclusion_set": ["none", "late"]}
    rows = run(choices)
    assert len(rows) == 2 * 2 * 2 * 2 * 2 * 4
    for row in rows:
        alone = direct(row, SETS["late"] if row["exclusion_set"] == "late" else ())
        for name in ("estimate", "ci_low", "pi_high", "p_value", "tau2", "i2", "k"):
            assert_allclose(row[name], alone[name], rtol=1e-6, atol=1e-9, err_msg=str(row))


def test_a_control_that_comparisons_share_is_a_choice_like_any_other():
    twice = [row | {"comparison": 2, "row_id": f"{row['row_id']}b"} for row in arms()]
    both = [*arms(), *twice]
    rows = run_multiverse(both, {"shared_control": ["none", "split"]}, SPECIFICATION, {}, {})
    for row in rows:
        way = {name: row[name] for name in ("timepoint", "sd_rule", "shared_control")}
        kept, _ = harmonise_arms(both, **way)
        alone = pool_effects(compute_effects(kept, "MD", 0.95), METHOD)[0][1]
        assert_allclose(row["se"], alone["se"], rtol=1e-9)
    own, split = (row for row in rows if row["sd_rule"] == SPECIFICATION["sd_rule"])
    assert (own["is_own"], split["is_own"]) == (True, False)
    assert own["se"] < split["se"]


def test_the_rule_for_unknown_sds_changes_how_many_studies_there_are():
    # Whatever the review chooses or lists: the arm with the unknown bar is read by every rule.
    for choices in (None, {}, {"sd_rule": ["exclude"]}):
        rows = run(choices)
        assert [row["sd_rule"] for row in rows] == [
            "exclude", "assume_sem", "assume_sd", "impute_cv",
        ]  # fmt: skip
        assert [row["k"] for row in rows] == [3, 4, 4, 4]
        assert len({row["estimate"] for row in rows}) == 4
        assert [row["is_own"] for row in rows] == [True, False, False, False]
    assert run(None, [{"study_id": "s0", "reason": "x"}]) == []


def test_what_is_not_listed_stays_as_the_review_makes_it_and_its_own_row_is_marked():
    rows = of_own_rule(run({"tau2_method": ["DL", "REML"]}))
    assert [row["is_own"] for row in rows] == [False, True]
    assert {(row["measure"], row["timepoint"], row["exclusion_set"]) for row in rows} == {
        ("MD", "latest", "none")
    }


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"measure": ["OR", "MD"]}, "events"),
        ({"exclusion_set": ["elsewhere", "none"]}, "none of its studies has this outcome"),
        ({"exclusion_set": ["everyone", "none"]}, "excludes every study"),
        (
            {"timepoint": [{"rule": "latest", "window": [90, 99]}, "latest"]},
            "no comparison is left",
        ),
    ],
)
def test_a_specification_that_cannot_be_computed_keeps_its_row_and_says_why(choices, reason):
    broken, sound = of_own_rule(run(choices))
    assert reason in broken["warning"]
    assert broken["estimate"] != broken["estimate"]
    assert broken["k"] == 0
    assert sound["warning"] is None
    assert sound["k"] == 3


@pytest.mark.parametrize("impossible", ["ledger", "stop"])
def test_a_comparison_that_a_measure_cannot_use_is_treated_as_in_the_review_itself(impossible):
    effect = {"measure": "MD", "options": {}, "impossible": impossible}
    below = [row | {"mean": row["mean"] - 1.125} for row in arms()]  # the control of s1 is below 0
    choices = {"measure": ["MD", "ROM"]}
    own, other = of_own_rule(
        run_multiverse(below, choices, SPECIFICATION, {"exclude": [], "effect": effect}, SETS)
    )
    assert own["k"] == 3
    if impossible == "ledger":
        assert (other["k"], other["warning"]) == (2, None)
    else:
        assert other["k"] == 0
        assert "s1, comparison 1, 28 d, control: mean_c is -0.025: expected" in other["warning"]


def test_the_exclusions_of_the_review_always_hold():
    always = [{"study_id": "s1", "reason": "x"}]
    (row,) = of_own_rule(run({"measure": ["MD"]}, always))
    assert row["k"] == 2
    assert_allclose(row["estimate"], direct(row, ["s1"])["estimate"], rtol=1e-9)
    assert run({"exclusion_set": ["late"]}, always)[0]["warning"].endswith("has this outcome")


def test_time_point_rules_are_named_in_a_cell():
    rule = {"rule": "nearest", "anchor": 28, "unit": "d", "window": [21, 35.5], "tie": "later"}
    assert timepoint_name(rule) == "nearest 28 d in 21 to 35.5, later"
    rows = of_own_rule(run({"timepoint": [{"rule": "nearest", "anchor": 6}, "earliest"]}))
    assert [row["timepoint"] for row in rows] == ["nearest 6", "earliest"]
    assert_allclose(rows[0]["estimate"], rows[1]["estimate"], rtol=1e-12)


@pytest.mark.parametrize("choices", [None, {}])
def test_no_rows_unasked(choices):
    known = [row for row in arms() if row["study_id"] != "s0"]
    assert run_multiverse(known, choices, SPECIFICATION, {"exclude": []}, SETS) == []
