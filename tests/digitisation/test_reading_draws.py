import csv
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evpool.arms.dispersion import Dispersion
from evpool.digitisation.reading_draws import digitisation_interval, draw_readings
from evpool.digitisation.reading_error import (
    ReadingErrors,
    ValueAxis,
    independent_errors,
    reading_errors,
)
from evpool.errors import ConvergenceError
from evpool.stats.measures import compute_measure
from evpool.stats.pooling import pool

# Bottom of the axis at pixel 450, top at 50: 400 px for 0 to 20.
AXIS = ValueAxis(450.0, 50.0, 0.0, 20.0)


def _sci():
    """Typed arms of the review's last measurement: mean, sd, n and the two groups."""
    path = Path(__file__).parents[2] / "resources/sci/arms.csv"
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
    pixels = 450 - 20 * mean, 450 - 20 * (mean + sd / per_length)
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


def test_an_estimated_click_error_widens_the_draws_to_those_of_students_t():
    shifts = np.full((1, 1), 0.5)
    errors = ReadingErrors(shifts, 0 * shifts, np.zeros((1, 1), dtype=int), df=5.0)
    means, _ = draw_readings(np.zeros(1), np.ones(1), errors, np.random.default_rng(13), 200_000)
    # t with 5 degrees of freedom: 2.570582 at 97.5%.
    assert_allclose(
        np.quantile(means, [0.025, 0.975]), [-0.5 * 2.570582, 0.5 * 2.570582], rtol=0.02
    )


def test_arms_that_share_a_source_shift_together_whatever_its_column():
    shifts = np.array([[0.1, 0.0], [0.0, 0.2]])
    errors = ReadingErrors(shifts, 0 * shifts, np.array([[7, 1], [2, 7]]))
    means, _ = draw_readings(np.zeros(2), np.ones(2), errors, np.random.default_rng(14), 500)
    assert_allclose(means[:, 1], 2 * means[:, 0], rtol=1e-12)


def test_blocks_of_draws_are_the_draws(monkeypatch):
    arms = np.array([1.0, 2.0]), np.ones(2), independent_errors([0.1, 0.2], [0.1, 0.1])
    whole = draw_readings(*arms, np.random.default_rng(15), 100)
    monkeypatch.setattr("evpool.digitisation.reading_draws.AT_ONCE", 40)
    parts = draw_readings(*arms, np.random.default_rng(15), 100)
    assert_array_equal(whole, parts)
