"""Effect sizes from means and SDs: every `escalc` entry, exact cases and refusals."""

from fractions import Fraction
from math import comb, pi, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import UnknownNameError
from evpool.stats.effects import (
    cohens_d,
    glass_delta,
    hedges_g,
    mean_difference,
    small_sample_correction,
    smdh,
)
from evpool.stats.effects_ratio import log_cv_ratio, log_response_ratio, log_variability_ratio
from tests.stats.moderator_references import REFERENCES, entries

MEANS = ("m1", "s1", "n1", "m2", "s2", "n2")
# The reference corrects ROM for bias, also within CVR, with the first-order variance.
FUNCTIONS = {
    "MD": mean_difference,
    "SMDH": smdh,
    "SMD1": glass_delta,
    "ROM": lambda *data: log_response_ratio(*data, bias_correction=True),
    "CVR": lambda *data: log_cv_ratio(*data, bias_correction=True),
    "VR": lambda m1, s1, n1, m2, s2, n2: log_variability_ratio(s1, n1, s2, n2),
} | {f"SMD_{v}": lambda *data, v=v: hedges_g(*data, variance=v) for v in ("LS", "UB", "LS2", "AV")}


@pytest.mark.parametrize(("name", "key"), entries("escalc"))
def test_every_entry_equals_the_reference(name, key):
    data = [np.array(REFERENCES[name]["data"][column], dtype=float) for column in MEANS]
    expected = {
        field: np.array(values, dtype=float)
        for field, values in REFERENCES[name]["escalc"][key].items()
    }
    # curtis1998_rom, SMD1: 26 rows are null (n2 = 2, J does not exist); ours refuse them.
    known = np.isfinite(expected["yi"])
    assert known.all() or (
        name == "curtis1998_rom" and key == "SMD1" and (data[5][~known] == 2).all()
    )
    yi, vi = FUNCTIONS[key](*(column[known] for column in data))
    assert_allclose(yi, expected["yi"][known], rtol=1e-10, atol=1e-14)
    assert_allclose(vi, expected["vi"][known], rtol=1e-10)
    if not known.all():
        with pytest.raises(ValueError, match=r"n_c must be >= 3 for Glass's delta .* 26 of 102"):
            FUNCTIONS[key](*data)


def test_hedges_g_as_printed():
    # Normand (1999), studies 1 and 4, as the metafor documentation prints them (4 decimals).
    yi, vi = hedges_g([55, 66], [47, 20], [155, 18], [75, 137], [64, 48], [156, 18])
    assert_allclose(yi, [-0.3552, -1.8880], rtol=0, atol=5e-5)
    assert_allclose(vi, [0.0131, 0.1606], rtol=0, atol=5e-5)


def test_hedges_g_of_two_animals_per_group():
    # df = 2 gives J = 1/sqrt(pi) exactly, and with n = 2 in both groups d equals t.
    yi, _ = hedges_g(3.0, 1.0, 2, 1.0, 2.0, 2)
    t = 2 / sqrt((1 + 4) / 2)
    assert_allclose(yi, t / sqrt(pi), rtol=1e-14)


@pytest.mark.parametrize("half", [1, 2, 10, 20, 21, 60, 500, 5000])
def test_the_correction_is_exact_for_even_df(half):
    # J(2n) = sqrt(pi / n) (2n - 2)! / (4^(n - 1) (n - 1)!^2) ... a central binomial coefficient:
    # gamma(n) / gamma(n - 1/2) = 4^(n - 1) / (sqrt(pi) comb(2n - 2, n - 1)).
    ratio = Fraction(4 ** (half - 1), comb(2 * half - 2, half - 1))
    expected = float(ratio) / sqrt(pi * half)
    assert_allclose(small_sample_correction(2 * half), expected, rtol=2e-14)


def test_the_correction_approaches_one():
    df = np.array([1e3, 1e6, 1e12])
    assert_allclose(1 - small_sample_correction(df), 3 / (4 * df - 1), rtol=1e-3, atol=1e-15)
    with pytest.raises(ValueError, match=r"df must be > 1. 1 of 2 rows .* position 0 has 1"):
        small_sample_correction([1, 2])


def test_mean_difference_by_hand():
    yi, vi = mean_difference(5.0, 2.0, 4, 3.0, 3.0, 9)
    assert [yi, vi] == [2, 4 / 4 + 9 / 9]
    _, pooled = mean_difference(5.0, 2.0, 4, 3.0, 3.0, 9, pooled_sd=True)
    assert_allclose(pooled, (3 * 4 + 8 * 9) / 11 * (1 / 4 + 1 / 9), rtol=1e-14)
    _, equal = mean_difference(5.0, 2.0, 6, 3.0, 2.0, 6, pooled_sd=True)
    assert_allclose(equal, 4 / 3, rtol=1e-14)


def test_standardised_differences_agree_where_they_must():
    data = (5.0, 2.0, 8, 3.0, 2.0, 8)  # equal SDs and groups
    d, variance = cohens_d(*data)
    assert_allclose([d, variance], [1, 1 / 4 + 1 / 32], rtol=1e-14)
    j = small_sample_correction(14)
    for yi in (hedges_g(*data)[0], smdh(*data)[0]):
        assert_allclose(yi, j * d, rtol=1e-14)
    assert_allclose(hedges_g(*data, variance="LS2")[1], j**2 * variance, rtol=1e-14)


def test_glass_delta_takes_the_named_groups_sd():
    by_control = glass_delta(5.0, 2.0, 8, 3.0, 4.0, 6)
    by_treatment = glass_delta(5.0, 2.0, 8, 3.0, 4.0, 6, standardise_by="treatment")
    swapped = glass_delta(3.0, 4.0, 6, 5.0, 2.0, 8)
    assert_allclose(by_control[0], small_sample_correction(5) * 2 / 4, rtol=1e-14)
    assert_allclose(by_treatment[0], -swapped[0], rtol=1e-14)
    assert_allclose(by_treatment[1], swapped[1], rtol=1e-14)


@pytest.mark.parametrize("function", [mean_difference, hedges_g, cohens_d, glass_delta, smdh])
def test_differences_are_treated_minus_control(function):
    up, vi = function(5.0, 2.0, 8, 3.0, 3.0, 8)
    assert up > 0
    if function is not glass_delta:
        down, other = function(3.0, 3.0, 8, 5.0, 2.0, 8)
        assert_allclose([down, other], [-up, vi], rtol=1e-14)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"sd_c": [1.0, 0.0, -1.2]},
            "sd_c must be > 0. 2 of 3 rows .* position 1 has 0, position 2",
        ),
        ({"n_t": [5, 1, 9]}, "n_t must be >= 2. 1 of 3 rows .* position 1 has 1"),
        ({"mean_t": [1.0, np.nan, 2.0]}, "mean_t must be finite. 1 of 3 .* position 1 has nan"),
        ({"n_c": [5, 9]}, r"same length; got .*n_c \(2,\)"),
    ],
)
def test_unusable_groups_are_refused_with_their_places(change, words):
    names = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
    data = {name: [5.0, 6.0, 7.0] for name in names}
    with pytest.raises(ValueError, match=words):
        hedges_g(**(data | change))


def test_unknown_choices_list_the_known_ones():
    with pytest.raises(
        UnknownNameError, match="variance must be one of LS, UB, LS2, AV; got 'LS3'"
    ):
        hedges_g(1, 1, 5, 1, 1, 5, variance="LS3")
    with pytest.raises(UnknownNameError, match="standardise_by must be one of control, treatment"):
        glass_delta(1, 1, 5, 1, 1, 5, standardise_by="pooled")
