"""The cumulative forest plot: how the overall estimate grew, study by study."""

from evpool.plots.refits import draw_refits
from evpool.plots.rowfoot import favours_labels
from evpool.plots.style import styled


@styled
def draw_cumulative(
    cumulative,
    pooled,
    *,
    measure_label,
    unit,
    better=None,
    favours=("control", "treatment"),
    model="random",
    title=None,
    synthetic=False,
    null_value=0.0,
    log_scale=False,
    decimals=None,
    limits=None,
):
    """Draw estimate, confidence interval, I² and τ² after each study was added.

    Parameters
    ----------
    cumulative : pyarrow.Table
        One refit per row, in the order of adding: effect_id and label of the study added, then
        the columns of `pooled`.
    pooled : pyarrow.Table
        Pooled estimates; the row of analysis 'overall' and of `model` is used.
    measure_label, unit : str
        Heading of the effect column ('MD'), and unit on the axis; the unit may be None.
    better : {"higher", "lower", None}
        Which values of the outcome are good: labels the sides of the null, flips nothing.
    favours : tuple of str
        Names of the control and of the treated arm.
    model : {"random", "common"}
        Which refits to show.
    title, synthetic, null_value, log_scale, decimals, limits
        As of `evpool.plots.leave_one_out.draw_leave_one_out`.

    Returns
    -------
    matplotlib.figure.Figure
        88 mm wide (one column), or wider if the texts need it.

    Raises
    ------
    ValueError
        If a table lacks a column, has no row of `model`, or `better` is unknown.
    """
    return draw_refits(
        cumulative,
        pooled,
        name="cumulative",
        heading="Study added",
        prefix="+ ",
        total="All studies",
        measure_label=measure_label,
        unit=unit,
        model=model,
        sides=favours_labels(better, favours),
        null_value=null_value,
        log_scale=log_scale,
        decimals=decimals,
        limits=limits,
        title=title,
        synthetic=synthetic,
    )
