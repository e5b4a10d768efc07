"""The forest plot: every study, its interval and weight, and what they add up to."""

from dataclasses import replace
from math import fsum

from evpool.errors import unknown_name
from evpool.plots.numbers import (
    aligned,
    confidence,
    decimals_for,
    fixed,
    intervals,
    is_missing,
    median,
    p_value,
    percent,
    readable,
    variance,
)
from evpool.plots.rowfoot import favours_labels
from evpool.plots.rowplan import Column, Row
from evpool.plots.rowplot import Axis, draw_rows, effect_label
from evpool.plots.scale import effect_scale
from evpool.plots.style import BLUE, FULL_WIDTH, GREEN, GREY, ORANGE, styled
from evpool.plots.tables import distinct, numbers, overall_rows, records, require_columns
from evpool.plots.text import text_width
from evpool.studies.characteristics import NOT_REPORTED, level_of

MODEL_NAMES = {"common": "Common effect", "random": "Random effects"}
CI_METHOD_NAMES = {"t": "t", "hksj": "HKSJ", "hksj_adhoc": "HKSJ", "profile": "profile"}
MODEL_COLOURS = {"common": GREY, "random": BLUE}
ARM_COLUMNS = ("n", "mean", "sd")
LONGEST_ARM_NAME = 90.0  # points; a longer name of an arm stands below the axis only


@styled
def draw_forest(
    effects,
    weights,
    pooled,
    subgroups=None,
    *,
    measure_label,
    unit,
    better,
    favours=("control", "treatment"),
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
    moderator=None,
    tau2_common=False,
    level_labels=None,
    decimals=None,
    limits=None,
):
    """Draw the forest plot of one outcome, in the layout of RevMan and R's meta.

    Parameters
    ----------
    effects : pyarrow.Table
        One comparison per row, drawn in this order: effect_id, label, yi, ci_low, ci_high, and
        where known n_t, mean_t, sd_t, n_c, mean_c, sd_c. Without any mean, the columns of means
        and SDs are left out.
    weights : pyarrow.Table
        analysis, model, effect_id, weight (0-1); rows of analysis 'overall' are used.
    pooled : pyarrow.Table
        Pooled estimates; rows of analysis 'overall', one per model.
    subgroups : pyarrow.Table, optional
        Pooled estimates per level; gives blocks with subtotals and the test between them.
    measure_label, unit : str
        Heading of the effect column ('MD'), and unit on the axis; the unit may be None.
    better : {"higher", "lower", None}
        Which values of the outcome are good: labels the sides of the null, flips nothing.
    favours : tuple of str
        Names of the control and of the treated arm.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.
    null_value : float
        No effect, in the scale of yi.
    log_scale : bool
        Effects are logarithms: show them back-transformed, on a log axis.
    moderator : str, optional
        Column of `effects` by which to group; needed if `subgroups` holds several.
    tau2_common : bool
        Which subgroup rows to show: those with a common tau² or with separate ones.
    level_labels : dict of str to str, optional
        Names of the levels; by default the levels themselves.
    decimals : int, optional
        Of the effects; by default chosen from their standard errors.
    limits : tuple of float, optional
        Of the axis, in the scale of yi; intervals that leave them end in arrowheads.

    Returns
    -------
    matplotlib.figure.Figure
        180 mm wide with arm columns; narrower if less is shown, wider if nothing else would fit.

    Raises
    ------
    ValueError
        If a table lacks a column, `pooled` has several overall rows for a model, or a name is
        unknown.
    """
    require_columns(effects, ("effect_id", "label", "yi", "ci_low", "ci_high"), "effects")
    require_columns(weights, ("analysis", "model", "effect_id", "weight"), "weights")
    totals = overall_rows(pooled)
    shares = _weights_by_effect(weights, totals)
    spreads = (numbers(effects, "ci_high") - numbers(effects, "ci_low")) / 3.92
    scale = effect_scale(spreads, log_scale=log_scale, null_value=null_value, decimals=decimals)
    arm_cells = _arm_cells(effects)
    rows = _study_rows(effects, shares, arm_cells)
    if subgroups is not None:
        found = _subgroup_rows(subgroups, moderator, tau2_common)
        rows = _grouped_rows(rows, effects, found, shares, level_labels or {})
    rows += _total_rows(totals)
    notes = [_heterogeneity_note(totals), *filter(None, [_reading_note(totals)])]
    if subgroups is not None:
        notes.append(_test_note(found))
    rows = _with_effect_texts(rows, scale)
    columns = _columns(arm_cells, shares, measure_label, totals, favours)
    lines = ((null_value, "null"),)
    if "random" in totals:
        lines += ((totals["random"]["estimate"], "pooled"),)
    axis = Axis(
        scale,
        effect_label(measure_label, unit),
        limits=limits,
        lines=lines,
        stripe=None if is_missing(_digitisation(totals)[0]) else _digitisation(totals),
        sides=favours_labels(better, favours),
    )
    return draw_rows(
        columns,
        rows,
        axis,
        pages=(FULL_WIDTH,),
        least_panel=100,
        most_panel=230,
        notes=notes,
        title=title,
        synthetic=synthetic,
    )


