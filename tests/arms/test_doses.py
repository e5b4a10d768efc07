"""Typed doses: the sentences of papers, the axes that stay apart, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.arms.doses import (
    COLUMNS,
    Dose,
    add_doses,
    canonical_doses,
    read_body_weight,
    read_doses,
)
from evpool.config import check_doses
from evpool.errors import InputError

UG, PARTICLES, CELLS = ("mass", "particles", "cells")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100 μg", (UG, 100, 100, False)),  # Greek mu
        ("200 µg per injection", (UG, 200, 200, False)),  # micro sign
        ("0.5 mg/kg", (UG, 500, 500, True)),
        ("2 ug/g", (UG, 2000, 2000, True)),
        ("5 ug/100 g", (UG, 50, 50, True)),
        ("800 ng", (UG, 0.8, 0.8, False)),
        ("100 μg/100 μL PBS", (UG, 100, 100, False)),
        ("100 ug in 200 uL", (UG, 100, 100, False)),
        ("2 μg -300 μg", (UG, 2, 300, False)),
        ("1,000 ug protein", (UG, 1000, 1000, False)),
        ("12,345.6 ug", (UG, 12345.6, 12345.6, False)),
        ("100 ± 10 µg", (UG, 100, 100, False)),
        ("100 µg +/- 10%/kg", (UG, 100, 100, True)),
        ("1.5×10⁹ ± 0.2×10⁹ particles", (PARTICLES, 1.5e9, 1.5e9, False)),
        ("(1.5 ± 0.2) × 10^9 particles", (PARTICLES, 1.5e9, 1.5e9, False)),
        (".5 mg/kg", (UG, 500, 500, True)),
        ("CD63 exosomes, 10 µg", (UG, 10, 10, False)),
        ("$10{\\text -}200~\\mu g$", (UG, 10, 200, False)),
        ("1e10 particles/kg", (PARTICLES, 1e10, 1e10, True)),
        ("10^10 particles", (PARTICLES, 1e10, 1e10, False)),
        ("1.6–4.2 × 10 ⁸ particles", (PARTICLES, 1.6e8, 4.2e8, False)),
        ("1×10^9 to 2×10^{10} EVs", (PARTICLES, 1e9, 2e10, False)),
        ("1 \\times 10^{9} exosomes", (PARTICLES, 1e9, 1e9, False)),
        ("3×10^6 cells equivalent", (CELLS, 3e6, 3e6, False)),
        ("2 × 10 ⁵ MSCs", (CELLS, 2e5, 2e5, False)),
    ],
)
def test_a_dose_as_papers_write_it(text, expected):
    doses, reasons = read_doses(text)
    assert reasons == ()
    (dose,) = doses
    assert (dose.axis, dose.per_kg) == (expected[0], expected[3])
    assert_allclose([dose.low, dose.high], expected[1:3], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("20 μL", "a volume alone does not say how much was given"),
        ("20-200 μm", "'um' is no unit of mass, particles or cells"),
        ("100 μg/ml", "a concentration needs the volume that was given"),
        ("4.6×109 particles/mL", "has lost the exponent of its power of ten"),
        ("1 × 10^9 to 5 × 10^5 particles", "not above 0 and in rising order"),
        ("0 ug", "not above 0"),
        ("2 mg/m2", "a dose per 'm2' can't be compared"),
        ("100", "it has no unit"),
        ("2,5 mg", "has a comma in a number: write a decimal point"),
        ("0,125 mg/kg", "has a comma in a number"),
        ("1,0000 ug", "has a comma in a number"),
        ("1.000,5 ug", "has a comma in a number"),
        ("100 ± 2,5 ug", "has a comma in a number"),
        ("10, 20 and 40 ug", "has a number without a unit before a dose"),
        ("10 or 20 ug", "has a number without a unit before a dose"),
        ("2.10^9 particles", "'2.10': it has no unit"),
        ("a single dose", "states no amount"),
    ],
)
def test_what_cannot_be_compared_says_why(text, reason):
    doses, reasons = read_doses(text)
    assert doses == ()
    assert reason in "; ".join(reasons)


@pytest.mark.parametrize("text", ["50 ug x 3", "50 ug (n = 6)", "50 ug in 100 ul, 3 times"])
def test_a_count_beside_a_dose_leaves_it_one(text):
    assert read_doses(text)[0] == (Dose(UG, 50, 50),)


def test_a_number_behind_a_dose_leaves_it_as_it_is_and_is_told():
    found = read_doses("20-200 μg ~1-5 × 10 ⁹")
    assert found == ((Dose(UG, 20, 200),), ("'1-5e9': it has no unit",))


def test_the_declared_unit_is_for_numbers_without_one_only():
    assert read_doses("5e10", "particles/kg")[0] == (Dose(PARTICLES, 5e10, 5e10, True),)
    assert read_doses("50000000000", "particles/kg")[0] == (Dose(PARTICLES, 5e10, 5e10, True),)
    assert read_doses("40 ug", "particles/kg")[0] == (Dose(UG, 40, 40),)


@given(st.floats(1e-3, 1e6), st.sampled_from([("mg", 1e3), ("ug", 1), ("ng", 1e-3)]))
def test_units_of_mass_differ_by_their_power_of_ten_only(amount, unit):
    (dose,), _ = read_doses(f"{amount!r} {unit[0]}")
    assert_allclose(dose.low, amount * unit[1], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "kg"),
    [("230 - 250 g", 0.24), ("294 ± 11 g", 0.294), ("25-30g", 0.0275), ("0.25 kg", 0.25),
     ("0,250 kg", None), ("22,5 g", None), ("(25 ± 2) g", 0.025), ("1,250 g", 1.25),
     (250, 0.25), ("", None), (None, None), ("8 weeks old", None)],
)  # fmt: skip
def test_body_weights(text, kg):
    found = read_body_weight(text)
    assert found == (None if kg is None else pytest.approx(kg, rel=1e-12))


def test_the_axes_stay_apart_and_a_range_gives_its_middle_and_says_so():
    row = canonical_doses("100-200 µg; 1e9 particles")
    assert (row["dose_ug"], row["dose_particles"], row["dose_cells"]) == (150, 1e9, None)
    assert row["dose_axis"] == "mass; particles"
    assert row["dose_note"] == "dose_ug: the middle of 100 to 200"


def test_per_kg_and_per_animal_follow_from_each_other_by_a_body_weight_only():
    alone, weighed = (canonical_doses("50 ug", body_weight=kg) for kg in (None, 0.25))
    assert (alone["dose_ug"], alone["dose_ug_per_kg"]) == (50, None)
    assert (weighed["dose_ug"], weighed["dose_ug_per_kg"]) == (50, 200)
    assert "dose_ug_per_kg: by a body weight of 0.25 kg" in weighed["dose_note"]
    back = canonical_doses("200 ug/kg", body_weight=0.25)
    assert (back["dose_ug"], back["dose_ug_per_kg"]) == (50, 200)
    assert canonical_doses("200 ug/kg")["dose_ug"] is None


RATIO = {"from": "particles", "to": "mass", "value": 1e-9, "low": 1e-10, "high": 1e-8}
RATIO |= {"reason": "Sverdlov 2012"}


def test_axes_are_joined_by_a_declared_ratio_only_and_its_uncertainty_is_named():
    typed = "1e10 particles/kg"
    assert canonical_doses(typed)["dose_ug_per_kg"] is None
    row = canonical_doses(typed, ratios=[RATIO])
    assert_allclose(row["dose_ug_per_kg"], 10)
    assert row["dose_axis"] == "particles"
    assert "by 1e-09 ug each (1e-10 to 1e-08; Sverdlov 2012)" in row["dose_note"]
    stated = canonical_doses("1e10 particles; 7 ug", ratios=[RATIO])
    assert stated["dose_ug"] == 7


def test_several_doses_on_one_axis_are_not_chosen_among():
    row = canonical_doses("100 µg 20-400 µg")
    assert row["dose_ug"] is None
    assert row["dose_note"] == "several doses by mass are stated; give each arm its own"


def test_arms_get_the_columns_and_a_line_of_history():
    rows = [{"d": "40 ug", "w": "20 g"}, {"d": None, "w": None}, {"d": 10, "w": 200}]
    made = add_doses(rows, {"column": "d", "body_weight": "w", "unit": "ug"})
    assert [row["dose_ug_per_kg"] for row in made] == [2000, None, 50]
    assert made[0]["history"].startswith("dose: 40 ug -> dose_ug 40, dose_ug_per_kg 2000 (")
    assert "history" not in made[1]
    assert made[1]["dose_note"] == "no dose is stated"
    assert set(COLUMNS) <= set(made[0])


def test_settings_that_name_no_column_or_hide_a_typed_one_are_refused():
    review = {"id": "r", "doses": {"column": "dse", "ratios": [RATIO | {"low": 1}]}}
    with pytest.raises(InputError, match=r"names 'dse'.*Did you mean 'dose'") as caught:
        check_doses(review, ["dose", "dose_ug"])
    assert "have a column 'dose_ug', which `doses` would make" in str(caught.value)
    assert "doses.ratios.0: `low` <= `value` <= `high` must hold" in str(caught.value)
    check_doses({"id": "r", "doses": None}, ["dose"])
