"""How far off a reader's values are when the clicks are, against the theory of errors."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.readers import read_figure
from tests.formats.make_wpd_examples import Figure, Hand, digitise

OPTIONS = SimpleNamespace(
    version="4.2", tips="upper", error="groups", no_rotation=False, unnamed_groups=False,
    strip_values=False, no_calibration=False,
)  # fmt: skip


def read_bars(folder, means, half, *, jitter, calibration, log=False, seed=1):
    """Draw bars on an axis of 400 px, 0 to 20 or 1 to 1000; return what a reader makes of them."""
    limits = (1.0, 1000.0) if log else (0.0, 20.0)
    figure = Figure((600, 500), "bar", limits, (0.0, len(means) + 1.0), log, 0.0)
    figure.top, figure.bottom = 30.0, 430.0
    bars = [
        {"dataset": "", "label": f"b{k}", "x": k + 1.0, "mean": mean, "error": half}
        | {"error_type": "sd", "n": 8}
        for k, mean in enumerate(means)
    ]
    hand = Hand(seed, jitter, calibration, 0)
    path = folder / f"figure_{seed}.json"
    path.write_text(json.dumps(digitise(figure, bars, hand, OPTIONS)[0]))
    arms = read_figure(path).arms
    tips = [arm.error_upper for arm in arms]
    return np.array([arm.centre for arm in arms]), np.array(tips, dtype=float)


def test_half_a_pixel_at_400_pixels_gives_the_error_that_theory_gives(tmp_path):
    means = np.linspace(2.0, 14.0, 3000)
    read, tips = read_bars(tmp_path, means, 3.0, jitter=0.5, calibration=0.0)
    # 0.5 px of 400 px over 20 units: 0.025 a mean, sqrt(2) of it a bar. 1 SE of an SD: 1.3%.
    assert_allclose((read - means).std(), 0.5 / 400 * 20, rtol=0.05)
    assert_allclose((tips - read - 3.0).std(), np.sqrt(2) * 0.025, rtol=0.05)
    assert_allclose((read - means).mean(), 0.0, rtol=0, atol=4 * 0.025 / np.sqrt(3000))


def test_half_a_pixel_on_a_log_axis_is_a_share_of_the_value(tmp_path):
    means = np.geomspace(3.0, 300.0, 3000)
    read, _ = read_bars(tmp_path, means, 2.0, jitter=0.5, calibration=0.0, log=True)
    expected = 0.5 / 400 * 3 * np.log(10)  # 0.9%, small or large
    for part in np.split(np.log(read / means), 3):
        assert_allclose(part.std(), expected, rtol=0.09)


@pytest.mark.parametrize("mean", [0.0, 10.0, 20.0])
def test_half_a_pixel_on_the_calibration_points_counts_by_the_distance_to_them(tmp_path, mean):
    read = [
        read_bars(tmp_path, [mean], 1.0, jitter=0.0, calibration=0.5, seed=seed)[0][0]
        for seed in range(800)
    ]
    place = mean / 20
    # A value half way between the two points has half their variance; 1 SE of an SD: 2.5%.
    expected = 0.025 * np.sqrt((1 - place) ** 2 + place**2)
    assert_allclose(np.std(read), expected, rtol=0.1)
