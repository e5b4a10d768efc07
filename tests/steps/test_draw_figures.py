import pyarrow as pa

from evpool.columns import LEAVE_ONE_OUT, POOLED, SUBGROUPS, WEIGHTS
from evpool.steps.compare_subgroups import compare_subgroups
from evpool.steps.draw_figures import draw_figures
from evpool.steps.leave_one_out import leave_one_out
from evpool.steps.pool_effects import pool_effects
from evpool.tables import read_table, write_table
from tests.steps.samples import METHOD, VALUES, effects

OUTCOME = {"label": "Pain", "unit": "points", "better": "lower"}


def tables(folder, rows, moderators=()):
    pooled, weights = pool_effects(rows, METHOD)
    made = {
        "pooled": (pooled, POOLED),
        "weights": (weights, WEIGHTS),
        "subgroups": (compare_subgroups(rows, moderators, METHOD), SUBGROUPS),
        "leave_one_out": (leave_one_out(rows, METHOD), LEAVE_ONE_OUT),
    }
    for name, (values, columns) in made.items():
        write_table(values, columns, folder / name)
    read = {name: read_table(folder / name) for name in made}
    return read | {"effects": pa.Table.from_pylist(rows)}


def test_an_outcome_gets_the_figures_that_its_tables_allow(tmp_path):
    rows = effects(source=["fat", "marrow"] * 3)
    drawn = dict(draw_figures(tables(tmp_path, rows, ["source"]), OUTCOME))
    assert list(drawn) == ["forest", "forest_by_source", "funnel", "leave_one_out"]


def test_one_study_gets_a_forest_plot_alone(tmp_path):
    drawn = dict(draw_figures(tables(tmp_path, effects(VALUES[:1])), OUTCOME))
    assert list(drawn) == ["forest"]


def test_simulated_data_are_stamped_on_every_figure(tmp_path):
    for _, figure in draw_figures(tables(tmp_path, effects()), OUTCOME, synthetic=True):
        texts = [artist.get_text() for artist in figure.findobj(lambda a: hasattr(a, "get_text"))]
        assert any("SYNTHETIC" in text for text in texts)
