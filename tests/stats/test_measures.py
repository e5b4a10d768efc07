"""The registry: every code computes what its function does, options are checked."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import UnknownNameError
from evpool.stats.effects import hedges_g
from evpool.stats.measures import (
    MEASURES,
    back_transform,
    compute_measure,
    measure_of,
    obstacles,
    published_options,
)

COLUMNS = {
    "mean_t": [6.0, 8.0],
    "sd_t": [1.0, 2.0],
    "n_t": [8, 9],
    "mean_c": [3.0, 5.0],
    "sd_c": [1.5, 2.0],
    "n_c": [7, 10],
    "mean_s": [12.0, 0.0],
    "events_t": [1, 3],
    "events_c": [4, 2],
    "estimate": [0.5, 0.9],
    "se": [0.1, 0.2],
}


@pytest.mark.parametrize("code", MEASURES)
def test_every_measure_computes_from_its_columns(code):
    measure = MEASURES[code]
    yi, vi = compute_measure(code, {name: np.array(v) for name, v in COLUMNS.items()})
    given = {name: COLUMNS[name] for name in measure.inputs if name in COLUMNS}
    assert_allclose((yi, vi), measure.function(**given), rtol=0)
    assert (vi > 0).all()
    assert measure.code == code


@pytest.mark.parametrize("code", MEASURES)
def test_options_are_the_functions_own_with_the_default_first(code):
    parameters = inspect.signature(MEASURES[code].function).parameters
    assert set(MEASURES[code].inputs) | set(MEASURES[code].options) == set(parameters)
    for name, allowed in MEASURES[code].options.items():
        assert not allowed or allowed[0] == parameters[name].default
        for value in allowed:
            compute_measure(code, COLUMNS, **{name: value})


def test_flags_of_the_measures():
    assert {code for code, m in MEASURES.items() if m.standardised} == {
        "SMD",
        "COHEN_D",
        "SMDH",
        "SMD1",
    }
    logs = {"ROM", "VR", "CVR", "OR", "RR", "PETO", "HR"}
    assert {code for code, m in MEASURES.items() if m.log_scale} == logs
    assert {code for code, m in MEASURES.items() if m.in_outcome_units} == {"MD"}
    assert {code for code, m in MEASURES.items() if m.tested_by_t} == {"MD"}


def test_back_transformation_of_ratios_only():
    assert_allclose(back_transform("OR", [0.0, np.log(3)]), [1, 3])
    assert_allclose(back_transform("SMD", [0.5]), [0.5])
    yi, _ = compute_measure("ROM", COLUMNS)
    assert_allclose(back_transform("ROM", yi), [2.0, 1.6], rtol=1e-14)


def test_generic_rows_use_what_each_has():
    nan = np.nan
    columns = {
        "estimate": [2.0, 2.0, nan, 2.0],
        "se": [0.5, nan, nan, nan],
        "variance": [nan, 0.25, nan, nan],
        "low": [nan, nan, 2 - 0.979981992270027, nan],
        "high": [nan, nan, 2 + 0.979981992270027, nan],
        "p": [nan, nan, nan, 6.334248366623996e-05],  # of z = 4
    }
    yi, vi = compute_measure("GEN", columns)
    assert_allclose(yi, 2.0, rtol=1e-12)
    assert_allclose(vi, 0.25, rtol=1e-12)


def test_a_generic_row_with_degrees_of_freedom_is_read_by_t():
    columns = {"estimate": [10.0, 10.0, 10.0], "p": [0.001, 0.001, np.nan], "df": [10, np.nan, 10]}
    columns |= {"low": [np.nan, np.nan, 10 - 2.2281388519649385], "high": [np.nan, np.nan, 0.0]}
    columns["high"][2] = 20 - columns["low"][2]
    _, vi = compute_measure("GEN", columns)
    # t(10) of P 0.001 is 4.587 (any table); z 3.291. The last row's interval is 1 SE by t(10).
    assert_allclose(vi, [(10 / 4.5869) ** 2, (10 / 3.29053) ** 2, 1.0], rtol=1e-4)


def test_hazard_ratios_are_pooled_as_logs():
    z = 1.959963984540054
    columns = {"estimate": [0.5, 0.5], "se": [0.2, np.nan], "low": [np.nan, 0.5 * np.exp(-z / 5)]}
    columns["high"] = [np.nan, 0.5 * np.exp(z / 5)]
    yi, vi = compute_measure("HR", columns)
    assert_allclose(yi, np.log(0.5), rtol=1e-12)
    assert_allclose(vi, 0.04, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: compute_measure("SDM", COLUMNS), "measure must be one of MD, SMD.*mean 'SMD'"),
        (lambda: compute_measure("SMD", COLUMNS, vtype="LS"), "option of measure SMD must be one"),
        (
            lambda: compute_measure("VR", COLUMNS, variance="LS"),
            r"option of measure VR .* \(none\)",
        ),
        (lambda: compute_measure("SMD", COLUMNS, variance="ls"), "variance of measure SMD must be"),
        (lambda: measure_of("OD"), "measure must be one of"),
        (lambda: back_transform("odds", 1), "measure must be one of"),
    ],
)
def test_unknown_names_list_the_known_ones(call, words):
    with pytest.raises(UnknownNameError, match=words):
        call()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"mean_t": [1.0]}, "measure SMD needs the columns mean_t, .*; missing: sd_t, n_t, mean_c"),
        ({**COLUMNS, "sd_t": [1.0, 0.0]}, "sd_t must be > 0"),
    ],
)
def test_missing_and_impossible_columns_are_refused(columns, words):
    with pytest.raises(ValueError, match=words):
        compute_measure("SMD", columns)


def test_a_row_without_a_variance_is_refused():
    with pytest.raises(ValueError, match=r"Rows \[1\] have no variance: give low and high"):
        compute_measure("GEN", {"estimate": [1.0, 2.0], "se": [1.0, np.nan]})


def test_options_reach_the_function():
    names = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
    expected = hedges_g(*(COLUMNS[name] for name in names), variance="UB")
    assert_allclose(compute_measure("SMD", COLUMNS, variance="UB"), expected, rtol=0)


NONE = {"correction": "none"}
NO_PRINT = dict.fromkeys(("estimate", "se", "variance", "low", "high", "p", "df"), [np.nan] * 2)
OBSTACLES = [
    ("ROM", {}, {"mean_t": [0.0, 8.0]}, {0: ("mean_t", "mean_not_positive")}),
    ("ROM", {"variance": "LS2"}, {"mean_c": [3, -1]}, {1: ("mean_c", "mean_not_positive")}),
    ("CVR", {}, {"mean_c": [3.0, -5.0]}, {1: ("mean_c", "mean_not_positive")}),
    ("SMD1", {}, {"n_c": [2.5, 3.0]}, {0: ("n_c", "n_below_3")}),
    ("SMD1", {"standardise_by": "treatment"}, {"n_t": [8, 2]}, {1: ("n_t", "n_below_3")}),
    ("NMD", {}, {"mean_s": [3.0, 0.0]}, {0: ("mean_s", "sham_equals_control")}),
    ("PETO", {}, {"events_t": [0, 3], "events_c": [0, 2]}, {0: ("V", "no_information")}),
    ("PETO", {}, {"events_t": [1, 9], "events_c": [4, 10]}, {1: ("V", "no_information")}),
    ("OR", NONE, {"events_t": [0, 3]}, {0: ("the smallest cell", "empty_cell")}),
    ("RR", NONE, {"events_c": [4, 0]}, {1: ("the smaller number of events", "empty_cell")}),
    (
        "RR",
        NONE,
        {"events_t": [8, 3], "events_c": [7, 2]},
        {0: ("the number without the event", "empty_cell")},
    ),
    ("RD", NONE, {"events_t": [0, 3], "events_c": [0, 2]}, {0: ("vi", "empty_cell")}),
    (
        "GEN",
        {"log": True},
        NO_PRINT | {"estimate": [-1.0, 2.0], "se": [1.0, 1.0]},
        {0: ("estimate", "ratio_not_positive")},
    ),
    (
        "GEN",
        {"log": True},
        NO_PRINT | {"low": [0.1, 0.0], "high": [2.0, 2.0]},
        {1: ("low", "ratio_not_positive")},
    ),
    (
        "GEN",
        {},
        NO_PRINT | {"estimate": [0.0, 2.0], "p": [0.5, 0.5]},
        {0: ("estimate", "test_says_nothing")},
    ),
    (
        "GEN",
        {},
        NO_PRINT | {"estimate": [1.0, 2.0], "p": [0.5, 0.5], "df": [10.0, 0.0]},
        {1: ("n_t + n_c - 2", "n_too_small")},
    ),
]


@pytest.mark.parametrize(("code", "options", "change", "expected"), OBSTACLES)
def test_what_a_measure_cannot_be_computed_from_is_what_its_function_refuses(
    code, options, change, expected
):
    columns = {name: np.array(values, dtype=float) for name, values in (COLUMNS | change).items()}
    found = obstacles(code, columns, **options)
    assert {i: (own.name, own.reason) for i, own in found.items()} == expected
    (own,) = found.values()
    with pytest.raises(ValueError, match=own.rule.split(";")[0]):
        compute_measure(code, columns, **options)
    rest = {name: np.delete(values, list(found)) for name, values in columns.items()}
    _, vi = compute_measure(code, rest, **options)
    assert (vi > 0).all()


@pytest.mark.parametrize("code", MEASURES)
def test_sound_comparisons_have_no_obstacle(code):
    assert obstacles(code, NO_PRINT | COLUMNS) == {}


def test_obstacles_leave_what_is_missing_to_the_measure():
    lacking = {"mean_t": [np.nan, 0.0]}
    assert list(obstacles("ROM", COLUMNS | lacking)) == [1]
    assert obstacles("ROM", lacking) == {}
    with pytest.raises(UnknownNameError, match="option of measure SMD1 must be one of"):
        obstacles("SMD1", COLUMNS, variance="UB")


@pytest.mark.parametrize(
    ("code", "options", "heard"),
    [
        ("SMD", {"variance": "UB"}, {"log": False}),
        ("MD", {"pooled_sd": True, "level": 0.9}, {"log": False, "level": 0.9}),
        ("OR", {"correction": "none"}, {"log": True}),
        ("HR", {"level": 0.9}, {"log": True, "level": 0.9}),
        ("GEN", {"log": True}, {"log": True}),
        ("GEN", {}, {"log": False}),
    ],
)
def test_published_effects_hear_only_how_they_are_printed(code, options, heard):
    assert published_options(code, options) == heard


def test_published_effects_take_no_option_that_their_measure_has_not():
    with pytest.raises(UnknownNameError, match="option of measure SMD must be one of variance"):
        published_options("SMD", {"varianec": "UB"})
    with pytest.raises(UnknownNameError, match="variance of measure SMD must be one of"):
        published_options("SMD", {"variance": "ub"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"se": [0.1, 0.1, 0.0]}, "se must be > 0. 1 of 3 rows .* position 2 has 0"),
        ({"p": [np.nan, 1.0, np.nan]}, "p must be between 0 and 1 .* position 1 has 1"),
        (
            {"low": [3.0, 0.1, 0.1], "high": [2.0, 9, 9]},
            "low must be below high.* position 0 has 3",
        ),
        ({"low": [0.1, 3, 0.1], "high": [9, 9, 9.0]}, "estimate must lie .* position 1 has 2"),
        ({"estimate": [1, 2, -1.0]}, "estimate must be > 0. 1 of 3 rows .* position 2 has -1"),
        ({"estimate": [3, 1, 2.0]}, "estimate must differ from the null value.* position 1 has 1"),
        ({"variance": [np.inf, 1, 1]}, "variance must be finite. 1 of 3 rows .* position 0"),
    ],
)
def test_impossible_generic_values_are_refused_at_their_row(change, words):
    columns = {"estimate": [1.0, 2.0, 3.0], "se": [0.1, np.nan, 0.1], "p": [np.nan, 0.5, np.nan]}
    with pytest.raises(ValueError, match=words):
        compute_measure("GEN", columns | change, log=True)
