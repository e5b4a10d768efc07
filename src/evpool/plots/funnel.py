"""The funnel plot: effects against their standard errors, over contours of significance."""

from itertools import pairwise
from statistics import NormalDist

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from evpool.plots.chart import Key, Ticks, draw_chart
from evpool.plots.numbers import confidence
from evpool.plots.rowplot import effect_label
from evpool.plots.scale import axis_limits, effect_scale, linear_ticks
from evpool.plots.style import BLUE, INK, ORANGE, SINGLE_COLUMN, styled
from evpool.plots.tables import numbers, overall_row, require_columns

BOX_HEIGHT = 165.0  # of the axes, points
POINT = 15.0  # area of a study's circle, square points
DASHES = (0, (4, 2.5))
DOTS = (0, (1, 1.5))
MODEL_NAMES = {"common": "Common-effect estimate", "random": "Random-effects estimate"}


@styled
def draw_funnel(
    effects,
    pooled,
    *,
    measure_label,
    unit,
    model="random",
    contours=(0.90, 0.95, 0.99),
    level=0.95,
    filled=None,
    adjusted=None,
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
):
    """Draw a contour-enhanced funnel plot; with `filled`, a trim-and-fill funnel plot.

    Shaded is where a study's two-sided P value against the null value lies; the dashed lines hold
    `level` of the studies if all estimate the pooled effect and differ by chance alone.

    Parameters
    ----------
    effects : pyarrow.Table
        One comparison per row: yi, sei.
    pooled : pyarrow.Table
        Pooled estimates; the row of analysis 'overall' and of `model` is used.
    measure_label, unit : str
        Axis label; the unit may be None.
    model : {"random", "common"}
        Whose estimate to draw.
    contours : sequence of float
        Levels of confidence at whose edges the shade changes, rising; empty for none.
    level : float
        Of the pseudo confidence limits around the estimate.
    filled : pyarrow.Table, optional
        The studies that trim-and-fill adds: yi, sei.
    adjusted : float, optional
        The estimate with them.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.
    null_value : float
        No effect, in the scale of yi.
    log_scale : bool
        Effects are logarithms: show them back-transformed, on a log axis.

    Returns
    -------
    matplotlib.figure.Figure
        88 mm wide (one column).

    Raises
    ------
    ValueError
        If a table lacks a column, `pooled` has no overall row of `model`, or `contours` do not
        rise between 0 and 1.

    References
    ----------
    Peters et al. (2008), doi:10.1016/j.jclinepi.2007.11.010.
    """
    _check_contours(contours)
    for table, name in ((effects, "effects"), (filled, "filled")):
        if table is not None:
            require_columns(table, ("yi", "sei"), name)
    estimate = overall_row(pooled, model)["estimate"]
    studies = [(numbers(effects, "yi"), numbers(effects, "sei"))]
    if filled is not None:
        studies.append((numbers(filled, "yi"), numbers(filled, "sei")))
    deepest = 1.05 * max(np.nanmax(sei, initial=0.0) for _, sei in studies) or 1.0
    reach = NormalDist().inv_cdf(0.5 + level / 2) * deepest
    spread = [value for yi, _ in studies for value in yi]
    limits = axis_limits([*spread, null_value, estimate - reach, estimate + reach], [], [])
    scale = effect_scale(studies[0][1], log_scale=log_scale, null_value=null_value)
    shades = _shades(contours)
    _, axes = draw_chart(
        SINGLE_COLUMN,
        BOX_HEIGHT,
        x=Ticks(*scale.ticks(*limits, 6)),
        y=Ticks(*linear_ticks(0, deepest, 5)),
        x_label=effect_label(measure_label, unit),
        y_label="Standard error of the log ratio" if log_scale else "Standard error",
        x_limits=limits,
        y_limits=(deepest, 0),
        keys=_keys(contours, shades, model, level, filled is not None, adjusted is not None),
        title=title,
        synthetic=synthetic,
    )
    _draw_contours(axes, contours, shades, null_value, deepest)
    lines = [((estimate, 0), (estimate, deepest), "-", BLUE)]
    lines += [((estimate, 0), (estimate + side, deepest), DASHES, BLUE) for side in (-reach, reach)]
    lines.append(((null_value, 0), (null_value, deepest), DOTS, INK))
    if adjusted is not None:
        lines.append(((adjusted, 0), (adjusted, deepest), "-", ORANGE))
    _draw_lines(axes, lines)
    colours = ((BLUE, "white"), ("white", ORANGE))
    for (yi, sei), (face, edge), gid in zip(studies, colours, ("studies", "filled"), strict=False):
        options = {"s": POINT, "c": face, "edgecolors": edge, "linewidths": 0.7, "zorder": 4}
        axes.scatter(yi, sei, gid=gid, **options)
    return axes.get_figure()


def _check_contours(contours):
    """Refuse contours that do not rise between 0 and 1."""
    bounds = [0.0, *contours, 1.0]
    if any(first >= second for first, second in pairwise(bounds)):
        raise ValueError(
            f"contours must rise and lie between 0 and 1, like (0.90, 0.95, 0.99); got {contours}."
        )


def _shades(contours):
    """Greys from the first contour outwards, ever lighter; inside it is white."""
    return [
        str(round(0.74 + 0.20 * i / max(len(contours) - 1, 1), 3)) for i in range(len(contours))
    ]


def _draw_contours(axes, contours, shades, null_value, deepest):
    """Shade the regions of significance: from the outside inwards, each over the one before."""
    if not contours:
        return
    low, high = axes.get_xlim()
    shapes = [[(low, 0), (high, 0), (high, deepest), (low, deepest)]]
    for level in reversed(contours):
        reach = NormalDist().inv_cdf(0.5 + level / 2) * deepest
        shapes.append(
            [(null_value, 0), (null_value + reach, deepest), (null_value - reach, deepest)]
        )
    colours = [*reversed(shades), "white"]
    axes.add_collection(
        PolyCollection(shapes, facecolors=colours, linewidths=0, zorder=0.1, gid="contours"), False
    )


def _draw_lines(axes, lines):
    """Draw the reference lines as one artist."""
    drawn = LineCollection(
        [line[:2] for line in lines],
        linestyles=[line[2] for line in lines],
        colors=[line[3] for line in lines],
        linewidths=0.9,
        zorder=2,
    )
    drawn.set_gid("reference-lines")
    axes.add_collection(drawn, False)


def _keys(contours, shades, model, level, filled, adjusted):
    """Entries of the legend."""
    keys = []
    if contours:
        edges = [_p_text(1 - value) for value in contours]
        texts = [f"*p* > {edges[0]}"]
        texts += [f"{low} < *p* ≤ {high}" for high, low in pairwise(edges)]
        texts.append(f"*p* ≤ {edges[-1]}")
        keys = [
            Key(text, "patch", shade) for text, shade in zip(texts, ["white", *shades], strict=True)
        ]
    keys.append(Key("Study", "point", BLUE, "white"))
    if filled:
        keys.append(Key("Imputed study", "point", "white", ORANGE))
    keys.append(Key(MODEL_NAMES.get(model, model), "line", BLUE))
    if adjusted:
        keys.append(Key("Trim-and-fill estimate", "line", ORANGE))
    keys.append(Key(f"{confidence(level)} pseudo limits", "line", BLUE, style=DASHES))
    keys.append(Key("No effect", "line", INK, style=DOTS))
    return keys


def _p_text(p):
    """Format a bound of P: two decimals, more if it needs them."""
    return next(f"{p:.{d}f}" for d in range(2, 9) if d == 8 or abs(round(p, d) - p) < 1e-9)
