"""Saving: the same bytes, the right size, and never half a file."""

import re

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from evpool.plots import style
from evpool.plots.style import Sheet, draw_heading, heading_height, save_figure
from evpool.plots.text import text_width
from tests.plots.checks import check_texts_apart


def drawn():
    sheet = Sheet(style.SINGLE_COLUMN, 60)
    sheet.text(10, 30, "*I*² = 76%", markup=True)
    sheet.lines([((10, 40), (90, 40))])
    return sheet.figure


def test_png_has_300_dots_per_inch_on_white(tmp_path):
    save_figure(drawn(), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (1039, 250)
        assert image.info["dpi"] == pytest.approx((300, 300), rel=1e-3)
        assert image.getpixel((0, 0)) == (255, 255, 255)
        assert "Software" not in image.info


def test_svg_keeps_text_in_a_named_font_and_no_date(tmp_path):
    save_figure(drawn(), tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert re.search(r"font-family: 'DejaVu Sans', sans-serif[^>]*>I</text>", svg)
    assert "font-style: italic" in svg
    assert ">² = 76%</text>" in svg
    assert "dc:date" not in svg


def test_pieces_of_a_text_start_where_their_first_letter_does(tmp_path):
    # Viewers drop spaces at the start of a text, so they must be part of its place.
    sheet = Sheet(200, 40)
    sheet.text(10, 30, "*Q* = 84.36", markup=True)
    save_figure(sheet.figure, tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    pieces = re.findall(r"translate\(([\d.]+) [\d.]+\)\">([^<]*)</text>", svg)
    assert [text for _, text in pieces] == ["Q", "= 84.36"]
    starts = [float(x) for x, _ in pieces]
    assert starts == pytest.approx([10, 10 + text_width("*Q* ", markup=True)], abs=1e-4)


def test_settings_of_the_user_change_nothing(tmp_path):
    save_figure(drawn(), tmp_path / "a.svg")
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "other", "font.size": 20}):
        save_figure(drawn(), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_saving_leaves_the_figure_as_it_was(tmp_path):
    figure = drawn()
    before = (figure.get_dpi(), tuple(figure.get_size_inches()))
    for name in ("a.png", "b.png", "a.svg"):
        save_figure(figure, tmp_path / name)
    assert (figure.get_dpi(), tuple(figure.get_size_inches())) == before
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a.svg"
    path.write_text("old")

    def fail(figure, stream):
        stream.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(style, "_write_svg", fail)
    with pytest.raises(OSError, match="disk full"):
        save_figure(drawn(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"suffix of path must be one of .svg, .png; got '.pdf'"):
        save_figure(drawn(), tmp_path / "a.pdf")


@pytest.mark.parametrize("width", [style.SINGLE_COLUMN, style.FULL_WIDTH])
@pytest.mark.parametrize("height", [80, 300, 900])
def test_stamp_and_title_stay_on_the_page(width, height):
    sheet = Sheet(width, height)
    draw_heading(sheet, "A rather long title " * 4, True)
    check_texts_apart(sheet.figure)
    (mark,) = [a for a in sheet.figure.artists if a.get_gid() == "synthetic-watermark"]
    sheet.figure.canvas.draw()
    pixels = np.asarray(sheet.figure.canvas.buffer_rgba())[..., :3]
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert all((edge == 255).all() for edge in edges)
    assert mark.get_alpha() <= 0.15


def test_heading_needs_no_room_without_title():
    assert heading_height(None, False, 200) == style.MARGIN
    assert heading_height(None, True, 200) > style.MARGIN
