"""The specification curve against the table it was drawn from."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

from evpool.plots.specification_curve import draw_specification_curve
from tests.plots.checks import artist, check_same_bytes, check_stamp, check_texts_apart, words
from tests.plots.sample_tables import multiverse_table

LABELS = {"measure_label": "MD", "unit": "points"}
CHOICES = ("tau2_method", "ci_method", "exclusions")


def draw(options=(2, 3, 2), choices=CHOICES, **settings):
    return draw_specification_curve(multiverse_table(options), choices, **(LABELS | settings))


def known_rows():
    rows = [row for row in multiverse_table().to_pylist() if row["estimate"] is not None]
    return sorted(rows, key=lambda row: row["estimate"])


def test_estimates_rise_and_carry_their_intervals():
    rows = known_rows()
    x, y = artist(draw(), "curve").get_offsets().T
    assert_allclose(y, [row["estimate"] for row in rows])
    assert_allclose(x, np.arange(len(rows)) + 0.5)
    segments = np.array(artist(draw(), "intervals").get_segments())
    assert_allclose(segments[:, 0, 1], [row["ci_low"] for row in rows])
    assert_allclose(segments[:, 1, 1], [row["ci_high"] for row in rows])


def test_an_interval_that_leaves_the_axis_ends_in_an_arrowhead():
    assert not draw().findobj(lambda one: str(one.get_gid()).startswith("cut-"))
    rows = known_rows()
    rows[0]["ci_low"], rows[3]["ci_high"] = -90.0, 90.0
    figure = draw_specification_curve(pa.Table.from_pylist(rows), CHOICES, **LABELS)
    bottom, top = figure.axes[0].get_ylim()
    assert -90 < bottom < top < 90
    assert_allclose(artist(figure, "cut-below").get_offsets(), [(0.5, bottom)])
    assert_allclose(artist(figure, "cut-above").get_offsets(), [(3.5, top)])
    check_texts_apart(figure)


def test_among_many_specifications_arrowheads_stand_side_by_side():
    rows = [row | {"ci_low": -90.0} for row in known_rows() for _ in range(50)]
    figure = draw_specification_curve(pa.Table.from_pylist(rows), CHOICES, **LABELS)
    x = artist(figure, "cut-below").get_offsets()[:, 0] / len(rows) * figure.axes[0].bbox.width
    assert_allclose(np.diff(x) * 72 / figure.dpi, 4.0, atol=1.0)


def test_marks_say_which_option_each_specification_took():
    rows = known_rows()
    marks = np.array(artist(draw(), "options").get_segments())
    assert len(marks) == len(CHOICES) * len(rows)
    heights = np.unique(marks[:, 0, 1])
    drawn = {(int(x), int(np.searchsorted(heights, y))) for x, y in marks[:, 0]}
    lines = [("tau2_method", o) for o in ("DL", "REML")]
    lines += [("ci_method", o) for o in ("wald", "hksj", "t")]
    lines += [("exclusions", o) for o in ("high risk of bias", None)]
    expected = {
        (i, j) for i, row in enumerate(rows) for j, (name, o) in enumerate(lines) if row[name] == o
    }
    assert drawn == expected


def test_lost_specifications_are_counted():
    assert "11 specifications; 1 more could not be estimated" in words(draw())


def test_own_specification_is_marked():
    own = {"tau2_method": "REML", "ci_method": "hksj", "exclusions": None}
    colours = artist(draw(chosen=own), "curve").get_facecolors()
    orange = np.flatnonzero(colours[:, 0] > colours[:, 2] + 0.5)
    row = known_rows()[orange.item()]
    assert {name: row[name] for name in own} == own


def test_choices_without_alternative_are_left_out():
    assert "τ² estimator" not in words(draw((1, 3, 2)))
    assert "Confidence interval" in words(draw((1, 3, 2)))


@pytest.mark.parametrize("options", [(1, 1, 2), (2, 3, 2), (3, 3, 3)])
@pytest.mark.parametrize("value", ["estimate", "statistic"])
def test_texts_stand_apart(options, value):
    check_texts_apart(draw(options, value=value, synthetic=True, title="A title " * 30))


def test_synthetic_is_stamped():
    check_stamp(draw)


def test_same_bytes_twice(tmp_path):
    check_same_bytes(draw, tmp_path)


def test_many_specifications_are_pixels_with_the_same_bytes(tmp_path):
    table = pa.concat_tables([multiverse_table((3, 3, 3))] * 20)
    check_same_bytes(lambda: draw_specification_curve(table, CHOICES, **LABELS), tmp_path)
    assert (tmp_path / "a.svg").stat().st_size < 200_000


def test_several_measures_share_no_axis():
    table = multiverse_table()
    table = table.append_column("measure", pa.array(["MD", "SMD"] * (table.num_rows // 2)))
    with pytest.raises(ValueError, match=r"2 measures \(MD, SMD\), which share no scale"):
        draw_specification_curve(table, CHOICES, **LABELS)
    draw_specification_curve(table, CHOICES, value="statistic", **LABELS)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="value must be one of estimate, statistic; got 'z'"):
        draw(value="z")
    with pytest.raises(ValueError, match="multiverse lacks the column 'sd_rule'"):
        draw(choices=("sd_rule",))