def _weights_by_effect(weights, models):
    """Overall weights as {model: {effect_id: weight}}, for the models that have any."""
    found = {model: {} for model in models}
    for row in records(weights, analysis="overall"):
        if row["model"] in found and not is_missing(row["weight"]):
            found[row["model"]][row["effect_id"]] = row["weight"]
    return {model: shares for model, shares in found.items() if shares}


def _arm_cells(effects):
    """Texts of n, mean and SD per arm, for those that any study has."""
    cells = {}
    for arm in ("t", "c"):
        counts = numbers(effects, f"n_{arm}")
        means, sds = numbers(effects, f"mean_{arm}"), numbers(effects, f"sd_{arm}")
        common = decimals_for(median(sds))
        # A row with a far smaller SD than most shows two of its digits all the same.
        places = [decimals_for(sd) if sd < 2 * 10.0**-common else common for sd in sds]
        for kind, values, decimals in (
            ("n", counts, [0] * len(counts)),
            ("mean", means, places),
            ("sd", sds, places),
        ):
            texts = [fixed(value, d) for value, d in zip(values, decimals, strict=True)]
            if any(texts):
                cells[f"{kind}_{arm}"] = aligned(texts)
    if "n_c" in cells:
        cells["n_c"] = _divided(cells["n_c"], numbers(effects, "control_shared_by"))
    return cells


def _divided(counts, shared_by):
    """Write a control that several comparisons share as '12/2'."""
    return [f"{n}/{by:.0f}" if by > 1 else n for n, by in zip(counts, shared_by, strict=True)]


def _study_rows(effects, shares, arm_cells):
    """One row per comparison, with its square."""
    sizes = shares.get("random") or shares.get("common") or {}
    largest = max(sizes.values(), default=1.0)
    rows = []
    for i, study in enumerate(effects.to_pylist()):
        cells = {key: texts[i] for key, texts in arm_cells.items()} | {"name": study["label"]}
        cells |= _weight_cells({model: s.get(study["effect_id"]) for model, s in shares.items()})
        interval = [_number(study[key]) for key in ("yi", "ci_low", "ci_high")]
        size = sizes.get(study["effect_id"], 0.0) / largest
        rows.append(Row(cells, "square", *interval, weight=size))
    return rows


def _number(value):
    return float("nan") if value is None else value


def _weight_cells(weights):
    """Cells of the weight columns, in percent."""
    return {
        f"weight_{model}": fixed(100 * weight, 1)
        for model, weight in weights.items()
        if weight is not None
    }


def _subgroup_rows(subgroups, moderator, tau2_common):
    """Results of one moderator as {level: {model: row}}; tau² settles which random-effects row."""
    require_columns(subgroups, ("moderator", "level", "model", "estimate"), "subgroups")
    known = distinct(subgroups, "moderator")
    if moderator is None and len(known) == 1:
        moderator = known[0]
    if moderator not in known:
        raise unknown_name("moderator", moderator, known)
    found = {}
    for row in records(subgroups, moderator=moderator):
        shared = row.get("tau2_common")
        if row["model"] == "common" or shared is None or shared == tau2_common:
            found.setdefault(row["level"], {})[row["model"]] = row
    return found


def _grouped_rows(rows, effects, found, shares, labels):
    """Study rows in blocks: a heading, the level's studies, its subtotals."""
    moderator = next(iter(next(iter(found.values())).values()))["moderator"]
    require_columns(effects, (moderator,), "effects")
    levels = [level_of(value) for value in effects.column(moderator).to_pylist()]
    ids = effects.column("effect_id").to_pylist()
    blocks = []
    for level in sorted(dict.fromkeys([*found, *levels]), key=NOT_REPORTED.__eq__):
        members = [i for i, its in enumerate(levels) if its == level]
        blocks.append(Row(heading=labels.get(level) or _heading(level)))
        blocks += [rows[i] for i in members]
        results = found.get(level, {})
        for model, result in sorted(results.items()):
            share = fsum(shares.get(model, {}).get(ids[i], 0.0) for i in members)
            blocks.append(_pooled_row(result, {model: share} if model in shares else {}))
        if results and len(members) > 1:
            blocks.append(Row(note=_heterogeneity_note(results)))
        blocks.append(Row(height=0.6))
    return blocks


def _heading(level):
    return readable(level) if level == NOT_REPORTED else level


