"""The categories agree with what the paper counts in its own text."""

import csv
from collections import Counter

import pytest

from evpool.twins import groups
from tests.conftest import ROOT

with open(ROOT / "resources/osteoporosis/studies.csv", encoding="utf-8", newline="") as table:
    STUDIES = list(csv.DictReader(table))


def count(category):
    return Counter(groups.OSTEOPOROSIS[category](study) or "" for study in STUDIES)


def test_the_papers_counts_come_out():
    # Zhang 2025, Results: 14 by ultracentrifugation, 11 filtered, 12 into a vein, 1 route not
    # described; 8 once a week and 5 twice a week. Durations of 1, 1, 5 and 1 studies are shorter
    # than two months, 7 and 2 are not.
    assert count("isolation_group")["ultracentrifugation"] == 14
    assert count("purification_group")["filtered"] == 11
    assert count("route_group") == {"intravenous": 12, "other": 4, "": 1}
    frequency = count("frequency_group")
    assert (frequency["once_a_week"], frequency["twice_a_week"]) == (8, 5)
    assert count("duration_group") == {"short": 8, "long": 9}


@pytest.mark.parametrize(
    ("text", "weeks"), [("10-week-old", 10), ("12 weeks old", 12), ("", None), ("adult", None)]
)
def test_ages_in_weeks(text, weeks):
    assert groups.in_weeks(text) == weeks


def test_a_month_is_a_twelfth_of_a_year():
    assert groups.in_weeks("6-month-old") == pytest.approx(26)


@pytest.mark.parametrize(
    ("dose", "group"),
    [
        ("100 μg", "up_to_100"),
        ("200 µg", "above_100"),
        ("100 μg/100 μL PBS", "up_to_100"),
        ("20 μL", "up_to_100"),
        ("0.5 mg/kg", None),
        ("5 μg/kg", None),
        ("", None),
    ],
)
def test_a_dose_per_body_weight_is_in_no_group(dose, group):
    assert groups.dose_group({"dose": dose}) == group


def test_micrometres_are_not_read_as_nanometres():
    assert groups.size_group({"diameter_nm": "20-200 μm"}) is None
    assert groups.size_group({"diameter_nm": "40-120 nm)"}) == "small"
    assert groups.size_group({"diameter_nm": "500nm"}) == "large"


def test_a_dose_of_particles_is_held_against_the_threshold():
    given = {"10000000000": "high", "5000000000": "low", "": ""}
    for dose, group in given.items():
        assert groups.particle_dose_group({"dose_particles_per_kg": dose}) == group
