"""The influence plot against the table it was drawn from."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from numpy.testing import assert_allclose

from evpool.plots.influence import DIAGNOSTICS, draw_influence
from evpool.plots.style import ORANGE
from tests.plots.checks import artist, check_same_bytes, check_stamp, check_texts_apart, words
from tests.plots.sample_tables import effects_table, influence_table, pooled_tables


def test_each_panel_shows_its_diagnostic():
    table = influence_table(21)
    figure = draw_influence(table)
    assert len(figure.axes) == len(DIAGNOSTICS)
    for column, *_ in DIAGNOSTICS:
        assert_allclose(artist(figure, column).get_offsets()[:, 0], table[column].to_numpy())


def test_rows_are_shared_by_all_panels():
    figure = draw_influence(influence_table(21, long_names=True))
    heights = [artist(figure, column).get_offsets()[:, 1] for column, *_ in DIAGNOSTICS]
    assert_allclose(heights, np.broadcast_to(heights[0], (len(heights), 21)))
    assert (np.diff(heights[0]) > 0).all()


def test_influential_studies_are_orange():
    colours = artist(draw_influence(influence_table(5)), "dffits").get_facecolors()
    orange = (colours == np.array(to_rgba(ORANGE))).all(axis=1)
    assert orange.tolist() == [False, True, False, False, False]


def test_stems_start_at_the_overall_heterogeneity():
    _, pooled = pooled_tables(effects_table(5))
    row = pooled.to_pylist()[1]
    figure = draw_influence(influence_table(5), pooled)
    for panel, value in ((4, row["tau2"]), (5, row["q"])):
        stems = np.array(figure.axes[panel].collections[0].get_segments())
        assert_allclose(stems[:, 0, 0], value)


def test_only_known_diagnostics_are_drawn():
    table = influence_table(5).drop_columns(["hat", "dfbetas"])
    assert not {"Hat", "DFBETAS"} & set(words(draw_influence(table)))


@pytest.mark.parametrize("k", [2, 3, 21, 60])
@pytest.mark.parametrize("long_names", [False, True])
def test_texts_stand_apart(k, long_names):
    table = influence_table(k, long_names=long_names)
    check_texts_apart(draw_influence(table, synthetic=True, title="A title " * 30))


def test_full_width():
    assert_allclose(draw_influence(influence_table(5)).get_size_inches()[0] * 25.4, 180, atol=1e-6)


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw_influence(influence_table(5), **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw_influence(influence_table(5)), tmp_path)


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="no diagnostic to draw; it needs any of rstudent, dffits"):
        draw_influence(influence_table(3).select(["label"]))
