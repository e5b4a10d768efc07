"""Text whose width is known before anything is drawn.

matplotlib measures a text by laying it out in a renderer, 0.2 to 0.4 ms a piece; a forest plot has
hundreds. Here a width is a sum of cached glyph advances, and on a raster canvas a text is one
filled path of cached outlines. In vector files it stays text.
"""

import re
from functools import cache
from math import fsum
from pathlib import Path as FilePath

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

DEFAULT_SIZE = 7.0
DEFAULT_COLOUR = "#1a1a1a"
_SCALE = 100  # points at which outlines are read
_FILES = {
    (False, False): "DejaVuSans.ttf",
    (True, False): "DejaVuSans-Bold.ttf",
    (False, True): "DejaVuSans-Oblique.ttf",
    (True, True): "DejaVuSans-BoldOblique.ttf",
}


@cache
def _font(bold, italic):
    """Open the font that matplotlib ships, so that figures don't depend on the machine's fonts."""
    file = FilePath(mpl.get_data_path(), "fonts", "ttf", _FILES[bold, italic])
    font = FT2Font(str(file))
    font.set_size(_SCALE, 72)
    return font


@cache
def _glyph(char, bold, italic):
    """Advance and outline (vertices, codes) of one character, in units of the font size."""
    font = _font(bold, italic)
    glyph = font.load_glyph(font.get_char_index(ord(char)), flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    return glyph.linearHoriAdvance / 65536 / _SCALE, vertices / _SCALE, codes


@cache
def _properties(size, bold, italic):
    return FontProperties(
        family=["DejaVu Sans", "sans-serif"],
        size=size,
        weight="bold" if bold else "normal",
        style="italic" if italic else "normal",
    )


def plain(markup):
    """Markup without its asterisks: '*I*² = 76%' gives 'I² = 76%'."""
    return markup.replace("*", "")


def _runs(markup):
    """Split markup into (text, italic) pieces; what stands between asterisks is italic."""
    pieces = markup.split("*")
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def text_width(text, size=DEFAULT_SIZE, *, bold=False, markup=False):
    """Width of one line of text in points.

    Parameters
    ----------
    text : str
    size : float
        Font size in points.
    bold : bool
    markup : bool
        Whether asterisks in `text` enclose italics.

    Returns
    -------
    float
    """
    runs = _runs(text) if markup else [(text, False)]
    return size * fsum(_glyph(char, bold, italic)[0] for run, italic in runs for char in run)


def wrap_text(text, width, size=DEFAULT_SIZE, *, bold=False):
    """Break text into lines of at most `width` points: after spaces and hyphens, else in words."""
    lines = [""]
    for part in re.findall(r"\s*[^\s-]*(?:-+|(?=\s)|$)", text):
        if text_width((lines[-1] + part).strip(), size, bold=bold) <= width:
            lines[-1] += part
            continue
        lines.append("")
        for char in part.strip():
            if lines[-1] and text_width(lines[-1] + char, size, bold=bold) > width:
                lines.append("")
            lines[-1] += char
    return [line.strip() for line in lines if line.strip()] or [""]


def wrap_pieces(pieces, width, size=DEFAULT_SIZE):
    """Join pieces of markup with spaces into lines no wider than `width`; pieces are never cut."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        longer = f"{lines[-1]} {piece}"
        if text_width(longer, size, markup=True) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


class Label(Text):
    """One line of text, placed by its baseline.

    Parameters
    ----------
    x, y : float
        Position of the baseline's start, middle or end (`ha`).
    text : str
    size : float
        Font size in points.
    bold : bool
    markup : bool
        Whether asterisks in `text` enclose italics; `get_text` returns the text without them.
    colour : colour
    ha : {"left", "center", "right"}
    **options
        As of `matplotlib.text.Text` (transform, rotation, zorder, ...).
    """

    def __init__(
        self,
        x,
        y,
        text,
        *,
        size=DEFAULT_SIZE,
        bold=False,
        markup=False,
        colour=DEFAULT_COLOUR,
        ha="left",
        **options,
    ):
        super().__init__(
            x,
            y,
            plain(text) if markup else text,
            color=colour,
            ha=ha,
            va="baseline",
            rotation_mode="anchor",
            fontproperties=_properties(size, bold, False),
            **options,
        )
        self._bold = bold
        self._text_runs = _runs(text) if markup else [(text, False)]

    def draw(self, renderer):
        """Draw as outlines on a raster canvas, as text on any other."""
        if not self.get_visible() or not self.get_text():
            return
        x, y = self.get_transform().transform(self.get_position())
        gc = renderer.new_gc()
        gc.set_foreground(to_rgba(self.get_color()), isRGBA=True)
        gc.set_alpha(self.get_alpha())
        if isinstance(renderer, RendererAgg):
            self._draw_outlines(renderer, gc, x, y)
        else:
            self._draw_words(renderer, gc, x, y)
        gc.restore()
        self.stale = False

    def _start(self):
        """Offset of the first character from the anchor, in units of the font size."""
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[self.get_horizontalalignment()]
        width = fsum(
            _glyph(char, self._bold, italic)[0] for run, italic in self._text_runs for char in run
        )
        return -share * width

    def _draw_outlines(self, renderer, gc, x, y):
        pen, vertices, codes = self._start(), [], []
        for run, italic in self._text_runs:
            for char in run:
                advance, outline, kinds = _glyph(char, self._bold, italic)
                if len(outline):
                    vertices.append(outline + np.array([pen, 0.0]))
                    codes.append(kinds)
                pen += advance
        if not vertices:
            return
        place = Affine2D().scale(renderer.points_to_pixels(self.get_fontsize()))
        place.rotate_deg(self.get_rotation()).translate(x, y)
        gc.set_linewidth(0)
        gc.set_snap(False)
        path = Path(np.concatenate(vertices), np.concatenate(codes))
        renderer.draw_path(gc, path, place, gc.get_rgb())

    def _draw_words(self, renderer, gc, x, y):
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        size, angle = self.get_fontsize(), self.get_rotation()
        if len(self._text_runs) == 1:  # one piece can be anchored, whatever font the viewer has
            font = _properties(size, self._bold, self._text_runs[0][1])
            renderer.draw_text(gc, x, y, self.get_text(), font, angle, mtext=self)
            return
        pen, turn = self._start(), np.deg2rad(-angle if renderer.flipy() else angle)
        for run, italic in self._text_runs:
            font = _properties(size, self._bold, italic)
            spaces = len(run) - len(run.lstrip(" "))  # viewers drop spaces that lead a text
            indent = spaces * _glyph(" ", self._bold, italic)[0]
            along = renderer.points_to_pixels((pen + indent) * size)
            at = x + along * np.cos(turn), y + along * np.sin(turn)
            renderer.draw_text(gc, *at, run.strip(" "), font, angle)
            pen += fsum(_glyph(char, self._bold, italic)[0] for char in run)
