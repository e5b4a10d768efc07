"""What all figures are asked: which texts stand where, do they stand apart, same bytes twice."""

import numpy as np
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.text import Text

from evpool.plots.style import save_figure

SLACK = 1.0  # pixels at 300 dpi by which boxes may touch: a sixth of a point


def texts(figure):
    """All visible texts but the watermark, which lies under everything on purpose."""
    found = [
        text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()
    ]
    return [text for text in found if text.get_gid() != "synthetic-watermark"]


def words(figure):
    """Texts as strings, padding spaces turned into plain ones."""
    return [" ".join(text.get_text().split()) for text in texts(figure)]


def artist(figure, gid):
    """Return the one artist with this gid."""
    kinds = (LineCollection, PathCollection, PolyCollection)
    found = [one for one in figure.findobj(lambda a: isinstance(a, kinds)) if one.get_gid() == gid]
    assert len(found) == 1, f"{len(found)} artists {gid!r}"
    return found[0]


def boxes(figure):
    """Bounding boxes of the texts at 300 dpi, as matplotlib measures them: (n, 4) pixels."""
    figure.set_dpi(300)
    renderer = figure.canvas.get_renderer()
    extents = [Text.get_window_extent(text, renderer) for text in texts(figure)]
    return np.array([[box.x0, box.y0, box.x1, box.y1] for box in extents])


def check_texts_apart(figure):
    """No text meets another or leaves the page."""
    box, names = boxes(figure), words(figure)
    width, height = figure.bbox.width, figure.bbox.height
    inside = (box[:, :2] >= -SLACK).all(1) & (box[:, 2] <= width + SLACK)
    inside &= box[:, 3] <= height + SLACK
    assert inside.all(), [names[i] for i in np.flatnonzero(~inside)]
    low = np.maximum(box[:, None, :2], box[None, :, :2])
    high = np.minimum(box[:, None, 2:], box[None, :, 2:])
    meet = np.triu((high - low > SLACK).all(axis=2), 1)
    assert not meet.any(), [(names[i], names[j]) for i, j in np.argwhere(meet)]


def check_stamp(draw):
    """`draw(synthetic=True)` says SYNTHETIC, twice; `draw()` doesn't."""
    stamped = [t for t in draw(synthetic=True).findobj(Text) if t.get_text() == "SYNTHETIC"]
    assert {text.get_gid() for text in stamped} == {"synthetic-tag", "synthetic-watermark"}
    assert all(text.get_visible() for text in stamped)
    assert "SYNTHETIC" not in words(draw())


def check_same_bytes(draw, folder):
    """Two drawings give the same SVG and the same PNG."""
    for suffix in (".svg", ".png"):
        paths = [folder / f"{name}{suffix}" for name in "ab"]
        for path in paths:
            save_figure(draw(), path)
        assert paths[0].read_bytes() == paths[1].read_bytes()
