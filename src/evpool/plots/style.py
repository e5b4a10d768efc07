"""How every figure looks and how it is saved: sizes, colours, fonts, the SYNTHETIC stamp."""

import math
import os
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from evpool.errors import unknown_name
from evpool.plots.text import Label, text_width, wrap_text

POINTS_PER_MM = 72 / 25.4
SINGLE_COLUMN = 88 * POINTS_PER_MM  # widths of a journal's columns, in points
ONE_AND_A_HALF_COLUMNS = 120 * POINTS_PER_MM
FULL_WIDTH = 180 * POINTS_PER_MM
DPI = 300  # of PNG files
STAMPED = "synthetic-tag"  # the id of the stamp in a figure of simulated data
MARGIN = 5.0  # white edge, points

TEXT = 7.0  # font sizes, points
SMALL_TEXT = 6.5
TITLE_TEXT = 8.0
LINE = 1.4  # height of a line of text, in font sizes
CAPITAL = 0.73  # height of capitals, in font sizes

# Okabe and Ito's palette: told apart with any colour vision, and in grey by its lightness.
INK = "#1a1a1a"
GREY = "#767676"
PALE = "#d9d9d9"
BLUE = "#0072b2"
PALE_BLUE = "#8fbfe0"
BAND = "#e3eef6"
ORANGE = "#d55e00"
GREEN = "#009e73"
PALE_GREEN = "#a5dccb"
STAMP = "#c0392b"

STYLE = {
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.unicode_minus": True,
    "axes.autolimit_mode": "data",
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "savefig.facecolor": "white",
    "savefig.edgecolor": "none",
    "savefig.bbox": None,
    "savefig.transparent": False,
    "text.color": INK,
    "text.usetex": False,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL_TEXT,
    "ytick.labelsize": SMALL_TEXT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "lines.linewidth": 0.8,
    "image.interpolation": "nearest",
    "path.simplify": False,
    "agg.path.chunksize": 0,
    # Text stays text in SVG: half the time of outlines, a third smaller, and it can be searched.
    "svg.fonttype": "none",
    "svg.hashsalt": "evpool",
    "svg.image_inline": True,
}

styled = mpl.rc_context(rc=STYLE)  # decorator: draw in this style, whatever matplotlibrc says


class Sheet:
    """A white figure addressed in points from its top left corner.

    Parameters
    ----------
    width, height : float
        Size in points.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    transform : matplotlib.transforms.Transform
        From points (x to the right, y downwards) to the display.
    """

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / 72, height / 72))
        FigureCanvasAgg(self.figure)
        points = Affine2D().scale(1, -1).translate(0, height).scale(1 / 72)
        self.transform = points + self.figure.dpi_scale_trans

    def text(self, x, y, text, **options):
        """Write one line with its baseline at `y`; options as of `evpool.plots.text.Label`."""
        return self.figure.add_artist(Label(x, y, text, transform=self.transform, **options))

    def lines(self, segments, *, width=0.6, colour=INK, **options):
        """Draw straight lines, each ((x0, y0), (x1, y1)), as one artist."""
        drawn = LineCollection(
            segments, linewidths=width, colors=colour, transform=self.transform, **options
        )
        self.figure.add_artist(drawn)
        return drawn

    def axes(self, left, top, width, height, **options):
        """Add axes whose frame fills the box given in points."""
        bottom = self.height - top - height
        box = (
            left / self.width,
            bottom / self.height,
            width / self.width,
            height / self.height,
        )
        return self.figure.add_axes(box, **options)


def heading_lines(title, synthetic, width):
    """Break a title so that it leaves room for the SYNTHETIC tag; no title gives no lines."""
    tag = text_width("SYNTHETIC", TEXT, bold=True) + 10 if synthetic else 0
    room = width - 2 * MARGIN - tag
    return wrap_text(title, room, TITLE_TEXT, bold=True) if title else []


def heading_height(title, synthetic, width):
    """Height in points that the title and the SYNTHETIC tag need at the top of a figure."""
    lines = max(len(heading_lines(title, synthetic, width)), int(synthetic))
    return MARGIN + lines * 1.3 * TITLE_TEXT + (2 if lines else 0)


def draw_heading(sheet, title, synthetic):
    """Write the title, and for simulated data the SYNTHETIC tag and watermark."""
    for i, line in enumerate(heading_lines(title, synthetic, sheet.width)):
        y = MARGIN + TITLE_TEXT + i * 1.3 * TITLE_TEXT
        sheet.text(MARGIN, y, line, size=TITLE_TEXT, bold=True)
    if synthetic:
        _stamp_synthetic(sheet)


def _stamp_synthetic(sheet):
    """Stamp a figure of simulated data: a pale diagonal word behind it and a tag top right."""
    x, y = sheet.width - MARGIN, MARGIN + TITLE_TEXT
    tag = sheet.text(x, y, "SYNTHETIC", bold=True, ha="right", colour=STAMP)
    tag.set_gid(STAMPED)
    angle = min(max(math.atan2(sheet.height, sheet.width), 0.25), 1.0)
    width, cos, sin = text_width("SYNTHETIC", 1, bold=True), math.cos(angle), math.sin(angle)
    across, upright = width * cos + CAPITAL * sin, width * sin + CAPITAL * cos
    size = 0.92 * min(sheet.width / across, sheet.height / upright)
    x = sheet.width / 2 + 0.5 * CAPITAL * size * sin
    y = sheet.height / 2 + 0.5 * CAPITAL * size * cos
    options = {"size": size, "bold": True, "ha": "center", "colour": STAMP}
    mark = sheet.text(x, y, "SYNTHETIC", **options)
    mark.set(rotation=math.degrees(angle), alpha=0.10, zorder=5, gid="synthetic-watermark")


def save_figure(figure, path):
    """Write a figure as SVG or PNG (300 dpi), the same bytes every time.

    The file is written beside its target and then renamed, so that a reader never meets half of it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or pathlib.Path
        Ends in .svg or .png.

    Raises
    ------
    ValueError
        If the name ends in anything else.
    """
    path = Path(path)
    write = {".svg": _write_svg, ".png": _write_png}.get(path.suffix.lower())
    if write is None:
        raise unknown_name("the suffix of path", path.suffix, (".svg", ".png"))
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as stream, mpl.rc_context(rc=STYLE):
            write(figure, stream)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_svg(figure, stream):
    metadata = {"Date": None, "Creator": None}
    figure.savefig(stream, format="svg", dpi=DPI, metadata=metadata)


def _write_png(figure, stream):
    dpi = figure.get_dpi()
    canvas = FigureCanvasAgg(figure)
    try:
        figure.set_dpi(DPI)
        canvas.draw()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    finally:
        figure.set_dpi(dpi)
    # Half the time of matplotlib's own setting, and no more bytes: white needs no transparency.
    notes = PngInfo()
    if figure.findobj(lambda artist: artist.get_gid() == STAMPED):
        notes.add_text("Comment", "SYNTHETIC: made from simulated data")
    image.save(stream, format="png", dpi=(DPI, DPI), compress_level=3, pnginfo=notes)
