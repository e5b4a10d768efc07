"""The bubble plot: effects against a moderator, with the meta-regression's line."""

import math
from functools import partial

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from evpool.plots.chart import Key, Ticks, draw_chart
from evpool.plots.numbers import confidence, power_label, readable
from evpool.plots.rowplot import effect_label
from evpool.plots.scale import axis_limits, effect_scale, linear_ticks
from evpool.plots.style import BAND, BLUE, INK, PALE_BLUE, SINGLE_COLUMN, styled
from evpool.plots.tables import numbers, records, require_columns

BOX_HEIGHT = 165.0  # of the axes, points
LARGEST, SMALLEST = 110.0, 5.0  # areas of bubbles, square points
PREDICTION_BAND = "#f1f1f1"
DOTS = (0, (1, 1.5))


@styled
def draw_bubble(
    effects,
    predictions,
    *,
    moderator,
    measure_label,
    unit,
    weights=None,
    model="random",
    moderator_label=None,
    ci_level=0.95,
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
    log_moderator=False,
):
    """Draw effects against a numeric moderator, and what the meta-regression predicts.

    Parameters
    ----------
    effects : pyarrow.Table
        One comparison per row: effect_id, yi and the moderator; rows without it are left out.
    predictions : pyarrow.Table
        Predicted effects along the moderator: the moderator, estimate, ci_low, ci_high and, if
        known, pi_low, pi_high.
    moderator : str
        Column of both tables.
    measure_label, unit : str
        Axis label; the unit may be None.
    weights : pyarrow.Table, optional
        analysis, model, effect_id, weight: makes the bubbles' areas; rows of analysis 'overall'
        and of `model` are used.
    model : {"random", "common"}
    moderator_label : str, optional
        Axis label; by default the column's name.
    ci_level : float
        Of the predictions' intervals, for the legend.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.
    null_value : float
        No effect, in the scale of yi.
    log_scale : bool
        Effects are logarithms: show them back-transformed, on a log axis.
    log_moderator : bool
        Give the moderator a logarithmic axis; its values must be positive to be shown.

    Returns
    -------
    matplotlib.figure.Figure
        88 mm wide (one column).

    Raises
    ------
    ValueError
        If a table lacks a column, or the moderator is not numeric.
    """
    require_columns(effects, ("effect_id", "yi", moderator), "effects")
    require_columns(predictions, (moderator, "estimate", "ci_low", "ci_high"), "predictions")
    x, at = _numeric(effects, moderator), _numeric(predictions, moderator)
    if log_moderator:
        x, at = (np.log10(np.where(values > 0, values, np.nan)) for values in (x, at))
    yi, order = numbers(effects, "yi"), np.argsort(at)
    names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    line, *bands = (numbers(predictions, name)[order] for name in names)
    at = at[order]
    x_limits = axis_limits([*x, *at], [], [])
    y_limits = axis_limits([*yi, *line, null_value], [*bands[0], *bands[2]], [*bands[1], *bands[3]])
    scale = effect_scale([np.ptp(yi) / 10], log_scale=log_scale, null_value=null_value)
    whole = bool((x[np.isfinite(x)] % 1 == 0).all())
    x_ticks = _log_ticks if log_moderator else partial(linear_ticks, most=6, whole=whole)
    wide = np.isfinite(bands[2]).any()
    _, axes = draw_chart(
        SINGLE_COLUMN,
        BOX_HEIGHT,
        x=Ticks(*x_ticks(*x_limits)),
        y=Ticks(*scale.ticks(*y_limits, 6)),
        x_label=moderator_label or readable(moderator),
        y_label=effect_label(measure_label, unit),
        x_limits=x_limits,
        y_limits=y_limits,
        keys=_keys(confidence(ci_level), wide, weights is not None),
        title=title,
        synthetic=synthetic,
    )
    _draw_bands(axes, at, line, bands, null_value)
    areas = _areas(effects, weights, model)
    options = {"c": PALE_BLUE, "edgecolors": BLUE, "linewidths": 0.6, "zorder": 3}
    axes.scatter(x, yi, s=areas, gid="studies", alpha=0.8, **options)
    return axes.get_figure()


def _numeric(table, moderator):
    """Values of a numeric moderator."""
    try:
        return numbers(table, moderator)
    except (TypeError, ValueError):
        values = table.column(moderator).to_pylist()
        text = next(value for value in values if isinstance(value, str))
        raise ValueError(
            f"moderator must name a numeric column; {moderator!r} holds {text!r}. "
            "Draw a forest plot with subgroups instead."
        ) from None


def _log_ticks(low, high):
    """Ticks of a logarithmic axis: powers of ten, or 1, 2, 5 times them."""
    bases = (1,) if high - low > 3 else (1, 2, 5)
    powers = range(math.floor(low), math.ceil(high) + 1)
    values = np.array([base * 10.0**power for power in powers for base in bases])
    values = values[(np.log10(values) >= low) & (np.log10(values) <= high)]
    return np.log10(values), [power_label(value) for value in values]


def _areas(effects, weights, model):
    """Areas of the bubbles, in proportion to the weights."""
    if weights is None:
        return np.full(effects.num_rows, 20.0)
    require_columns(weights, ("analysis", "model", "effect_id", "weight"), "weights")
    found = records(weights, analysis="overall", model=model)
    shares = {row["effect_id"]: row["weight"] or 0.0 for row in found}
    ordered = np.array([shares.get(name, 0.0) for name in effects.column("effect_id").to_pylist()])
    return np.maximum(LARGEST * ordered / (ordered.max(initial=0.0) or 1.0), SMALLEST)


def _draw_bands(axes, at, line, bands, null_value):
    """Draw the prediction and confidence bands, the line and the null value."""
    ci_low, ci_high, pi_low, pi_high = bands
    pairs = [(pi_low, pi_high, PREDICTION_BAND), (ci_low, ci_high, BAND)]
    pairs = [pair for pair in pairs if np.isfinite(pair[0]).all()]
    shapes = [
        np.column_stack([np.r_[at, at[::-1]], np.r_[low, high[::-1]]]) for low, high, _ in pairs
    ]
    colours = [colour for *_, colour in pairs]
    drawn = PolyCollection(shapes, facecolors=colours, linewidths=0, zorder=0.2, gid="bands")
    axes.add_collection(drawn, False)
    null = [(limit, null_value) for limit in axes.get_xlim()]
    options = {"colors": [BLUE, INK], "linestyles": ["-", DOTS], "linewidths": [1.1, 0.8]}
    drawn = LineCollection([np.column_stack([at, line]), null], zorder=2, gid="lines", **options)
    axes.add_collection(drawn, False)


def _keys(level, wide, weighted):
    """Entries of the legend."""
    name = "Study (area: weight)" if weighted else "Study"
    keys = [Key(name, "point", PALE_BLUE, BLUE), Key("Meta-regression", "line", BLUE)]
    keys.append(Key(f"{level} confidence band", "patch", BAND))
    if wide:
        keys.append(Key(f"{level} prediction band", "patch", PREDICTION_BAND))
    return [*keys, Key("No effect", "line", INK, style=DOTS)]
