"""The effect axis: limits, ticks and how values are printed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.plots.scale import axis_limits, effect_scale, linear_ticks

FINITE = st.floats(-1e6, 1e6)


@given(st.lists(FINITE, min_size=1, max_size=8), st.lists(FINITE, max_size=8))
def test_limits_hold_every_point(points, ends):
    low, high = axis_limits(points, ends, ends)
    assert low < high
    assert low <= min(points)
    assert high >= max(points)


def test_long_intervals_are_cut_and_short_ones_are_not():
    low, high = axis_limits([0, 1], [-0.2, -50], [1.2, 50], edge=0)
    assert (low, high) == (-0.6, 1.6)
    assert axis_limits([0, 1], [-0.2], [1.2], edge=0) == (-0.2, 1.2)
    assert axis_limits([math.nan], [], []) == (-1, 1)


@given(FINITE, st.floats(1e-3, 1e6), st.integers(2, 8))
def test_ticks_lie_inside_and_read_as_they_stand(low, span, most):
    values, labels = linear_ticks(low, low + span, most)
    assert len(values) <= most + 2
    assert (values >= low - 1e-6 * span).all()
    assert (values <= low + span * (1 + 1e-6)).all()
    read = [float(label.replace("−", "-")) for label in labels if "×" not in label]
    assert_allclose(read, values[: len(read)], atol=1e-6 * span)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.7, 3.4, ["0.8", "1", "1.5", "2", "3"]),
        (0.95, 1.35, ["1.0", "1.1", "1.2", "1.3"]),
        (0.02, 30, ["0.03", "0.1", "0.3", "1", "3", "10", "30"]),
        (1e-4, 1e6, ["0.0001", "0.01", "1", "100", "10000", "1000000"]),
    ],
)
def test_ratio_ticks(low, high, labels):
    values, texts = effect_scale([], log_scale=True).ticks(math.log(low), math.log(high), 6)
    assert texts == labels
    assert_allclose(np.exp(values), [float(text) for text in texts], rtol=1e-9)


def test_ratios_keep_two_digits():
    show = effect_scale([], log_scale=True).show
    ratios = (1.234, 0.0123, 123.4, 12345.6)
    assert [show(math.log(x)) for x in ratios] == ["1.23", "0.012", "123.4", "12346"]
    assert show(1e9)  # no overflow
    assert show(None) == ""
