"""Step 8: the figures of one outcome."""

import re

import numpy as np

from evpool.columns import CHOICES, CUMULATIVE, MULTIVERSE, SUBGROUPS
from evpool.labels import NO_WORDS, column_name, file_name, in_order, level_name, within_sentence
from evpool.plots.baujat import draw_baujat
from evpool.plots.bubble import draw_bubble
from evpool.plots.cumulative import draw_cumulative
from evpool.plots.forest import draw_forest
from evpool.plots.funnel import draw_funnel
from evpool.plots.gosh import draw_gosh
from evpool.plots.influence import draw_influence
from evpool.plots.leave_one_out import draw_leave_one_out
from evpool.plots.radial import draw_radial
from evpool.plots.specification_curve import draw_specification_curve
from evpool.plots.tables import distinct, numbers, records
from evpool.stats.measures import MEASURES
from evpool.tables import as_table

FEWEST_FOR_A_FUNNEL = 3


def draw_figures(tables, outcome, *, synthetic=False):
    """Draw the figures of one outcome, one after the other.

    Parameters
    ----------
    tables : dict of pyarrow.Table
        effects, weights, pooled, subgroups, predictions, leave_one_out, influence, cumulative,
        gosh, multiverse, bias, filled; those without rows are passed over.
    outcome : dict
        `label`, `unit` and `better` of the outcome, and perhaps `words` (`labels.words_of`).
    synthetic : bool
        Stamp every figure SYNTHETIC.

    Yields
    ------
    name : str
        forest, forest_by_<moderator>, funnel, funnel_filled, radial, bubble_<formula>,
        leave_one_out, influence, baujat, cumulative_by_<column>, gosh,
        specification_curve(_<measure>).
    figure : matplotlib.figure.Figure
    """
    measure = tables["effects"]["measure"][0].as_py()
    shown = _shown(measure, outcome, synthetic)
    words = outcome.get("words", NO_WORDS)
    sides = shown | {"better": None if MEASURES[measure].of_spread else outcome["better"]}
    yield from _draw_forests(tables, sides, outcome["label"], words)
    effects, pooled = tables["effects"], tables["pooled"]
    if effects.num_rows >= FEWEST_FOR_A_FUNNEL:
        yield "funnel", draw_funnel(effects, pooled, **shown)
        if tables["filled"].num_rows:
            yield "funnel_filled", draw_funnel(effects, pooled, **_filled(tables), **shown)
        yield "radial", draw_radial(effects, pooled, **shown)
    yield from _draw_bubbles(tables, shown, words)
    if tables["leave_one_out"].num_rows:
        yield "leave_one_out", draw_leave_one_out(tables["leave_one_out"], pooled, **shown)
    if tables["influence"].num_rows:
        stamp = {"synthetic": synthetic}
        yield "influence", draw_influence(tables["influence"], pooled, **stamp)
        yield "baujat", draw_baujat(tables["influence"], **stamp)
    for column in distinct(tables["cumulative"], "order_by"):
        part = as_table(records(tables["cumulative"], order_by=column), CUMULATIVE)
        yield f"cumulative_by_{column}", draw_cumulative(part, pooled, **sides)
    if np.isfinite(numbers(tables["gosh"], "i2")).any():
        yield "gosh", draw_gosh(tables["gosh"], **_picked_out(tables), **shown)
    yield from _draw_specifications(tables["multiverse"], outcome, words, synthetic)


def _shown(measure, outcome, synthetic):
    """What most figures say of the effects: label, unit, scale, null value, stamp."""
    measure = MEASURES[measure]
    return {
        "measure_label": measure.label,
        "unit": outcome["unit"] if measure.in_outcome_units else None,
        "log_scale": measure.log_scale,
        "null_value": measure.null_value,
        "synthetic": synthetic,
    }


def _draw_forests(tables, shown, title, words):
    """All comparisons, then for each moderator the comparisons by level."""
    studies = tables["effects"], tables["weights"], tables["pooled"]
    yield "forest", draw_forest(*studies, title=title, **shown)
    compared = [row for row in records(tables["subgroups"]) if row["level"] is not None]
    for moderator in dict.fromkeys(row["moderator"] for row in compared):
        own = [row for row in compared if row["moderator"] == moderator]
        named = {row["level"]: level_name(words, moderator, row["level"]) for row in own}
        levels = {"moderator": moderator, "level_labels": named}
        levels["title"] = f"{title}, by {within_sentence(column_name(words, moderator))}"
        subgroups = as_table(in_order(words, moderator, own), SUBGROUPS)
        yield f"forest_by_{moderator}", draw_forest(*studies, subgroups, **levels, **shown)


def _filled(tables):
    """The studies that trim and fill adds, and the estimate with them."""
    (row,) = records(tables["bias"], test="trim_fill")
    return {"filled": tables["filled"], "adjusted": row["estimate"]}


def _draw_bubbles(tables, shown, words):
    """One figure for each meta-regression on a numeric moderator."""
    used = set()
    for formula in distinct(tables["predictions"], "analysis"):
        rows = records(tables["predictions"], analysis=formula)
        moderator = rows[0]["moderator"]
        line = as_table([row | {moderator: row["value"]} for row in rows])
        name = file_name(formula)
        name = name if name not in used else f"{name}_{len(used)}"
        used.add(name)
        settings = {"moderator": moderator, "ci_level": rows[0]["ci_level"], **shown}
        settings["moderator_label"] = column_name(words, moderator)
        settings["log_moderator"] = re.search(rf"\blog\w*\(\s*{moderator}\b", formula) is not None
        weights = tables["weights"]
        yield f"bubble_{name}", draw_bubble(tables["effects"], line, weights=weights, **settings)


def _picked_out(tables):
    """Say which subsets hold the study with the largest Cook's distance: GOSH shows them apart."""
    distance = numbers(tables["influence"], "cook_d")
    masks = tables["gosh"].column("subset")
    if not np.isfinite(distance).any() or masks.null_count:
        return {}
    most = int(np.nanargmax(distance))
    return {
        # `to_numpy` of a pyarrow column would load pandas.
        "contains": np.array(masks.to_pylist(), dtype=np.int64) >> most & 1 == 1,
        "contains_label": tables["influence"]["label"][most].as_py(),
    }


def _draw_specifications(multiverse, outcome, words, synthetic):
    """One curve a measure: estimates on several measures share no scale."""
    measures = distinct(multiverse, "measure")
    for measure in measures:
        rows = [_in_words(row, words) for row in records(multiverse, measure=measure)]
        part = as_table(rows, MULTIVERSE)
        if not np.isfinite(numbers(part, "estimate")).any():
            continue
        own = records(part, is_own=True)
        chosen = {name: own[0][name] for name in CHOICES} if own else None
        name = "specification_curve" + (f"_{measure.lower()}" if len(measures) > 1 else "")
        shown = _shown(measure, outcome, synthetic)
        yield name, draw_specification_curve(part, CHOICES, chosen=chosen, **shown)


def _in_words(row, words):
    """Write the names that a review gave or chose as it labels them, or without underscores."""
    named = ("exclusion_set", "sd_rule", "shared_control")
    return row | {name: level_name(words, name, row[name]) for name in named}
