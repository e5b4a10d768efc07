"""The GOSH plot: pooled estimate and I² of every subset of the studies, as a density."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from evpool.plots.chart import Key, Ticks, draw_chart
from evpool.plots.rowplot import effect_label
from evpool.plots.scale import effect_scale, linear_ticks
from evpool.plots.style import BLUE, ORANGE, SINGLE_COLUMN, styled
from evpool.plots.tables import numbers, require_columns

BOX_HEIGHT = 190.0  # of the axes with their upper margin, points
BINS = (220, 160)  # of the density, across and up
MARGIN_SHARE = 0.16  # of the box for each marginal histogram


@styled
def draw_gosh(
    gosh,
    *,
    measure_label,
    unit,
    contains=None,
    contains_label=None,
    limits=None,
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
):
    """Draw the density of subsets over pooled estimate and I², with both margins.

    Several clumps mean that the studies estimate several effects. With `contains`, subsets that
    hold a certain study are orange and the others blue: a study that makes a clump of its own
    stands out.

    Parameters
    ----------
    gosh : pyarrow.Table
        One subset per row: estimate, i2 (0-1); subsets without i2 (single studies) are left out.
    measure_label, unit : str
        Axis label; the unit may be None.
    contains : array_like of bool, shape (n,), optional
        Which subsets hold the study to pick out.
    contains_label : str, optional
        That study's name.
    limits : tuple of float, optional
        Of the estimates; by default all but the outermost 0.1% on each side.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.
    null_value : float
        No effect, in the scale of the estimates.
    log_scale : bool
        Estimates are logarithms: show them back-transformed, on a log axis.

    Returns
    -------
    matplotlib.figure.Figure
        88 mm wide (one column).

    Raises
    ------
    ValueError
        If the table lacks a column or has no subset to draw, or `contains` has another length.

    References
    ----------
    Olkin, Dahabreh & Trikalinos (2012), doi:10.1002/jrsm.1053.
    """
    require_columns(gosh, ("estimate", "i2"), "gosh")
    estimate, i2 = numbers(gosh, "estimate"), 100 * numbers(gosh, "i2")
    held = np.zeros(len(estimate), dtype=bool) if contains is None else np.asarray(contains, bool)
    if held.shape != estimate.shape:
        raise ValueError(
            f"contains must have one value per row of gosh, {len(estimate)}; got {held.shape}."
        )
    known = np.isfinite(estimate) & np.isfinite(i2)
    if not known.any():
        raise ValueError("gosh has no subset with both estimate and i2: pool at least 2 studies.")
    estimate, i2, held = estimate[known], i2[known], held[known]
    limits = limits or _central(estimate)
    counts = [_count(estimate[part], i2[part], limits) for part in (~held, held)]
    scale = effect_scale([], log_scale=log_scale, null_value=null_value)
    y_limits = (-1.0, 101.0)
    _, axes = draw_chart(
        SINGLE_COLUMN,
        BOX_HEIGHT,
        x=Ticks(*scale.ticks(*limits, 6)),
        y=Ticks(*linear_ticks(0, 100, 5)),
        x_label=effect_label(f"Pooled {measure_label}", unit),
        y_label="*I*² (%)",
        x_limits=limits,
        y_limits=y_limits,
        keys=_keys(contains is not None, contains_label, int(known.sum())),
        title=title,
        synthetic=synthetic,
    )
    _draw_density(axes, counts, limits)
    _draw_margins(axes, counts)
    return axes.get_figure()


def _central(estimate):
    """Limits that leave out the outermost thousandth on each side."""
    low, high = np.quantile(estimate, [0.001, 0.999])
    edge = 0.04 * (high - low) or 0.5
    return float(low - edge), float(high + edge)


def _count(estimate, i2, limits):
    """Count subsets per bin, (across, up)."""
    ranges = (limits, (0.0, 100.0 + 1e-9))
    return np.histogram2d(estimate, i2, bins=BINS, range=ranges)[0]


def _draw_density(axes, counts, limits):
    """Draw the counts as an image: hue by who is in, depth by the logarithm of the count."""
    others, held = counts
    total = others + held
    with np.errstate(invalid="ignore"):  # empty bins are 0 / 0
        share = np.nan_to_num(held / total)[..., None]
    depth = (np.log1p(total) / np.log1p(total.max()))[..., None]
    depth = np.where(total[..., None] > 0, 0.12 + 0.88 * depth, 0.0)
    hue = (1 - share) * np.array(to_rgb(BLUE)) + share * np.array(to_rgb(ORANGE))
    pixels = np.round(255 * (1 - depth + depth * hue)).astype(np.uint8).swapaxes(0, 1)
    image = axes.imshow(pixels, origin="lower", extent=(*limits, 0, 100), aspect="auto", zorder=1)
    image.set_gid("density")


def _draw_margins(axes, counts):
    """Draw the distribution of estimates above the box and of I² beside it."""
    box = axes.get_position()
    wide, high = MARGIN_SHARE * box.width, MARGIN_SHARE * box.height
    axes.set_position([box.x0, box.y0, box.width - wide, box.height - high])
    main = axes.get_position()
    figure = axes.get_figure()
    gap = 0.12
    above = figure.add_axes([main.x0, main.y1 + gap * high, main.width, (1 - gap) * high])
    beside = figure.add_axes([main.x1 + gap * wide, main.y0, (1 - gap) * wide, main.height])
    ends = (axes.get_xlim(), (0, 100))
    for axis, margin in enumerate((above, beside)):
        margin.set_axis_off()
        edges = np.linspace(*ends[axis], BINS[axis] + 1)
        base = np.zeros(BINS[axis])
        shapes = []
        for part in counts:
            top = base + part.sum(axis=1 - axis)
            shapes.append(_outline(edges, base, top, swap=axis == 1))
            base = top
        drawn = PolyCollection(shapes, facecolors=[BLUE, ORANGE], linewidths=0)
        margin.add_collection(drawn, False)
        along, across = ((axes.get_xlim(), "x"), (axes.get_ylim(), "y"))[axis]
        margin.set(**{f"{across}lim": along, f"{'yx'[axis]}lim": (0, base.max() or 1)})


def _outline(edges, base, top, *, swap):
    """Outline of a histogram between two heights."""
    across = np.repeat(edges, 2)[1:-1]
    points = np.column_stack(
        [np.r_[across, across[::-1]], np.r_[np.repeat(top, 2), np.repeat(base, 2)[::-1]]]
    )
    return points[:, ::-1] if swap else points


def _keys(split, label, count):
    """Entries of the legend."""
    number = f"{count:,}"
    if not split:
        return [Key(f"{number} subsets of studies", "patch", BLUE)]
    name = label or "the study"
    return [
        Key(f"Subsets with {name}", "patch", ORANGE),
        Key(f"Subsets without ({number} in all)", "patch", BLUE),
    ]
