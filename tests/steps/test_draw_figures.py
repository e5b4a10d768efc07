from io import BytesIO

import numpy as np
import pyarrow as pa
import pytest

from evpool import columns
from evpool.plots.tables import records
from evpool.steps.compare_subgroups import compare_subgroups
from evpool.steps.diagnose_bias import diagnose_bias
from evpool.steps.diagnose_influence import diagnose_influence
from evpool.steps.draw_figures import draw_figures
from evpool.steps.fit_metaregression import fit_metaregression
from evpool.steps.leave_one_out import leave_one_out
from evpool.steps.pool_cumulatively import pool_cumulatively
from evpool.steps.pool_effects import pool_effects
from evpool.steps.run_gosh import run_gosh
from evpool.steps.run_multiverse import run_multiverse
from evpool.steps.write_outcome import FAMILIES, FIGURES
from evpool.tables import read_table, write_arrays, write_table
from tests.steps.samples import BIAS, METHOD, SPECIFICATION, VALUES, arms, effects

OUTCOME = {"label": "Pain", "unit": "points", "better": "lower"}
YEARS = [2015, 2016, 2018, 2019, 2021, 2022]
CHOICES = {"measure": ["MD", "SMD"], "tau2_method": ["DL", "REML"], "sd_rule": ["assume_sd"]}
ALONE = ["forest"]
ALWAYS = ["forest", "funnel", "radial", "leave_one_out", "influence", "baujat"]


def tables(
    folder,
    rows,
    *,
    moderators=(),
    formulas=(),
    orders=(),
    gosh=None,
    choices=None,
    tests=(),
    **method,
):
    method = METHOD | method
    pooled, weights = pool_effects(rows, method)
    bias, filled = diagnose_bias(rows, BIAS | {"tests": tests}, method, "higher")
    known = arms() if choices else []
    multiverse = run_multiverse(known, choices, SPECIFICATION, {}, {})
    made = {
        "pooled": (pooled, columns.POOLED),
        "weights": (weights, columns.WEIGHTS),
        "bias": (bias, columns.BIAS),
        "filled": (filled, columns.FILLED),
        "subgroups": (compare_subgroups(rows, moderators, method), columns.SUBGROUPS),
        "leave_one_out": (leave_one_out(rows, method), columns.LEAVE_ONE_OUT),
        "influence": (diagnose_influence(rows, method), columns.INFLUENCE),
        "cumulative": (pool_cumulatively(rows, orders, method), columns.CUMULATIVE),
        "multiverse": (multiverse, columns.MULTIVERSE),
        "predictions": (
            fit_metaregression(rows, formulas, "wald", method)[1],
            columns.PREDICTIONS,
        ),
    }
    for name, (values, declared) in made.items():
        write_table(values, declared, folder / name)
    write_arrays(run_gosh(rows, gosh), columns.GOSH, folder / "gosh")
    read = {name: read_table(folder / name) for name in (*made, "gosh")}
    return read | {"effects": pa.Table.from_pylist(rows)}


def draw(*arguments, **options):
    return dict(draw_figures(tables(*arguments, **options), OUTCOME))


def test_an_outcome_gets_the_figures_that_its_tables_allow(tmp_path):
    rows = effects(source=["fat", "marrow"] * 3)
    drawn = draw(tmp_path, rows, moderators=["source"])
    assert list(drawn) == ["forest", "forest_by_source", *ALWAYS[1:]]


