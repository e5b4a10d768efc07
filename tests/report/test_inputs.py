from evpool.arms.spread import from_error, with_sd
from evpool.report.inputs import (
    SOURCES,
    cautions,
    dose_rows,
    sources_of_sds,
    unknown_bars,
    way_of_sd,
)

OWN = {"measure": "MD", "timepoint": "all", "exclusion_set": "none", "sd_rule": "exclude"}
OWN |= {"shared_control": "none"}
OWN |= {"tau2_method": "REML", "ci_method": "wald", "is_own": True, "warning": None, "k": 3}
OWN |= {"estimate": 1.0, "ci_low": 0.5, "ci_high": 1.5}
OTHER = OWN | {"is_own": False}
MULTIVERSE = [
    OWN,
    OTHER | {"sd_rule": "assume_sem", "estimate": 0.8, "k": 4},
    OTHER | {"sd_rule": "assume_sd", "estimate": None, "warning": "too few"},
    OTHER | {"sd_rule": "assume_sd", "tau2_method": "DL"},
]
LEDGER = [{"study_id": "c", "reason": "error_type_unknown"}, {"study_id": "d", "reason": "x"}]


def test_each_rule_is_shown_with_what_it_gives_all_else_equal():
    found = unknown_bars(MULTIVERSE, [{"study_id": "a", "sd_source": "stated"}], LEDGER)
    assert found["studies"] == ["c"]
    assert unknown_bars(MULTIVERSE, [], LEDGER, {"c": "Cat 2021"})["studies"] == ["Cat 2021"]
    assert found["rule"] == "left out"
    assert found["results"] == [
        ("left out", "1.00 (0.50 to 1.50), k = 3"),
        ("read as SEM", "0.80 (0.50 to 1.50), k = 4"),
        ("read as SD", "not computed (too few)"),
    ]


def test_there_is_nothing_to_say_where_every_bar_is_known():
    assert unknown_bars(MULTIVERSE, [{"study_id": "a", "sd_source": "stated"}], []) is None
    assert unknown_bars([], [], LEDGER) is None
    assert unknown_bars(MULTIVERSE, [{"study_id": "a", "sd_source": "assumed_sem"}], [])


def test_doses_are_shown_once_a_treated_group_with_powers_of_ten():
    empty = dict.fromkeys(
        f"dose_{unit}{per}" for unit in ("ug", "cells") for per in ("", "_per_kg")
    )
    row = {"study_id": "a", "role": "treatment", "label": "A", "d": "1.5e10 particles"} | empty
    row |= {"dose_particles": 1.5e10, "dose_particles_per_kg": None, "dose_ug": 1234.0}
    row |= {"dose_axis": "particles", "dose_note": None}
    (shown,) = dose_rows([row, row, row | {"role": "control"}], {"column": "d"})
    assert shown["amounts"] == ["1,234", "", "1.5 × 10¹⁰", "", "", ""]
    assert dose_rows([row], None) == []


def test_each_caution_names_its_studies_once():
    flags = [("A", "skewed; combined"), ("A", "skewed"), ("B", "skewed"), ("C", None)]
    rows = [{"label": label, "flags": flag} for label, flag in flags]
    combined, skewed = cautions(rows)
    assert combined == "Arms were combined into one, as the review declares: A."
    assert skewed.endswith("too lopsided for the SD made of them: A, B.")


def test_every_source_of_an_sd_has_its_words_and_its_studies():
    typed = [("A", "stated"), ("A", "from_sem"), ("B", "from_sem; from_p"), ("C", "change_from_t")]
    rows = [{"label": label, "sd_source": source} for label, source in typed]
    rows.append({"label": "D", "sd_source": None})
    assert sources_of_sds(rows) == [
        "SEM times the root of n: A, B.",
        "The comparison's P value, one SD for both arms: B.",
        "The comparison's t statistic, one SD for both arms: C.",
    ]
    ends = {"min": 1.0, "max": 9.0}, {"q1": 4.0, "q3": 6.0}
    ends += ({**ends[0], **ends[1]},)
    arm = {"n": 9, "mean": None, "median": 5.0, "error": None, "error_type": None}
    made = {with_sd(arm | numbers)["sd_source"] for numbers in ends}
    made |= {
        with_sd(arm | {"median": None, "mean": 5.0} | numbers)["sd_source"] for numbers in ends
    }
    made |= {
        from_error(arm | {"error": 1.0}, kind)["sd_source"] for kind in ("sem", "ci95", "ci90")
    }
    assert made <= set(SOURCES)


def test_the_way_of_an_sd_is_told_in_words():
    assert way_of_sd("from_sem; stated") == "from SEM; stated"
    assert way_of_sd("change_from_t; from_t") == "from t"
    assert way_of_sd(None) == ""
