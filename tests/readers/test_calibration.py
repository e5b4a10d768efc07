import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.readers.calibration import (
    CalibrationError,
    calibrate_bar,
    calibrate_three_points,
    calibrate_xy,
)

UPRIGHT = [(50, 400, 0), (450, 400, 20), (50, 400, 0), (50, 100, 60)]
pixels = st.floats(0, 2000)
angles = st.floats(-180, 180)


def turned(angle, skew=0.0, size=(400, 300)):
    """Four clicks of axes that are turned, and not quite square to each other."""
    along, up = np.radians(angle), np.radians(angle - 90 + skew)
    corner = np.array([500.0, 500.0])
    x_end = corner + size[0] * np.array([np.cos(along), np.sin(along)])
    y_end = corner + size[1] * np.array([np.cos(up), np.sin(up)])
    return corner, x_end, y_end


def test_upright_axes_by_hand():
    # 400 px are 20 units, 300 px are 60: (250, 250) is half way on both.
    calibration = calibrate_xy(UPRIGHT)
    assert_allclose(calibration.values(250, 250), [10, 30], rtol=1e-14)
    assert_allclose(calibration.resolution, 0.2, rtol=1e-14)


def test_log_axes_and_axes_of_negative_numbers():
    clicks = [(0, 0, 1), (100, 0, 1000), (0, 0, -1), (0, 100, -100)]
    calibration = calibrate_xy(clicks, log=(True, True))
    assert_allclose(calibration.values([50, 100], [50, 0]), [[10**1.5, 1000], [-10, -1]])
    assert_allclose(calibration.resolution, 0.02)


@given(angles, st.floats(-20, 20), pixels, pixels, st.booleans(), st.booleans())
def test_xy_map_and_its_inverse(angle, skew, px, py, log_x, log_y):
    corner, x_end, y_end = turned(angle, skew)
    clicks = [(*corner, 1), (*x_end, 100), (*corner, 2), (*y_end, 50)]
    calibration = calibrate_xy(clicks, log=(log_x, log_y))
    assert_allclose(calibration.values(*x_end)[0], 100, rtol=1e-9)
    assert_allclose(calibration.values(*corner), [1, 2], rtol=1e-9)
    assert_allclose(calibration.pixels(*calibration.values(px, py)), [px, py], atol=1e-6)


@given(angles, pixels, pixels, st.booleans())
def test_bar_map_and_its_inverse(angle, px, py, log):
    corner, end, _ = turned(angle)
    clicks = [(*corner, 1), (*end, 100)]
    calibration = calibrate_bar(clicks, log=log, rotated=True)
    assert_allclose(calibration.values(*end)[1], 100, rtol=1e-9)
    assert_allclose(calibration.pixels(*calibration.values(px, py)), [px, py], atol=1e-6)


@given(angles, st.floats(-1, 1), st.floats(0, 1))
def test_a_bar_map_sees_nothing_of_the_other_direction(angle, across, along):
    corner, end, side = turned(angle)
    calibration = calibrate_bar([(*corner, 0), (*end, 10)], rotated=True)
    point = corner + along * (end - corner) + across * (side - corner)
    assert_allclose(calibration.values(*point)[1], 10 * along, atol=1e-9)


@pytest.mark.parametrize(("end", "axis"), [((400, 29), 0), ((400, 600), 1), ((-300, -100), 0)])
def test_unrotated_bars_are_straightened(end, axis):
    # Within 30 degrees of horizontal only x counts, else only y.
    calibration = calibrate_bar([(0, 0, 0), (*end, 10)])
    point = np.array([17.0, 23.0])
    assert_allclose(calibration.values(*point)[1], 10 * point[axis] / end[axis], rtol=1e-12)


def test_no_rotation_takes_each_axis_along_an_edge():
    clicks = [(0, 3, 0), (100, 0, 10), (2, 0, 0), (0, -50, 5)]
    calibration = calibrate_xy(clicks, no_rotation=True)
    assert_allclose(calibration.values(50, -25), [5, 2.5], rtol=1e-12)
    swapped = [(0, 0, 0), (3, 100, 10), (0, 0, 0), (50, 2, 5)]
    calibration = calibrate_xy(swapped, no_rotation=True)
    assert_allclose(calibration.values(25, 50), [5, 2.5], rtol=1e-12)


@given(angles, st.floats(-20, 20), pixels, pixels)
def test_three_points_and_four_give_one_map(angle, skew, px, py):
    corner, x_end, y_end = turned(angle, skew)
    three = calibrate_three_points([(*corner, 1, 2), (*x_end, 100, 2), (*y_end, 1, 50)])
    four = calibrate_xy([(*corner, 1), (*x_end, 100), (*corner, 2), (*y_end, 50)])
    assert_allclose(three.values(px, py), four.values(px, py), rtol=1e-9, atol=1e-9)


def test_values_beyond_the_axis_are_told():
    calibration = calibrate_xy(UPRIGHT)
    assert calibration.outside(np.array([-3.1, -2.9, 62.9, 63.1, np.nan])).tolist() == [
        True,
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("clicks", "log", "words"),
    [
        ([(0, 0, 0), (9, 9, 1), (1, 1, 0), (5, 5, 1)], False, "collinear"),
        ([(0, 0, 0), (400, 1, 1), (0, 0, 0), (300, 2, 1)], False, "collinear"),
        ([(0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 9, 1)], False, "coincide"),
        ([(0, 0, 0), (9, 0, 1), (0, 0, 5), (0, 9, 5)], False, "y axis has the value 5 at both"),
        ([(0, 0, 1), (9, 0, 2), (0, 0, 0), (0, 9, 5)], True, "y axis is a log axis.* at 0, 5"),
        ([(0, 0, 1), (9, 0, 2), (0, 0, -1), (0, 9, 5)], True, "y axis is a log axis.* at -1, 5"),
    ],
)
def test_points_that_fix_no_axes(clicks, log, words):
    with pytest.raises(CalibrationError, match=words):
        calibrate_xy(clicks, log=(log, log))


def test_points_that_fix_no_bar_axis_and_no_three_point_axes():
    with pytest.raises(CalibrationError, match="same place"):
        calibrate_bar([(5, 5, 0), (5, 5, 1)])
    with pytest.raises(CalibrationError, match="three axis points are collinear"):
        calibrate_three_points([(0, 0, 0, 0), (5, 5, 1, 0), (9, 9, 0, 1)])
    with pytest.raises(CalibrationError, match="values of the axis points are collinear"):
        calibrate_three_points([(0, 0, 0, 0), (5, 0, 1, 1), (0, 9, 2, 2)])