def test_one_study_gets_a_forest_plot_alone(tmp_path):
    assert list(draw(tmp_path, effects(VALUES[:1]), gosh={"model": "DL"})) == ALONE


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("ci_method", ["t", "hksj", "hksj_adhoc"])
def test_what_has_no_interval_is_drawn_without(tmp_path, ci_method, k):
    rows = effects(VALUES[:k], year=YEARS[:k], source=["fat", "marrow"][:k])
    asked = {"moderators": ["source"], "orders": ["year"], "ci_method": ci_method}
    read = tables(tmp_path, rows, **asked)
    assert records(read["cumulative"], model="random")[0]["ci_low"] is None
    drawn = dict(draw_figures(read, OUTCOME))
    assert {"forest", "forest_by_source", "cumulative_by_year"} <= set(drawn)
    bands = drawn["cumulative_by_year"].findobj(lambda artist: artist.get_gid() == "band")
    assert len(bands) == k - 1  # of the overall estimate
    for figure in drawn.values():
        figure.savefig(BytesIO(), format="svg")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"orders": ["year", "vi"]}, {"cumulative_by_year", "cumulative_by_vi"}),
        ({"gosh": {"model": "DL"}}, {"gosh"}),
        ({"formulas": ["year", "log(year)"]}, {"bubble_year", "bubble_log_year"}),
        ({"formulas": ["year + dose"]}, set()),
        ({"choices": CHOICES}, {"specification_curve_md", "specification_curve_smd"}),
        ({"choices": {"tau2_method": ["DL", "PM"]}}, {"specification_curve"}),
        ({"choices": {"measure": ["OR"]}}, set()),
    ],
)
def test_what_a_review_asks_for_is_drawn(tmp_path, asked, expected):
    rows = effects(year=YEARS, dose=[1.0, 2.5, 0.5, 3.0, 2.0, 1.5])
    assert set(draw(tmp_path, rows, **asked)) == set(ALWAYS) | expected


def test_gosh_shows_the_subsets_with_the_most_influential_study_apart(tmp_path):
    rows = effects([*VALUES, (9.0, 0.05)])
    figure = draw(tmp_path, rows, gosh={"model": "DL"})["gosh"]
    (legend,) = [text for text in texts_of(figure) if text.startswith("Subsets with ")]
    assert legend == "Subsets with Study 6"
    # Subsets with the outlier have the large estimates.
    (image,) = figure.findobj(lambda artist: artist.get_gid() == "density")
    pixels = np.asarray(image.get_array(), dtype=int)
    inked = pixels.min(axis=2) < 250
    red, blue = pixels[..., 0], pixels[..., 2]
    far = np.arange(pixels.shape[1]) > 0.6 * pixels.shape[1]
    assert (red > blue)[inked & far].all()
    assert (blue > red)[inked].any()


def test_the_specification_curve_marks_the_review_and_writes_names_in_words(tmp_path):
    choices = {"tau2_method": ["DL", "REML"], "sd_rule": ["exclude", "assume_sd"]}
    figure = draw(tmp_path, effects(), choices=choices)["specification_curve"]
    texts = texts_of(figure)
    assert {"assume sd", "exclude", "DL", "REML"} <= set(texts)
    assert "The review's own specification" in texts


def test_simulated_data_are_stamped_on_every_figure(tmp_path):
    read = tables(
        tmp_path,
        effects(year=YEARS),
        formulas=["year"],
        orders=["year"],
        gosh={"model": "common"},
        choices=CHOICES,
    )
    drawn = dict(draw_figures(read, OUTCOME, synthetic=True))
    assert len(drawn) == len(ALWAYS) + 5
    for name, figure in drawn.items():
        assert any("SYNTHETIC" in text for text in texts_of(figure)), name
        assert has_caption(name), name


def has_caption(name):
    return name in FIGURES or name.startswith(tuple(FAMILIES))


def texts_of(figure):
    return [artist.get_text() for artist in figure.findobj(lambda a: hasattr(a, "get_text"))]


def test_the_studies_that_trim_and_fill_adds_get_a_funnel_of_their_own(tmp_path):
    skewed = [(0.2, 0.01), (0.3, 0.02), (0.4, 0.04), (0.8, 0.09), (1.2, 0.16), (1.5, 0.2)]
    for values, expected in (([*skewed, (1.9, 0.3)], True), ([(0.5, 0.1)] * 6, False)):
        drawn = draw(tmp_path, effects(values), tests=["trim_fill"])
        assert ("funnel_filled" in drawn) is expected
        assert all(map(has_caption, drawn))


@pytest.mark.parametrize(("measure", "sided"), [("MD", True), ("ROM", True), ("VR", False)])
def test_a_ratio_of_spreads_favours_nobody(tmp_path, measure, sided):
    rows = [row | {"measure": measure} for row in effects(year=YEARS)]
    drawn = draw(tmp_path, rows, orders=["year"])
    for name in ("forest", "cumulative_by_year"):
        assert any("Favours" in text for text in texts_of(drawn[name])) is sided
