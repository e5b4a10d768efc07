"""Where everything goes in a figure with one study per row: columns, panel, columns.

All sizes are points, y runs downwards from the top of the page. Widths are measured, so that no
text meets another whatever it says.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum

from evpool.plots.style import LINE, MARGIN, SMALL_TEXT, TEXT
from evpool.plots.text import text_width, wrap_pieces, wrap_text

TIGHT_LINE = 1.22  # height of a line, in font sizes, where there are so many
MANY_LINES = 64  # that they would not fit a page
COLUMN_GAP = 7.0
PANEL_GAP = 8.0  # between the panel and the columns beside it


@dataclass(frozen=True)
class Column:
    """A column of text.

    Attributes
    ----------
    key : str
        Which cell of a row it shows.
    heading : str
        In markup.
    group : str
        Heading above several neighbouring columns.
    side : {"left", "right"}
        Of the panel. The first column on the left holds names and is set flush left.
    """

    key: str
    heading: str
    group: str = ""
    side: str = "left"


@dataclass(frozen=True)
class Row:
    """A row of the figure.

    Attributes
    ----------
    cells : dict of str to str
        Text per column key.
    mark : {"", "square", "diamond", "bar"}
        What the panel shows.
    estimate, low, high : float
        In the panel's units.
    weight : float
        Area of a square as share of the largest.
    colour : str, optional
        Fill of the mark.
    bold : bool
        Whether the name is bold.
    heading : str
        Bold text that runs across all left columns, instead of cells.
    note : tuple of str
        Pieces of markup that run across all left columns, instead of cells.
    height : float
        In lines.
    """

    cells: dict = field(default_factory=dict)
    mark: str = ""
    estimate: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    weight: float = 1.0
    colour: str | None = None
    bold: bool = False
    heading: str = ""
    note: tuple = ()
    height: float = 1.0


@dataclass(frozen=True)
class Setting:
    """A way to set the text: normal, or one of the ways that save width.

    Attributes
    ----------
    size : float
        Font size.
    gap : float
        Between columns.
    name_limit : float
        Width at which names are broken into lines.
    panel_share : float
        Share of the panel's least width that it insists on.
    """

    size: float = TEXT
    gap: float = COLUMN_GAP
    name_limit: float = float("inf")
    panel_share: float = 1.0


SETTINGS = (
    Setting(),
    Setting(SMALL_TEXT),
    Setting(SMALL_TEXT, name_limit=110.0),
    Setting(SMALL_TEXT, 5.0, 90.0, 0.8),
    Setting(SMALL_TEXT, 5.0, 64.0, 0.7),
)


@dataclass(frozen=True)
class Plan:
    """The finished layout.

    Attributes
    ----------
    size, line : float
        Font size and height of a line.
    page : float
        Width of the page.
    edges : dict of str to tuple of float
        Left and right edge of each column.
    panel : tuple of float
        Left and right edge of the panel.
    texts : list of dict of str to list of str
        Per row the lines of each cell; a heading's or note's lines have the key ''.
    tops, heights : list of float
        Of the rows, from the top of the first row.
    """

    size: float
    line: float
    page: float
    edges: dict
    panel: tuple
    texts: list
    tops: list
    heights: list


def plan_rows(columns, rows, *, pages, least_panel, most_panel):
    """Lay out the rows on the first page width that holds them.

    On each page the settings are tried in order: normal text, small text, long names broken into
    lines, narrow gaps; on the last also names broken into short lines. If no page is wide enough,
    one is made that is.

    Parameters
    ----------
    columns : list of Column
    rows : list of Row
    pages : sequence of float
        Page widths.
    least_panel, most_panel : float
        Panel widths.

    Returns
    -------
    Plan
    """
    measured = [(setting, _measure(columns, rows, setting)) for setting in SETTINGS]
    for page in pages:
        for setting, widths in measured if page is pages[-1] else measured[:-1]:
            panel = page - 2 * MARGIN - _taken(columns, widths, setting.gap)
            if panel >= least_panel * setting.panel_share:
                return _place(columns, rows, setting, widths, min(panel, most_panel))
    setting, widths = measured[-1]
    return _place(columns, rows, setting, widths, least_panel * setting.panel_share)


def _measure(columns, rows, setting):
    """Width of each column, its group's heading included."""
    widths, size = {}, setting.size
    for column in columns:
        cells = [(row, row.cells.get(column.key, "")) for row in rows]
        lines = {
            (line, row.bold and column is columns[0])
            for row, text in cells
            for line in _cell_lines(column, columns, row, text, setting)
        }
        found = [text_width(line, size, bold=bold) for line, bold in lines]
        found.append(text_width(column.heading, size, bold=True, markup=True))
        widths[column.key] = max(found)
    for group in dict.fromkeys(column.group for column in columns if column.group):
        members = [column.key for column in columns if column.group == group]
        present = fsum(widths[key] for key in members) + setting.gap * (len(members) - 1)
        lacking = text_width(group, size, bold=True) - present
        for key in members:
            widths[key] += max(lacking, 0) / len(members)
    _widen_for_notes(columns, rows, widths, setting)
    return widths


