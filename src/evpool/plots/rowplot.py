"""Drawing figures with one study per row, as laid out by `evpool.plots.rowplan`."""

from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.markers import CARETLEFT, CARETRIGHT

from evpool.plots.rowfoot import plan_foot
from evpool.plots.rowplan import plan_rows
from evpool.plots.scale import axis_limits
from evpool.plots.style import (
    BAND,
    BLUE,
    GREY,
    INK,
    MARGIN,
    PALE_BLUE,
    PALE_GREEN,
    SMALL_TEXT,
    Sheet,
    draw_heading,
    heading_height,
)
from evpool.plots.text import text_width

BASELINE = 0.36  # baseline below the middle of a line, in font sizes
SQUARE = 0.82  # side of the largest square, in lines
DIAMOND = 0.40  # half the height of a diamond, in lines
BAR = 0.11  # half the height of a prediction interval's bar, in lines


@dataclass(frozen=True)
class Axis:
    """The panel's horizontal axis.

    Attributes
    ----------
    scale : evpool.plots.scale.EffectScale
    label : str
    limits : tuple of float, optional
        Instead of those that the rows call for.
    lines : tuple of (float, str)
        Vertical lines: value and style 'null' (solid) or 'pooled' (dashed).
    band : tuple of float, optional
        Interval shaded from top to bottom.
    stripe : tuple of float, optional
        A second, narrow interval shaded from top to bottom.
    sides : tuple of str, optional
        What the left and the right of the null value mean.
    """

    scale: object
    label: str
    limits: tuple | None = None
    lines: tuple = ()
    band: tuple | None = None
    stripe: tuple | None = None
    sides: tuple | None = None


def effect_label(measure_label, unit):
    """Axis label of a measure: 'MD (points)'."""
    return f"{measure_label} ({unit})" if unit else measure_label


def rows_limits(rows, extra=()):
    """Axis limits for rows: estimates inside, long intervals cut."""
    marked = [row for row in rows if row.mark]
    points = [row.estimate for row in marked]
    return axis_limits([*points, *extra], [row.low for row in marked], [r.high for r in marked])


def draw_rows(
    columns,
    rows,
    axis,
    *,
    pages,
    least_panel,
    most_panel,
    notes=(),
    title=None,
    synthetic=False,
):
    """Draw rows of text and marks as a figure.

    Parameters
    ----------
    columns : list of evpool.plots.rowplan.Column
    rows : list of evpool.plots.rowplan.Row
    axis : Axis
    pages, least_panel, most_panel
        As of `evpool.plots.rowplan.plan_rows`.
    notes : sequence of tuple of str
        Pieces of markup per note under the rows.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        Its axes have the table's units on x, and on y the points from the top of the first row.
    """
    plan = plan_rows(columns, rows, pages=pages, least_panel=least_panel, most_panel=most_panel)
    limits = axis.limits or rows_limits(rows, [value for value, _ in axis.lines])
    top = heading_height(title, synthetic, plan.page)
    headings = 2 if any(column.group for column in columns) else 1
    body = top + headings * plan.line + 4
    depth = plan.tops[-1] + plan.heights[-1] + 3
    foot = plan_foot(plan, axis, notes, limits)
    sheet = Sheet(plan.page, body + depth + foot.height + MARGIN)
    draw_heading(sheet, title, synthetic)
    _draw_headings(sheet, plan, columns, top, headings)
    _draw_cells(sheet, plan, columns, rows, body)
    panel = _add_panel(sheet, plan, axis, body, depth, limits)
    _draw_marks(panel, plan, rows)
    foot.draw(sheet, body + depth)
    return sheet.figure


def _draw_headings(sheet, plan, columns, top, lines):
    """Write the columns' headings, and their groups' above them, with rules."""
    line = plan.line
    base = top + (lines - 0.5) * line + BASELINE * plan.size
    rules = []
    for column in columns:
        left, right = plan.edges[column.key]
        first = column is columns[0]
        x, ha = (left, "left") if first else (right, "right")
        sheet.text(x, base, column.heading, size=plan.size, bold=True, markup=True, ha=ha)
    for group in dict.fromkeys(column.group for column in columns if column.group):
        edges = [plan.edges[column.key] for column in columns if column.group == group]
        left, right = edges[0][0], edges[-1][1]
        middle = (left + right) / 2
        sheet.text(middle, base - line, group, size=plan.size, bold=True, ha="center")
        rules.append(((left, base - line + 2.2), (right, base - line + 2.2)))
    under = top + lines * line + 1
    rules.append(((MARGIN, under), (sheet.width - MARGIN, under)))
    sheet.lines(rules, width=0.5)


def _draw_cells(sheet, plan, columns, rows, body):
    """Write the text of all rows."""
    line = plan.line
    names = columns[0].key
    for row, texts, start, height in zip(rows, plan.texts, plan.tops, plan.heights, strict=True):
        for key, lines in texts.items():
            left, right = plan.edges.get(key, (MARGIN, 0))
            flush = key in ("", names)
            x, ha = (left, "left") if flush else (right, "right")
            top = body + start + (height - len(lines) * line) / 2
            for i, text in enumerate(lines):
                y = top + (i + 0.5) * line + BASELINE * plan.size
                bold = (row.bold and key == names) or bool(row.heading)
                options = {"size": plan.size, "bold": bold, "markup": bool(row.note)}
                sheet.text(x, y, text, ha=ha, **options)


