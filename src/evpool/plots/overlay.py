"""A digitised figure for checking by eye: clicks over their image, with the calibrated axes."""

from math import fsum

import numpy as np
from matplotlib.collections import LineCollection

from evpool.history import shown
from evpool.plots.scale import linear_ticks
from evpool.plots.style import (
    BLUE,
    FULL_WIDTH,
    GREEN,
    GREY,
    INK,
    LINE,
    MARGIN,
    ORANGE,
    SMALL_TEXT,
    TEXT,
    Sheet,
    draw_heading,
    heading_height,
    styled,
)
from evpool.plots.text import Label, text_width, wrap_text

KEY = 190.0  # width of the key, points
TALLEST = 380.0  # of the picture, points
ROOM = 0.06  # of the picture, kept free around clicks that have no image
COLOURS = {"treatment": ORANGE, "control": BLUE, "sham": INK}
RING, CAP, CROSS = 3.2, 6.0, 3.5  # points: radius of a mean, half length of a cap, of a cross
FADED = 0.75  # of the image, so that the marks stand out
MOST_DECADES = 8
INDENT = 12.0
# What the end of an error bar is, as its row says.
BARS = {"sd": "SD", "sem": "SEM", "ci95": "95% CI", "ci90": "90% CI", "iqr": "quartile"}


@styled
def draw_overlay(overlay, *, synthetic=False):
    """Draw the clicks of one digitised file over its image, or at their pixels where it has none.

    Parameters
    ----------
    overlay : evpool.extraction.overlays.Overlay
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        Rings are means, caps the tips of error bars; grey ones no row asks for. Crosses are
        calibration points. The lines are where the calibration puts round values.
    """
    left, right, low, high = box = _box(overlay)
    top = heading_height(_title(overlay), synthetic, FULL_WIDTH) + 2
    room = FULL_WIDTH - KEY - 3 * MARGIN
    scale = min(room / (right - left), TALLEST / (high - low))
    width, height = scale * (right - left), scale * (high - low)
    key = _key(overlay)
    tall = max(height, fsum(step for *_, step in key)) + 2 * MARGIN
    sheet = Sheet(FULL_WIDTH, top + tall)
    draw_heading(sheet, _title(overlay), synthetic)
    ax = sheet.axes(MARGIN, top, width, height, xlim=(left, right), ylim=(high, low))
    ax.set(xticks=[], yticks=[])
    if overlay.image is not None:
        extent = (0, overlay.size[0], overlay.size[1], 0)
        ax.imshow(overlay.image, extent=extent, aspect="auto", alpha=FADED, interpolation="none")
        ax.set(xlim=(left, right), ylim=(high, low))
    for axes in overlay.axes:
        _draw_axes(ax, axes, _reach(overlay, axes, box), scale)
    for number, mark in enumerate(overlay.marks, start=1):
        _draw_mark(ax, number, mark, scale)
    for px, py in overlay.strays:
        _draw_cross(ax, px, py, GREY, scale)
    _draw_key(sheet, key, MARGIN * 2 + room, top)
    return sheet.figure


def _title(overlay):
    who = f", read by {overlay.digitiser}" if overlay.digitiser else ""
    return f"{overlay.file}{who}"


def _places(mark):
    arm = mark.arm
    return [place for place in (arm.centre_px, arm.lower_px, arm.upper_px) if place]


def _box(overlay):
    """Return left, right, top and bottom in image pixels: the image and all clicks."""
    places = [place for mark in overlay.marks for place in _places(mark)] + [*overlay.strays]
    places += [(px, py) for axes in overlay.axes for px, py, _ in axes.clicks]
    (left, low), (right, high) = np.min(places, axis=0), np.max(places, axis=0)
    room = ROOM * max(right - left, high - low, 1.0)
    if overlay.size:
        width, height = overlay.size
        return min(left, 0.0), max(right + room, width), min(low, 0.0), max(high, height)
    # Values of the lines stand on the right.
    return left - room, right + 2 * room, low - room, high + room


