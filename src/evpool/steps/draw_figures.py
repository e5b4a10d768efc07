"""Step 8: the figures of one outcome."""

from evpool.measures import MEASURES
from evpool.plots.forest import draw_forest
from evpool.plots.funnel import draw_funnel
from evpool.plots.leave_one_out import draw_leave_one_out

FEWEST_FOR_A_FUNNEL = 3


def draw_figures(tables, outcome, *, synthetic=False):
    """Draw the figures of one outcome, one after the other.

    Parameters
    ----------
    tables : dict of pyarrow.Table
        effects, weights, pooled, subgroups, leave_one_out.
    outcome : dict
        `label`, `unit` and `better` of the outcome.
    synthetic : bool
        Stamp every figure SYNTHETIC.

    Yields
    ------
    name : str
        forest, forest_by_<moderator>, funnel, leave_one_out.
    figure : matplotlib.figure.Figure
    """
    effects, pooled, subgroups = tables["effects"], tables["pooled"], tables["subgroups"]
    measure = MEASURES[effects["measure"][0].as_py()]
    shown = {
        "measure_label": measure.label,
        "unit": outcome["unit"] if measure.in_outcome_units else None,
        "log_scale": measure.log_scale,
        "null_value": measure.null_value,
        "synthetic": synthetic,
    }
    forest = {**shown, "better": outcome["better"], "title": outcome["label"]}
    yield "forest", draw_forest(effects, tables["weights"], pooled, **forest)
    for moderator in dict.fromkeys(subgroups["moderator"].to_pylist()):
        yield (
            f"forest_by_{moderator}",
            draw_forest(
                effects, tables["weights"], pooled, subgroups, moderator=moderator, **forest
            ),
        )
    if effects.num_rows >= FEWEST_FOR_A_FUNNEL:
        yield "funnel", draw_funnel(effects, pooled, **shown)
    if tables["leave_one_out"].num_rows:
        yield "leave_one_out", draw_leave_one_out(tables["leave_one_out"], pooled, **shown)
