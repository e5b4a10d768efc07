"""Effect sizes from counts: every `escalc_binary` entry, corrections by hand, refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import UnknownNameError
from evpool.stats.effects_counts import (
    arcsine_difference,
    log_odds_ratio,
    log_risk_ratio,
    peto_log_odds_ratio,
    risk_difference,
    two_by_two,
)
from tests.stats.moderator_references import REFERENCES, entries

FUNCTIONS = {
    "OR": log_odds_ratio,
    "RR": log_risk_ratio,
    "RD": risk_difference,
    "PETO": peto_log_odds_ratio,
    "AS": arcsine_difference,
}


def counts(name):
    """Events and group sizes of a dataset of 2x2 tables."""
    data = REFERENCES[name]["data"]
    cells = [np.array(data[column]) for column in ("tpos", "tneg", "cpos", "cneg")]
    return cells[0], cells[0] + cells[1], cells[2], cells[2] + cells[3]


@pytest.mark.parametrize(("name", "key"), entries("escalc_binary"))
def test_every_entry_equals_the_reference(name, key):
    yi, vi = FUNCTIONS[key](*counts(name))
    expected = REFERENCES[name]["escalc_binary"][key]
    assert_allclose(yi, expected["yi"], rtol=1e-10)
    assert_allclose(vi, expected["vi"], rtol=1e-10)


def test_the_main_effects_of_bcg_are_the_log_risk_ratios():
    yi, vi = log_risk_ratio(*counts("bcg_rr"))
    assert_allclose(yi, REFERENCES["bcg_rr"]["yi"], rtol=1e-10)
    assert_allclose(vi, REFERENCES["bcg_rr"]["vi"], rtol=1e-10)


def test_a_table_by_hand():
    data = (1, 5, 3, 4)  # a, b, c, d = 1, 4, 3, 1
    assert_allclose(log_odds_ratio(*data), [np.log(1 / 12), 1 + 1 / 4 + 1 / 3 + 1], rtol=1e-14)
    assert_allclose(log_risk_ratio(*data), [np.log(4 / 15), 4 / 5 + 1 / 12], rtol=1e-14)
    assert_allclose(risk_difference(*data), [1 / 5 - 3 / 4, 4 / 125 + 3 / 64], rtol=1e-14)
    variance = 5 * 4 * 4 * 5 / (81 * 8)
    assert_allclose(peto_log_odds_ratio(*data), [(1 - 20 / 9) / variance, 1 / variance], rtol=1e-14)
    assert_allclose(arcsine_difference(0, 5, 4, 4), [-np.pi / 2, 1 / 20 + 1 / 16], rtol=1e-14)


@pytest.mark.parametrize(
    ("correction", "cells"),
    [
        ("half", [0.5, 4.5, 2.5, 8.5]),
        ("half_all", [0.5, 4.5, 2.5, 8.5]),
        ("treatment_arm", [1 / 3, 4 + 1 / 3, 2 + 2 / 3, 8 + 2 / 3]),
        ("none", [0, 4, 2, 8]),
    ],
)
def test_corrections_of_an_empty_cell(correction, cells):
    found = two_by_two(0, 4, 2, 10, correction)
    if correction == "treatment_arm":  # shares of the animals: 4/14 and 10/14
        cells = [4 / 14, 4 + 4 / 14, 2 + 10 / 14, 8 + 10 / 14]
    assert_allclose(list(found.values()), cells, rtol=1e-14)


def test_only_half_all_touches_tables_without_empty_cells():
    for correction, added in (("half", 0), ("treatment_arm", 0), ("half_all", 0.5), ("none", 0)):
        found = two_by_two(1, 4, 2, 10, correction)
        assert_allclose(list(found.values()), np.array([1, 3, 2, 8]) + added)


@pytest.mark.parametrize("function", [log_odds_ratio, log_risk_ratio, risk_difference])
def test_equal_groups_have_no_effect_and_swapping_them_flips_the_sign(function):
    assert_allclose(function(3, 9, 3, 9)[0], 0, atol=1e-15)
    yi, vi = function(2, 9, 5, 8)
    other, same = function(5, 8, 2, 9)
    assert_allclose([other, same], [-yi, vi], rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: log_odds_ratio([1, 6], 5, 1, 5), "events_t must be between 0 and n_t. 1 of 2"),
        (lambda: risk_difference(1, 5, -1, 5), "events_c must be between 0 and n_c"),
        (lambda: risk_difference(0, 0, 1, 5), "n_t must be >= 1"),
        (lambda: log_odds_ratio(0, 5, 1, 5, "none"), "smallest cell must be > 0; use a continuity"),
        (lambda: log_risk_ratio(0, 5, 1, 5, "none"), "smaller number of events must be > 0"),
        (lambda: log_risk_ratio(5, 5, 4, 4, "none"), "number without the event must be > 0"),
        (lambda: risk_difference(0, 5, 0, 5, "none"), "vi must be > 0; use a continuity"),
        (lambda: peto_log_odds_ratio([0, 1], 5, [0, 1], 5), "V must be > 0: .* position 0 has 0"),
    ],
)
def test_impossible_counts_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_an_unknown_correction_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="half, half_all, treatment_arm, none; got 'add'"):
        log_odds_ratio(1, 5, 1, 5, correction="add")
