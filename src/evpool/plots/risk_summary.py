"""The summary of the risk of bias: the share of each judgement in each domain."""

from math import fsum

from matplotlib.patches import Rectangle

from evpool.plots.chart import draw_legend, place_legend
from evpool.plots.judgements import COLOURS, judgement_keys
from evpool.plots.style import (
    INK,
    LINE,
    MARGIN,
    ONE_AND_A_HALF_COLUMNS,
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

WIDTH = ONE_AND_A_HALF_COLUMNS
LABEL = 150.0  # width of the domains' names, points
ROW, BAR = 17.0, 11.0  # least height of a row, height of a bar
AXIS = 16.0  # height of the axis and its numbers


@styled
def draw_risk_summary(summary, *, title=None, synthetic=False):
    """Draw the share of each judgement in each domain as a stacked bar.

    Parameters
    ----------
    summary : pyarrow.Table
        One judgement of one domain a row: domain_label, judgement, share (0-1, of the studies or of
        their weights), studies.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        120 mm wide.

    References
    ----------
    McGuinness and Higgins (2021), doi:10.1002/jrsm.1411.
    """
    require_columns(summary, ("domain_label", "judgement", "share"), "summary")
    domains = distinct(summary, "domain_label")
    names = [wrap_text(domain, LABEL, TEXT) for domain in domains]
    heights = [max(ROW, len(lines) * LINE * TEXT + 4) for lines in names]
    used = {row["judgement"] for row in records(summary) if row["share"] > 0}
    legend = place_legend(judgement_keys(used, "patch"), WIDTH)
    top = heading_height(title, synthetic, WIDTH) + 2
    bottom = top + fsum(heights)
    sheet = Sheet(WIDTH, bottom + AXIS + 4 + len(legend) * LINE * SMALL_TEXT + MARGIN)
    draw_heading(sheet, title, synthetic)
    left, right = MARGIN + LABEL + 8, WIDTH - MARGIN - text_width("100%", SMALL_TEXT) / 2
    for domain, lines, height in zip(domains, names, heights, strict=True):
        first = top + height / 2 - (len(lines) - 1) * LINE * TEXT / 2 + 0.36 * TEXT
        for i, line in enumerate(lines):
            sheet.text(MARGIN, first + i * LINE * TEXT, line).set_gid("domain")
        rows = records(summary, domain_label=domain)
        _draw_bar(sheet, rows, left, right, top + height / 2)
        top += height
    _draw_axis(sheet, left, right, bottom)
    draw_legend(sheet, legend, bottom + AXIS + 4)
    return sheet.figure


def _draw_bar(sheet, rows, left, right, middle):
    """Draw one bar: each judgement's share, and its sign and percentage where they have room."""
    start = left
    for row in rows:
        width = row["share"] * (right - left)
        if not width:
            continue
        box = Rectangle((start, middle - BAR / 2), width, BAR, facecolor=COLOURS[row["judgement"]])
        box.set(edgecolor=INK, linewidth=0.4, transform=sheet.transform, gid="share")
        sheet.figure.add_artist(box)
        said = f"{SIGNS[row['judgement']]} {100 * row['share']:.0f}%".strip()
        if text_width(said, SMALL_TEXT) + 4 <= width:
            base = middle + 0.36 * SMALL_TEXT
            text = sheet.text(start + width / 2, base, said, size=SMALL_TEXT, ha="center")
            text.set(gid="percentage", zorder=3)
        start += width


def _draw_axis(sheet, left, right, y):
    lines = [((left, y), (right, y))]
    for percent in (0, 25, 50, 75, 100):
        x = left + percent / 100 * (right - left)
        lines.append(((x, y), (x, y + 2.5)))
        base = y + 4 + SMALL_TEXT
        sheet.text(x, base, f"{percent}%", size=SMALL_TEXT, ha="center").set_gid("tick")
    sheet.lines(lines, gid="axis")
