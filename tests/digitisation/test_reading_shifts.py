"""Errors of reading through every conversion: by derivatives, and by reading the figure again."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.digitisation.reading_error import ValueAxis
from evpool.digitisation.reading_shifts import (
    harmonised_errors,
    place_shifts,
    standard_errors,
    summed,
)
from evpool.steps.harmonise_arms import harmonise_arms
from tests.steps.samples import arm

CLICK, CALIBRATION = 0.5, 0.3
HEIGHT = 400.0
LINEAR, LOG = (0.0, 20.0, False), (1.0, 1000.0, True)
ORDER = {"iqr": ("q1", "q3"), "range": ("min", "max")}
KNOWN = {"click_error": CLICK, "calibration_error": CALIBRATION}


def drawn(role, mean, lower=None, upper=None, *, axis=LINEAR, figure="f", study="s", **more):
    """An arm whose bar is on a figure; `reread` gives it values."""
    low, high, log = axis
    own = {"axis": figure, "axis_low": low, "axis_high": high, "axis_log": log, "axis_px": HEIGHT}
    own |= {"axis_lever": 0.2 if role == "treatment" else 0.4}
    scale = (lambda x: np.log10(x)) if log else (lambda x: x)
    for name, value in (("mean", mean), ("lower", lower), ("upper", upper)):
        place = None if value is None else (scale(value) - scale(low)) / (scale(high) - scale(low))
        own[f"{name}_at"] = place
    row_id = f"{study}{role}{more.get('arm')}{more.get('comparison')}"
    return arm(study, role, None, None, time_unit=None, row_id=row_id) | own | more


def valued(own, places, axis):
    """Give an arm what is read at its places."""
    centre, lower, upper = (None if p is None else float(axis.read(p * HEIGHT)) for p in places)
    values = {"mean": centre, "error_lower": lower, "error_upper": upper, "error": None}
    if None not in (lower, upper):
        values["error"] = (upper - lower) / 2
    elif upper is not None:
        values["error"] = upper - centre
    if own.get("centre") == "median":
        values |= {"mean": None, "median": centre}
        values |= dict(zip(ORDER[own["error_type"]], (lower, upper), strict=True))
    return own | values


def read(arms, rng=None):
    """Read all arms: exactly, or with new clicks on every bar and on each figure's axis."""
    sizes = (CLICK, CALIBRATION) if rng else (0.0, 0.0)
    rng, figures, found = rng or np.random.default_rng(0), {}, []
    for own in arms:
        if own["axis"] not in figures:
            figures[own["axis"]] = sizes[1] * rng.standard_normal(4)
        ends = figures[own["axis"]]
        axis = ValueAxis(
            ends[0], HEIGHT + ends[1], own["axis_low"], own["axis_high"], own["axis_log"]
        )
        turned = own["axis_lever"] * (ends[2] + ends[3])  # two clicks fix the axis's direction
        places = []
        for name in ("mean_at", "lower_at", "upper_at"):
            off = (sizes[0] * rng.standard_normal() + turned) / HEIGHT
            places.append(None if own[name] is None else own[name] + off)
        found.append(valued(own, places, axis))
    return found


