"""Figures of a table: names on the left and above, and in each cell a tile or a circle."""

from dataclasses import dataclass

import numpy as np
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

from evpool.plots.chart import draw_legend, place_legend
from evpool.plots.style import (
    GREY,
    INK,
    LINE,
    MARGIN,
    PALE,
    SMALL_TEXT,
    Sheet,
    draw_heading,
    heading_height,
)
from evpool.plots.text import text_width, wrap_text

CIRCLE = Path.unit_circle()
HALF = Path.wedge(90, 270)
GAP = 5.0


@dataclass(frozen=True)
class Tile:
    """What a cell holds.

    Attributes
    ----------
    row, column : int
    fill : colour, optional
        Of the whole cell.
    text : str
        In the cell's middle.
    radius : float
        Of a circle in points; 0 for none.
    face, edge : colour
        Of the circle.
    half : bool
        Only the circle's left half is filled.
    """

    row: int
    column: int
    fill: object = None
    text: str = ""
    radius: float = 0.0
    face: object = "none"
    edge: object = INK
    half: bool = False


@dataclass(frozen=True)
class Frame:
    """Where the cells of a matrix lie, in points from the top left corner of the page."""

    left: float
    top: float
    width: float
    height: float

    def corner(self, row, column):
        """Left and upper edge of a cell."""
        return self.left + column * self.width, self.top + row * self.height


