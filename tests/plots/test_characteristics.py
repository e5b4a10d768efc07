"""The bars of the characteristics against their counts."""

import pytest
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose

from evpool.columns import CHARACTERISTIC_COUNTS
from evpool.plots.characteristics import MOST_LEVELS, draw_characteristics
from evpool.studies.characteristics import count_levels
from evpool.tables import as_table
from tests.plots.checks import check_same_bytes, check_stamp, check_texts_apart, words


def counts(studies=3, columns=3, level="level {}", levels=4):
    rows = [
        {f"c{j}": level.format((i * (j + 1)) % levels) for j in range(columns)}
        for i in range(studies)
    ]
    headings = {f"c{j}": f"Heading {j}" for j in range(columns)}
    return as_table(count_levels(rows, headings), CHARACTERISTIC_COUNTS)


def test_bars_of_all_panels_have_one_scale():
    table = counts(20, 2)
    figure = draw_characteristics(table)
    bars = [patch.get_width() for patch in figure.findobj(Rectangle) if patch.get_gid() == "bar"]
    studies = table["studies"].to_pylist()
    assert_allclose([width / bars[0] for width in bars], [n / studies[0] for n in studies])


def test_long_tails_are_one_bar_and_large_numbers_powers_of_ten():
    text = words(draw_characteristics(counts(30, 1, levels=30)))
    assert f"{30 - MOST_LEVELS + 1} other levels" in text
    assert "5×10¹⁰" in words(draw_characteristics(counts(3, 1, "50000000000")))


@pytest.mark.parametrize(("studies", "columns"), [(1, 1), (3, 4), (60, 9)])
@pytest.mark.parametrize("level", ["{}", "a level with a name that takes several lines number {}"])
def test_texts_stand_apart(studies, columns, level):
    table = counts(studies, columns, level, levels=11)
    check_texts_apart(draw_characteristics(table, title="A title " * 9, synthetic=True))


def test_simulated_data_are_stamped():
    check_stamp(lambda **options: draw_characteristics(counts(), **options))


def test_same_bytes(tmp_path):
    check_same_bytes(lambda: draw_characteristics(counts()), tmp_path)
