"""Percent change against dose, with a threshold: points and medians, no fitted line."""

import math

import numpy as np

from evpool.plots.chart import Key, Ticks, draw_chart
from evpool.plots.numbers import power_label
from evpool.plots.scale import axis_limits, linear_ticks
from evpool.plots.style import BLUE, GREEN, GREY, INK, ONE_AND_A_HALF_COLUMNS, ORANGE, styled
from evpool.plots.tables import numbers, records, require_columns
from evpool.studies.swim import NO_GROUP

BOX_HEIGHT = 180.0  # of the axes, points
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
COLOURS = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", "#e69f00", GREY, INK)
DASHES = (0, (4, 2))
STEP = 0.05  # of a decade: how far studies of one dose and change are set apart


@styled
def draw_dose_change(
    directions, group, *, threshold=None, dose_label="Dose", title=None, synthetic=False
):
    """Draw each study's percent change against its dose, in colours of its group.

    Parameters
    ----------
    directions : pyarrow.Table
        One study a row: dose, change_pct (positive is a benefit) and the column `group`; studies
        without dose or change are left out.
    group : str
    threshold : float, optional
        A dose; the medians of the changes on both of its sides are drawn.
    dose_label : str
        In markup.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        120 mm wide. Studies of one dose and one change stand side by side, to the right.
    """
    require_columns(directions, ("dose", "change_pct", group), "directions")
    dose, change = numbers(directions, "dose"), numbers(directions, "change_pct")
    levels = [row[group] or NO_GROUP for row in records(directions)]
    known = np.isfinite(change) & (np.nan_to_num(dose) > 0)
    x, y = np.log10(dose[known]), change[known]
    names = [level for level, its in zip(levels, known, strict=True) if its]
    x_limits = (math.floor(x.min() - 0.2), math.ceil(x.max() + 0.2))
    y_limits = axis_limits([0.0, *y], [], [], edge=0.08)
    shown = list(dict.fromkeys(names))
    styles = {
        level: (COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)])
        for i, level in enumerate(shown)
    }
    keys = [Key(level.replace("_", " "), "point", *_with_edge(styles[level])) for level in shown]
    if threshold is not None:
        keys.append(Key(f"Threshold, {power_label(threshold)}", "line", GREY, style=DASHES))
        keys.append(Key("Medians: below it, and at or above it", "line", INK))
    powers = range(x_limits[0], x_limits[1] + 1)
    sheet, axes = draw_chart(
        ONE_AND_A_HALF_COLUMNS,
        BOX_HEIGHT,
        x=Ticks(tuple(powers), tuple(power_label(10.0**p) for p in powers)),
        y=Ticks(*linear_ticks(*y_limits, 6)),
        x_label=dose_label,
        y_label="Change of the first outcome, % (up is better)",
        x_limits=x_limits,
        y_limits=y_limits,
        keys=keys,
        title=title,
        synthetic=synthetic,
    )
    axes.axhline(0, color=GREY, linewidth=0.6)
    apart = _set_apart(x, y)
    for level in shown:
        own = np.array([name == level for name in names])
        colour, marker = styles[level]
        points = axes.scatter(apart[own], y[own], s=16, c=colour, marker=marker, gid=f"g-{level}")
        points.set(edgecolors="white", linewidths=0.4)
    if threshold is not None:
        _draw_threshold(axes, x, y, math.log10(threshold), x_limits)
    return sheet.figure


def _with_edge(style):
    colour, marker = style
    return colour, "white", marker


def _set_apart(x, y):
    """Set studies of the same dose and change side by side; none leaves its side of a threshold."""
    apart, seen = x.copy(), {}
    for i, place in enumerate(zip(x, y, strict=True)):
        seen[place] = seen.get(place, -1) + 1
        apart[i] += STEP * seen[place]
    return apart


def _draw_threshold(axes, x, y, cut, limits):
    """Draw the threshold as a line and the medians beside it; a dose on the line is not below."""
    axes.axvline(cut, color=GREY, linewidth=0.8, linestyle=DASHES, gid="threshold")
    for side, span in ((x < cut, (limits[0], cut)), (x >= cut, (cut, limits[1]))):
        if side.any():
            axes.hlines(np.median(y[side]), *span, color=INK, linewidth=1.0, gid="median")
