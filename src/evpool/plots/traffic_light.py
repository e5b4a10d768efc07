"""The traffic-light plot: one judgement a study and domain, as colour and as sign."""

from math import fsum

from matplotlib.collections import EllipseCollection

from evpool.plots.chart import draw_legend, place_legend
from evpool.plots.judgements import COLOURS, judgement_keys
from evpool.plots.style import (
    FULL_WIDTH,
    INK,
    LINE,
    MARGIN,
    ONE_AND_A_HALF_COLUMNS,
    PALE,
    SINGLE_COLUMN,
    SMALL_TEXT,
    TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.tables import distinct, records, require_columns
from evpool.plots.text import text_width, wrap_text
from evpool.studies.risk_tools import SIGNS

CELL = 16.0  # width of a column and least height of a row, points
TIGHT_CELL = 12.5  # height of a row where there are many
MANY_ROWS = 30
MOST_LABEL = 190.0  # width of the study names, points
HEAD = 14.0  # height of the row that names the domains D1, D2, ...
WIDTHS = (SINGLE_COLUMN, ONE_AND_A_HALF_COLUMNS, FULL_WIDTH)


@styled
def draw_traffic_light(risk, *, title=None, synthetic=False):
    """Draw every judgement of the risk of bias.

    Parameters
    ----------
    risk : pyarrow.Table
        One judgement a row: label (the study), domain, domain_label, judgement.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        88, 120 or 180 mm wide, as the domains need.

    References
    ----------
    McGuinness and Higgins (2021), doi:10.1002/jrsm.1411.
    """
    require_columns(risk, ("label", "domain", "domain_label", "judgement"), "risk")
    studies, domains = _studies(risk), distinct(risk, "domain")
    texts = {row["domain"]: row["domain_label"] for row in records(risk)}
    row_height = CELL if len(studies) <= MANY_ROWS else TIGHT_CELL
    names = {study: wrap_text(label, MOST_LABEL, TEXT) for study, label in studies.items()}
    heights = [max(row_height, len(names[s]) * LINE * TEXT + 3) for s in studies]
    left = MARGIN + max(text_width(line, TEXT) for lines in names.values() for line in lines) + 6
    width = next((w for w in WIDTHS if left + len(domains) * CELL + MARGIN <= w), FULL_WIDTH)
    cell = min(CELL, (width - left - MARGIN) / len(domains))
    top = heading_height(title, synthetic, width) + HEAD
    foot = _foot(domains, texts, width)
    legend = place_legend(judgement_keys(distinct(risk, "judgement")), width)
    bottom = top + fsum(heights)
    legend_top = bottom + 6 + len(foot) * LINE * SMALL_TEXT + 3
    sheet = Sheet(width, legend_top + len(legend) * LINE * SMALL_TEXT + MARGIN)
    draw_heading(sheet, title, synthetic)
    _draw_grid(sheet, left, top, cell, heights, len(domains))
    _write_names(sheet, list(names.values()), heights, top)
    _draw_cells(sheet, risk, studies, domains, (left, top, cell, heights))
    for j in range(len(domains)):
        sheet.text(left + (j + 0.5) * cell, top - 4, f"D{j + 1}", bold=True, ha="center")
    for i, line in enumerate(foot):
        base = bottom + 6 + SMALL_TEXT + i * LINE * SMALL_TEXT
        sheet.text(MARGIN, base, line, size=SMALL_TEXT).set_gid("domain")
    draw_legend(sheet, legend, legend_top)
    return sheet.figure


def _studies(risk):
    """Return each study's key -> its label, in the table's order; two may share a label."""
    return {(row.get("study_id"), row["label"]): row["label"] for row in records(risk)}


def _foot(domains, texts, width):
    """Return the lines that say what D1, D2, ... are."""
    lines = []
    for j, domain in enumerate(domains):
        lines += wrap_text(f"D{j + 1}: {texts[domain]}", width - 2 * MARGIN, SMALL_TEXT)
    return lines


def _draw_grid(sheet, left, top, cell, heights, columns):
    right, y, lines = left + columns * cell, top, []
    for height in (0.0, *heights):
        y += height
        lines.append(((MARGIN, y), (right, y)))
    lines += [((left + j * cell, top), (left + j * cell, y)) for j in range(columns + 1)]
    sheet.lines(lines, width=0.4, colour=PALE, gid="grid")


def _write_names(sheet, names, heights, top):
    for lines, height in zip(names, heights, strict=True):
        first = top + height / 2 - (len(lines) - 1) * LINE * TEXT / 2 + 0.36 * TEXT
        for i, line in enumerate(lines):
            sheet.text(MARGIN, first + i * LINE * TEXT, line).set_gid("study")
        top += height


def _draw_cells(sheet, risk, studies, domains, place):
    """Draw a disc with its sign in every cell that has a judgement."""
    left, top, cell, heights = place
    tops = [top + fsum(heights[:i]) for i in range(len(heights))]
    row_of = {study: i for i, study in enumerate(studies)}
    column_of = {domain: j for j, domain in enumerate(domains)}
    size = min(cell, min(heights)) - 3.5
    centres, colours = [], []
    for row in records(risk):
        i, j = row_of[row.get("study_id"), row["label"]], column_of[row["domain"]]
        centre = (left + (j + 0.5) * cell, tops[i] + heights[i] / 2)
        centres.append(centre)
        colours.append(COLOURS[row["judgement"]])
        base = centre[1] + 0.36 * TEXT
        sign = sheet.text(centre[0], base, SIGNS[row["judgement"]], ha="center", bold=True)
        sign.set(gid="sign", zorder=3)
    discs = EllipseCollection(
        [size] * len(centres),
        [size] * len(centres),
        [0] * len(centres),
        units="points",
        offsets=centres,
        offset_transform=sheet.transform,
        facecolors=colours,
        edgecolors=INK,
        linewidths=0.4,
        gid="judgements",
    )
    sheet.figure.add_artist(discs)
