import numpy as np
from numpy.testing import assert_allclose

from evpool.report.sensitivity import dispersion_sentences
from evpool.steps.check_dispersion import check_dispersion
from evpool.steps.compute_effects import compute_effects
from evpool.steps.pool_effects import pool_effects
from tests.steps.samples import METHOD
from tests.steps.test_harmonise_arms import arm

STUDIES = {"a": 1.0, "b": 1.2, "c": 0.9, "d": 1.1, "e": 1.05, "f": 0.95, "g": 1.15}


def outcome(**factors):
    """Arms of seven like studies; `factors` multiplies the SD of a study."""
    arms = []
    for study, sd in STUDIES.items():
        for role, mean in (("treatment", 6.0 + sd), ("control", 4.0)):
            size = sd * factors.get(study, 1.0)
            given = {"n": 9, "mean": mean, "sd": size, "sd_source": "stated"}
            arms.append(arm(study, role, **given))
    return arms


def check(arms):
    return check_dispersion(arms, "SMD", {}, METHOD)


def test_sound_sds_are_left_alone():
    checked, readings = check(outcome())
    assert {row["verdict"] for row in checked} == {"fits_sd"}
    assert [row["reading"] for row in readings] == ["as_stated"] * 2
    assert list(dispersion_sentences(checked, readings)) == [
        "No stated SD fits a standard error better than an SD."
    ]


def test_an_sem_stated_as_an_sd_is_named_and_both_readings_are_pooled():
    checked, readings = check(outcome(c=1 / 3))
    assert {row["study_id"] for row in checked if row["verdict"] == "fits_sem"} == {"c"}
    true = compute_effects(outcome(), "SMD", 0.95)
    assert [row["reading"] for row in readings] == ["as_stated"] * 2 + ["re_read_as_sem"] * 2
    expected = pool_effects(true, METHOD)[0][1]
    assert_allclose(readings[3]["estimate"], expected["estimate"], rtol=1e-12)
    assert readings[3]["arms_changed"] == 2
    assert abs(readings[1]["estimate"]) > abs(readings[3]["estimate"])
    text = " ".join(dispersion_sentences(checked, readings))
    assert "c: its stated SDs are" in text
    assert "fit standard errors better. Re-read so, the random-effects estimate is" in text


def test_an_sd_that_was_converted_is_not_converted_again():
    arms = outcome(c=1 / 3)
    arms = [row | {"sd_source": "from_sem"} if row["study_id"] == "c" else row for row in arms]
    checked, readings = check(arms)
    assert {row["verdict"] for row in checked if row["study_id"] == "c"} == {"not_stated"}
    assert len(readings) == 2


def test_counts_have_nothing_to_check():
    assert check([arm(n=9), arm(role="control", n=9)]) == ([], [])


def test_the_evidence_is_that_of_the_study():
    checked, _ = check(outcome(c=1 / 3))
    ratio = {row["study_id"]: row["ratio"] for row in checked}
    assert_allclose(np.median([ratio[s] for s in "abdefg"]), 1, atol=0.2)
    assert_allclose(ratio["c"], 3, rtol=0.3)
