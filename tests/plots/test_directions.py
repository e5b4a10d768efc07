"""The figures of a synthesis without meta-analysis against their tables."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Polygon, Rectangle
from numpy.testing import assert_allclose

from evpool.columns import DIRECTIONS, EFFECT_DIRECTIONS
from evpool.plots.dose_change import draw_dose_change
from evpool.plots.effect_direction import draw_effect_direction
from evpool.plots.harvest import DOSES, draw_harvest
from evpool.tables import as_table
from tests.plots.checks import check_same_bytes, check_stamp, check_texts_apart, texts, words

KINDS = ("benefit", "benefit", "harm", "no difference", "conflicting")


def directions(studies=5, label="Study {}", groups=3):
    rows = [
        {
            "study_id": f"s{i}",
            "label": label.format(i),
            "direction": KINDS[i % 5],
            "outcomes": 1 + i % 2,
            "change_pct": 40.0 - 7 * (i % 9),
            "dose": (2.5e9, 1e10, 5e10)[i % 3],
            "low_risk_domains": i % 8,
            "source": f"source {i % groups}",
        }
        for i in range(studies)
    ]
    return as_table(rows, DIRECTIONS)


def by_domain(studies=5, domains=3):
    rows = [
        {"study_id": f"s{i}", "domain": f"domain_{j}", "direction": KINDS[(i + j) % 5]}
        | {"outcomes": 1 + j}
        for i in range(studies)
        for j in range(domains)
        if (i + j) % 3
    ]
    return as_table(rows, EFFECT_DIRECTIONS)


def effect_direction(studies=5, domains=3, label="Study {}", **options):
    return draw_effect_direction(by_domain(studies, domains), directions(studies, label), **options)


def harvest(studies=5, label="Study {}", groups=3, **options):
    shown = {"threshold": 1e10, "dose_label": "10¹⁰ particles/kg", "most_domains": 7}
    return draw_harvest(directions(studies, label, groups), "source", **shown | options)


def dose_change(studies=9, **options):
    return draw_dose_change(directions(studies), "source", threshold=1e10, **options)


DRAWN = (effect_direction, harvest, dose_change)


def test_every_direction_is_a_sign_in_its_row():
    figure = effect_direction()
    gids = [patch.get_gid() for patch in figure.findobj(Polygon)]
    drawn = [row["direction"] for table in (by_domain(), directions()) for row in table.to_pylist()]
    for kind in set(KINDS):
        signs = 2 if kind == "conflicting" else 1  # two triangles
        assert gids.count(f"direction-{kind}") == signs * drawn.count(kind)


def test_every_study_is_one_bar_as_high_as_its_domains_and_coloured_by_dose():
    figure = harvest(10)
    bars = [patch for patch in figure.findobj(Rectangle) if patch.get_gid() == "bar"]
    rows = directions(10).to_pylist()
    assert len(bars) == len(rows)
    heights = sorted(bar.get_height() for bar in bars)
    counts = sorted(max(row["low_risk_domains"], 7 / 34) for row in rows)
    assert_allclose(np.array(heights) / 34, np.array(counts) / 7, rtol=1e-9)
    blue = [bar for bar in bars if bar.get_facecolor() == to_rgba(DOSES[True])]
    assert len(blue) == sum(row["dose"] >= 1e10 for row in rows)
    assert {bar.get_height() for bar in harvest(3, most_domains=None).findobj(Rectangle)
            if bar.get_gid() == "bar"} == {34.0}  # fmt: skip


def test_points_are_changes_at_their_doses_and_medians_are_those_of_each_side():
    figure, rows = dose_change(), directions(9).to_pylist()
    (axes,) = figure.axes
    drawn = [tuple(p) for c in axes.collections if (c.get_gid() or "").startswith("g-")
             for p in c.get_offsets()]  # fmt: skip
    assert sorted(y for _, y in drawn) == sorted(row["change_pct"] for row in rows)
    assert all(min(abs(x - np.log10(row["dose"])) for row in rows) < 1e-9 for x, _ in drawn)
    (threshold,) = (line for line in axes.lines if line.get_gid() == "threshold")
    assert list(threshold.get_xdata()) == [10, 10]
    medians = [c.get_segments()[0][0][1] for c in axes.collections if c.get_gid() == "median"]
    assert isinstance(axes.collections[-1], LineCollection)
    low = [row["change_pct"] for row in rows if row["dose"] < 1e10]
    high = [row["change_pct"] for row in rows if row["dose"] >= 1e10]
    assert_allclose(medians, [np.median(low), np.median(high)])


def test_studies_without_dose_or_change_are_left_out():
    rows = directions(6).to_pylist()
    rows[0]["dose"], rows[1]["change_pct"] = None, None
    figure = draw_dose_change(as_table(rows, DIRECTIONS), "source")
    points = [c for c in figure.axes[0].collections if (c.get_gid() or "").startswith("g-")]
    assert sum(len(c.get_offsets()) for c in points) == 4


@pytest.mark.parametrize("studies", [3, 60])
@pytest.mark.parametrize("label", ["S {}", "A consortium of many laboratories in many lands {}"])
def test_texts_stand_apart(studies, label):
    shown = {"title": "A title " * 9, "synthetic": True}
    check_texts_apart(effect_direction(studies, 4, label, **shown))
    check_texts_apart(harvest(studies, label, 6, **shown))


def test_outcomes_are_counted_beside_their_sign():
    counted = [
        text.get_text() for text in texts(effect_direction()) if text.get_gid() == "outcomes"
    ]
    assert set(counted) == {"2", "3"}


@pytest.mark.parametrize("draw", DRAWN)
def test_simulated_data_are_stamped(draw):
    check_stamp(draw)
    assert "SYNTHETIC" in words(draw(synthetic=True))


@pytest.mark.parametrize("draw", DRAWN)
def test_same_bytes(draw, tmp_path):
    check_same_bytes(draw, tmp_path)
