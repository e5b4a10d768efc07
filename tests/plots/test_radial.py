"""The radial plot against the tables it was drawn from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from evpool.plots.radial import draw_radial
from tests.plots.checks import artist, check_same_bytes, check_stamp, check_texts_apart, texts
from tests.plots.sample_tables import effects_table, pooled_tables

LABELS = {"measure_label": "MD", "unit": "points"}


def draw(k=21, *, size=1.0, **options):
    effects = effects_table(k, size=size)
    return draw_radial(effects, pooled_tables(effects)[1], **(LABELS | options))


def overall(model, k=21):
    _, pooled = pooled_tables(effects_table(k))
    return next(row for row in pooled.to_pylist() if row["model"] == model)


@pytest.mark.parametrize("model", ["common", "random"])
def test_a_ray_through_a_point_has_its_effect_as_slope(model):
    effects, row = effects_table(21), overall(model)
    x, y = artist(draw(model=model), "studies").get_offsets().T
    assert_allclose(y / x, effects["yi"].to_numpy())
    assert_allclose(x**-2, effects["vi"].to_numpy() + (row["tau2"] or 0))


def test_band_runs_along_the_pooled_estimate():
    slope = overall("random")["estimate"]
    pooled, null = artist(draw(), "rays").get_segments()
    assert_allclose(pooled[1, 1] / pooled[1, 0], slope)
    assert_allclose(null[:, 1], 0)
    band = artist(draw(), "band").get_paths()[0].vertices[:4]
    assert_allclose(np.abs(band[:, 1] - slope * band[:, 0]), norm.ppf(0.975))


def test_scale_on_the_right_reads_effects():
    figure = draw()
    axes, far = figure.axes[0], figure.axes[0].get_xlim()[1]
    for tick in (text for text in texts(figure) if text.get_gid() == "scale"):
        value = float(tick.get_text().replace("−", "-"))
        shown = axes.transData.transform((far, value * far))[1]
        drawn = tick.get_transform().transform(tick.get_position())[1]
        assert 0 < shown - drawn < 5  # the baseline is a third of the text below the middle


@pytest.mark.parametrize("k", [1, 3, 21, 60])
@pytest.mark.parametrize("size", [12345.678, 1.0, 0.000123])
def test_texts_stand_apart(k, size):
    check_texts_apart(draw(k, size=size, synthetic=True, title="A title " * 12))


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw(5, **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw(5), tmp_path)


def test_unknown_model_is_named():
    with pytest.raises(ValueError, match="model must be one of common, random; got 'fixed'"):
        draw(3, model="fixed")