def _reach(overlay, axes, box):
    """Return the pixels that the lines of one pair of axes span: all, if there is no other pair."""
    if len(overlay.axes) == 1:
        return np.array([[x, y] for x in box[:2] for y in box[2:]])
    own = [(px, py) for px, py, _ in axes.clicks]
    own += [
        place
        for mark in overlay.marks
        if mark.arm.calibration.name == axes.name
        for place in _places(mark)
    ]
    return np.array(own)


def _draw_axes(ax, axes, reach, scale):
    """Draw lines of round values, their values, and the calibration points."""
    ends = axes.linear(*reach.T)
    for direction in (1, 0) if axes.has_x else (1,):
        style = {"colors": BLUE if direction else GREY, "linewidths": 0.5, "alpha": 0.7}
        dashes = "solid" if direction else (0, (2, 3))
        segments = []
        for value, place in _ticks(axes, direction):
            line = np.array(ends)[:, :2].copy()
            line[1 - direction] = ends[1 - direction].min(), ends[1 - direction].max()
            line[direction] = place
            segments.append(_to_pixels(axes, line).T)
            _write_value(ax, value, segments[-1], scale, style["colors"])
        ax.add_collection(LineCollection(segments, linestyles=dashes, **style), autolim=False)
    for px, py, said in axes.clicks:
        _draw_cross(ax, px, py, GREEN, scale)
        place = {"size": SMALL_TEXT - 1, "colour": GREEN, "bold": True, "clip_on": True}
        below = 9 if said.startswith("X") else -3  # X1 and Y1 are often one place
        at = px + 5 / scale, py + below / scale
        ax.add_artist(Label(*at, said, transform=ax.transData, **place))


def _to_pixels(axes, linear):
    return np.linalg.solve(axes.matrix, linear - axes.offset[:, None])