def _widen_for_notes(columns, rows, widths, setting):
    """Make the names' column so wide that no note needs more than two lines."""
    notes = [text_width(" ".join(row.note), setting.size, markup=True) for row in rows]
    left = [column for column in columns if column.side == "left"]
    present = fsum(widths[column.key] for column in left) + _gaps(left, setting.gap)
    widths[columns[0].key] += max(0.62 * max(notes) - present, 0)


def _cell_lines(column, columns, row, text, setting):
    """Lines of one cell: only names are ever broken."""
    if column is columns[0] and text:
        return wrap_text(text, setting.name_limit, setting.size, bold=row.bold)
    return [text]


def _taken(columns, widths, gap):
    """Width that all columns and gaps take."""
    sides = [[column for column in columns if column.side == side] for side in ("left", "right")]
    sides = [side for side in sides if side]
    return fsum(widths.values()) + fsum(_gaps(side, gap) + PANEL_GAP for side in sides)


def _gaps(columns, gap):
    """Space between neighbouring columns: wider where a group starts."""
    return fsum(gap * (1.5 if a.group != b.group else 1) for a, b in pairwise(columns))


def _place(columns, rows, setting, widths, panel):
    """Fix all positions, the panel's width being known."""
    left = [column for column in columns if column.side == "left"]
    right = [column for column in columns if column.side == "right"]
    edges, x = _edges(left, MARGIN, widths, setting.gap)
    block = x - MARGIN
    panel_edges = (x + PANEL_GAP, x + PANEL_GAP + panel)
    x = panel_edges[1]
    if right:
        more, x = _edges(right, x + PANEL_GAP, widths, setting.gap)
        edges |= more
    texts = [_row_texts(columns, row, setting, block) for row in rows]
    lines = [
        max(row.height, *(len(text) for text in cells.values()), 0)
        for row, cells in zip(rows, texts, strict=True)
    ]
    line = setting.size * (LINE if fsum(lines) < MANY_LINES else TIGHT_LINE)
    heights = [count * line for count in lines]
    tops = [fsum(heights[:i]) for i in range(len(heights))]
    page = x + MARGIN
    return Plan(setting.size, line, page, edges, panel_edges, texts, tops, heights)


def _edges(columns, x, widths, gap):
    """Left and right edge of each column from `x` on, and where the last one ends."""
    edges, before = {}, None
    for column in columns:
        x += _gaps([before, column], gap) if before else 0
        edges[column.key] = (x, x + widths[column.key])
        x += widths[column.key]
        before = column
    return edges, x


def _row_texts(columns, row, setting, block):
    """Lines per cell of one row."""
    if row.heading:
        return {"": wrap_text(row.heading, block, setting.size, bold=True)}
    if row.note:
        return {"": wrap_pieces(row.note, block, setting.size)}
    return {
        column.key: _cell_lines(column, columns, row, row.cells[column.key], setting)
        for column in columns
        if row.cells.get(column.key)
    }
