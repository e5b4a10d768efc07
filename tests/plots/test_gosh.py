"""The GOSH plot against the table it was drawn from."""

import numpy as np
import pyarrow as pa
import pytest

from evpool.plots.gosh import BINS, draw_gosh
from tests.plots.checks import check_same_bytes, check_stamp, check_texts_apart, words
from tests.plots.sample_tables import gosh_table

LABELS = {"measure_label": "MD", "unit": "points"}
TABLE, HELD = gosh_table()


def draw(**options):
    return draw_gosh(TABLE, **(LABELS | options))


def density(figure):
    (image,) = figure.axes[0].images
    return np.asarray(image.get_array()), image.get_extent()


def test_a_pixel_is_inked_where_a_subset_lies():
    pixels, (left, right, bottom, top) = density(draw())
    assert pixels.shape[:2] == BINS[::-1]
    assert (bottom, top) == (0, 100)
    inked = (pixels < 255).any(axis=2)
    estimate, i2 = TABLE["estimate"].to_numpy(), 100 * TABLE["i2"].to_numpy()
    keep = np.isfinite(i2) & (estimate >= left) & (estimate < right)
    columns = ((estimate[keep] - left) / (right - left) * BINS[0]).astype(int)
    rows = np.minimum((i2[keep] / 100 * BINS[1]).astype(int), BINS[1] - 1)
    expected = np.zeros_like(inked)
    expected[rows, columns] = True
    assert (inked == expected).mean() > 0.999  # bins' edges may round either way


def test_subsets_with_the_study_are_orange_and_the_others_blue():
    pixels, _ = density(draw(contains=HELD, contains_label="Jiang 2021"))
    inked = (pixels < 255).any(axis=2)
    orange = inked & (pixels[..., 0] > pixels[..., 2])
    rows = np.arange(BINS[1]) / BINS[1]
    mean = [np.average(rows, weights=part.sum(axis=1)) for part in (orange, inked & ~orange)]
    assert mean[0] > 0.7
    assert mean[1] < 0.5


def test_margins_stack_to_all_subsets():
    above = draw(contains=HELD).axes[1]
    blue, orange = (path.vertices for path in above.collections[0].get_paths())
    assert orange[:, 1].max() == above.get_ylim()[1]
    assert blue[:, 1].min() == 0


def test_legend_counts_the_subsets():
    assert "3,980 subsets of studies" in words(draw())
    assert "Subsets with Jiang 2021" in words(draw(contains=HELD, contains_label="Jiang 2021"))


def test_texts_stand_apart():
    check_texts_apart(draw(contains=HELD, synthetic=True, title="A title " * 12))


def test_synthetic_is_stamped():
    check_stamp(draw)


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw(contains=HELD), tmp_path)


def test_membership_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"one value per row of gosh, 4000; got \(3,\)"):
        draw(contains=[True, False, True])


def test_single_studies_alone_are_refused():
    with pytest.raises(ValueError, match="no subset with both estimate and i2"):
        draw_gosh(pa.table({"estimate": [1.0], "i2": pa.nulls(1, pa.float64())}), **LABELS)
