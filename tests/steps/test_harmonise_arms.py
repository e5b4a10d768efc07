import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evpool.steps.harmonise_arms import harmonise_arms


def arm(study="a", role="treatment", comparison=1, **changes):
    row = {"review": "r", "outcome": "o", "source_file": "f", "study_id": study, "arm": None}
    row |= {"comparison": comparison, "timepoint": "first", "role": role, "n": 9.0, "mean": 1.0}
    row |= {"error": 2.0, "error_type": "sd", "unit": None, "source": None, "label": study}
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
