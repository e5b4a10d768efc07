"""Clicks drawn over their figures: where they stand, over which image, and nothing else."""

import importlib
import re
import shutil
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from evpool.extraction.overlays import read_overlays
from evpool.extraction.row_digests import digest_overlays
from evpool.plots.overlay import draw_overlay
from evpool.steps.draw_overlays import drawing_name
from tests.conftest import ROOT, SCRIPTS
from tests.digitised_review import pair, write_figures
from tests.plots.checks import words

FORMATS = ROOT / "tests/formats"
HEADER = "file,label,study_id,outcome,role,n,error_type,image\n"


def rings(figure):
    """Return where the means are drawn, image pixels."""
    lines = [line for line in figure.axes[0].lines if line.get_marker() == ","]
    return np.array([line.get_xydata()[0] for line in lines])


def from_formats(folder, name, image=""):
    (folder / "figures").mkdir(exist_ok=True)
    shutil.copy(FORMATS / name, folder / "figures")
    path = folder / "figures.csv"
    path.write_text(HEADER + f"{name},vehicle,a,lesion,control,10,sem,{image}\n")
    return path


def test_the_marks_stand_on_the_clicks_and_the_lines_on_the_values(tmp_path):
    path = write_figures(tmp_path, pair("s", 8.0, 6.0), images=True, jitter=0.0)
    (overlay,), without = read_overlays(path)
    assert without == []
    figure = draw_overlay(overlay)
    assert_allclose(rings(figure), [mark.arm.centre_px for mark in overlay.marks])
    assert {row["role"] for mark in overlay.marks for row in mark.rows} == {"treatment", "control"}
    (ax,) = figure.axes
    assert ax.images[0].get_extent() == [0, 600, 500, 0]
    # The lines of 0, 5, 10, 15 and 20 are a quarter of the axis apart, and end on its clicks.
    heights = sorted(segment[0, 1] for segment in ax.collections[0].get_segments())
    assert_allclose(heights, [30.0, 130.0, 230.0, 330.0, 430.0], atol=1e-9)
    assert {"P1 = 0", "P2 = 20", "Image: s.png"} <= set(words(figure))


def test_the_drawn_pixels_are_those_of_the_image(tmp_path):
    # The bar's top in the picture is where the ring is: dark above, grey below.
    path = write_figures(tmp_path, pair("s", 8.0, 6.0), images=True, jitter=0.0)
    ((overlay,), _) = read_overlays(path)
    x, y = overlay.marks[0].arm.centre_px
    column = overlay.image[:, round(x) - 20].mean(axis=1)
    assert column[round(y) - 3] == 255
    assert column[round(y) + 3] < 255


def test_the_image_inside_an_archive_is_read_in_memory(tmp_path):
    path = from_formats(tmp_path, "wpd_v5_project.tar")
    before = sorted(tmp_path.rglob("*"))
    ((overlay,), _) = read_overlays(path)
    assert overlay.image.shape[:2] == overlay.size[::-1]
    assert "in the archive" in overlay.about_image
    assert len(rings(draw_overlay(overlay))) == 4
    assert [bool(mark.rows) for mark in overlay.marks] == [True, False, False, False]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("image", "content", "words"),
    [
        ("", None, "No image: the clicks stand on an empty page."),
        ("other.png", b"no image", r"other\.png can't be opened \(UnidentifiedImageError\)"),
        ("gone.png", None, "there is no gone.png"),
        ("../up.png", None, r"\.\./up\.png lies outside"),
    ],
)
def test_an_image_that_can_not_be_used_is_told(tmp_path, image, content, words):
    path = from_formats(tmp_path, "wpd_v4_bar_groups.json", image)
    if content:
        (tmp_path / "figures" / image).write_bytes(content)
    ((overlay,), _) = read_overlays(path)
    assert overlay.image is None
    assert re.search(words, overlay.about_image)
    assert len(rings(draw_overlay(overlay))) == len(overlay.marks)


def test_two_people_share_an_image_by_its_column(tmp_path):
    path = from_formats(tmp_path, "wpd_v4_bar_groups_b.json", "fig2.png")
    Image.new("RGB", (400, 300), "white").save(tmp_path / "figures/fig2.png")
    ((overlay,), _) = read_overlays(path)
    assert (overlay.size, overlay.about_image) == ((400, 300), "Image: fig2.png")


def test_the_script_writes_the_same_bytes_twice_and_stamps_them(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
    main = importlib.import_module("draw_overlays").main
    path = write_figures(tmp_path, pair("s", 8.0, 6.0), images=True, digitisers=("ana", "ben"))
    shutil.copy(FORMATS / "wpd_export_all_xy.csv", tmp_path / "figures")
    with path.open("a") as table:
        table.write("wpd_export_all_xy.csv,,x=1,o,s,treatment,8,sem,points,cara,\n")
    for name in ("first", "second"):
        main(path, tmp_path / name, "A review", {"a": "Ito 2020"}, synthetic=True)
    made = sorted(file.name for file in (tmp_path / "first").iterdir())
    assert made == ["index.html", "s_ana.json.svg", "s_ben.json.svg"]
    for name in made:
        content = (tmp_path / "first" / name).read_bytes()
        assert content == (tmp_path / "second" / name).read_bytes()
        assert b"SYNTHETIC" in content
    page = (tmp_path / "first/index.html").read_text()
    assert '<section id="s">' in page
    assert "<code>wpd_export_all_xy.csv</code>: the file holds values, but not where" in page


def test_only_what_is_drawn_draws_again(tmp_path):
    path = write_figures(tmp_path, pair("s", 8.0, 6.0))
    first = digest_overlays(path)
    path.write_text(path.read_text().replace(",8,sem,", ",9,sem,"))
    assert digest_overlays(path) == first
    Image.new("RGB", (4, 3)).save(tmp_path / "figures/s.png")
    with_image = digest_overlays(path)
    (tmp_path / "figures/s.json").write_text("{}")
    assert len({first, with_image, digest_overlays(path)}) == 3


def test_a_drawing_is_named_after_its_file():
    assert drawing_name("fig_2.json") == "fig_2.json"
    assert re.fullmatch(r"a_fig_2\.json-[0-9a-f]{8}", drawing_name("a/fig 2.json"))
    assert drawing_name("a/b.json") != drawing_name("a_b.json")
