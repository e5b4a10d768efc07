"""The bubble plot against the tables it was drawn from."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

from evpool.plots.bubble import _log_ticks, draw_bubble
from tests.plots.checks import artist, check_same_bytes, check_stamp, check_texts_apart, words
from tests.plots.sample_tables import effects_table, pooled_tables, predictions_table

LABELS = {"moderator": "year", "measure_label": "MD", "unit": "points"}


def draw(k=21, *, size=1.0, weighted=True, **options):
    effects = effects_table(k, size=size)
    weights = pooled_tables(effects)[0] if weighted else None
    predictions = predictions_table(effects)
    return draw_bubble(effects, predictions, weights=weights, **(LABELS | options))


def test_bubbles_stand_at_moderator_and_effect_with_areas_by_weight():
    effects = effects_table(21)
    bubbles = artist(draw(), "studies")
    assert_allclose(bubbles.get_offsets(), np.column_stack([effects["year"], effects["yi"]]))
    rows = pooled_tables(effects)[0].to_pylist()
    weights = np.array([row["weight"] for row in rows if row["model"] == "random"])
    assert_allclose(bubbles.get_sizes() / bubbles.get_sizes().max(), weights / weights.max())


def test_line_and_bands_are_the_predictions():
    predictions = predictions_table(effects_table(21))
    line, null = artist(draw(), "lines").get_segments()
    assert_allclose(line, np.column_stack([predictions["year"], predictions["estimate"]]))
    assert_allclose(null[:, 1], 0)
    wide, narrow = (path.vertices for path in artist(draw(), "bands").get_paths())
    for shape, low, high in ((wide, "pi_low", "pi_high"), (narrow, "ci_low", "ci_high")):
        assert_allclose(shape[:25, 1], predictions[low])
        assert_allclose(shape[25:50, 1], predictions[high].to_numpy()[::-1])


def test_years_are_whole_numbers():
    labels = [label.get_text() for label in draw().axes[0].get_xticklabels()]
    assert labels
    assert all(label.isdigit() for label in labels)


def test_without_weights_bubbles_are_equal():
    assert len(set(artist(draw(weighted=False), "studies").get_sizes())) == 1


@pytest.mark.parametrize("k", [3, 21, 60])
@pytest.mark.parametrize("size", [12345.678, 1.0, 0.000123])
def test_texts_stand_apart(k, size):
    check_texts_apart(draw(k, size=size, synthetic=True, title="A title " * 12))


def test_log_scale_is_shown_back_transformed():
    axes = draw(log_scale=True, measure_label="ROM", unit=None).axes[0]
    shown = [float(label.get_text()) for label in axes.get_yticklabels()]
    assert_allclose(np.exp(axes.get_yticks()), shown, rtol=0.06)


def test_a_logarithmic_moderator_has_a_logarithmic_axis():
    effects, predictions = effects_table(21), predictions_table(effects_table(21))
    axes = draw_bubble(effects, predictions, log_moderator=True, **LABELS).axes[0]
    shown = artist(axes.get_figure(), "studies").get_offsets()[:, 0]
    assert_allclose(shown, np.log10(effects["year"].to_numpy()))


def test_ticks_of_a_logarithmic_axis():
    assert _log_ticks(9.3, 11.1)[1] == ["2×10⁹", "5×10⁹", "10¹⁰", "2×10¹⁰", "5×10¹⁰", "10¹¹"]
    places, labels = _log_ticks(-0.1, 4.2)
    assert_allclose(places, [0, 1, 2, 3, 4])
    assert labels == ["1", "10", "100", "1000", "10000"]


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw(5, **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw(5, synthetic=True), tmp_path)


def test_a_moderator_of_words_is_refused():
    effects = effects_table(3, grouped=True)
    predictions = pa.table({"source": ["a"], "estimate": [1.0], "ci_low": [0.5], "ci_high": [2.0]})
    with pytest.raises(ValueError, match=r"numeric column; 'source' holds 'bone_marrow'.*forest"):
        draw_bubble(effects, predictions, **(LABELS | {"moderator": "source"}))


def test_legend_names_the_bands():
    assert {"95% confidence band", "95% prediction band"} <= set(words(draw()))
    assert "97.5% confidence band" in words(draw(ci_level=0.975))
