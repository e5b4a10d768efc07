"""The leave-one-out plot: what the overall estimate becomes without each study."""

from evpool.plots.refits import draw_refits
from evpool.plots.style import styled


@styled
def draw_leave_one_out(
    leave_one_out,
    pooled,
    *,
    measure_label,
    unit,
    model="random",
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
    decimals=None,
    limits=None,
):
    """Draw estimate, confidence interval, I² and τ² of each refit without one study.

    The shaded band and the diamond are the overall result.

    Parameters
    ----------
    leave_one_out : pyarrow.Table
        One refit per row: effect_id and label of the study left out, then the columns of
        `pooled`.
    pooled : pyarrow.Table
        Pooled estimates; the row of analysis 'overall' and of `model` is used.
    measure_label, unit : str
        Heading of the effect column ('MD'), and unit on the axis; the unit may be None.
    model : {"random", "common"}
        Which refits to show.
    title : str, optional
    synthetic : bool
        Stamp the figure SYNTHETIC.
    null_value : float
        No effect, in the scale of the estimates; on the axis if it is near them.
    log_scale : bool
        Estimates are logarithms: show them back-transformed, on a log axis.
    decimals : int, optional
        Of the estimates; by default chosen from the widths of the intervals.
    limits : tuple of float, optional
        Of the axis, in the scale of the estimates.

    Returns
    -------
    matplotlib.figure.Figure
        88 mm wide (one column), or wider if the texts need it.

    Raises
    ------
    ValueError
        If a table lacks a column, or has no row of `model`.
    """
    return draw_refits(
        leave_one_out,
        pooled,
        name="leave_one_out",
        heading="Study omitted",
        total="None omitted",
        measure_label=measure_label,
        unit=unit,
        model=model,
        sides=None,
        null_value=null_value,
        log_scale=log_scale,
        decimals=decimals,
        limits=limits,
        title=title,
        synthetic=synthetic,
    )
