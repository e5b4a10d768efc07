"""The specification curve: the estimate under every combination of choices (a multiverse)."""

from math import fsum

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.markers import CARETDOWN, CARETUP

from evpool.errors import unknown_name
from evpool.plots.chart import Key, draw_legend, place_legend
from evpool.plots.numbers import readable
from evpool.plots.rowplot import effect_label
from evpool.plots.scale import axis_limits, effect_scale
from evpool.plots.style import (
    BLUE,
    FULL_WIDTH,
    GREY,
    INK,
    LINE,
    MARGIN,
    ORANGE,
    SMALL_TEXT,
    TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.tables import distinct, numbers, require_columns
from evpool.plots.text import text_width

CURVE_HEIGHT = 120.0  # points
BLOCK_GAP = 0.5  # between choices, in lines
ARROWHEAD = 4.0  # width, points
SIGNIFICANT = 0.05
MANY = 400  # specifications from which on marks are pixels in SVG files too
VALUES = ("estimate", "statistic")
CHOICE_NAMES = {
    "tau2_method": "τ² estimator",
    "ci_method": "Confidence interval",
    "pi_method": "Prediction interval",
    "timepoint": "Time point",
    "sd_rule": "Unknown SDs",
}
OPTION_NAMES = {
    None: "none",
    True: "yes",
    False: "no",
    "common": "common effect",
    "random": "random effects",
    "wald": "Wald",
    "hksj": "HKSJ",
    "hksj_adhoc": "HKSJ, ad hoc",
    "profile": "profile likelihood",
}
DOTS = (0, (1, 1.5))


@styled
def draw_specification_curve(
    multiverse,
    choices,
    *,
    measure_label,
    unit,
    value="estimate",
    chosen=None,
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
):
    """Draw all estimates in rising order, and below each the choices that made it.

    An interval much longer than the spread of the estimates is cut, and ends in an arrowhead.

    Parameters
    ----------
    multiverse : pyarrow.Table
        One specification per row: the columns of `choices`, estimate, ci_low, ci_high, p_value
        (and statistic). Rows without a value are left out, and counted below the curve.
    choices : sequence of str
        Columns to show, from the top down; those with one option only are left out.
    measure_label, unit : str
        Axis label; the unit may be None.
    value : {"estimate", "statistic"}
        What to draw; estimates on several measures can only be compared by their statistic.
    chosen : dict, optional
        Option by choice: the specifications that have all of them, the review's own, are marked.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.
    null_value : float
        No effect, in the scale of the estimates.
    log_scale : bool
        Estimates are logarithms: show them back-transformed, on a log axis.

    Returns
    -------
    matplotlib.figure.Figure
        180 mm wide (full width).

    Raises
    ------
    ValueError
        If the table lacks a column or has no value, `value` is unknown, or estimates on several
        measures would stand on one axis.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), doi:10.1038/s41562-020-0912-z.
    """
    _check(multiverse, choices, value)
    order, lost = _order(multiverse, value)
    options = _options(multiverse, choices, order)
    own = _matches(multiverse, chosen or {}, order)
    significant = numbers(multiverse, "p_value")[order] < SIGNIFICANT
    keys = _keys(own.any(), value)
    names = [name for block in options for name, _ in block[1]]
    left = max(text_width(name, SMALL_TEXT) for name in [*names, ""])
    left = (
        MARGIN + max(left + 8, *(text_width(b[0], SMALL_TEXT, bold=True) for b in options), 40) + 8
    )
    line, legend = LINE * SMALL_TEXT, place_legend(keys, FULL_WIDTH)
    top = heading_height(title, synthetic, FULL_WIDTH) + 4
    depth = fsum(len(block[1]) + 1 + BLOCK_GAP for block in options) * line + 1
    matrix_top = top + CURVE_HEIGHT + 6 + line
    legend_top = matrix_top + depth + 6
    sheet = Sheet(FULL_WIDTH, legend_top + len(legend) * line + MARGIN)
    draw_heading(sheet, title, synthetic)
    width = FULL_WIDTH - MARGIN - left
    curve = sheet.axes(left, top, width, CURVE_HEIGHT)
    null = null_value if value == "estimate" else 0.0
    _draw_curve(curve, multiverse, value, order, significant, own, null)
    scale = effect_scale([], log_scale=log_scale and value == "estimate", null_value=null)
    curve.set_yticks(*scale.ticks(*curve.get_ylim(), 6))
    label = effect_label(measure_label, unit) if value == "estimate" else "Test statistic"
    middle = top + CURVE_HEIGHT / 2
    sheet.text(MARGIN + TEXT, middle, label, ha="center", rotation=90)
    count = f"{len(order)} specifications"
    count += f"; {lost} more could not be estimated" if lost else ""
    sheet.text(left + width / 2, matrix_top - 3, count, size=SMALL_TEXT, ha="center")
    matrix = sheet.axes(left, matrix_top, width, depth)
    _draw_matrix(sheet, matrix, options, own, len(order), matrix_top, depth)
    draw_legend(sheet, legend, legend_top)
    return sheet.figure


def _check(multiverse, choices, value):
    """Refuse what cannot be drawn."""
    if value not in VALUES:
        raise unknown_name("value", value, VALUES)
    require_columns(multiverse, (*choices, value, "ci_low", "ci_high", "p_value"), "multiverse")
    measures = distinct(multiverse, "measure") if "measure" in multiverse.column_names else []
    if value == "estimate" and len(measures) > 1:
        raise ValueError(
            f"multiverse holds estimates on {len(measures)} measures ({', '.join(measures)}), "
            "which share no scale. Draw value='statistic', or filter by measure."
        )
    if not np.isfinite(numbers(multiverse, value)).any():
        raise ValueError(f"multiverse has no {value} to draw.")


def _order(multiverse, value):
    """Rows by rising value, and how many have none."""
    values = numbers(multiverse, value)
    order = np.argsort(values, kind="stable")  # NaN comes last
    known = int(np.isfinite(values).sum())
    return order[:known], len(order) - known


def _options(multiverse, choices, order):
    """Choices with several options: [(name, [(option's name, bool per specification)])]."""
    blocks = []
    for choice in choices:
        values = multiverse.column(choice).to_pylist()
        options = [option for option in dict.fromkeys(values) if option is not None]
        options += [None] * (None in values)
        taken = [values[i] for i in order]
        marks = [np.array([one == option for one in taken]) for option in options]
        names = [OPTION_NAMES.get(option, str(option)) for option in options]
        if len(options) > 1:
            name = CHOICE_NAMES.get(choice) or readable(choice)
            blocks.append((name, list(zip(names, marks, strict=True))))
    return blocks


def _matches(multiverse, chosen, order):
    """Which specifications have all the chosen options."""
    found = np.full(len(order), bool(chosen))
    for choice, option in chosen.items():
        taken = multiverse.column(choice).to_pylist()
        found &= np.array([taken[i] == option for i in order])
    return found


def _draw_curve(axes, multiverse, value, order, significant, own, null):
    """Draw the values with their intervals in rising order."""
    values = numbers(multiverse, value)[order]
    rank = np.arange(len(order)) + 0.5
    colours = np.where(own, ORANGE, np.where(significant, BLUE, GREY))
    low, high = (numbers(multiverse, name)[order] for name in ("ci_low", "ci_high"))
    if value != "estimate":
        low = high = np.full(len(order), np.nan)
    axes.set(xlim=(0, len(order)), ylim=axis_limits([*values, null], low, high, allowance=1.0))
    thick = min(max(0.6 * axes.bbox.width / len(order), 0.3), 1.2)
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    segments = [((rank[i], low[i]), (rank[i], high[i])) for i in known]
    options = {"linewidths": thick, "alpha": 0.45, "zorder": 2, "gid": "intervals"}
    drawn = LineCollection(segments, colors=colours[known], **options)
    drawn.set_rasterized(len(order) > MANY)
    axes.add_collection(drawn, False)
    _draw_arrowheads(axes, rank[known], low[known], high[known], colours[known])
    ends = [((0, null), (len(order), null))]
    axes.add_collection(LineCollection(ends, colors=INK, linestyles=[DOTS], linewidths=0.8), False)
    size = 9.0 if len(order) <= 200 else 3.0
    points = axes.scatter(rank, values, s=size, c=colours, linewidths=0, zorder=3, gid="curve")
    points.set_rasterized(len(order) > MANY)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.set_xticks([])


def _draw_arrowheads(axes, rank, low, high, colours):
    """Mark where intervals leave the axis; narrow columns side by side share an arrowhead."""
    (bottom, top), (_, count) = axes.get_ylim(), axes.get_xlim()
    sharing = max(ARROWHEAD * count / (axes.bbox.width * 72 / axes.figure.dpi), 1.0)
    for name, marker, edge, cut in (
        ("below", CARETDOWN, bottom, low < bottom),
        ("above", CARETUP, top, high > top),
    ):
        shown = np.flatnonzero(cut)
        shown = shown[np.unique(rank[shown] // sharing, return_index=True)[1]]
        if len(shown):
            ends = np.full(len(shown), edge)
            options = {"s": ARROWHEAD**2, "c": colours[shown], "linewidths": 0, "zorder": 2.5}
            options |= {"marker": marker, "clip_on": False, "gid": f"cut-{name}"}
            axes.scatter(rank[shown], ends, **options)


def _draw_matrix(sheet, axes, options, own, count, top, depth):
    """Draw which option each specification took: a mark in the option's row."""
    axes.set(xlim=(0, count), ylim=(depth, 0))
    axes.set_axis_off()
    line, y = LINE * SMALL_TEXT, 0.0
    segments, colours = [], []
    for name, block in options:
        y += line * BLOCK_GAP
        base = top + y + 0.5 * line + 0.36 * SMALL_TEXT
        sheet.text(MARGIN, base, name, size=SMALL_TEXT, bold=True)
        for option, marks in block:
            y += line
            base = top + y + 0.5 * line + 0.36 * SMALL_TEXT
            sheet.text(MARGIN + 8, base, option, size=SMALL_TEXT)
            for i in np.flatnonzero(marks):
                ends = (y + 0.15 * line, y + 0.85 * line)
                segments.append([(i + 0.5, ends[0]), (i + 0.5, ends[1])])
                colours.append(ORANGE if own[i] else INK)
        y += line
    thick = min(max(0.7 * axes.bbox.width / max(count, 1), 0.3), 1.6)
    drawn = LineCollection(segments, colors=colours, linewidths=thick, gid="options")
    drawn.set_rasterized(count > MANY)
    axes.add_collection(drawn, False)


def _keys(own, value):
    """Entries of the legend."""
    what = "Estimate" if value == "estimate" else "Statistic"
    keys = [
        Key(f"{what}, *p* < {SIGNIFICANT}", "point", BLUE),
        Key(f"{what}, *p* ≥ {SIGNIFICANT}", "point", GREY),
    ]
    if own:
        keys.append(Key("The review's own specification", "point", ORANGE))
    return [*keys, Key("No effect", "line", INK, style=DOTS)]
