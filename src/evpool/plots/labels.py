"""Names beside points, placed so that they meet neither each other nor a point."""

from evpool.plots.style import SMALL_TEXT
from evpool.plots.text import text_width

REACH = 3.5  # from a point's centre to its name, points
_SPOTS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))


def label_points(sheet, axes, points, names, order):
    """Write the names of points beside them, the first in `order` first.

    A name that has no room is left out.

    Parameters
    ----------
    sheet : evpool.plots.style.Sheet
    axes : matplotlib.axes.Axes
    points : sequence of (float, float)
        In the axes' units.
    names : sequence of str
    order : sequence of int
        Positions of the points to name.

    Returns
    -------
    list of evpool.plots.text.Label
        Those that found room, with gid 'point-label'.
    """
    to_page = axes.transData + sheet.transform.inverted()
    centres = [tuple(to_page.transform(point)) for point in points]
    left, top, right, bottom = _frame(sheet, axes)
    taken = [(x - 2.2, y - 2.2, x + 2.2, y + 2.2) for x, y in centres]
    written = []
    for i in order:
        for spot in _SPOTS:
            box = _box(*centres[i], text_width(names[i], SMALL_TEXT), spot)
            inside = left <= box[0] and box[2] <= right and top <= box[1] and box[3] <= bottom
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                label = sheet.text(box[0], box[3] - 0.24 * SMALL_TEXT, names[i], size=SMALL_TEXT)
                label.set_gid("point-label")
                written.append(label)
                break
    return written


def _frame(sheet, axes):
    """Box of the axes on the page: left, top, right, bottom in points."""
    place = axes.get_position()
    top, bottom = (1 - place.y1) * sheet.height, (1 - place.y0) * sheet.height
    return place.x0 * sheet.width, top, place.x1 * sheet.width, bottom


def _box(x, y, width, spot):
    """Box of a name on one side of a point."""
    across, down = spot
    height = 1.1 * SMALL_TEXT
    left = x + across * REACH - (1 - across) / 2 * width
    top = y + down * REACH - (1 - down) / 2 * height
    return left, top, left + width, top + height


def _meet(a, b):
    """Whether two boxes overlap."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
