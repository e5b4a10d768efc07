import csv
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evpool.dispersion import Dispersion
from evpool.errors import ConvergenceError
from evpool.reading_error import (
    ValueAxis,
    digitisation_interval,
    draw_readings,
    independent_errors,
    reading_errors,
)
from evpool.stats.measures import compute_measure
from evpool.stats.pooling import pool

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


def _sci():
    """Typed arms of the review's last measurement: mean, sd, n and the two groups."""
    path = Path(__file__).parents[1] / "resources/sci/arms.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [row for row in csv.DictReader(lines) if row["timepoint"] == "last"]
    studies = sorted({row["study_id"] for row in rows})
    place = {(row["study_id"], row["role"]): i for i, row in enumerate(rows)}
    groups = {role[0]: [place[s, role] for s in studies] for role in ("treatment", "control")}
    columns = (np.array([float(row[name]) for row in rows]) for name in ("mean", "sd", "n"))
    return *columns, groups


def _digitise(mean, sd, n, click_sd, rng):
    """Draw SEM bars on the axis and read them; return what is read and its errors."""
    per_length = Dispersion("sem", 1.0, n=n).to_sd()
    pixels = _pixel(AXIS, mean), _pixel(AXIS, mean + sd / per_length)
    pixels = [p + click_sd * rng.standard_normal(p.size) for p in pixels]
    read_mean, read_tip = (AXIS.read(p) for p in pixels)
    errors = reading_errors(AXIS, *pixels, sd_per_length=per_length, click_sd=click_sd)
    return read_mean, np.abs(read_tip - read_mean) * per_length, errors


@pytest.mark.parametrize(("measure", "model"), [("MD", "random"), ("SMD", "random")])
def test_the_interval_covers_the_truth_at_its_rate(measure, model):
    mean, sd, n, groups = _sci()
    compute, fit = partial(compute_measure, measure), partial(pool, model=model)
    true = digitisation_interval(
        mean, sd, n, independent_errors(0 * mean, 0.0), groups, compute, fit,
        rng=np.random.default_rng(), draws=1,
    ).estimate  # fmt: skip
    rng, covered = np.random.default_rng(4), []
    for _ in range(300):
        read = _digitise(mean, sd, n, 0.5, rng)
        got = digitisation_interval(*read[:2], n, read[2], groups, compute, fit, rng=rng, draws=400)
        covered.append(got.low <= true <= got.high)
    # 95% of 300: standard error 1.3%.
    assert_allclose(np.mean(covered), 0.95, rtol=0, atol=0.035)


def test_a_review_read_from_figures_agrees_with_the_typed_one():
    mean, sd, n, groups = _sci()
    rng = np.random.default_rng(5)
    read_mean, read_sd, errors = _digitise(mean, sd, n, 0.5, rng)
    compute = partial(compute_measure, "MD")
    got = digitisation_interval(read_mean, read_sd, n, errors, groups, compute, pool, rng=rng)
    t, c = groups["t"], groups["c"]
    effects = mean[t] - mean[c]
    typed = pool(effects, sd[t] ** 2 / n[t] + sd[c] ** 2 / n[c])
    assert got.low < typed.estimate[0] < got.high
    assert got.high - got.low < 0.1 * (typed.ci_high - typed.ci_low)[0]
    assert got.low < got.median < got.high
    assert ((got.effect_low < effects) & (effects < got.effect_high)).mean() > 0.8
    assert (got.draws, got.failed) == (10_000, 0)


def test_no_click_error_gives_an_interval_of_no_width():
    mean, sd, n, groups = _sci()
    read_mean, read_sd, errors = _digitise(mean, sd, n, 0.0, np.random.default_rng(6))
    got = digitisation_interval(
        read_mean, read_sd, n, errors, groups, partial(compute_measure, "SMD"), pool,
        rng=np.random.default_rng(7), draws=500,
    )  # fmt: skip
    assert got.low == got.median == got.high
    assert_allclose(got.median, got.estimate, rtol=1e-12)
    assert_array_equal(got.effect_low, got.effect_high)
    assert_allclose([read_mean, read_sd], [mean, sd], rtol=1e-9)