def _pooled_row(result, share, *, bold=False):
    """One pooled estimate with its diamond."""
    model, method = result["model"], result.get("ci_method")
    name = MODEL_NAMES.get(model) or readable(model)
    if method in CI_METHOD_NAMES:
        name += f" ({CI_METHOD_NAMES[method]})"
    counts = {f"n_{arm}": result.get(f"n_{arm}") for arm in ("t", "c")}
    cells = {key: fixed(count, 0) for key, count in counts.items()} | _weight_cells(share)
    interval = [_number(result[key]) for key in ("estimate", "ci_low", "ci_high")]
    colour = MODEL_COLOURS.get(model, GREY)
    return Row(cells | {"name": name}, "diamond", *interval, colour=colour, bold=bold)


def _total_rows(totals):
    """Overall estimates and the prediction interval."""
    rows = [Row(height=0.4)]
    rows += [_pooled_row(row, {model: 1.0}, bold=True) for model, row in totals.items()]
    low, high = (totals.get("random", {}).get(key) for key in ("pi_low", "pi_high"))
    if not is_missing(low):
        cells = {"name": "Prediction interval"}
        rows.append(Row(cells, "bar", low=low, high=high, colour=ORANGE))
    low, high = _digitisation(totals)
    if not is_missing(low):
        rows.append(Row({"name": "Reading error"}, "bar", low=low, high=high, colour=GREEN))
    return rows


def _digitisation(totals):
    """Where errors of reading alone may have put the estimate whose interval is drawn."""
    row = totals.get("random") or totals.get("common") or {}
    return row.get("digitisation_low"), row.get("digitisation_high")


def _reading_note(totals):
    """Pieces of the line that says what the green band is; none where nothing was digitised."""
    if is_missing(_digitisation(totals)[0]):
        return ()
    model = MODEL_NAMES["random" if "random" in totals else "common"].lower().replace(" ", "-")
    return (
        "Green band:",
        "where errors of reading the figures",
        f"alone may have put the {model}",
        f"estimate ({confidence(next(iter(totals.values())).get('ci_level') or 0.95)})",
    )


def _heterogeneity_note(results):
    """Pieces of the line that says how much the studies differ."""
    row = results.get("random") or next(iter(results.values()))
    pieces = []
    if not is_missing(row.get("i2")):
        pieces.append(f"*I*² = {percent(row['i2'])}")
    if row["model"] == "random" and not is_missing(row.get("tau2")):
        method = f" ({row['tau2_method']})" if row.get("tau2_method") else ""
        pieces.append(f"*τ*² = {variance(row['tau2'])}{method}")
    if not is_missing(row.get("q")):
        pieces.append(f"*Q* = {fixed(row['q'], 2)} (df = {row['q_df']:.0f})")
        pieces.append(p_value(row.get("q_p")))
    pieces = [piece for piece in pieces if piece]
    if not pieces:
        return ("Heterogeneity: not estimable",)
    return ("Heterogeneity:", *(f"{piece}," for piece in pieces[:-1]), pieces[-1])


def _test_note(found):
    """Pieces of the line with the tests for subgroup differences."""
    pieces = ["Test for subgroup differences:"]
    for model in MODEL_NAMES:
        row = next((results[model] for results in found.values() if model in results), {})
        if not is_missing(row.get("q_between")):
            name = MODEL_NAMES[model].lower()
            pieces.append(f"{name} *Q* = {fixed(row['q_between'], 2)},")
            pieces.append(f"df = {row['df_between']:.0f} ({p_value(row['p_between'])});")
    if len(pieces) == 1:
        return (*pieces, "not estimable")
    return (*pieces[:-1], pieces[-1].removesuffix(";"))


def _with_effect_texts(rows, scale):
    """Add the effect column: estimate and interval, aligned over all rows."""
    marked = [row for row in rows if row.mark]
    ends = ([getattr(row, name) for row in marked] for name in ("estimate", "low", "high"))
    texts = iter(intervals(*ends, scale.show))
    return [
        replace(row, cells=row.cells | {"effect": next(texts)}) if row.mark else row for row in rows
    ]


def _columns(arm_cells, shares, measure_label, totals, favours):
    """Columns that have something to show."""
    columns = [Column("name", "Study")]
    headings = {"n": "*n*", "mean": "Mean", "sd": "SD"}
    for arm, name, otherwise in (("t", favours[1], "Treatment"), ("c", favours[0], "Control")):
        fits = text_width(name, bold=True) <= LONGEST_ARM_NAME
        group = readable(name) if fits else otherwise
        keys = [f"{kind}_{arm}" for kind in ARM_COLUMNS if f"{kind}_{arm}" in arm_cells]
        columns += [Column(key, headings[key.split("_")[0]], group) for key in keys]
    level = confidence(next(iter(totals.values())).get("ci_level") or 0.95)
    columns.append(Column("effect", f"{measure_label} [{level} CI]", side="right"))
    for model in shares:
        columns.append(Column(f"weight_{model}", model.capitalize(), "Weight (%)", "right"))
    return columns
