"""What stands under a figure with one study per row: what each side favours, axis label, notes."""

from dataclasses import dataclass
from math import fsum

from evpool.errors import unknown_name
from evpool.plots.rowplan import COLUMN_GAP
from evpool.plots.style import MARGIN
from evpool.plots.text import text_width, wrap_pieces, wrap_text

TICK_LABELS = 13.0  # height of ticks and their labels, points
BETTER = ("higher", "lower")


@dataclass(frozen=True)
class Line:
    """A line of text under the panel, its baseline `y` points below the axis."""

    x: float
    y: float
    text: str
    ha: str = "left"
    markup: bool = False
    gid: str = ""


@dataclass(frozen=True)
class Foot:
    """Everything under the panel, and how high it is."""

    lines: tuple
    height: float
    size: float

    def draw(self, sheet, y):
        """Write the lines; `y` is where the axis is."""
        for line in self.lines:
            options = {"size": self.size, "ha": line.ha, "markup": line.markup}
            sheet.text(line.x, y + line.y, line.text, **options).set_gid(line.gid)


def favours_labels(better, favours):
    """Return what the left and the right of the null favour; effects are treated minus control.

    Parameters
    ----------
    better : {"higher", "lower", None}
        Which values of the outcome are good. None gives no labels.
    favours : tuple of str
        Names of the control and of the treated arm.

    Returns
    -------
    tuple of str or None
        Texts for the left and the right.
    """
    if better is None:
        return None
    if better not in BETTER:
        raise unknown_name("better", better, BETTER)
    control, treatment = (f"Favours {name}" for name in favours)
    return (control, treatment) if better == "higher" else (treatment, control)


def plan_foot(plan, axis, notes, limits):
    """Place the favours texts, the axis label and the notes under a panel.

    Notes stand beside the axis if there is room, else below everything.

    Parameters
    ----------
    plan : evpool.plots.rowplan.Plan
    axis : evpool.plots.rowplot.Axis
    notes : sequence of tuple of str
        Pieces of markup per note.
    limits : tuple of float
        Of the axis.

    Returns
    -------
    Foot
    """
    y = TICK_LABELS + plan.size
    sides = _side_lines(plan, axis, limits, y)
    deepest = max((line.y + plan.line for line in sides), default=y)
    labels = _label_lines(plan, axis.label, deepest)
    under = [*sides, *labels]
    bottom = max((line.y for line in under), default=TICK_LABELS) + 0.3 * plan.size
    leftmost = min((_left_edge(line, plan.size) for line in under), default=plan.panel[0])
    room = min(leftmost, plan.panel[0] - 8) - COLUMN_GAP - MARGIN
    beside = _note_lines(plan, notes, room, 1.2 * plan.size)
    widest = max((text_width(n.text, plan.size, markup=True) for n in beside), default=0)
    if beside and (widest > room or beside[-1].y > bottom or len(beside) > 2 * len(notes)):
        page = plan.page - 2 * MARGIN
        beside = _note_lines(plan, notes, page, bottom + 1.6 * plan.size)
    bottom = max([bottom, *(line.y + 0.3 * plan.size for line in beside)])
    return Foot((*under, *beside), bottom, plan.size)


def _side_lines(plan, axis, limits, y):
    """Say left and right of the null what its sides favour, broken to the room beside it."""
    if not axis.sides:
        return []
    left, right = plan.panel
    share = (axis.scale.null_value - limits[0]) / (limits[1] - limits[0])
    x = left + min(max(share, 0), 1) * (right - left)
    lines = []
    for text, ha, shift, room in (
        (f"← {axis.sides[0]}", "right", -COLUMN_GAP / 2, x - MARGIN),
        (f"{axis.sides[1]} →", "left", COLUMN_GAP / 2, plan.page - MARGIN - x),
    ):
        broken = wrap_text(text, max(room - COLUMN_GAP / 2, 20), plan.size)
        lines += [
            Line(x + shift, y + i * plan.line, part, ha, gid="favours")
            for i, part in enumerate(broken)
        ]
    return lines


def _label_lines(plan, label, y):
    """Centre the axis label under the panel, as far as the page allows."""
    if not label:
        return []
    lines = []
    for i, text in enumerate(wrap_text(label, plan.page - 2 * MARGIN, plan.size)):
        half = text_width(text, plan.size) / 2
        x = min(max(fsum(plan.panel) / 2, MARGIN + half), plan.page - MARGIN - half)
        lines.append(Line(x, y + i * plan.line, text, "center", gid="axis-label"))
    return lines


def _note_lines(plan, notes, room, y):
    """Break the notes to the room there is."""
    broken = [text for pieces in notes for text in wrap_pieces(pieces, room, plan.size)]
    return [
        Line(MARGIN, y + i * plan.line, text, markup=True, gid="note")
        for i, text in enumerate(broken)
    ]


def _left_edge(line, size):
    """Where a line of text starts."""
    share = {"left": 0, "center": 0.5, "right": 1}[line.ha]
    return line.x - share * text_width(line.text, size)