def draw_matrix(
    rows,
    columns,
    tiles,
    *,
    width,
    keys=(),
    notes=(),
    row_height=11.0,
    most_column=60.0,
    upright=True,
    title=None,
    synthetic=False,
):
    """Draw a table of tiles and circles.

    Parameters
    ----------
    rows, columns : list of str
        Names of the rows and columns.
    tiles : list of Tile
    width : float
        Of the page, in points; more if the columns need it.
    keys : sequence of evpool.plots.chart.Key
    notes : sequence of str
        Sentences below the legend.
    row_height, most_column : float
        Height of a row, and the most that a column is wide.
    upright : bool
        Write the columns' names upwards.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = max(text_width(name, SMALL_TEXT) for name in rows)
    left = MARGIN + names + GAP
    cell = min((width - left - MARGIN) / len(columns), most_column)
    cell = max(cell, 8.0)
    width = max(left + len(columns) * cell + MARGIN, min(width, 240.0))
    heads = [[name] if upright else wrap_text(name, cell - 3, SMALL_TEXT) for name in columns]
    tall = max(text_width(name, SMALL_TEXT) for name in columns) if upright else 0
    tall = tall or max(map(len, heads)) * LINE * SMALL_TEXT
    top = heading_height(title, synthetic, width) + tall + GAP
    legend = place_legend(keys, width)
    foot = top + len(rows) * row_height + GAP
    lines = [line for note in notes for line in wrap_text(note, width - 2 * MARGIN, SMALL_TEXT)]
    notes_top = foot + len(legend) * LINE * SMALL_TEXT + (GAP if legend else 0)
    sheet = Sheet(width, notes_top + len(lines) * LINE * SMALL_TEXT + MARGIN)
    draw_heading(sheet, title, synthetic)
    frame = Frame(left, top, cell, row_height)
    _draw_names(sheet, frame, rows, heads, upright)
    _draw_grid(sheet, frame, len(rows), len(columns))
    _draw_fills(sheet, frame, tiles)
    _draw_circles(sheet, frame, [tile for tile in tiles if tile.radius])
    _draw_texts(sheet, frame, [tile for tile in tiles if tile.text])
    draw_legend(sheet, legend, foot)
    for i, line in enumerate(lines):
        base = notes_top + (i + 0.8) * LINE * SMALL_TEXT
        sheet.text(MARGIN, base, line, size=SMALL_TEXT, colour=GREY).set_gid("note")
    return sheet.figure


def _draw_names(sheet, frame, rows, heads, upright):
    for i, name in enumerate(rows):
        base = frame.corner(i + 0.5, 0)[1] + 0.36 * SMALL_TEXT
        text = sheet.text(frame.left - GAP, base, name, size=SMALL_TEXT, ha="right")
        text.set_gid("row-name")
    for j, lines in enumerate(heads):
        middle = frame.corner(0, j + 0.5)[0]
        for i, line in enumerate(lines):
            if upright:
                place, turn, ha = (middle + 0.36 * SMALL_TEXT, frame.top - 3), 90, "left"
            else:
                drop = (len(lines) - i - 1) * LINE * SMALL_TEXT
                place, turn, ha = (middle, frame.top - 4 - drop), 0, "center"
            text = sheet.text(*place, line, size=SMALL_TEXT, ha=ha, rotation=turn)
            text.set_gid("column-name")


def _draw_grid(sheet, frame, rows, columns):
    right, bottom = frame.corner(rows, columns)
    across = [((frame.left, y), (right, y)) for y in _edges(frame.top, frame.height, rows)]
    down = [((x, frame.top), (x, bottom)) for x in _edges(frame.left, frame.width, columns)]
    sheet.lines([*across, *down], width=0.35, colour=PALE, zorder=0.5, gid="grid")


def _edges(start, step, count):
    return [start + i * step for i in range(count + 1)]


def _draw_fills(sheet, frame, tiles):
    filled = [tile for tile in tiles if tile.fill is not None]
    boxes = []
    for tile in filled:
        x, y = frame.corner(tile.row, tile.column)
        right, bottom = x + frame.width, y + frame.height
        boxes.append([(x, y), (right, y), (right, bottom), (x, bottom)])
    drawn = PolyCollection(
        boxes,
        facecolors=[tile.fill for tile in filled] or "none",
        edgecolors="white",
        linewidths=0.6,
        transform=sheet.transform,
        zorder=1,
    )
    drawn.set_gid("fills")
    sheet.figure.add_artist(drawn)


def _draw_circles(sheet, frame, tiles):
    whole = [tile for tile in tiles if not tile.half]
    half = [tile for tile in tiles if tile.half]
    _add_circles(sheet, frame, whole, CIRCLE, "circles")
    rings = [Tile(t.row, t.column, radius=t.radius, face="none", edge=t.edge) for t in half]
    _add_circles(sheet, frame, rings, CIRCLE, "rings")
    _add_circles(sheet, frame, half, HALF, "halves")


def _add_circles(sheet, frame, tiles, path, gid):
    if not tiles:
        return
    # Sizes are areas of the bounding box of a path of radius 1: scaled by their root.
    drawn = PathCollection(
        [path],
        sizes=[tile.radius**2 for tile in tiles],
        offsets=[frame.corner(tile.row + 0.5, tile.column + 0.5) for tile in tiles],
        offset_transform=sheet.transform,
        facecolors=[tile.face for tile in tiles],
        edgecolors=[tile.edge for tile in tiles],
        linewidths=0.8,
        zorder=2,
    )
    drawn.set_transform(IdentityTransform())
    drawn.set_gid(gid)
    sheet.figure.add_artist(drawn)


def _draw_texts(sheet, frame, tiles):
    for tile in tiles:
        x, y = frame.corner(tile.row + 0.5, tile.column + 0.5)
        colour = "white" if tile.fill is not None and luminance(tile.fill) < 0.4 else INK
        size = SMALL_TEXT
        text = sheet.text(x, y + 0.36 * size, tile.text, size=size, ha="center", colour=colour)
        text.set(gid="cell", zorder=3)


def shade(value, low, high, colour, *, palest=0.12):
    """Mix a colour with white: at `low` almost white, at `high` the full colour."""
    part = 1.0 if high <= low else min(max((value - low) / (high - low), 0.0), 1.0)
    part = palest + (1 - palest) * part
    return tuple(1 - part * (1 - np.array(to_rgb(colour))))


def luminance(colour):
    """Relative brightness of a colour, 0 to 1, to choose the ink on it."""
    return float(np.array(to_rgb(colour)) @ (0.299, 0.587, 0.114))
