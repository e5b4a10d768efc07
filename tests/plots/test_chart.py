"""Charts in one box: nothing leaves the page, ticks and legend stand apart."""

import pytest
from numpy.testing import assert_allclose

from evpool.plots.chart import Key, Ticks, draw_chart, place_legend
from evpool.plots.style import FULL_WIDTH, SINGLE_COLUMN, styled
from tests.plots.checks import check_texts_apart, texts, words

LONG = "a label much longer than the axis it belongs to, which must therefore be broken " * 2


@styled
def draw(**options):
    settings = {"x": Ticks((0.0, 1.0), ("0.000000", "1.000000")), "x_label": "x", "y_label": "y"}
    settings |= {"y": Ticks((0.0, 2.0), ("0", "2")), "x_limits": (0, 1), "y_limits": (0, 2)}
    return draw_chart(SINGLE_COLUMN, 120, **(settings | options))


def test_ticks_at_the_edges_and_long_labels_stay_on_the_page():
    sheet, _ = draw(x_label=LONG, y_label=LONG, title=LONG, synthetic=True)
    check_texts_apart(sheet.figure)
    assert " ".join(w for w in words(sheet.figure) if w in LONG).count("longer than") == 6


def test_crowded_ticks_are_thinned_evenly():
    values = tuple(i / 10 for i in range(11))
    sheet, axes = draw(x=Ticks(values, tuple(f"{v:.8f}" for v in values)))
    check_texts_apart(sheet.figure)
    kept = axes.get_xticks()
    assert 2 <= len(kept) < 11
    assert_allclose(kept[1:] - kept[:-1], kept[1] - kept[0])


def test_room_on_the_right_is_left_free():
    axes = draw(right_room=80)[1]
    assert axes.get_position().x1 * SINGLE_COLUMN <= SINGLE_COLUMN - 80


@pytest.mark.parametrize("count", [1, 2, 5, 9])
@pytest.mark.parametrize("width", [SINGLE_COLUMN, FULL_WIDTH])
def test_legend_holds_every_key_on_the_page(count, width):
    keys = [Key(f"Entry number {i}", "line", "black") for i in range(count)]
    legend = place_legend(keys, width)
    assert sorted(key.text for row in legend for _, key in row) == [key.text for key in keys]
    assert all(0 <= x < width for row in legend for x, _ in row)


def test_legend_is_written_below():
    keys = [Key("*p* > 0.10", "patch", "white"), Key("Study", "point", "blue")]
    figure = draw(keys=keys)[0].figure
    assert [t.get_text() for t in texts(figure) if t.get_gid() == "legend"] == ["p > 0.10", "Study"]
    check_texts_apart(figure)
