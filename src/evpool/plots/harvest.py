"""The harvest plot: one bar a study, by group and by the direction of its effect."""

from matplotlib.patches import Rectangle

from evpool.plots.chart import Key, draw_legend, place_legend
from evpool.plots.style import (
    BLUE,
    FULL_WIDTH,
    GREY,
    INK,
    LINE,
    MARGIN,
    ONE_AND_A_HALF_COLUMNS,
    ORANGE,
    PALE,
    SMALL_TEXT,
    TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.tables import records, require_columns
from evpool.plots.text import text_width, wrap_text
from evpool.studies.swim import BENEFIT, CONFLICT, HARM, NEITHER, NO_GROUP

COLUMNS = {
    "Favours control": (HARM,),
    "No difference, or outcomes conflict": (NEITHER, CONFLICT),
    "Favours treatment": (BENEFIT,),
}
LABEL = 90.0  # most width of the groups' names, points
BAR, SPACE, TALL = 7.0, 2.5, 34.0  # width of a bar, gap, height of the highest
DOSES = {True: BLUE, False: ORANGE, None: GREY}


@styled
def draw_harvest(
    directions, group, *, threshold=None, dose_label="", most_domains=None, title=None,
    synthetic=False,
):  # fmt: skip
    """Draw every study as a bar in the row of its group and the column of its direction.

    Parameters
    ----------
    directions : pyarrow.Table
        One study a row: label, direction, dose, low_risk_domains, and the column `group`.
    group : str
        The column whose levels are the rows.
    threshold : float, optional
        Bars are blue from this dose on, orange below, grey without a dose.
    dose_label : str
        What the colours mean, e.g. '10¹⁰ particles/kg'.
    most_domains : int, optional
        Domains of the risk of bias: a bar is as high as the share of its study that is low, and
        says how many; without it all bars have one height.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        120 mm wide, 180 mm where a cell holds many studies.

    References
    ----------
    Ogilvie et al. (2008), doi:10.1186/1471-2288-8-8.
    """
    require_columns(directions, ("label", "direction", "dose", group), "directions")
    rows, cells = records(directions), {}
    for row in rows:
        cells.setdefault(row[group] or NO_GROUP, []).append(row)
    names = {level: wrap_text(level.replace("_", " "), LABEL, TEXT) for level in cells}
    left = MARGIN + max(text_width(line, TEXT) for lines in names.values() for line in lines) + 8
    most = max(
        sum(row["direction"] in kinds for row in own)
        for own in cells.values()
        for kinds in COLUMNS.values()
    )
    needs = left + 3 * (most * (BAR + SPACE) + 8) + MARGIN
    width = ONE_AND_A_HALF_COLUMNS if needs <= ONE_AND_A_HALF_COLUMNS else FULL_WIDTH
    column = (width - left - MARGIN) / 3
    fit = min(1.0, (column - 8) / (most * (BAR + SPACE)))
    heads = [wrap_text(text, column - 6, SMALL_TEXT) for text in COLUMNS]
    top = heading_height(title, synthetic, width) + max(map(len, heads)) * LINE * SMALL_TEXT + 4
    height = TALL + (LINE * SMALL_TEXT if most_domains else 0) + 6
    keys = _keys(rows, threshold, dose_label)
    legend = place_legend(keys, width)
    bottom = top + len(cells) * height
    sheet = Sheet(width, bottom + 6 + len(legend) * LINE * SMALL_TEXT + MARGIN)
    draw_heading(sheet, title, synthetic)
    for j, lines in enumerate(heads):
        first = top - 4 - (len(lines) - 1) * LINE * SMALL_TEXT
        for i, line in enumerate(lines):
            place = (left + (j + 0.5) * column, first + i * LINE * SMALL_TEXT)
            sheet.text(*place, line, size=SMALL_TEXT, bold=True, ha="center").set_gid("head")
    grid = [((MARGIN, top), (width - MARGIN, top))]
    for i, (level, own) in enumerate(cells.items()):
        base = top + (i + 1) * height
        grid.append(((MARGIN, base), (width - MARGIN, base)))
        _write_level(sheet, names[level], base - height / 2)
        for j, kinds in enumerate(COLUMNS.values()):
            place = (left + j * column + 4, base, fit)
            inside = [row for row in own if row["direction"] in kinds]
            _draw_bars(sheet, inside, place, threshold, most_domains)
    grid += [((left + j * column, top), (left + j * column, bottom)) for j in range(4)]
    sheet.lines(grid, width=0.4, colour=PALE, gid="grid")
    draw_legend(sheet, legend, bottom + 6)
    return sheet.figure


def _keys(rows, threshold, dose_label):
    if threshold is None:
        return []
    used = {_above(row["dose"], threshold) for row in rows}
    texts = {True: f"At least {dose_label}", False: f"Below {dose_label}", None: "No such dose"}
    return [Key(texts[kind], "patch", DOSES[kind]) for kind in texts if kind in used]


def _above(dose, threshold):
    return None if dose is None else dose >= threshold


def _write_level(sheet, lines, middle):
    first = middle - (len(lines) - 1) * LINE * TEXT / 2 + 0.36 * TEXT
    for i, line in enumerate(lines):
        sheet.text(MARGIN, first + i * LINE * TEXT, line).set_gid("level")


def _draw_bars(sheet, rows, place, threshold, most_domains):
    left, base, fit = place
    for i, row in enumerate(rows):
        share, count = 1.0, row["low_risk_domains"]
        if most_domains:
            share = (count or 0) / most_domains
        x, tall = left + i * (BAR + SPACE) * fit, max(share * TALL, 1.0)
        colour = GREY if threshold is None else DOSES[_above(row["dose"], threshold)]
        bar = Rectangle((x, base - tall), BAR * fit, tall, facecolor=colour, edgecolor=INK)
        bar.set(linewidth=0.4, transform=sheet.transform, gid="bar")
        sheet.figure.add_artist(bar)
        said = "?" if count is None else str(count)
        if most_domains and text_width(said, SMALL_TEXT) <= (BAR + SPACE) * fit - 0.5:
            text = sheet.text(
                x + BAR * fit / 2, base - tall - 2, said, size=SMALL_TEXT, ha="center"
            )
            text.set_gid("domains")
