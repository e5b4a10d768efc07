"""How many studies have each level of each characteristic: bars in panels, two side by side."""

from math import fsum

from matplotlib.patches import Rectangle

from evpool.plots.numbers import scientific
from evpool.plots.style import (
    BLUE,
    FULL_WIDTH,
    GREY,
    LINE,
    MARGIN,
    PALE,
    SMALL_TEXT,
    TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.tables import distinct, records, require_columns
from evpool.plots.text import text_width, wrap_text
from evpool.studies.characteristics import NOT_REPORTED

GAP = 18.0  # between the two columns of panels, points
LABEL = 0.52  # share of a panel's width that level names may take
BAR = 6.5  # height of a bar
MOST_LEVELS = 12  # of a panel; the rest are drawn as one bar


@styled
def draw_characteristics(counts, *, title=None, synthetic=False):
    """Draw how many studies have each level of each characteristic.

    Parameters
    ----------
    counts : pyarrow.Table
        One level a row: characteristic, heading, level, studies, several (bool).
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        180 mm wide.
    """
    require_columns(counts, ("characteristic", "heading", "level", "studies"), "counts")
    width = (FULL_WIDTH - 2 * MARGIN - GAP) / 2
    panels = [_panel(records(counts, characteristic=name), width) for name in _names(counts)]
    levels = [level for _, lines in panels for level in lines]
    most = max(count for _, count, _ in levels)
    widest = max(text_width(line, SMALL_TEXT) for lines, _, _ in levels for line in lines)
    top = heading_height(title, synthetic, FULL_WIDTH) + 2
    columns, bottom = _columns(panels, top)
    sheet = Sheet(FULL_WIDTH, bottom + MARGIN)
    draw_heading(sheet, title, synthetic)
    for j, column in enumerate(columns):
        for y, panel in column:
            _draw_panel(sheet, panel, (MARGIN + j * (width + GAP), y, width), widest, most)
    return sheet.figure


def _names(counts):
    return distinct(counts, "characteristic")


def _panel(rows, width):
    """Return a panel's heading and per level the lines of its name, its count and its colour."""
    known = [row for row in rows if row["level"] != NOT_REPORTED]
    rest = known[MOST_LEVELS - 1 :] if len(known) > MOST_LEVELS else []
    shown = known[: len(known) - len(rest)]
    levels = [(_level(row["level"]), row["studies"], BLUE) for row in shown]
    if rest:
        levels.append((f"{len(rest)} other levels", sum(row["studies"] for row in rest), GREY))
    levels += [(NOT_REPORTED, row["studies"], PALE) for row in rows if row not in known]
    heading = rows[0]["heading"] + (" (a study may have several)" if rows[0]["several"] else "")
    lines = [(wrap_text(text, LABEL * width, SMALL_TEXT), n, colour) for text, n, colour in levels]
    return wrap_text(heading, width, TEXT, bold=True), lines


def _level(text):
    """Write a level with large numbers as powers of ten and names without underscores."""
    if text.isdigit() and len(text) > 6:
        return scientific(float(text), None)
    return text.replace("_", " ")


def _height(panel):
    heading, levels = panel
    return (
        len(heading) * LINE * TEXT
        + fsum(len(lines) * LINE * SMALL_TEXT for lines, _, _ in levels)
        + 9
    )


def _columns(panels, top):
    """Put each panel under the shorter column; return the columns and their lowest edge."""
    columns, ends = ([], []), [top, top]
    for panel in panels:
        j = 0 if ends[0] <= ends[1] else 1
        columns[j].append((ends[j], panel))
        ends[j] += _height(panel)
    return columns, max(ends)


def _draw_panel(sheet, panel, place, widest, most):
    """Draw one panel; bars of all panels have one scale."""
    heading, levels = panel
    left, top, width = place
    for i, line in enumerate(heading):
        sheet.text(left, top + TEXT + i * LINE * TEXT, line, bold=True).set_gid("heading")
    y = top + len(heading) * LINE * TEXT
    start = left + widest + 5
    room = width - widest - 5 - text_width("000", SMALL_TEXT) - 3
    for lines, count, colour in levels:
        height = len(lines) * LINE * SMALL_TEXT
        for i, line in enumerate(lines):
            base = y + SMALL_TEXT + i * LINE * SMALL_TEXT
            sheet.text(left, base, line, size=SMALL_TEXT).set_gid("level")
        long, middle = count / most * room, y + height / 2
        box = Rectangle((start, middle - BAR / 2), long, BAR, facecolor=colour, edgecolor="none")
        box.set(transform=sheet.transform, gid="bar")
        sheet.figure.add_artist(box)
        base = middle + 0.36 * SMALL_TEXT
        sheet.text(start + long + 3, base, str(count), size=SMALL_TEXT).set_gid("count")
        y += height
