"""Charts in one box: axes with labels, a legend below them, all measured in points."""

from dataclasses import dataclass
from itertools import pairwise

from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import IdentityTransform

from evpool.plots.style import (
    INK,
    LINE,
    MARGIN,
    SMALL_TEXT,
    TEXT,
    Sheet,
    draw_heading,
    heading_height,
)
from evpool.plots.text import text_width, wrap_text

TICK = 5.0  # tick and the gap to its label
KEY = 16.0  # width of a legend's key
KEY_GAP = 4.0


@dataclass(frozen=True)
class Key:
    """An entry of a legend.

    Attributes
    ----------
    text : str
        In markup.
    kind : {"patch", "line", "point"}
    colour, edge : colour
        Fill, and edge of points and patches.
    style : str or tuple
        Of a line; marker of a point.
    """

    text: str
    kind: str
    colour: str
    edge: str = "none"
    style: object = "-"


@dataclass(frozen=True)
class Ticks:
    """Where an axis has ticks, and what they say."""

    values: tuple
    labels: tuple


def draw_chart(
    width,
    height,
    *,
    x,
    y,
    x_label,
    y_label,
    x_limits,
    y_limits,
    keys=(),
    right_room=0.0,
    title=None,
    synthetic=False,
):
    """Draw an empty chart with axes, labels and a legend below.

    Parameters
    ----------
    width, height : float
        Page width and height of the box of the axes, in points.
    x, y : Ticks
    x_label, y_label : str
        In markup.
    x_limits, y_limits : tuple of float
    keys : sequence of Key
    right_room : float
        Width to leave free beside the axes, in points.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    sheet : evpool.plots.style.Sheet
    axes : matplotlib.axes.Axes
    """
    top = heading_height(title, synthetic, width) + 2
    beside = wrap_text(y_label, height, TEXT)
    under = wrap_text(x_label, width - 2 * MARGIN, TEXT)
    legend = place_legend(keys, width)
    widest = max((text_width(label, SMALL_TEXT) for label in y.labels), default=0)
    left = MARGIN + len(beside) * LINE * TEXT + widest + TICK + 2
    overhang = text_width(x.labels[-1] if len(x.labels) else "", SMALL_TEXT) / 2
    right = MARGIN + max(overhang, right_room)
    foot = top + height + TICK + LINE * SMALL_TEXT
    legend_top = foot + len(under) * LINE * TEXT + 3
    bottom = legend_top + (len(legend) * LINE * SMALL_TEXT + 2 if legend else 0)
    sheet = Sheet(width, bottom + MARGIN)
    draw_heading(sheet, title, synthetic)
    axes = sheet.axes(left, top, width - left - right, height)
    axes.set(xlim=x_limits, ylim=y_limits)
    x = _thinned(x, x_limits, width - left - right)
    axes.set_xticks(x.values, x.labels)
    axes.set_yticks(y.values, y.labels)
    axes.spines[["top", "right"]].set_visible(False)
    for i, line in enumerate(under):
        half = text_width(line, TEXT, markup=True) / 2
        middle = min(max((left + width - right) / 2, MARGIN + half), width - MARGIN - half)
        base = foot + TEXT + i * LINE * TEXT
        sheet.text(middle, base, line, markup=True, ha="center").set_gid("x-label")
    for i, line in enumerate(beside):
        place = (MARGIN + TEXT + i * LINE * TEXT, top + height / 2)
        sheet.text(*place, line, markup=True, ha="center", rotation=90).set_gid("y-label")
    draw_legend(sheet, legend, legend_top)
    return sheet, axes


def _thinned(ticks, limits, width):
    """Leave out ticks, evenly, until the labels stand apart."""
    places = [(value - limits[0]) / (limits[1] - limits[0]) * width for value in ticks.values]
    halves = [text_width(label, SMALL_TEXT) / 2 for label in ticks.labels]
    kept = range(len(places))
    for step in range(1, len(places) + 1):
        kept = range(0, len(places), step)
        if all(places[b] - places[a] - halves[a] - halves[b] >= 4 for a, b in pairwise(kept)):
            break
    return Ticks([ticks.values[i] for i in kept], [ticks.labels[i] for i in kept])


def place_legend(keys, width):
    """Set the keys in columns of one width.

    Parameters
    ----------
    keys : sequence of Key
    width : float
        Of the page, in points.

    Returns
    -------
    list of list of (float, Key)
        Per row of the legend its keys and where each starts.
    """
    if not keys:
        return []
    widest = max(text_width(key.text, SMALL_TEXT, markup=True) for key in keys)
    cell = KEY + KEY_GAP + widest + 10
    count = max(int((width - 2 * MARGIN + 10) / cell), 1)
    count = min(count, len(keys))
    left = (width - count * cell + 10) / 2
    deep = -(-len(keys) // count)
    columns = [keys[i : i + deep] for i in range(0, len(keys), deep)]
    return [
        [(left + j * cell, column[i]) for j, column in enumerate(columns) if i < len(column)]
        for i in range(deep)
    ]


def draw_legend(sheet, legend, top):
    """Draw the keys and their texts.

    Parameters
    ----------
    sheet : evpool.plots.style.Sheet
    legend : list of list of (float, Key)
        As `place_legend` returns it.
    top : float
        Upper edge in points from the top of the page.
    """
    for i, row in enumerate(legend):
        middle = top + (i + 0.5) * LINE * SMALL_TEXT
        for x, key in row:
            _draw_key(sheet, key, x, middle)
            base = middle + 0.36 * SMALL_TEXT
            text = sheet.text(x + KEY + KEY_GAP, base, key.text, size=SMALL_TEXT, markup=True)
            text.set_gid("legend")


def _draw_key(sheet, key, x, y):
    """Draw the sample of one legend entry."""
    shared = {"transform": sheet.transform}
    if key.kind == "patch":
        box = [(x, y - 3), (x + KEY, y - 3), (x + KEY, y + 3), (x, y + 3)]
        options = {"facecolors": key.colour, "edgecolors": INK, "linewidths": 0.4}
        sample = PolyCollection([box], **options, **shared)
    elif key.kind == "line":
        ends = [((x, y), (x + KEY, y))]
        options = {"colors": key.colour, "linestyles": [key.style], "linewidths": 0.9}
        sample = LineCollection(ends, **options, **shared)
    else:
        marker = MarkerStyle("o" if key.style == "-" else key.style)
        path = marker.get_path().transformed(marker.get_transform())
        options = {"facecolors": key.colour, "edgecolors": key.edge, "linewidths": 0.7}
        place = {"offsets": [(x + KEY / 2, y)], "offset_transform": sheet.transform}
        sample = PathCollection([path], sizes=[16], **place, **options)
        sample.set_transform(IdentityTransform())
    sheet.figure.add_artist(sample)
