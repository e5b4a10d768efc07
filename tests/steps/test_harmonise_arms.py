from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evpool.errors import InputError
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
    labelled = [row | {"timepoint": label} for label in ("first", "last") for row in PAIR]
    with pytest.raises(ValueError, match="needs a time and a time_unit, which a"):
        harmonise_arms(labelled, timepoint="latest")
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


UNITS = {"target": "%", "needed": True, "mismatch": "stop", "declared": [], "missing": "assume"}


def pair_in(unit, study="a", **changes):
    return [arm(study, role, unit=unit, **changes) for role in ("treatment", "control")]


def test_every_arm_ends_in_the_outcomes_unit_or_on_the_ledger():
    arms = [*pair_in("ratio"), *pair_in("%", "b"), *pair_in("unknown", "c"), *pair_in(None, "d")]
    kept, ledger = harmonise_arms(arms, units=UNITS)
    assert {(row["study_id"], row["unit"], row["mean"], row["sd"]) for row in kept} == {
        ("a", "%", 100.0, 200.0), ("b", "%", 1.0, 2.0), ("d", "%", 1.0, 2.0),
    }  # fmt: skip
    assert [(row["study_id"], row["reason"]) for row in ledger] == [("c", "unit_unknown")] * 2
    assumed = {row["study_id"] for row in kept if "unit_assumed" in (row.get("flags") or "")}
    assert assumed == {"d"}
    alone, _ = harmonise_arms(pair_in(None), units=UNITS)
    assert not alone[0].get("flags")
    kept, ledger = harmonise_arms(arms, units=UNITS | {"missing": "exclude"})
    assert {row["study_id"] for row in ledger} == {"c", "d"}


def test_units_of_different_things_stop_the_run_and_name_every_row():
    arms = [*pair_in("mm"), *pair_in("%", "b")]
    with pytest.raises(InputError) as caught:
        harmonise_arms(arms, units=UNITS)
    text = str(caught.value)
    assert "f: 2 problems" in text
    assert (
        "a, comparison 1, control, column 'unit' is 'mm': expected a unit that becomes '%'" in text
    )
    _, ledger = harmonise_arms(arms, units=UNITS | {"mismatch": "ledger"})
    assert [row["reason"] for row in ledger] == ["unit_mismatch"] * 2


def test_a_measure_without_a_unit_keeps_what_cannot_be_converted():
    free = UNITS | {"needed": False}
    kept, ledger = harmonise_arms([*pair_in("mm"), *pair_in("unknown", "b")], units=free)
    assert (len(kept), ledger) == (4, [])
    assert "units: kept in mm: 'mm' can't be converted" in kept[0]["history"]
    mixed = [arm(unit="mm"), arm(role="control", unit="ratio")]
    kept, ledger = harmonise_arms(mixed, units=free)
    assert (kept, [row["reason"] for row in ledger]) == ([], ["units_differ"] * 2)


def test_disc_height_without_its_baseline_is_left_out_of_this_outcome_alone():
    share = UNITS | {"target": "% of pre-operative value"}
    arms = [*pair_in("ratio", baseline_mean=0.5), *pair_in("ratio", "b")]
    kept, ledger = harmonise_arms(arms, units=share)
    assert [(row["mean"], row["sd"]) for row in kept] == [(200.0, 400.0)] * 2
    assert [(row["study_id"], row["reason"]) for row in ledger] == [("b", "unit_unknown")] * 2


def test_the_test_of_a_comparison_gives_the_sd_that_its_arms_lack():
    lacking = {"error": None, "error_type": "sd"}
    arms = [arm(mean=3.0, t_value=2.0, **lacking), arm(role="control", **lacking)]
    kept, ledger = harmonise_arms(arms)
    assert ledger == []
    # SD = |3 - 1| / 2 / sqrt(1/9 + 1/9)
    np.testing.assert_allclose([row["sd"] for row in kept], 1 / np.sqrt(2 / 9), rtol=1e-12)
    assert {row["sd_source"] for row in kept} == {"from_t"}
    stated = arm(role="control")
    kept, _ = harmonise_arms([arms[0], stated])
    assert [row["sd_source"] for row in kept] == ["from_t", "stated"]


def test_changes_need_their_baseline():
    based = {"baseline_mean": 4.0, "baseline_sd": 2.0}
    arms = [arm(**based), arm(role="control", **based), arm("b", **based), arm("b", "control")]
    kept, ledger = harmonise_arms(arms, change={"correlation": 0.5, "reason": "x"})
    assert [(row["mean"], row["sd"]) for row in kept] == [(-3.0, 2.0)] * 2
    assert [row["reason"] for row in ledger] == ["baseline_missing", "control_unusable"]
    other = [row | {"unit": "% of baseline", "baseline_unit": "mm"} for row in arms[:2]]
    kept, ledger = harmonise_arms(other, change={"correlation": 0.5, "reason": "x"})
    assert kept == []
    assert {row["reason"] for row in ledger} == {"baseline_unit_differs"}


def test_declared_arms_are_one_group():
    two = [arm(row_id="low", arm="low"), arm(row_id="high", arm="high", mean=3.0), PAIR[1]]
    kept, ledger = harmonise_arms(two, combine=[{"study_id": "a", "reason": "doses"}])
    assert [(row["row_id"], row["n"], row["mean"]) for row in kept] == [
        ("low;high", 18, 2.0), ("a-1-control", 9, 1.0),
    ]  # fmt: skip
    assert ledger == []
    assert "baseline_mean" not in kept[0]


KINDS = st.sampled_from([{}, {"unusable": "n_missing", "detail": "row 2"}, {"unit": "ratio"},
                         {"unit": "unknown"}, {"unit": "mm"}, {"unit": "% of baseline"},
                         {"baseline_mean": 2.0, "baseline_sd": 1.0}, UNKNOWN,
                         {"error": None, "t_value": 2.0, "mean": 3.0}])  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["treatment", "control"]),
                          st.sampled_from("xy"), KINDS), unique_by=lambda its: its[:3]),
       st.booleans(), st.booleans(), st.sampled_from(["exclude", "assume_sem"]))  # fmt: skip
def test_the_law_of_the_ledger_holds_through_every_conversion(drawn, change, needed, sd_rule):
    arms = [
        arm(study, role, row_id=f"{study}{role}{name}", arm=name, **extra)
        for study, role, name, extra in drawn
    ]
    options = {"units": UNITS | {"mismatch": "ledger", "needed": needed}, "sd_rule": sd_rule}
    options |= {"change": {"correlation": 0.5}} if change else {}
    alone, _ = harmonise_arms(arms, **options)
    several = Counter((row["study_id"], row["role"]) for row in alone)
    combine = [
        {"study_id": study, "reason": "x"}
        for study in {study for (study, _), count in several.items() if count > 1}
    ]
    kept, ledger = harmonise_arms(arms, **options, combine=combine)
    ended = [row_id for row in kept for row_id in row["row_id"].split(";")]
    assert sorted(ended + [row["row_id"] for row in ledger]) == sorted(r["row_id"] for r in arms)
    assert all(row["reason"] and row["detail"] for row in ledger)
    assert all(row["sd"] > 0 for row in kept)
    assert len({(row["study_id"], row["role"]) for row in kept}) == len(kept)
