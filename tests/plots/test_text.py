"""Measured widths against matplotlib's own, and texts broken to them."""

import io
import re

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from numpy.testing import assert_allclose

from evpool.plots.style import Sheet
from evpool.plots.text import Label, plain, text_width, wrap_pieces, wrap_text


@pytest.mark.parametrize("text", ["0123456789", "1.26 [1.14, 1.38]", "Heterogeneity", "−0.38"])
@pytest.mark.parametrize("bold", [False, True])
def test_width_is_the_width_of_the_outlines(text, bold):
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    # The outline of "|x|" less that of "||" is the advance of x, whatever the bearings.
    whole = TextPath((0, 0), f"|{text}|", size=100, prop=font).get_extents().width
    bars = TextPath((0, 0), "||", size=100, prop=font).get_extents().width
    assert_allclose(text_width(text, 100, bold=bold), whole - bars, rtol=0.01)


def test_width_grows_with_size_and_adds_up():
    assert_allclose(text_width("abc", 14), 2 * text_width("abc", 7))
    assert_allclose(text_width("ab") + text_width("c"), text_width("abc"))
    assert text_width("") == 0


def test_padding_spaces_are_as_wide_as_what_they_stand_for():
    # Figure space, punctuation space, and figure plus thin space for a minus sign.
    assert_allclose(text_width("\u2007"), text_width("0"))
    assert_allclose(text_width("\u2008"), text_width("."))
    assert_allclose(text_width("\u2007\u2009"), text_width("−"), rtol=0.005)


def test_markup_is_italic_and_left_out_of_the_text():
    assert plain("*I*² = 76%") == "I² = 76%"
    assert text_width("*I*² = 76%", markup=True) < text_width("*I*² = 76%")
    assert Label(0, 0, "*p* < 0.001", markup=True).get_text() == "p < 0.001"


@pytest.mark.parametrize("width", [20, 40, 80, 1000])
def test_wrapped_lines_fit_and_lose_nothing(width):
    text = "Papadopoulos-Konstantinidis and van der Berg 2019b"
    lines = wrap_text(text, width)
    assert all(text_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_lines_break_after_spaces_and_hyphens():
    name = "Papadopoulos-Konstantinidis 2019"
    assert wrap_text(name, 80) == ["Papadopoulos-", "Konstantinidis 2019"]
    assert wrap_text(name, 60) == ["Papadopoulos-", "Konstantinidis", "2019"]
    assert wrap_text("", 50) == [""]


def test_pieces_are_never_cut():
    pieces = ("Heterogeneity:", "*I*² = 76%,", "*Q* = 84.36 (df = 20)")
    assert wrap_pieces(pieces, 1) == list(pieces)
    assert wrap_pieces(pieces, 1000) == [" ".join(pieces)]


def test_outlines_end_where_the_width_says():
    sheet = Sheet(100, 20)
    sheet.text(90, 15, "HH", size=10, ha="right")
    sheet.figure.set_dpi(720)
    sheet.figure.canvas.draw()
    dark = ink(sheet.figure)
    bearing = 0.098 * 10  # DejaVu Sans leaves 201/2048 on each side of an H
    assert_allclose(dark, (90 - text_width("HH", 10) + bearing, 90 - bearing), atol=0.15)


def ink(figure):
    """First and last inked column, in points."""
    columns = np.flatnonzero((np.asarray(figure.canvas.buffer_rgba())[..., 0] < 128).any(axis=0))
    return columns[0] / 10, (columns[-1] + 1) / 10


def test_runs_of_a_turned_label_follow_its_direction_in_svg():
    sheet = Sheet(100, 100)
    sheet.text(50, 50, "1 / *v*", size=10, ha="center", markup=True, rotation=90)
    file = io.StringIO()
    sheet.figure.savefig(file, format="svg")
    places = re.findall(r"translate\((\S+) (\S+)\) rotate\(-90\)", file.getvalue())
    (x1, y1), (x2, y2) = [[float(part) for part in place] for place in places]
    assert x1 == x2 == 50
    assert_allclose(y1 - 50, text_width("1 / *v*", 10, markup=True) / 2, atol=1e-4)
    assert_allclose(y1 - y2, text_width("1 / ", 10), atol=1e-4)
