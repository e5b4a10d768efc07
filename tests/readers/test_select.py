from dataclasses import replace

import pytest

from evpool.errors import InputError
from evpool.readers import read_figure, select_arm
from tests.readers.projects import FORMATS

BARS = read_figure(FORMATS / "wpd_v4_bar_groups.json")
TIMES = read_figure(FORMATS / "wpd_v4_xy_tip_datasets.json")


@pytest.mark.parametrize("label", ["3 mg/kg", "tuple=2"])
def test_a_bar_by_its_label_or_tuple(label):
    assert select_arm(BARS, label).centre == pytest.approx(33.544093178036604)


@pytest.mark.parametrize(
    ("x", "centre"), [("x=14", 8.158560971582675), ("x=1.5", 11.799519345429196)]
)
def test_a_point_by_the_nearest_x(x, centre):
    assert select_arm(TIMES, x, "vehicle").centre == pytest.approx(centre)


@pytest.mark.parametrize(
    ("label", "dataset", "words"),
    [
        ("2 mg/kg", None, "0 arms fit '2 mg/kg'. Did you mean"),
        ("", None, "4 arms fit ''"),
        ("x=14", None, "0 arms fit"),
        ("vehicle", "Defualt Dataset", "no data set .* Did you mean 'Default Dataset'"),
    ],
)
def test_a_label_that_names_no_one_arm(label, dataset, words):
    with pytest.raises(InputError, match=words):
        select_arm(BARS, label, dataset)


def test_an_x_between_or_beyond_the_points():
    with pytest.raises(InputError, match="0 arms fit 'x=30'"):
        select_arm(TIMES, "x=30", "vehicle")
    with pytest.raises(InputError, match="2 arms fit 'x=14'"):
        select_arm(TIMES, "x=14")


def readings(*places):
    """Arms at these (data set, x), without a calibration, whose centre is their number."""
    (first, *_) = TIMES.arms
    arms = [
        replace(first, dataset=name, x=x, centre=number, calibration=None)
        for number, (name, x) in enumerate(places)
    ]
    return replace(TIMES, arms=tuple(arms))


def test_a_lone_point_is_not_taken_for_one_far_from_it():
    alone = readings(("vehicle", 28.0))
    assert select_arm(alone, "x=27").centre == 0
    with pytest.raises(InputError, match=r"0 arms fit 'x=14'\.* It has: 'x=28'"):
        select_arm(alone, "x=14")
    # On an axis of 15 days a click half a day beside 0 is at 0.
    vehicle = next(arm for arm in TIMES.arms if arm.dataset == "vehicle")
    low, high = vehicle.calibration.limits[0]
    near = replace(TIMES, arms=(replace(vehicle, x=0.04 * (high - low)),))
    assert select_arm(near, "x=0").x == near.arms[0].x
    with pytest.raises(InputError, match="0 arms fit"):
        select_arm(replace(near, arms=(replace(vehicle, x=0.06 * (high - low)),)), "x=0")


def test_points_of_two_data_sets_at_one_x_are_not_told_apart_by_their_last_decimal():
    two = readings(("vehicle", 13.99), ("EV", 14.05))
    assert select_arm(two, "x=14", "EV").centre == 1
    with pytest.raises(InputError, match="2 arms fit 'x=14'"):
        select_arm(two, "x=14")


def test_an_x_in_the_middle_of_two_points_is_neither():
    with pytest.raises(InputError, match="2 arms fit 'x=14'"):
        select_arm(readings(("a", 7.0), ("a", 21.0)), "x=14")
