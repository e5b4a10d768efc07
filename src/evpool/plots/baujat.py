"""The Baujat plot: which studies make the heterogeneity, and which move the estimate."""

import numpy as np

from evpool.plots.chart import Ticks, draw_chart
from evpool.plots.labels import label_points
from evpool.plots.scale import axis_limits, linear_ticks
from evpool.plots.style import BLUE, ORANGE, SINGLE_COLUMN, styled
from evpool.plots.tables import numbers, require_columns

BOX_HEIGHT = 165.0  # of the axes, points


@styled
def draw_baujat(influence, *, most_names=8, title=None, synthetic=False):
    """Draw each study's contribution to heterogeneity against its influence on the estimate.

    Parameters
    ----------
    influence : pyarrow.Table
        One study per row: label, baujat_x, baujat_y, and if known influential (bool), which
        colours the study.
    most_names : int
        How many studies to name at most, the farthest from the origin first.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.

    Returns
    -------
    matplotlib.figure.Figure
        88 mm wide (one column).

    Raises
    ------
    ValueError
        If the table lacks a column.

    References
    ----------
    Baujat et al. (2002), doi:10.1002/sim.1221.
    """
    require_columns(influence, ("label", "baujat_x", "baujat_y"), "influence")
    x, y = numbers(influence, "baujat_x"), numbers(influence, "baujat_y")
    x_limits, y_limits = (axis_limits([0.0, *values], [], [], edge=0.06) for values in (x, y))
    sheet, axes = draw_chart(
        SINGLE_COLUMN,
        BOX_HEIGHT,
        x=Ticks(*linear_ticks(*x_limits, 6)),
        y=Ticks(*linear_ticks(*y_limits, 6)),
        x_label="Contribution to heterogeneity (part of *Q*)",
        y_label="Influence on the pooled estimate",
        x_limits=x_limits,
        y_limits=y_limits,
        title=title,
        synthetic=synthetic,
    )
    flagged = numbers(influence, "influential") == 1
    colours = np.where(flagged, ORANGE, BLUE)
    axes.scatter(x, y, s=15, c=colours, edgecolors="white", linewidths=0.6, gid="studies")
    known = np.isfinite(x) & np.isfinite(y)
    far = np.hypot(x / (np.nanmax(x) or 1), y / (np.nanmax(y) or 1))
    order = [i for i in np.argsort(-far) if known[i]][:most_names]
    points = np.column_stack([np.where(known, x, 0), np.where(known, y, 0)])
    label_points(sheet, axes, points, influence.column("label").to_pylist(), order)
    return sheet.figure
