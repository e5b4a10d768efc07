"""The Baujat plot against the table it was drawn from."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.colors import to_rgba
from numpy.testing import assert_allclose

from evpool.plots.baujat import draw_baujat
from evpool.plots.style import ORANGE
from tests.plots.checks import artist, check_same_bytes, check_stamp, check_texts_apart, texts
from tests.plots.sample_tables import influence_table


def named(figure):
    return [text.get_text() for text in texts(figure) if text.get_gid() == "point-label"]


def test_points_are_the_coordinates():
    table = influence_table(21)
    points = artist(draw_baujat(table), "studies").get_offsets()
    assert_allclose(points, np.column_stack([table["baujat_x"], table["baujat_y"]]))


def test_influential_studies_are_orange():
    colours = artist(draw_baujat(influence_table(5)), "studies").get_facecolors()
    orange = (colours == np.array(to_rgba(ORANGE))).all(axis=1)
    assert orange.tolist() == [False, True, False, False, False]


def test_sci_names_the_study_that_stands_out():
    # metafor 5.1-12, baujat(rma(yi, vi)), tests/reference/sci_first.json.
    reference = json.loads(Path("tests/reference/sci_first.json").read_text(encoding="utf-8"))
    found = reference["sensitivity"]["baujat_REML"]
    columns = {"label": reference["data"]["study"], "baujat_x": found["x"], "baujat_y": found["y"]}
    assert named(draw_baujat(pa.table(columns), most_names=1)) == ["Jiang 2021"]


@pytest.mark.parametrize("k", [3, 21, 60])
@pytest.mark.parametrize("long_names", [False, True])
def test_texts_stand_apart(k, long_names):
    table = influence_table(k, long_names=long_names)
    check_texts_apart(draw_baujat(table, most_names=k, synthetic=True, title="A title " * 12))


def test_names_cover_no_point():
    figure = draw_baujat(influence_table(60), most_names=60)
    points = figure.axes[0].transData.transform(artist(figure, "studies").get_offsets())
    labels = [text for text in texts(figure) if text.get_gid() == "point-label"]
    assert len(labels) > 5
    for label in labels:
        box = label.get_window_extent()
        inside = (points > [box.x0, box.y0]) & (points < [box.x1, box.y1])
        assert not inside.all(axis=1).any(), label.get_text()


def test_studies_without_coordinates_are_left_out():
    table = influence_table(3)
    gaps = table.set_column(
        table.column_names.index("baujat_x"), "baujat_x", pa.array([1, None, 2])
    )
    assert named(draw_baujat(gaps)) == ["Author 3 2021", "Author 1 2021"]


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw_baujat(influence_table(5), **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw_baujat(influence_table(5)), tmp_path)


def test_missing_column_is_named():
    with pytest.raises(ValueError, match="influence lacks the column 'baujat_y'"):
        draw_baujat(influence_table(3).drop_columns(["baujat_y"]))