def _add_panel(sheet, plan, axis, body, depth, limits):
    """Add the axes with their vertical lines, band and ticks."""
    left, right = plan.panel
    panel = sheet.axes(left, body, right - left, depth)
    panel.set_xlim(*limits)
    panel.set_ylim(depth, 0)
    for side in ("left", "right", "top"):
        panel.spines[side].set_visible(False)
    most = max(int((right - left) / 18), 2)
    ticks, labels = _fitting_ticks(axis.scale, limits, right - left, most)
    panel.set_xticks(ticks, labels)
    panel.set_yticks([])
    for ends, colour, name in ((axis.band, BAND, "band"), (axis.stripe, PALE_GREEN, "stripe")):
        if ends:
            corners = [(ends[i], y) for i, y in ((0, 0), (1, 0), (1, depth), (0, depth))]
            shade = PolyCollection([corners], facecolors=colour, zorder=0.5, gid=name)
            panel.add_collection(shade, False)
    styles = {"null": ("-", INK, 0.6), "pooled": ((0, (4, 2.5)), BLUE, 0.7)}
    for value, kind in axis.lines:
        style, colour, width = styles[kind]
        rule = LineCollection(
            [((value, 0), (value, depth))], linestyles=[style], colors=colour, linewidths=width
        )
        rule.set(zorder=1, gid=f"{kind}-line")
        panel.add_collection(rule, False)
    return panel


def _fitting_ticks(scale, limits, width, most):
    """Thin out the ticks until their labels stand apart."""
    for count in range(most, 0, -1):
        ticks, labels = scale.ticks(*limits, count)
        places = [(tick - limits[0]) / (limits[1] - limits[0]) * width for tick in ticks]
        halves = [text_width(label, SMALL_TEXT) / 2 for label in labels]
        room = [
            places[i + 1] - places[i] - halves[i] - halves[i + 1] for i in range(len(ticks) - 1)
        ]
        if min(room, default=9) >= 4:
            return ticks, labels
    return ticks[:1], labels[:1]


def _draw_marks(panel, plan, rows):
    """Draw squares, intervals, diamonds and bars: one artist of each kind."""
    middles = [top + height / 2 for top, height in zip(plan.tops, plan.heights, strict=True)]
    line = plan.line
    low, high = panel.get_xlim()
    placed = list(zip(rows, middles, strict=True))
    squares = [(row, y) for row, y in placed if row.mark == "square" and row.low == row.low]
    _draw_intervals(panel, squares, low, high)
    _draw_squares(panel, [(r, y) for r, y in placed if r.mark == "square"], SQUARE * line)
    shapes = [(row, y) for row, y in placed if row.mark in ("diamond", "bar")]
    shapes = [(row, y) for row, y in shapes if row.low == row.low]
    if shapes:
        corners = [_corners(row, y, line) for row, y in shapes]
        colours = [row.colour or GREY for row, _ in shapes]
        drawn = PolyCollection(corners, facecolors=colours, edgecolors=INK, linewidths=0.5)
        drawn.set(zorder=4, gid="pooled")
        panel.add_collection(drawn, False)
        _draw_arrowheads(panel, shapes, low, high)


def _corners(row, y, line):
    """Corners of a diamond or of a prediction interval's bar."""
    if row.mark == "bar":
        half = BAR * line
        return [
            (row.low, y - half),
            (row.high, y - half),
            (row.high, y + half),
            (row.low, y + half),
        ]
    half = DIAMOND * line
    return [(row.low, y), (row.estimate, y - half), (row.high, y), (row.estimate, y + half)]


def _draw_intervals(panel, placed, low, high):
    """Draw the studies' confidence intervals, cut at the limits with arrowheads."""
    segments = [((max(r.low, low), y), (min(r.high, high), y)) for r, y in placed]
    segments = [segment for segment in segments if segment[0][0] < segment[1][0]]
    drawn = LineCollection(segments, colors=INK, linewidths=0.8, zorder=3)
    drawn.set_gid("intervals")
    panel.add_collection(drawn, False)
    _draw_arrowheads(panel, placed, low, high)


def _draw_arrowheads(panel, placed, low, high):
    """Mark where intervals leave the axis."""
    ends = [(low, y, CARETLEFT) for row, y in placed if row.low < low]
    ends += [(high, y, CARETRIGHT) for row, y in placed if row.high > high]
    for marker in (CARETLEFT, CARETRIGHT):
        points = np.array([(x, y) for x, y, kind in ends if kind == marker])
        if len(points):
            options = {"marker": marker, "s": 16, "color": INK, "linewidths": 0, "zorder": 3.5}
            panel.scatter(points[:, 0], points[:, 1], clip_on=False, **options)


def _draw_squares(panel, placed, side):
    """Draw the studies' squares, their area in proportion to the weight."""
    low, high = panel.get_xlim()
    placed = [(row, y) for row, y in placed if low <= row.estimate <= high]
    if not placed:
        return
    areas = [max(side**2 * row.weight, 1.4**2) for row, _ in placed]
    colours = [row.colour or PALE_BLUE for row, _ in placed]
    x, y = [row.estimate for row, _ in placed], [y for _, y in placed]
    options = {"marker": "s", "linewidths": 0, "zorder": 2}
    panel.scatter(x, y, s=areas, c=colours, gid="squares", **options)
