from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.digitisation.reading_error import ValueAxis, independent_errors, reading_errors

# Bottom of the axis at pixel 450, top at 50: 400 px for 0 to 20.
AXIS = ValueAxis(450.0, 50.0, 0.0, 20.0)
LOG_AXIS = ValueAxis(450.0, 50.0, 1.0, 1000.0, log=True)


def _pixel(axis, value):
    values = (value, axis.value_1, axis.value_2)
    value, low, high = np.log10(values[:1] + values[1:]) if np.all(axis.log) else values
    return axis.pixel_1 + (value - low) / (high - low) * (axis.pixel_2 - axis.pixel_1)


def _read_again(axis, pixels, rng, times, click_sd, calibration_sd):
    """Click everything anew; return what each of the pixels then reads, (times, len(pixels))."""
    ends = np.array([axis.pixel_1, axis.pixel_2])[:, np.newaxis]
    ends = ends + calibration_sd * rng.standard_normal((2, times))
    moved = replace(axis, pixel_1=ends[0], pixel_2=ends[1])
    return [moved.read(p + click_sd * rng.standard_normal(times)) for p in pixels]


def test_half_a_pixel_at_400_pixels_gives_the_error_that_theory_gives():
    # 0.5 px of 400 px over 20 units: 0.025 units a mean; an SEM bar of 9 animals 3 sqrt(2) times.
    mean, tip = _pixel(AXIS, 12.0), _pixel(AXIS, 13.0)
    got = reading_errors(AXIS, mean, tip, sd_per_length=3.0, click_sd=0.5)
    assert_allclose(got.mean_se, 0.5 / 400 * 20, rtol=1e-12)
    assert_allclose(got.sd_se, 3 * np.sqrt(2) * 0.025, rtol=1e-12)
    read = _read_again(AXIS, (mean, tip), np.random.default_rng(1), 100_000, 0.5, 0.0)
    # The Monte Carlo error of an SD from 100 000 draws is 0.22%.
    assert_allclose(read[0].std(), got.mean_se[0], rtol=0.01)
    assert_allclose((3 * (read[1] - read[0])).std(), got.sd_se[0], rtol=0.01)
    assert_allclose(read[0].mean(), 12.0, atol=4 * 0.025 / np.sqrt(100_000))


@pytest.mark.parametrize("axis", [AXIS, LOG_AXIS], ids=["linear", "log"])
@pytest.mark.parametrize("calibration_sd", [0.0, 0.5])
@pytest.mark.parametrize("both_tips", [False, True])
@pytest.mark.parametrize("downwards", [False, True])
def test_errors_equal_those_of_reading_again(axis, calibration_sd, both_tips, downwards):
    mean = 200.0
    tip = mean + 30.0 if downwards else mean - 30.0
    lower = 2 * mean - tip if both_tips else None
    sds = {"click_sd": 0.5, "calibration_sd": calibration_sd}
    got = reading_errors(axis, mean, tip, sd_per_length=2.0, lower_tip=lower, **sds)
    pixels = (mean, tip, lower if both_tips else mean)
    read = _read_again(axis, pixels, np.random.default_rng(2), 60_000, *sds.values())
    other, half = (read[2], 0.5) if both_tips else (read[0], 1.0)
    spread = 2.0 * half * np.abs(read[1] - other)
    assert_allclose(read[0].std(), got.mean_se[0], rtol=0.015)
    assert_allclose(spread.std(), got.sd_se[0], rtol=0.015)
    together = np.sum(got.mean_shifts * got.sd_shifts) / (got.mean_se * got.sd_se)[0]
    assert_allclose(np.corrcoef(read[0], spread)[0, 1], together, rtol=0, atol=0.02)


def test_slopes_equal_numerical_derivatives():
    for axis in (AXIS, LOG_AXIS, ValueAxis(10.0, 300.0, 5.0, -4.0)):
        pixel, h = 177.0, 1e-4
        moved = [(pixel + s * h, axis.pixel_1, axis.pixel_2) for s in (1, -1)]
        moved += [(pixel, axis.pixel_1 + s * h, axis.pixel_2) for s in (1, -1)]
        moved += [(pixel, axis.pixel_1, axis.pixel_2 + s * h) for s in (1, -1)]
        read = [replace(axis, pixel_1=one, pixel_2=two).read(p) for p, one, two in moved]
        expected = (np.array(read[::2]) - read[1::2]) / (2 * h)
        assert_allclose(axis.slopes(pixel), expected, rtol=1e-7)


def test_an_axis_reads_its_own_ends_and_the_geometric_middle():
    assert_allclose(AXIS.read([450.0, 250.0, 50.0]), [0.0, 10.0, 20.0], rtol=1e-12)
    assert_allclose(LOG_AXIS.read([450.0, 250.0, 50.0]), [1.0, 1000**0.5, 1000.0], rtol=1e-12)
    mixed = ValueAxis(450.0, 50.0, [0.0, 1.0], [20.0, 1000.0], log=np.array([False, True]))
    assert_allclose(mixed.read([250.0, 250.0]), [10.0, 1000**0.5], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ValueAxis(1.0, 1.0, 0.0, 2.0), "pixel_2 must differ from pixel_1"),
        (lambda: ValueAxis(1.0, 2.0, 3.0, 3.0), "value_2 must differ from value_1"),
        (lambda: ValueAxis(1.0, 2.0, 0.0, 3.0, log=True), "value_1 must be > 0 on a log axis"),
        (lambda: ValueAxis(1.0, np.nan, 0.0, 3.0), "pixel_2 must be finite"),
        (lambda: reading_errors(AXIS, 9.0, 9.0, sd_per_length=1, click_sd=1), "bar has no length"),
        (lambda: reading_errors(AXIS, 9.0, 8.0, sd_per_length=1, click_sd=-1), "click_sd must be"),
        (lambda: reading_errors(AXIS, np.nan, 8, sd_per_length=1, click_sd=1), "mean must be fin"),
        (lambda: independent_errors([0.1, -0.1], 0.0), r"mean_se must be >= 0. .* position 1"),
    ],
)
def test_impossible_clicks_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
