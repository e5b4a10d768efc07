"""The funnel plot against the tables it was drawn from."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from evpool.plots.funnel import draw_funnel
from tests.plots.checks import (
    artist,
    check_same_bytes,
    check_stamp,
    check_texts_apart,
    texts,
    words,
)
from tests.plots.sample_tables import effects_table, pooled_tables

LABELS = {"measure_label": "MD", "unit": "points"}
FILLED = pa.table({"yi": [-0.4, 0.1], "sei": [0.3, 0.55]})


def draw(k=21, *, size=1.0, **options):
    effects = effects_table(k, size=size)
    return draw_funnel(effects, pooled_tables(effects)[1], **(LABELS | options))


def test_points_are_effects_against_standard_errors():
    effects = effects_table(21)
    points = artist(draw(), "studies").get_offsets()
    assert_allclose(points[:, 0], effects["yi"].to_numpy())
    assert_allclose(points[:, 1], effects["sei"].to_numpy())


def test_standard_error_runs_downwards_from_zero():
    bottom, top = draw().axes[0].get_ylim()
    assert top == 0
    assert bottom > effects_table(21)["sei"].to_numpy().max()


@pytest.mark.parametrize("model", ["common", "random"])
def test_pseudo_limits_open_from_the_estimate(model):
    _, pooled = pooled_tables(effects_table(21))
    (estimate,) = (row["estimate"] for row in pooled.to_pylist() if row["model"] == model)
    pooled_line, left, right, null = artist(draw(model=model), "reference-lines").get_segments()
    assert_allclose(pooled_line[:, 0], estimate)
    assert_allclose(null[:, 0], 0)
    for line, side in ((left, -1), (right, 1)):
        assert_allclose(line[0], [estimate, 0])
        assert_allclose(line[1, 0], estimate + side * norm.ppf(0.975) * line[1, 1])


def test_a_point_on_a_contour_has_that_p_value():
    shapes = [path.vertices for path in artist(draw(null_value=0.25), "contours").get_paths()]
    assert len(shapes) == 4
    for shape, p in zip(shapes[1:], (0.01, 0.05, 0.10), strict=True):
        apex, right, left = shape[:3]
        assert_allclose(apex, [0.25, 0])
        for corner in (left, right):
            z = (corner[0] - 0.25) / corner[1]
            assert_allclose(2 * norm.sf(abs(z)), p, rtol=1e-9)


def test_shades_differ_and_the_middle_is_white():
    colours = artist(draw(), "contours").get_facecolors()[:, 0]
    assert (np.diff(colours[:-1]) < 0).all()
    assert colours[-1] == 1


def test_trim_and_fill_shows_imputed_studies_and_estimate():
    figure = draw(filled=FILLED, adjusted=0.9)
    points = artist(figure, "filled").get_offsets()
    assert_allclose(points, np.column_stack([FILLED["yi"], FILLED["sei"]]))
    assert_allclose(artist(figure, "reference-lines").get_segments()[-1][:, 0], 0.9)
    assert {"Imputed study", "Trim-and-fill estimate"} <= set(words(figure))


def test_legend_stands_below_the_axes():
    figure = draw(60)
    floor = figure.axes[0].get_window_extent().y0
    legend = [text for text in texts(figure) if text.get_gid() == "legend"]
    assert len(legend) == 8
    assert all(text.get_window_extent().y1 < floor for text in legend)


def test_log_scale_is_shown_back_transformed():
    figure = draw(log_scale=True, measure_label="OR", unit=None)
    assert "Standard error of the log ratio" in words(figure)  # its axis is linear
    axes = figure.axes[0]
    shown = [float(label.get_text()) for label in axes.get_xticklabels()]
    assert_allclose(np.exp(axes.get_xticks()), shown, rtol=0.06)


@pytest.mark.parametrize("k", [1, 3, 21, 60])
@pytest.mark.parametrize("size", [12345.678, 1.0, 0.000123])
def test_texts_stand_apart(k, size):
    check_texts_apart(
        draw(k, size=size, filled=FILLED, adjusted=0.5, synthetic=True, title="T" * 60)
    )


def test_a_single_column_wide():
    assert_allclose(draw().get_size_inches()[0] * 25.4, 88, atol=1e-6)


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw(3, **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw(synthetic=True), tmp_path)


def test_contours_must_rise():
    with pytest.raises(ValueError, match=r"contours must rise and lie between.*got \(0\.95, 0\.9"):
        draw(contours=(0.95, 0.90))


def test_unknown_model_is_named():
    with pytest.raises(ValueError, match=r"model must be one of common, random; got 'fixed'"):
        draw(model="fixed")
