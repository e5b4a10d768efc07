"""The umbrella review's figures: what is drawn is what the tables hold."""

from collections import Counter

import numpy as np
import pytest

from evpool.steps.draw_umbrella import draw_umbrella
from evpool.steps.measure_overlap import measure_overlap
from evpool.umbrella.columns import CITATIONS
from evpool.umbrella.config import figure_settings
from tests.plots.checks import artist, check_texts_apart, words
from tests.umbrella.samples import FOLDER, classified, config, harmonised, reanalysis


@pytest.fixture(scope="module")
def figures():
    from evpool.extraction.delimited import read_input

    path = FOLDER / "citations_demonstration.csv"
    tables = harmonised()[0] | {"agreement": classified()[1], "reanalysis": [reanalysis()]}
    tables["overlap"] = measure_overlap(read_input(path, CITATIONS))
    return dict(draw_umbrella(tables, figure_settings(config()), {"overlap"}))


NAMES = (
    "flow",
    "effects",
    "effectiveness",
    "sources",
    "doses",
    "routes",
    "years",
    "risk_of_bias",
    "overlap",
)


def test_every_figure_is_drawn(figures):
    assert set(NAMES) <= set(figures)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_meets_another_or_leaves_the_page(figures, name):
    check_texts_apart(figures[name])


def test_only_the_made_up_matrix_is_stamped(figures):
    assert [name for name in figures if "SYNTHETIC" in words(figures[name])] == ["overlap"]


def test_the_forest_shows_what_can_be_compared_and_lists_the_rest(figures):
    effects = harmonised()[0]["effects"]
    drawn = np.sort(np.asarray(artist(figures["effects"], "squares").get_offsets())[:, 0])
    benefits = [row["benefit"] for row in effects if row["comparable"]]
    np.testing.assert_allclose(drawn, np.sort([*benefits, 2.13]), rtol=1e-12)
    said = words(figures["effects"])
    assert "HR 0.33 [0.27, 0.41] (f)" in said
    assert "f: a hazard ratio is left alone: it is no difference of means." in said
    assert "SMD 1.57 [0.86, 1.26] (c)" in said
    assert "c: the interval excludes its estimate." in said


def test_circles_are_hollow_half_or_full_by_heterogeneity(figures):
    pairs = [row for row in harmonised()[0]["pairs"] if row["n_reviews"]]
    kinds = Counter(row["heterogeneity"] for row in pairs)
    whole = artist(figures["sources"], "circles")
    hollow = (whole.get_facecolors() == 1).all(axis=1).sum()
    assert hollow == kinds["at or above the limit"]
    assert len(artist(figures["sources"], "halves").get_offsets()) == kinds["across the limit"]
    assert len(whole.get_offsets()) == hollow + kinds["not reported"] + kinds["below the limit"]
    crosses = [word for word in words(figures["sources"]) if word == "×"]
    assert len(crosses) == len(harmonised()[0]["pairs"]) - len(pairs)


def test_circles_grow_with_the_reviews(figures):
    sizes = np.concatenate(
        [artist(figures["sources"], name).get_sizes() for name in ("circles", "rings")]
    )
    counts = {row["n_reviews"] for row in harmonised()[0]["pairs"]} - {0}
    assert len(set(np.round(sizes, 9))) == len(counts)


def test_dose_ranges_are_drawn_where_both_ends_are_printed(figures):
    mass, particles = figures["doses"].axes
    doses = harmonised()[0]["doses"]
    ranges = [row for row in doses if (row["ug_low"] or 0) < (row["ug_high"] or 0)]
    (drawn,) = [one for one in mass.collections if one.get_gid() == "ranges"]
    ends = np.array([segment[:, 0] for segment in drawn.get_segments()])
    expected = np.log10([(row["ug_low"], row["ug_high"]) for row in ranges])
    np.testing.assert_allclose(np.sort(ends, axis=0), np.sort(expected, axis=0), rtol=1e-12)
    (band,) = [one for one in mass.collections if one.get_gid() == "optimum"]
    assert band.get_paths()[0].get_extents().intervalx == pytest.approx([2, np.log10(200)])
    assert len(particles.collections) == 2  # its lines and its ranges: no optimum is printed


def test_the_counts_of_the_other_figures_are_those_of_the_tables(figures):
    reviews = Counter(row["year"] for row in harmonised()[0]["reviews"])
    heights = [path.get_extents().height for path in artist(figures["years"], "bars").get_paths()]
    assert sorted(heights) == sorted(reviews.values())
    shares = artist(figures["risk_of_bias"], "shares").get_paths()
    widths = np.array([path.get_extents().width for path in shares])
    texts = [t for t in words(figures["risk_of_bias"]) if t.isdigit()]
    assert sum(map(int, texts)) == 2 * 47
    np.testing.assert_allclose(widths / widths.sum() * 94, list(map(int, texts)), rtol=1e-9)
    routes = [int(word) for word in words(figures["routes"]) if word.isdigit()]
    doses = harmonised()[0]["doses"]
    named = sum(len(row["diseases"].split(";")) * len(row["routes"].split(";")) for row in doses)
    assert sum(routes) == named
