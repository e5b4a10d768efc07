"""How figures print numbers."""

import math

import pytest
from numpy.testing import assert_allclose

from evpool.plots import numbers
from evpool.plots.text import text_width


@pytest.mark.parametrize(
    ("scale", "decimals"),
    [
        (0.000123, 5),
        (0.03, 3),
        (0.06, 2),
        (0.33, 2),
        (1.5, 2),
        (9.9, 2),
        (12, 1),
        (250, 0),
        (1e6, 0),
    ],
)
def test_decimals_follow_the_spread(scale, decimals):
    assert numbers.decimals_for(scale) == decimals
    assert 0.5 * 10**-decimals <= max(0.1 * scale, 0.005)  # rounding hides little


@pytest.mark.parametrize("scale", [None, math.nan, 0.0, math.inf])
def test_decimals_without_spread(scale):
    assert numbers.decimals_for(scale) == 2


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1.256, 2, "1.26"),
        (-0.38, 2, "−0.38"),
        (-0.001, 2, "0.00"),
        (12345.678, 3, "12345.678"),
        (None, 2, ""),
        (math.nan, 2, ""),
        (-math.inf, 2, "−∞"),
        (1.5e-9, 10, "1.50×10⁻⁹"),
        (-2e12, 0, "−2.00×10¹²"),
    ],
)
def test_fixed(value, decimals, text):
    assert numbers.fixed(value, decimals) == text


def test_padded_numbers_have_one_width_and_aligned_points():
    texts = ["1.26", "−10.5", "3", "0.001"]
    padded = numbers.pad(texts)
    widths = [text_width("".join(parts)) for parts in padded]
    assert_allclose(widths, widths[0], rtol=1e-3)
    points = [text_width(before + text.partition(".")[0]) for before, text, _ in padded]
    assert_allclose(points, points[0], rtol=2e-3)


def test_intervals_align_and_leave_out_what_is_missing():
    texts = numbers.intervals(
        [1.26, math.nan, -10.5, 2.0],
        [1.14, 0.27, -12.0, math.nan],
        [1.38, 2.37, -9.0, math.nan],
        lambda value: numbers.fixed(value, 2),
    )
    words = [" ".join(text.split()) for text in texts]
    assert words == ["1.26 [1.14, 1.38]", "[0.27, 2.37]", "−10.50 [−12.00, −9.00]", "2.00"]
    ends = [text_width(text[text.index(",") :]) for text in texts[:3]]
    assert_allclose(ends, ends[0], rtol=1e-3)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1e-40, "*p* < 0.001"),
        (0.0012, "*p* = 0.001"),
        (0.0493, "*p* = 0.049"),
        (0.852, "*p* = 0.85"),
        (0.9999, "*p* > 0.999"),
        (None, ""),
    ],
)
def test_p_value(p, text):
    assert numbers.p_value(p) == text


@pytest.mark.parametrize(
    ("tau2", "text"),
    [(0.0, "0"), (0.236233502, "0.2362"), (9.47e-10, "9.47×10⁻¹⁰"), (123.45, "123.5"), (None, "")],
)
def test_variance(tau2, text):
    assert numbers.variance(tau2) == text


@pytest.mark.parametrize(
    ("level", "text"), [(0.8, "80%"), (0.95, "95%"), (0.975, "97.5%"), (0.999, "99.9%")]
)
def test_a_level_of_confidence_keeps_its_digits(level, text):
    assert numbers.confidence(level) == text


def test_readable():
    assert numbers.readable("bone_marrow") == "Bone marrow"
    assert numbers.readable("EV source") == "EV source"
    assert numbers.readable("") == ""
