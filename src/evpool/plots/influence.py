"""The influence plot: deletion diagnostics of every study, one row a study, one panel each."""

from itertools import combinations, pairwise

import numpy as np
from matplotlib.collections import LineCollection

from evpool.plots.numbers import is_missing
from evpool.plots.scale import axis_limits, linear_ticks
from evpool.plots.style import (
    BLUE,
    FULL_WIDTH,
    GREY,
    INK,
    LINE,
    MARGIN,
    ORANGE,
    SMALL_TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.tables import numbers, overall_row, require_columns
from evpool.plots.text import text_width, wrap_text

# Column, heading in markup, value of a study without influence (or the pooled column that is it).
DIAGNOSTICS = (
    ("rstudent", "Residual", 0.0),
    ("dffits", "DFFITS", 0.0),
    ("cook_d", "Cook's *D*", 0.0),
    ("cov_ratio", "Cov. ratio", 1.0),
    ("tau2_deleted", "*τ*² without", "tau2"),
    ("q_deleted", "*Q* without", "q"),
    ("hat", "Hat", 0.0),
    ("dfbetas", "DFBETAS", 0.0),
)
WIDEST_NAMES = 110.0  # points
PANEL_GAP = 9.0
POINT = 9.0  # area of a point, square points


@styled
def draw_influence(influence, pooled=None, *, model="random", title=None, synthetic=False):
    """Draw the deletion diagnostics of each study; influential studies are orange.

    Parameters
    ----------
    influence : pyarrow.Table
        One study per row: label, and any of rstudent, dffits, cook_d, cov_ratio, tau2_deleted,
        q_deleted, hat, dfbetas; influential (bool) if known.
    pooled : pyarrow.Table, optional
        Pooled estimates: the overall row of `model` gives the tau2 and Q with all studies.
    model : {"random", "common"}
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        180 mm wide (full width).

    Raises
    ------
    ValueError
        If the table lacks label or has none of the diagnostics.

    References
    ----------
    Viechtbauer & Cheung (2010), doi:10.1002/jrsm.11.
    """
    require_columns(influence, ("label",), "influence")
    overall = {} if pooled is None else overall_row(pooled, model)
    shown = [entry for entry in DIAGNOSTICS if np.isfinite(numbers(influence, entry[0])).any()]
    if not shown:
        known = ", ".join(entry[0] for entry in DIAGNOSTICS)
        raise ValueError(f"influence has no diagnostic to draw; it needs any of {known}.")
    names = [wrap_text(name, WIDEST_NAMES, SMALL_TEXT) for name in influence["label"].to_pylist()]
    line = LINE * SMALL_TEXT
    depths = np.array([len(lines) * line for lines in names])
    ends = np.cumsum(depths)
    body = heading_height(title, synthetic, FULL_WIDTH) + line + 3
    sheet = Sheet(FULL_WIDTH, body + ends[-1] + 14 + MARGIN)
    draw_heading(sheet, title, synthetic)
    _draw_names(sheet, names, body, ends - depths)
    left = MARGIN + max(text_width(part, SMALL_TEXT) for lines in names for part in lines)
    width = (FULL_WIDTH - MARGIN - left) / len(shown)
    flagged = numbers(influence, "influential") == 1
    for i, (column, heading, neutral) in enumerate(shown):
        neutral = overall.get(neutral) if isinstance(neutral, str) else neutral
        place = (left + i * width + PANEL_GAP, body, width - PANEL_GAP, ends[-1])
        sheet.text(place[0], body - 4, heading, size=SMALL_TEXT, bold=True, markup=True)
        values, rows = numbers(influence, column), ends - depths / 2
        _draw_panel(sheet, place, values, rows, neutral, flagged, column)
    sheet.lines([((MARGIN, body - 1), (FULL_WIDTH - MARGIN, body - 1))], width=0.5)
    return sheet.figure


def _draw_names(sheet, names, body, tops):
    """Write the studies' names, one under the other."""
    line = LINE * SMALL_TEXT
    sheet.text(MARGIN, body - 4, "Study", size=SMALL_TEXT, bold=True)
    for lines, top in zip(names, tops, strict=True):
        for i, part in enumerate(lines):
            y = body + top + (i + 0.5) * line + 0.36 * SMALL_TEXT
            sheet.text(MARGIN, y, part, size=SMALL_TEXT)


def _draw_panel(sheet, place, values, rows, neutral, flagged, gid):
    """Draw one diagnostic: a stem from the neutral value to each study's."""
    neutral = None if is_missing(neutral) else neutral
    limits = axis_limits([*values, *([] if neutral is None else [neutral])], [], [], edge=0.08)
    axes = sheet.axes(*place)
    axes.set(xlim=limits, ylim=(place[3], 0))
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.set_yticks([])
    axes.set_xticks(*_few_ticks(limits, place[2]))
    start = limits[0] if neutral is None else neutral
    stems = [((start, y), (value, y)) for value, y in zip(values, rows, strict=True)]
    colours = np.where(flagged, ORANGE, BLUE)
    drawn = LineCollection(stems, colors=np.where(flagged, ORANGE, GREY), linewidths=0.6, zorder=2)
    axes.add_collection(drawn, False)
    if neutral is not None:
        rule = LineCollection([((neutral, 0), (neutral, place[3]))], colors=INK, linewidths=0.5)
        axes.add_collection(rule, False)
    axes.scatter(values, rows, s=POINT, c=colours, linewidths=0, zorder=3, gid=gid, clip_on=False)


def _few_ticks(limits, width):
    """As many ticks as have room in a narrow panel, three at most."""
    for count in (3, 2, 1):
        for most in (2, 3, 4, 5):
            values, labels = linear_ticks(*limits, most)
            labels = [
                "0" if value == 0 else label for value, label in zip(values, labels, strict=True)
            ]
            chosen = combinations(range(len(labels)), count)
            fitting = [c for c in chosen if _has_room(values, labels, c, limits, width)]
            even = [c for c in fitting if len({b - a for a, b in pairwise(c)}) <= 1]
            if even:
                widest = max(even, key=lambda c: c[-1] - c[0])
                return [values[i] for i in widest], [labels[i] for i in widest]
    return [], []


def _has_room(values, labels, chosen, limits, width):
    """Whether the labels of these ticks stand apart and within the panel."""
    places = [(values[i] - limits[0]) / (limits[1] - limits[0]) * width for i in chosen]
    halves = [text_width(labels[i], SMALL_TEXT) / 2 for i in chosen]
    edges = [(at - half, at + half) for at, half in zip(places, halves, strict=True)]
    inside = all(low >= -4 and high <= width + 4 for low, high in edges)
    return inside and all(b[0] - a[1] >= 3 for a, b in pairwise(edges))