def _ticks(axes, direction):
    """Return (value, linearised place) of round values within the calibrated ends."""
    low, high = axes.limits[direction]
    scale = axes.scales[direction]
    if not scale.log:
        return [(value, value) for value in linear_ticks(low, high, 6)[0]]
    step = max(1, int((high - low) // MOST_DECADES))
    decades = np.arange(np.ceil(low - 1e-9), high + 1e-9, step)
    steps = [(n, d) for d in decades for n in ((1, 2, 5) if high - low < 3 else (1,))]
    places = [d + np.log10(n) for n, d in steps]
    return [(float(scale.value(p)), p) for p in places if p <= high + 1e-9]


def _write_value(ax, value, segment, scale, colour):
    """Write a value where its line leaves the picture: on the right, or at the bottom."""
    (x0, y0), (x1, y1) = sorted(map(tuple, segment), key=lambda end: (end[0], -end[1]))
    style = {"size": SMALL_TEXT - 0.5, "colour": colour, "transform": ax.transData}
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    text = shown(value)
    if abs(x1 - x0) >= abs(y1 - y0):
        x = min(x1, right) - 2 / scale
        y = y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 != x0 else y1
        options = {"ha": "right"}
    else:
        low = max((x0, y0), (x1, y1), key=lambda end: end[1])
        y, x = min(low[1], bottom) - 2 / scale, low[0] + 2 / scale
        options = {}
    if top <= y <= bottom and left <= x <= right:
        ax.add_artist(Label(x, y - 1.5 / scale, text, **style, **options))


def _draw_mark(ax, number, mark, scale):
    """Draw one arm: a ring at its mean, a stem and caps, and its number."""
    colour, (px, py) = _colour(mark), mark.arm.centre_px
    across = np.linalg.solve(mark.arm.calibration.matrix, [1.0, 0.0])
    reach = across / np.hypot(*across) * CAP / scale
    lines = []
    for place in _places(mark)[1:]:
        along = np.subtract(place, (px, py))
        length = np.hypot(*along)
        start = np.array([px, py]) + (along * min(RING / scale / length, 1) if length else 0)
        lines += [(start, place), (place - reach, place + reach)]
    for width, shade in ((2.4, "white"), (1.1, colour)):
        ax.add_collection(LineCollection(lines, colors=[shade], linewidths=width, zorder=3), False)
        ax.plot(
            [px], [py], "o", ms=2 * RING, mfc="none", mec=shade, mew=width, zorder=3, scalex=False,
            scaley=False,
        )  # fmt: skip
    ax.plot([px], [py], ",", color=colour, zorder=4, scalex=False, scaley=False)
    place = {"bold": True, "size": TEXT, "transform": ax.transData, "zorder": 5}
    width = text_width(str(number), TEXT, bold=True)
    bar_is_there = any(x - px > abs(y - py) for x, y in _places(mark)[1:])
    x = px + (-RING - 2.5 - width if bar_is_there else RING + 2.5) / scale
    y = py + 2.5 / scale
    ax.plot(
        [x + width / 2 / scale], [py], "s", ms=8, mfc="white", mec="none",
        alpha=0.8, zorder=4, scalex=False, scaley=False,
    )  # fmt: skip
    ax.add_artist(Label(x, y, str(number), colour=colour, **place))


def _draw_cross(ax, px, py, colour, scale):
    reach = CROSS / scale
    ends = [((px - reach, py), (px + reach, py)), ((px, py - reach), (px, py + reach))]
    ax.add_collection(LineCollection(ends, colors=[colour], linewidths=0.9, zorder=3), False)


def _colour(mark):
    return COLOURS.get(mark.rows[0].get("role"), INK) if mark.rows else GREY


def _key(overlay):
    """Return the lines of the key: (number, text, colour, bold, height)."""
    lines, several = [], len({mark.arm.dataset for mark in overlay.marks}) > 1
    for number, mark in enumerate(overlay.marks, start=1):
        for i, (text, bold) in enumerate(_told(mark, several)):
            for j, part in enumerate(wrap_text(text, KEY - INDENT, SMALL_TEXT, bold=bold)):
                label = str(number) if i == j == 0 else ""
                lines.append((label, part, _colour(mark) if bold else INK, bold, LINE * SMALL_TEXT))
        lines.append(("", "", INK, False, 3.0))
    for text, colour in _notes(overlay):
        lines += [
            ("", part, colour, False, LINE * SMALL_TEXT)
            for part in wrap_text(text, KEY - INDENT, SMALL_TEXT)
        ]
    return lines


def _told(mark, several):
    """Return (sentence, bold): which arm it is and what was read of it."""
    arm, rows = mark.arm, mark.rows
    name = arm.label or (f"x = {arm.x:.3g}" if arm.x is not None else arm.dataset or "")
    name = f"{arm.dataset}, {name}" if several and arm.dataset else name
    named = f"{name}: {', '.join(dict.fromkeys(_role(row) for row in rows))}" if rows else name
    yield named, True
    centre = rows[0].get("centre") if rows else None
    kind = ""
    if rows and rows[0].get("error_type"):
        kind = f" ({BARS.get(rows[0]['error_type'], rows[0]['error_type'])})"
    ends = [
        f"{end} tip {shown(value)}"
        for end, value in (("lower", arm.error_lower), ("upper", arm.error_upper))
        if value is not None
    ]
    bar = f", {', '.join(ends)}{kind}" if ends else ", no bar"
    yield f"{centre or 'mean'} {shown(arm.centre)}{bar}", False
    if not rows:
        yield "no row asks for it", False
    if arm.flags:
        yield f"flags: {', '.join(arm.flags)}", False


def _role(row):
    parts = (row.get("role"), row.get("study_id") if row.get("outcome") is None else row["outcome"])
    return " of ".join(part for part in parts if part)


def _notes(overlay):
    for axes in overlay.axes:
        low, high = (shown(float(axes.scales[1].value(end))) for end in axes.limits[1])
        log = ", log scale" if axes.scales[1].log else ""
        yield f"{axes.name}: {low} to {high} on {axes.length:.0f} px{log}", BLUE
    yield "Crosses: calibration points. Lines: round values.", GREEN
    if overlay.strays:
        yield f"Grey crosses: {len(overlay.strays)} clicks in no arm.", GREY
    yield overlay.about_image, GREY


def _draw_key(sheet, key, x, y):
    for number, text, colour, bold, step in key:
        y += step
        if text:
            sheet.text(x + INDENT, y - 2, text, size=SMALL_TEXT, colour=colour, bold=bold)
        if number:
            sheet.text(x, y - 2, number, size=SMALL_TEXT, colour=colour, bold=True)
