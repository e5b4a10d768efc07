"""The cumulative forest plot against the tables it was drawn from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.plots.cumulative import draw_cumulative
from tests.plots.checks import (
    artist,
    check_same_bytes,
    check_stamp,
    check_texts_apart,
    texts,
    words,
)
from tests.plots.sample_tables import effects_table, pooled_tables, refits_table

LABELS = {"measure_label": "MD", "unit": "points", "better": "higher"}


def draw(k=21, *, effects=None, **options):
    effects = effects or effects_table(k)
    refits = refits_table(effects, "cumulative")
    return draw_cumulative(refits, pooled_tables(effects)[1], **(LABELS | options))


def test_each_row_is_the_result_up_to_there():
    table = refits_table(effects_table(21), "cumulative").to_pylist()
    rows = [row for row in table if row["model"] == "random"]
    figure = draw()
    assert_allclose(artist(figure, "squares").get_offsets()[:, 0], [r["estimate"] for r in rows])
    found = " | ".join(words(figure))
    assert f"+ Author 9 2021 | 9 | {rows[8]['estimate']:.2f} [" in found


def test_the_last_row_meets_the_overall_result():
    figure = draw()
    last = np.array(artist(figure, "intervals").get_segments())[-1, :, 0]
    diamond = artist(figure, "pooled").get_paths()[0].vertices[:, 0]
    assert_allclose(last, [diamond.min(), diamond.max()])


def test_names_are_added_one_by_one():
    found = words(draw(3))
    assert {"Study added", "Author 1 2021", "+ Author 2 2021", "+ Author 3 2021"} <= set(found)


def test_favours_labels_follow_better():
    for better, right in (("higher", "Favours treatment →"), ("lower", "Favours control →")):
        sides = [text for text in texts(draw(better=better)) if text.get_gid() == "favours"]
        assert max(sides, key=lambda text: text.get_position()[0]).get_text() == right


@pytest.mark.parametrize("k", [2, 3, 21, 60])
@pytest.mark.parametrize("size", [12345.678, 1.0, 0.000123])
def test_texts_stand_apart(k, size):
    effects = effects_table(k, size=size, long_names=True)
    check_texts_apart(draw(effects=effects, synthetic=True, title="A title " * 12))


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw(3, **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw(3), tmp_path)


def test_missing_column_is_named():
    table = refits_table(effects_table(3), "cumulative").drop_columns(["effect_id"])
    with pytest.raises(ValueError, match="cumulative lacks the column 'effect_id'"):
        draw_cumulative(table, pooled_tables(effects_table(3))[1], **LABELS)
