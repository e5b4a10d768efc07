import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evpool.steps.harmonise_arms import harmonise_arms


def arm(study="a", role="treatment", comparison=1, **changes):
    row = {"review": "r", "outcome": "o", "source_file": "f", "study_id": study, "arm": None}
    row |= {"comparison": comparison, "timepoint": "first", "role": role, "n": 9.0, "mean": 1.0}
    row |= {"error": 2.0, "error_type": "sd", "unit": None, "source": None, "label": study}
    row |= {"time": None, "time_unit": None, "events": None, "measure": None}
    row |= {"unusable": None, "detail": None, "row_id": f"{study}-{comparison}-{role}"}
    return row | changes


PAIR = [arm(), arm(role="control")]


def test_an_sem_becomes_an_sd_and_says_so():
    kept, ledger = harmonise_arms([arm(error_type="sem"), arm(role="control")])
    assert [(row["sd"], row["sd_source"]) for row in kept] == [(6.0, "from_sem"), (2.0, "stated")]
    assert ledger == []


def test_an_exclusion_is_on_the_ledger_with_its_reason():
    other = [arm("b"), arm("b", "control")]
    exclude = [{"study_id": "b", "reason": "same animals as a"}]
    kept, ledger = harmonise_arms(PAIR + other, exclude)
    assert {row["study_id"] for row in kept} == {"a"}
    assert [(row["reason"], row["detail"]) for row in ledger] == [
        ("excluded_by_review", "same animals as a")
    ] * 2


def test_the_partner_of_an_unusable_arm_goes_with_it():
    kept, ledger = harmonise_arms([arm(unusable="n_missing", detail="row 2"), PAIR[1]])
    assert kept == []
    assert [row["reason"] for row in ledger] == ["n_missing", "treatment_unusable"]


def test_a_sham_arm_is_set_aside():
    kept, ledger = harmonise_arms([*PAIR, arm(role="sham")])
    assert len(kept) == 2
    assert [row["reason"] for row in ledger] == ["sham_not_used"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["treatment", "control", "sham"]),
                          st.integers(1, 2), st.booleans()),
                unique_by=lambda its: its[:3]), st.sets(st.sampled_from("abc")))  # fmt: skip
def test_the_law_of_the_ledger(drawn, excluded):
    """Every arm is kept or on the ledger with a reason: never both, never neither."""
    arms = [
        arm(study, role, comparison, unusable="n_missing" if broken else None)
        for study, role, comparison, broken in drawn
    ]
    exclude = [{"study_id": study, "reason": "x"} for study in excluded]
    kept, ledger = harmonise_arms(arms, exclude)
    kept_ids = [row["row_id"] for row in kept]
    set_aside = [row["row_id"] for row in ledger]
    assert sorted(kept_ids + set_aside) == sorted(row["row_id"] for row in arms)
    assert all(row["reason"] for row in ledger)
    assert len(kept) % 2 == 0
    assert np.unique(kept_ids).size == len(kept)


def timed(study, *times, unit="wk", **changes):
    return [
        arm(study, role, time=time, time_unit=unit, row_id=f"{study}-{time}-{role}", **changes)
        for time in times
        for role in ("treatment", "control")
    ]


@pytest.mark.parametrize(
    ("rule", "kept", "reason"),
    [
        ("all", [2, 4, 8], None),
        ("earliest", [2], "timepoint_not_chosen"),
        ("latest", [8], "timepoint_not_chosen"),
        ({"rule": "nearest", "anchor": 5, "unit": "wk"}, [4], "timepoint_not_chosen"),
        ({"rule": "nearest", "anchor": 3, "unit": "wk"}, [2], "timepoint_not_chosen"),
        ({"rule": "nearest", "anchor": 3, "unit": "wk", "tie": "later"}, [4], None),
        ({"rule": "all", "window": [28, 56], "unit": "d"}, [4, 8], "outside_window"),
        ({"rule": "earliest", "window": [3, 9], "unit": "wk"}, [4], None),
    ],
)
def test_a_rule_chooses_the_time_and_the_ledger_says_why(rule, kept, reason):
    harmonised, ledger = harmonise_arms(timed("a", 2, 4, 8), timepoint=rule)
    assert sorted({row["time"] for row in harmonised}) == kept
    assert len(harmonised) + len(ledger) == 6
    if reason:
        assert {row["reason"] for row in ledger} == {reason}


def test_each_comparison_has_its_own_time():
    arms = timed("a", 2, 4) + timed("b", 21, unit="d")
    harmonised, _ = harmonise_arms(arms, timepoint={"rule": "nearest", "anchor": 20, "unit": "d"})
    assert {(row["study_id"], row["time"]) for row in harmonised} == {("a", 2), ("b", 21)}


def test_a_rule_without_times_says_what_is_missing():
    with pytest.raises(ValueError, match="needs a time and a time_unit, which a"):
        harmonise_arms(PAIR, timepoint="latest")
    with pytest.raises(ValueError, match="time_unit of a must be one of"):
        harmonise_arms(timed("a", 2, unit="fortnight"), timepoint="latest")


UNKNOWN = {"error_type": "unknown", "unusable": "error_type_unknown", "detail": "row 2"}


@pytest.mark.parametrize(
    ("rule", "sd", "source"),
    [("assume_sem", 6.0, "assumed_sem"), ("assume_sd", 2.0, "assumed_sd"),
     ("impute_cv", 1.5, "imputed_cv")],
)  # fmt: skip
def test_what_a_rule_makes_of_an_unknown_bar(rule, sd, source):
    others = [arm(s, mean=m, error=e) for s, m, e in (("b", 2.0, 2.0), ("c", 2.0, 4.0))]
    others += [arm(row["study_id"], "control") for row in others]
    kept, ledger = harmonise_arms([arm(**UNKNOWN), PAIR[1], *others], sd_rule=rule)
    assert ledger == []
    assert (kept[0]["sd"], kept[0]["sd_source"]) == (sd, source)


def test_without_a_rule_an_unknown_bar_is_set_aside():
    kept, ledger = harmonise_arms([arm(**UNKNOWN), PAIR[1]])
    assert kept == []
    assert [row["reason"] for row in ledger] == ["error_type_unknown", "treatment_unusable"]


def test_a_sham_arm_is_kept_where_the_measure_needs_it():
    kept, _ = harmonise_arms([*PAIR, arm(role="sham")], keep_sham=True)
    assert len(kept) == 3
    kept, ledger = harmonise_arms(PAIR, keep_sham=True)
    assert (kept, [row["reason"] for row in ledger]) == ([], ["sham_unusable"] * 2)


def test_the_history_says_each_conversion_and_where_the_row_ended():
    arms = [arm(error_type="sem", history="extract: n 9"), arm(role="control"), arm(role="sham")]
    kept, ledger = harmonise_arms(arms)
    assert kept[0]["history"].splitlines() == ["extract: n 9", "convert: sem 2 (n 9) -> SD 6"]
    assert kept[1].get("history") is None
    (line,) = ledger[0]["history"].splitlines()
    assert line.startswith("ledger: set aside, sham_not_used: ")
