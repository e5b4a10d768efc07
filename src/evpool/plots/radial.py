"""The radial (Galbraith) plot: standardised effects against precision."""

from statistics import NormalDist

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from evpool.plots.chart import Key, Ticks, draw_chart
from evpool.plots.numbers import confidence
from evpool.plots.rowplot import effect_label
from evpool.plots.scale import axis_limits, effect_scale, linear_ticks
from evpool.plots.style import (
    BAND,
    BLUE,
    INK,
    LINE,
    MARGIN,
    SINGLE_COLUMN,
    SMALL_TEXT,
    TEXT,
    styled,
)
from evpool.plots.tables import numbers, overall_row, require_columns
from evpool.plots.text import text_width, wrap_text

BOX_HEIGHT = 165.0  # of the axes, points
DOTS = (0, (1, 1.5))


@styled
def draw_radial(
    effects,
    pooled,
    *,
    measure_label,
    unit,
    model="random",
    level=0.95,
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
):
    """Draw effects in standard errors against precision; rays from the origin are effects.

    The ray of the pooled estimate carries a band that holds `level` of the studies if the model
    is right. Effects are read off the scale on the right, where a ray meets it.

    Parameters
    ----------
    effects : pyarrow.Table
        One comparison per row: yi, vi.
    pooled : pyarrow.Table
        Pooled estimates; the row of analysis 'overall' and of `model` is used; its tau2 adds to
        each study's variance.
    measure_label, unit : str
        Label of the scale on the right; the unit may be None.
    model : {"random", "common"}
    level : float
        Of the band.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.
    null_value : float
        No effect, in the scale of yi.
    log_scale : bool
        Effects are logarithms: the scale shows them back-transformed.

    Returns
    -------
    matplotlib.figure.Figure
        88 mm wide (one column).

    Raises
    ------
    ValueError
        If a table lacks a column, or `pooled` has no overall row of `model`.

    References
    ----------
    Galbraith (1988), doi:10.1002/sim.4780070807.
    """
    require_columns(effects, ("yi", "vi"), "effects")
    row = overall_row(pooled, model)
    variance = numbers(effects, "vi") + (row.get("tau2") or 0.0)
    yi, precision = numbers(effects, "yi"), variance**-0.5
    slope, reach = row["estimate"], NormalDist().inv_cdf(0.5 + level / 2)
    far = 1.06 * np.nanmax(precision, initial=0.0)
    ends = [slope * far - reach, slope * far + reach, null_value * far]
    y_limits = axis_limits([*(yi * precision), -reach, reach, *ends], [], [])
    scale = effect_scale([], log_scale=log_scale, null_value=null_value)
    values, texts = scale.ticks(y_limits[0] / far, y_limits[1] / far, 7)
    label = wrap_text(effect_label(measure_label, unit), BOX_HEIGHT, TEXT)
    room = max((text_width(text, SMALL_TEXT) for text in texts), default=0) + 7
    room += len(label) * LINE * TEXT
    spread = "√(*v* + *τ*²)" if row.get("tau2") else "√*v*"
    sheet, axes = draw_chart(
        SINGLE_COLUMN,
        BOX_HEIGHT,
        x=Ticks(*linear_ticks(0, far, 6)),
        y=Ticks(*linear_ticks(*y_limits, 6)),
        x_label=f"Precision, 1 / {spread}",
        y_label=f"Effect / {spread}",
        x_limits=(0, far),
        y_limits=y_limits,
        keys=_keys(level, model),
        right_room=room,
        title=title,
        synthetic=synthetic,
    )
    _draw_rays(axes, far, slope, reach, null_value)
    points = {"s": 15, "c": BLUE, "edgecolors": "white", "linewidths": 0.6, "zorder": 4}
    axes.scatter(precision, yi * precision, gid="studies", **points)
    _draw_scale(sheet, axes, far, values, texts, label)
    return sheet.figure


def _draw_rays(axes, far, slope, reach, null_value):
    """Draw the pooled estimate's ray with its band, and the null value's."""
    band = [(0, -reach), (far, slope * far - reach), (far, slope * far + reach), (0, reach)]
    axes.add_collection(PolyCollection([band], facecolors=BAND, zorder=0.2, gid="band"), False)
    rays = [[(0, 0), (far, slope * far)], [(0, 0), (far, null_value * far)]]
    options = {"colors": [BLUE, INK], "linestyles": ["-", DOTS], "linewidths": [1.1, 0.8]}
    axes.add_collection(LineCollection(rays, zorder=2, gid="rays", **options), False)


def _draw_scale(sheet, axes, far, values, texts, label):
    """Draw the scale of effects on the right edge."""
    to_page = axes.transData + sheet.transform.inverted()
    places = [to_page.transform((far, value * far)) for value in values]
    sheet.lines([((x, y), (x + 2.5, y)) for x, y in places])
    frame = [tuple(to_page.transform((far, end))) for end in axes.get_ylim()]
    sheet.lines([frame])
    for (x, y), text in zip(places, texts, strict=True):
        tick = sheet.text(x + 4.5, y + 0.36 * SMALL_TEXT, text, size=SMALL_TEXT)
        tick.set_gid("scale")
    middle = (frame[0][1] + frame[1][1]) / 2
    for i, line in enumerate(reversed(label)):
        x = sheet.width - MARGIN - 0.3 * TEXT - i * LINE * TEXT
        sheet.text(x, middle, line, ha="center", rotation=90)


def _keys(level, model):
    """Entries of the legend."""
    names = {"common": "Common-effect estimate", "random": "Random-effects estimate"}
    return [
        Key("Study", "point", BLUE, "white"),
        Key(names.get(model, model), "line", BLUE),
        Key(f"{confidence(level)} of studies", "patch", BAND),
        Key("No effect", "line", INK, style=DOTS),
    ]