def test_the_width_of_a_common_effect_is_that_of_the_weighted_sum():
    mean, n = np.array([5.0, 3.0, 6.0, 3.5]), np.array([8.0] * 4)
    errors = independent_errors([0.1, 0.2, 0.1, 0.3], 0.0)
    groups = {"t": [0, 2], "c": [1, 3]}
    got = digitisation_interval(
        mean, np.ones(4), n, errors, groups, partial(compute_measure, "MD"),
        partial(pool, model="common"), rng=np.random.default_rng(8), draws=100_000,
    )  # fmt: skip
    expected = np.sqrt(0.1**2 + 0.2**2 + 0.1**2 + 0.3**2) / 2
    assert_allclose((got.high - got.low) / (2 * 1.959964), expected, rtol=0.015)
    assert_allclose([got.estimate, got.median], 2.25, rtol=2e-3)


def test_a_shared_calibration_error_cancels_in_a_difference_of_one_figure():
    # Both calibration points off by the same pixels shift every mean alike.
    pixels = np.array([200.0, 200.0]), np.array([180.0, 180.0])
    sds = {"sd_per_length": 1.0, "click_sd": 0.0, "calibration_sd": 1.0}
    widths = []
    for figure in (["a", "a"], ["a", "b"]):
        errors = reading_errors(AXIS, *pixels, figure=figure, **sds)
        means, _ = draw_readings(
            np.array([12.5, 12.5]), np.ones(2), errors, np.random.default_rng(9), 4000
        )
        widths.append((means[:, 0] - means[:, 1]).std())
        assert_allclose(means.std(axis=0), errors.mean_se, rtol=0.05)
    assert widths[0] == 0.0
    assert_allclose(widths[1], np.sqrt(2) * errors.mean_se[0], rtol=0.05)


def test_a_drawn_sd_is_never_below_zero_however_short_its_bar():
    errors = independent_errors([0.0], [1.0])
    _, sd = draw_readings(np.array([1.0]), np.array([0.5]), errors, np.random.default_rng(10), 5000)
    assert sd.min() > 0
    assert_allclose((sd**2).mean(), 0.5**2 + 1.0**2, rtol=0.05)


def test_the_seed_decides_and_failed_draws_are_counted():
    arms = [1.0, 2.0], [1.0, 1.0], [5, 5], independent_errors([0.1, 0.1], [0.1, 0.1])
    groups = {"t": [0], "c": [1]}

    def fit(yi, vi, bad=-1.0):
        return SimpleNamespace(estimate=yi[:, 0], converged=yi[:, 0] > bad)

    run = partial(digitisation_interval, *arms, groups, partial(compute_measure, "MD"))
    one, two = (run(fit, rng=np.random.default_rng(11), draws=2000) for _ in range(2))
    assert (one.low, one.failed) == (two.low, two.failed)
    assert 800 < one.failed < 1200
    assert one.low > -1.0
    with pytest.raises(ConvergenceError, match="none of 50 draws"):
        run(partial(fit, bad=9.0), rng=np.random.default_rng(12), draws=50)


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


@pytest.mark.parametrize(
    ("options", "words"),
    [({"draws": 0}, "draws must be >= 1"), ({"level": 95}, "level between 0 and 1; got 10 and 95")],
)
def test_impossible_simulations_are_refused(options, words):
    errors = independent_errors([0.1, 0.1], 0.0)
    with pytest.raises(ValueError, match=words):
        digitisation_interval(
            [1, 2], [1, 1], [5, 5], errors, {}, None, None, rng=None, **{"draws": 10, **options}
        )
    with pytest.raises(ValueError, match=r"one entry an arm; got \(1,\)"):
        digitisation_interval([1], [1], [5], errors, {}, None, None, rng=None)
