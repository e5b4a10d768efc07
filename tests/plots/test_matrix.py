"""Tables of tiles and circles."""

import numpy as np
import pytest

from evpool.plots.matrix import Tile, draw_matrix, luminance, shade
from tests.plots.checks import artist, check_stamp, check_texts_apart, texts, words

ROWS, COLUMNS = ["one", "two"], ["a column", "b", "c"]
TILES = [
    Tile(0, 0, fill="#003366", text="7"),
    Tile(1, 2, radius=4.0, face="#0072b2"),
    Tile(1, 1, text="×"),
]


def draw(**options):
    return draw_matrix(ROWS, COLUMNS, TILES, width=200, keys=(), **options)


@pytest.mark.parametrize("upright", [True, False])
def test_names_and_texts_stand_apart(upright):
    figure = draw(upright=upright, title="A title", notes=["A note."], row_height=14)
    check_texts_apart(figure)
    assert {"one", "two", "7", "×", "A note."} <= set(words(figure))


def test_a_circle_stands_in_the_middle_of_its_cell():
    figure = draw()
    (x, y) = np.asarray(artist(figure, "circles").get_offsets())[0]
    box = artist(figure, "fills").get_paths()[0].get_extents()
    assert x == pytest.approx(box.x0 + 2.5 * box.width)
    assert y == pytest.approx(box.y0 + 1.5 * box.height)


def test_text_on_a_dark_tile_is_white():
    (text,) = [text for text in texts(draw()) if text.get_text() == "7"]
    assert text.get_color() == "white"


def test_simulated_data_are_stamped():
    check_stamp(draw)


def test_shades_run_from_almost_white_to_the_colour():
    dark, pale = shade(10, 0, 10, "#0072b2"), shade(0, 0, 10, "#0072b2")
    np.testing.assert_allclose(dark, np.array([0x00, 0x72, 0xB2]) / 255, rtol=1e-12)
    assert luminance(pale) > 0.85 > luminance(dark)
    assert shade(99, 0, 10, "#0072b2") == dark
