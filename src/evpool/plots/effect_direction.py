"""The effect-direction plot: which way each study points in each domain of outcomes."""

from math import fsum

from matplotlib.patches import Polygon

from evpool.plots.chart import draw_legend, place_legend
from evpool.plots.directions import direction_keys, glyph
from evpool.plots.numbers import readable
from evpool.plots.style import (
    FULL_WIDTH,
    INK,
    LINE,
    MARGIN,
    ONE_AND_A_HALF_COLUMNS,
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

LABEL = 150.0  # most width of the study names, points
ROW, TIGHT_ROW, MANY_ROWS = 15.0, 11.5, 30
COLUMN = 52.0  # least width of a domain's column
ALL = "All outcomes"


@styled
def draw_effect_direction(effect_directions, directions, *, title=None, synthetic=False):
    """Draw the direction of every study in every domain, and over all its outcomes.

    Parameters
    ----------
    effect_directions : pyarrow.Table
        One study and domain a row: study_id, domain, direction, outcomes.
    directions : pyarrow.Table
        One study a row: study_id, label, direction.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        120 mm wide, 180 mm with many domains.

    References
    ----------
    Boon and Thomson (2021), doi:10.1002/jrsm.1458.
    """
    require_columns(effect_directions, ("study_id", "domain", "direction"), "effect_directions")
    require_columns(directions, ("study_id", "label", "direction"), "directions")
    domains, studies = distinct(effect_directions, "domain"), records(directions)
    names = [wrap_text(row["label"] or row["study_id"], LABEL, TEXT) for row in studies]
    least = ROW if len(studies) <= MANY_ROWS else TIGHT_ROW
    heights = [max(least, len(lines) * LINE * TEXT + 2) for lines in names]
    left = MARGIN + max(text_width(line, TEXT) for lines in names for line in lines) + 8
    room = left + (len(domains) + 1) * COLUMN + MARGIN
    width = ONE_AND_A_HALF_COLUMNS if room <= ONE_AND_A_HALF_COLUMNS else FULL_WIDTH
    column = (width - left - MARGIN) / (len(domains) + 1)
    heads = [wrap_text(readable(name), column - 8, SMALL_TEXT) for name in (*domains, ALL)]
    top = heading_height(title, synthetic, width) + max(map(len, heads)) * LINE * SMALL_TEXT + 4
    bottom = top + fsum(heights)
    used = {row["direction"] for row in (*records(effect_directions), *studies)}
    legend = place_legend(direction_keys(used), width)
    sheet = Sheet(width, bottom + 8 + len(legend) * LINE * SMALL_TEXT + MARGIN)
    draw_heading(sheet, title, synthetic)
    _write_heads(sheet, heads, left, column, top)
    found = {(row["study_id"], row["domain"]): row for row in records(effect_directions)}
    lines, y = [((MARGIN, top), (width - MARGIN, top))], top
    for row, label, height in zip(studies, names, heights, strict=True):
        first = y + height / 2 - (len(label) - 1) * LINE * TEXT / 2 + 0.36 * TEXT
        for i, line in enumerate(label):
            sheet.text(MARGIN, first + i * LINE * TEXT, line).set_gid("study")
        for j, domain in enumerate((*domains, ALL)):
            cell = row if domain == ALL else found.get((row["study_id"], domain))
            if cell:
                _draw_glyph(sheet, cell, left + (j + 0.5) * column, y + height / 2)
        y += height
        lines.append(((MARGIN, y), (width - MARGIN, y)))
    sheet.lines(lines, width=0.4, colour=PALE, gid="grid")
    draw_legend(sheet, legend, bottom + 8)
    return sheet.figure


def _write_heads(sheet, heads, left, column, top):
    for j, lines in enumerate(heads):
        first = top - 4 - (len(lines) - 1) * LINE * SMALL_TEXT
        for i, line in enumerate(lines):
            place = (left + (j + 0.5) * column, first + i * LINE * SMALL_TEXT)
            sheet.text(*place, line, size=SMALL_TEXT, bold=True, ha="center").set_gid("head")


def _draw_glyph(sheet, cell, x, y):
    """Draw a direction; beside it how many outcomes it stands for, if several."""
    colour, shapes = glyph(cell["direction"])
    for shape in shapes:
        points = [(x + across, y + down) for across, down in shape]
        drawn = Polygon(points, closed=True, facecolor=colour, edgecolor=INK, linewidth=0.4)
        drawn.set(transform=sheet.transform, gid=f"direction-{cell['direction']}")
        sheet.figure.add_artist(drawn)
    if (cell["outcomes"] or 0) > 1:
        base = y + 0.36 * SMALL_TEXT
        sheet.text(x + 8, base, str(cell["outcomes"]), size=SMALL_TEXT).set_gid("outcomes")
