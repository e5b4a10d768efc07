"""The PRISMA 2020 flow diagram: from the records identified to the studies included."""

from dataclasses import dataclass

from matplotlib.patches import Rectangle

from evpool.plots.style import (
    BAND,
    FULL_WIDTH,
    GREY,
    INK,
    LINE,
    MARGIN,
    ONE_AND_A_HALF_COLUMNS,
    PALE_BLUE,
    SMALL_TEXT,
    TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.tables import records
from evpool.plots.text import text_width, wrap_pieces, wrap_text

STRIP = 15.0  # width of the strips that name the stages, points
GAP = 9.0  # between boxes side by side
DROP = 13.0  # between boxes one above the other
PAD = 4.5  # inside a box
SUM = "\N{DAGGER}"  # beside a total that the paper does not print
DATABASE, OTHER = "", "_other"
# Each row: its stage, the boxes that go on and the boxes that leave, by route.
ROWS = (
    ("Identification", ("identified",), ("duplicates", "automation", "removed_other_reasons")),
    ("Screening", ("screened",), ("excluded",)),
    ("Screening", ("sought",), ("not_retrieved",)),
    ("Screening", ("assessed",), ("excluded_full_text",)),
)
ALWAYS = ("identified", "duplicates", "screened", "excluded", "assessed", "excluded_full_text")
HEADINGS = {
    "identified": "Records identified",
    "duplicates": "Duplicate records",
    "automation": "Marked as ineligible by automation tools",
    "removed_other_reasons": "Removed for other reasons",
    "screened": "Records screened",
    "excluded": "Records excluded",
    "sought": "Reports sought for retrieval",
    "not_retrieved": "Reports not retrieved",
    "assessed": "Reports assessed for eligibility",
    "excluded_full_text": "Reports excluded",
    "included_new": "New studies included",
    "previous": "Studies of the previous version",
    "included": "Studies included in the review",
    "included_reports": "Reports of included studies",
    "pooled": "Studies in the meta-analysis",
}


@dataclass(frozen=True)
class _Box:
    """A box: its lines of text and its place in points from the top left corner."""

    phase: str
    lines: tuple
    left: float
    top: float
    width: float
    height: float


@styled
def draw_flow(flow, *, notes=(), title=None, synthetic=False):
    """Draw the flow diagram of a review.

    Parameters
    ----------
    flow : pyarrow.Table
        One count a row: phase, detail (null for a phase's total), count (null if not printed),
        computed (bool: the sum of its parts).
    notes : sequence of str
        Sentences below the diagram, e.g. which counts don't add up.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        120 mm wide; 180 mm where studies came by other routes than databases too.

    References
    ----------
    Page et al. (2021), doi:10.1136/bmj.n71.
    """
    counts = _counts(flow)
    routes = [DATABASE, *([OTHER] if any(phase.endswith(OTHER) for phase in counts) else [])]
    width = FULL_WIDTH if len(routes) > 1 else ONE_AND_A_HALF_COLUMNS
    room = (width - 2 * MARGIN - STRIP - GAP) / len(routes) - GAP * (len(routes) - 1) / 2
    columns = {route: MARGIN + STRIP + GAP + i * (room + GAP) for i, route in enumerate(routes)}
    top = heading_height(title, synthetic, width) + 2
    boxes, arrows, stages, bottom = _place(counts, columns, room, top)
    if any(computed for _, computed, _ in counts.values()):
        notes = (f"{SUM} The sum of the parts: no total is printed.", *notes)
    foot = [line for note in notes for line in wrap_text(note, width - 2 * MARGIN, SMALL_TEXT)]
    sheet = Sheet(width, bottom + (6 if foot else 0) + len(foot) * LINE * SMALL_TEXT + MARGIN)
    draw_heading(sheet, title, synthetic)
    for name, (first, last) in stages.items():
        _strip(sheet, name, first, last)
    for box in boxes:
        _draw_box(sheet, box)
    _draw_arrows(sheet, arrows)
    for i, line in enumerate(foot):
        base = bottom + 6 + SMALL_TEXT + i * LINE * SMALL_TEXT
        sheet.text(MARGIN, base, line, size=SMALL_TEXT, colour=GREY).set_gid("note")
    return sheet.figure


def _counts(flow):
    """Phase -> (total, whether computed, [(detail, count)])."""
    counts = {}
    for row in records(flow):
        total = counts.setdefault(row["phase"], [None, False, []])
        if row["detail"] is None:
            total[0], total[1] = row["count"], row["computed"]
        else:
            total[2].append((row["detail"], row["count"]))
    return counts


def _place(counts, columns, room, top):
    """Return the boxes, the arrows between them, the span of each stage, and the lowest edge."""
    boxes, arrows, stages = [], [], {}
    side = (room - GAP) / 2
    above, bottom = dict.fromkeys(columns), top
    for stage, going, leaving in ROWS:
        placed = []
        for route, left in columns.items():
            main = _lines(counts, going, route, side)
            beside = _lines(counts, leaving, route, side)
            if main:
                placed.append((route, going[0] + route, main, left))
            if main and beside:
                placed.append((route, leaving[0] + route, beside, left + side + GAP))
        if not placed:
            continue
        height = max(_height(lines) for _, _, lines, _ in placed)
        if [name for name, _, _ in ROWS].count(stage) == 1:
            height = max(height, _strip_height(stage))
        for route, phase, lines, left in placed:
            box = _Box(phase, lines, left, bottom, side, height)
            boxes.append(box)
            arrows += _join(above, route, box, columns[route])
        first, _ = stages.get(stage, (bottom, None))
        stages[stage] = (first, bottom + height)
        bottom += height + DROP
    box = _end(counts, columns, side, bottom)
    boxes.append(box)
    arrows += [_down(source, box) for source in above.values() if source]
    stages["Included"] = (bottom, bottom + box.height)
    return boxes, arrows, stages, bottom + box.height


def _join(above, route, box, left):
    """Return the arrow into a box: from the one above it, or from the one on its left."""
    source = above[route]
    if box.left == left:
        above[route] = box
        return [_down(source, box)] if source else []
    middle = box.top + box.height / 2
    return [((source.left + source.width, middle), (box.left, middle))]


def _down(source, box):
    middle = source.left + source.width / 2
    if box.left <= middle <= box.left + box.width:
        return ((middle, source.top + source.height), (middle, box.top))
    side = box.top + box.height / 2  # from another route: down, then sideways into the box
    return ((middle, source.top + source.height), (middle, side), (box.left + box.width, side))


def _end(counts, columns, side, top):
    lines = [
        line
        for phase in ("included_new", "previous", "included", "included_reports", "pooled")
        if phase in counts or phase == "included"
        for line in _phase_lines(counts, phase, side)
    ]
    height = max(_height(lines), _strip_height("Included"))
    return _Box("included", tuple(lines), columns[DATABASE], top, side, height)


def _lines(counts, phases, route, width):
    """Return the lines of a box; none if the paper says nothing of it and it may be left out."""
    there = [phase + route for phase in phases if phase + route in counts]
    if not there and route == DATABASE and phases[0] in ALWAYS:
        there = [phases[0]]
    heading = ["Records removed before screening:"] if phases[0] == "duplicates" and there else []
    lines = [line for text in heading for line in wrap_text(text, width - 2 * PAD, TEXT)]
    return (*lines, *(line for phase in there for line in _phase_lines(counts, phase, width)))


def _phase_lines(counts, phase, width):
    total, computed, parts = counts.get(phase, (None, False, []))
    room = width - 2 * PAD
    said = HEADINGS[phase.removesuffix(OTHER)]
    lines = _wrapped(said, total, room, mark=SUM if computed else "")
    for detail, count in parts:
        lines += [f"  {line}" for line in _wrapped(detail, count, room - 8)]
    return lines


def _wrapped(text, count, width, mark=""):
    """Break a count's line so that '(n = 21)' stays together."""
    number = "(n not printed)" if count is None else f"(n = {count:,}{mark})"
    *lines, last = wrap_text(text, width, TEXT)
    return [*lines, *wrap_pieces([*last.split(" "), number], width, TEXT)]


def _height(lines):
    return len(lines) * LINE * TEXT + 2 * PAD


def _strip_height(stage):
    return text_width(stage, SMALL_TEXT, bold=True) + 6


def _strip(sheet, name, top, bottom):
    """Draw the strip at the left that names a stage."""
    box = Rectangle(
        (MARGIN, top), STRIP, bottom - top, facecolor=PALE_BLUE, edgecolor="none", alpha=0.55
    )
    box.set_transform(sheet.transform)
    sheet.figure.add_artist(box)
    x = MARGIN + STRIP / 2 + 0.36 * SMALL_TEXT
    options = {"ha": "center", "rotation": 90, "size": SMALL_TEXT, "bold": True}
    sheet.text(x, (top + bottom) / 2, name, **options).set_gid("stage")


def _draw_box(sheet, box):
    leaves = box.phase.removesuffix(OTHER) in ("duplicates", "excluded", "not_retrieved")
    leaves = leaves or box.phase.startswith("excluded_full_text")
    fill = "white" if leaves else BAND
    frame = Rectangle((box.left, box.top), box.width, box.height, facecolor=fill, edgecolor=INK)
    frame.set(linewidth=0.6, transform=sheet.transform, gid=f"box-{box.phase}")
    sheet.figure.add_artist(frame)
    first = box.top + (box.height - _height(box.lines)) / 2 + PAD + 0.95 * TEXT
    for i, line in enumerate(box.lines):
        indent = 8 if line.startswith("  ") else 0
        base = first + i * LINE * TEXT
        sheet.text(box.left + PAD + indent, base, line.strip()).set_gid(f"count-{box.phase}")


def _draw_arrows(sheet, arrows):
    heads = []
    for points in arrows:
        (x0, y0), (x1, y1) = points[-2:]
        if y1 != y0:
            heads += [((x1 - 2.4, y1 - 3.6), (x1, y1)), ((x1 + 2.4, y1 - 3.6), (x1, y1))]
        else:
            back = -3.6 if x1 > x0 else 3.6
            heads += [((x1 + back, y1 - 2.4), (x1, y1)), ((x1 + back, y1 + 2.4), (x1, y1))]
    if arrows:
        sheet.lines([*arrows, *heads], width=0.7, gid="arrows")
