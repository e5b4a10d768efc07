"""Comparisons that the measure can't be computed from: refused together, or on the ledger."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evpool.errors import InputError
from evpool.extraction.table import InputTable
from evpool.steps.close_ledger import close_ledger
from evpool.steps.compute_effects import compute_effects
from evpool.steps.harmonise_arms import harmonise_arms
from tests.arms.test_shared_control import sharing
from tests.steps.test_compute_effects import contrast
from tests.steps.test_harmonise_arms import arm


def pair(study, mean_t, mean_c=1.0, **changes):
    return [
        arm(study, mean=mean_t, arm="EV", **changes),
        arm(study, "control", mean=mean_c, **changes),
    ]


def counts(study, events_t, events_c):
    common = {"n": 10.0, "mean": None, "error": None}
    treated = arm(study, events=events_t, **common)
    return [treated, arm(study, "control", events=events_c, **common)]


def harmonise(arms, measure, impossible="ledger", options=None, **choices):
    effect = {"measure": measure, "options": options or {}, "impossible": impossible}
    return harmonise_arms(arms, effect=effect, **choices)


def reasons(ledger):
    return {(row["study_id"], row["role"]): row["reason"] for row in ledger}


def test_every_impossible_comparison_is_named_at_once_with_value_and_remedy():
    arms = [*pair("a", -0.3), *pair("b", 2.0), *pair("c", 2.0, 0.0, time=4.0, time_unit="wk")]
    with pytest.raises(InputError) as caught:
        harmonise(arms, "ROM", "stop")
    text = str(caught.value)
    assert "f: 2 problems" in text
    assert (
        "a, comparison 1, first, treatment 'EV': mean_t is -0.3: expected it to be > 0 for a ratio "
        "of means (measure ROM). Correct the row" in text
    )
    assert "c, comparison 1, 4 wk, control: mean_c is 0: expected it to be > 0" in text
    assert "set `unusable_rows: ledger`" in text


def test_on_the_ledger_both_arms_say_what_is_wrong_and_the_others_are_pooled():
    kept, ledger = harmonise([*pair("a", -0.3), *pair("b", 2.0)], "ROM")
    assert [row["study_id"] for row in compute_effects(kept, "ROM", 0.95)] == ["b"]
    assert reasons(ledger) == dict.fromkeys(
        [("a", "treatment"), ("a", "control")], "mean_not_positive"
    )
    assert {row["detail"] for row in ledger} == {
        "mean_t is -0.3: expected it to be > 0 for a ratio of means (measure ROM)"
    }
    assert "ledger: set aside, mean_not_positive: mean_t is -0.3" in ledger[0]["history"]


def test_nothing_left_is_said_as_ever():
    kept, _ = harmonise(pair("a", -0.3), "ROM")
    with pytest.raises(ValueError, match="no comparison is left to pool: every row is on the"):
        compute_effects(kept, "ROM", 0.95)


def test_a_control_divided_to_fewer_animals_than_the_measure_needs():
    arms = [*sharing(2, n_c=5.0), *sharing(2, n_c=6.0, study="b")]
    kept, ledger = harmonise(arms, "SMD1", shared_control="split")
    assert {row["study_id"] for row in compute_effects(kept, "SMD1", 0.95)} == {"b"}
    assert {row["reason"] for row in ledger} == {"n_below_3"}
    assert ledger[0]["detail"].startswith("n_c is 2.5 (5 animals divided among 2 comparisons)")
    kept, ledger = harmonise(arms, "SMD1")  # in full, five are enough
    assert (len(kept), ledger) == (8, [])


def test_a_control_is_divided_among_the_comparisons_that_are_possible():
    arms = sharing(3)
    arms[0]["mean"] = -1.0
    kept, _ = harmonise(arms, "ROM", shared_control="split")
    rows = compute_effects(kept, "ROM", 0.95)
    assert [row["control_shared_by"] for row in rows] == [2, 2]


@pytest.mark.parametrize("impossible", ["stop", "ledger"])
@pytest.mark.parametrize("events", [0.0, 10.0])
def test_a_table_that_tells_petos_method_nothing_never_stops_a_run(impossible, events):
    arms = [*counts("a", events, events), *counts("b", 2.0, 5.0)]
    kept, ledger = harmonise(arms, "PETO", impossible)
    assert [row["study_id"] for row in compute_effects(kept, "PETO", 0.95)] == ["b"]
    assert set(reasons(ledger).values()) == {"no_information"}


def test_an_empty_cell_stops_only_without_a_correction():
    arms = [*counts("a", 0.0, 5.0), *counts("b", 2.0, 5.0)]
    assert harmonise(arms, "OR", "stop")[1] == []
    with pytest.raises(InputError, match="treatment and control: the smallest cell is 0: expected"):
        harmonise(arms, "OR", "stop", {"correction": "none"})


def test_a_sham_like_the_control_gives_no_normalised_difference():
    arms = [*pair("a", 3.0, 5.0), arm("a", "sham", mean=5.0), *pair("b", 3.0, 5.0)]
    arms.append(arm("b", "sham", mean=9.0))
    kept, ledger = harmonise(arms, "NMD", keep_sham=True)
    assert {row["study_id"] for row in kept} == {"b"}
    assert set(reasons(ledger).values()) == {"sham_equals_control"}
    assert len(ledger) == 3


def test_published_effects_are_looked_at_too():
    arms = [
        contrast("a", measure="HR", estimate=-0.5, se=0.1),
        contrast("b", measure="HR", estimate=1.0, p_value=0.9),
        contrast("c", measure="HR", estimate=0.5, se=0.1),
        contrast("d", measure="MD", estimate=-0.5, se=0.1),  # another measure: no row of this
    ]
    kept, ledger = harmonise(arms, "HR", options={"level": 0.9})
    assert [row["study_id"] for row in kept] == ["c", "d"]
    assert [row["reason"] for row in ledger] == ["ratio_not_positive", "test_says_nothing"]
    with pytest.raises(InputError, match=r"a, comparison 1, first: estimate is -0\.5: expected"):
        harmonise(arms, "HR", "stop")


def test_each_arm_of_a_combined_group_is_entered():
    arms = [*pair("a", -3.0), arm("a", mean=-4.0, arm="low", row_id="low")]
    kept, ledger = harmonise(arms, "ROM", combine=[{"study_id": "a", "reason": "doses"}])
    assert kept == []
    assert sorted(row["row_id"] for row in ledger) == ["a-1-control", "a-1-treatment", "low"]


MEAN = st.sampled_from([-1.0, 0.0, 0.5, 2.0])
COMPARISON = st.tuples(st.sampled_from("abc"), st.integers(1, 3), MEAN, MEAN, st.integers(2, 7))


@given(
    st.lists(COMPARISON, min_size=1, unique_by=lambda its: its[:2]),
    st.sampled_from(["ROM", "CVR", "SMD1", "MD"]),
    st.sampled_from(["none", "split"]),
)
def test_the_account_closes_whatever_is_impossible(drawn, measure, shared_control):
    rows = [
        row | {"row_id": f"{study}{number}{row['role']}", "n": float(n)}
        for study, number, mean_t, mean_c, n in drawn
        for row in pair(study, mean_t, mean_c, comparison=number)
    ]
    kept, ledger = harmonise(rows, measure, shared_control=shared_control)
    effects = compute_effects(kept, measure, 0.95) if kept else []
    assert all(np.isfinite(row["yi"]) and row["vi"] > 0 for row in effects)
    table = InputTable("f", (), [row | {"line": i} for i, row in enumerate(rows)], [])
    closed = close_ledger([table], ledger, effects, "r")
    assert len(closed) == len(ledger)  # no row is left over, none is in both
    assert 2 * len(effects) + len(ledger) == len(rows)