PAIR = drawn("control", 6.0, upper=7.0, error_type="sem")
SEVERAL = [
    drawn(role, mean, upper=mean + 1.5 * k, study=f"o{k}", figure=f"o{k}", error_type="sd")
    for k in range(1, 4)
    for role, mean in (("treatment", 7.0 + k), ("control", 5.0 + 0.5 * k))
]
MISSING = {"unusable": "sd_missing", "detail": "no bar"}
CASES = {
    "sem": ([drawn("treatment", 9.0, upper=10.0, error_type="sem"), PAIR], {}),
    "ci95 below": ([drawn("treatment", 9.0, 7.0, 11.0, error_type="ci95"), PAIR], {}),
    "log axis": (
        [drawn("treatment", 30.0, upper=50.0, axis=LOG, figure="l", error_type="sd"), PAIR],
        {},
    ),
    "median, quartiles": (
        [drawn("treatment", 9.0, 7.5, 11.0, error_type="iqr", centre="median"), PAIR],
        {},
    ),
    "median, range": (
        [drawn("treatment", 9.0, 6.0, 13.0, error_type="range", centre="median"), PAIR],
        {},
    ),
    "mean, quartiles": ([drawn("treatment", 9.0, 7.5, 11.0, error_type="iqr"), PAIR], {}),
    "change": (
        [
            drawn("treatment", 9.0, upper=12.0, baseline_mean=4.0, baseline_sd=2.0),
            drawn("control", 6.0, upper=8.0, baseline_mean=4.5, baseline_sd=2.2),
        ],
        {"change": {"correlation": 0.6}},
    ),
    "t value": (
        [
            drawn("treatment", 9.0, t_value=3.0, error_type=None),
            drawn("control", 6.0, error_type=None),
        ],
        {},
    ),
    "combined": (
        [
            drawn("treatment", 9.0, upper=10.0, error_type="sem", arm="a"),
            drawn("treatment", 12.0, upper=14.0, error_type="sd", arm="b", n=5.0),
            PAIR,
        ],
        {"combine": [{"study_id": "s", "reason": "two doses"}]},
    ),
    "combined, far apart": (
        [
            drawn("treatment", 5.0, upper=6.0, error_type="sd", arm="a"),
            drawn("treatment", 17.0, upper=18.0, error_type="sd", arm="b", n=5.0),
            PAIR,
        ],
        {"combine": [{"study_id": "s", "reason": "two doses"}]},
    ),
    "imputed": (
        [drawn("treatment", 9.0, error_type=None, **MISSING), PAIR, *SEVERAL],
        {"sd_rule": "impute_cv"},
    ),
    "imputed, two in the middle": (
        [drawn("treatment", 9.0, error_type=None, **MISSING), PAIR, *SEVERAL[:4]],
        {"sd_rule": "impute_cv"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_derivatives_equal_reading_again(case):
    arms, how = CASES[case]
    told = harmonise_arms([own | KNOWN for own in read(arms)], **how)[0][0]
    rng = np.random.default_rng(1)
    again = [harmonise_arms(read(arms, rng), **how)[0][0] for _ in range(1200)]
    means, sds = (np.array([own[name] for own in again]) for name in ("mean", "sd"))
    # 1 SE of an SD from 1200 draws is 2%.
    assert_allclose(told["mean_reading_se"], means.std(), rtol=0.07)
    assert_allclose(told["sd_reading_se"], sds.std(), rtol=0.07)
    shifts = np.array(list(json.loads(told["reading_shifts"]).values()))
    together = shifts.prod(axis=1).sum() / (told["mean_reading_se"] * told["sd_reading_se"])
    assert_allclose(together, np.corrcoef(means, sds)[0, 1], rtol=0, atol=0.1)


def test_a_median_between_quartiles_has_the_error_of_its_weights():
    # Luo's mean of q1, m, q3 for n = 8 weighs (0.7 + 0.39 / 8) / 2, the rest, the same.
    (own, _), _ = CASES["median, quartiles"]
    exact = KNOWN | {"calibration_error": 0.0}
    told = harmonise_arms([row | exact for row in read([own, PAIR])])[0][0]
    side = (0.7 + 0.39 / 8) / 2
    pixel = 20 / HEIGHT * CLICK
    expected = pixel * np.sqrt(2 * side**2 + (1 - 2 * side) ** 2)
    assert_allclose(told["mean_reading_se"], expected, rtol=1e-12)
    assert_allclose(told["sd_reading_se"], pixel * np.sqrt(2) * told["sd"] / 3.5, rtol=1e-12)


def test_two_equal_arms_of_two_figures_combine_to_the_mean_of_their_errors():
    arms = [
        drawn("treatment", 9.0, upper=10.0, figure=name, arm=name, error_type="sd")
        for name in ("f", "g")
    ]
    alone = harmonise_arms([own | KNOWN for own in read([arms[0], PAIR])])[0][0]
    combine = [{"study_id": "s", "reason": "one dose"}]
    both = harmonise_arms([own | KNOWN for own in read([*arms, PAIR])], combine=combine)[0][0]
    assert_allclose(both["mean_reading_se"], alone["mean_reading_se"] / np.sqrt(2), rtol=1e-12)
    by_sd = 7 * 1.0 / (15 * both["sd"])
    assert_allclose(both["sd_reading_se"], np.sqrt(2) * by_sd * alone["sd_reading_se"], rtol=1e-9)


def test_what_arms_of_one_figure_share_they_share_by_name():
    arms = [own | KNOWN for own in read([drawn("treatment", 9.0, upper=10.0), PAIR])]
    one, other = (set(place_shifts(own)) for own in arms)
    assert one & other == {f"f: {name}" for name in ("first point", "second point", "direction")}
    assert len(one) == len(other) == 5


def test_a_typed_arm_has_no_shifts_and_sums_go_by_source():
    typed = arm("t", "control", None, 5.0, time_unit=None)
    kept = harmonise_arms([own | KNOWN for own in read([CASES["sem"][0][0]])] + [
        typed | {"study_id": "s"}
    ])[0]  # fmt: skip
    assert kept[1].get("reading_shifts") is None
    errors = harmonised_errors(kept)
    assert errors.mean_se[0] > 0
    assert errors.mean_se[1] == errors.sd_se[1] == 0
    assert harmonised_errors(kept[1:]) is None
    both = summed([({"a": (1.0, 2.0)}, np.eye(2)), ({"a": (1.0, 0.0), "b": (0.0, 3.0)}, np.eye(2))])
    assert both == {"a": (2.0, 2.0), "b": (0.0, 3.0)}
    assert_allclose(standard_errors(both), [2.0, np.sqrt(13)], rtol=1e-12)
