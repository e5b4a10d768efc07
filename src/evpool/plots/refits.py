"""Figures of one refit per row: what leave-one-out and cumulative plots share."""

from evpool.errors import unknown_name
from evpool.plots.numbers import (
    aligned,
    confidence,
    fixed,
    intervals,
    is_missing,
    percent,
    variance,
)
from evpool.plots.rowplan import Column, Row
from evpool.plots.rowplot import Axis, draw_rows, effect_label, rows_limits
from evpool.plots.scale import effect_scale
from evpool.plots.style import BLUE, FULL_WIDTH, ONE_AND_A_HALF_COLUMNS, SINGLE_COLUMN
from evpool.plots.tables import distinct, overall_row, records, require_columns

REFIT_COLUMNS = ("effect_id", "label", "model", "estimate", "ci_low", "ci_high")
WORTH_SHOWING = 1.8  # the null is on the axis if it lengthens it by no more than this factor


def draw_refits(
    refits,
    pooled,
    *,
    name,
    heading,
    prefix="",
    total="All studies",
    measure_label,
    unit,
    model,
    sides,
    null_value,
    log_scale,
    decimals,
    limits,
    title,
    synthetic,
):
    """Draw one row per refit: name, estimate and interval, I² and τ²; the overall result last.

    Parameters
    ----------
    refits, pooled : pyarrow.Table
        Refits with effect_id, label, model and the columns of `pooled`.
    name : str
        What messages call `refits`.
    heading : str
        Of the names' column.
    prefix : str
        Put before each name but the first.
    total : str, optional
        Name of the overall row; None leaves the row out.
    measure_label, unit, model, null_value, log_scale, decimals, limits, title, synthetic
        As of `evpool.plots.leave_one_out.draw_leave_one_out`.
    sides : tuple of str or None
        What the left and the right of the null favour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    require_columns(refits, REFIT_COLUMNS, name)
    overall = overall_row(pooled, model)
    found = records(refits, model=model)
    if not found:
        raise unknown_name("model", model, distinct(refits, "model"))
    spreads = [
        (row["ci_high"] - row["ci_low"]) / 3.92 for row in found if not is_missing(row["ci_low"])
    ]
    scale = effect_scale(spreads, log_scale=log_scale, null_value=null_value, decimals=decimals)
    names = [(prefix if i else "") + row["label"] for i, row in enumerate(found)]
    rows = _rows([*found, overall], [*names, total], scale)
    if total is None:
        rows = rows[: len(found)]
    limits = limits or refit_limits(rows, overall, null_value)
    lines = ((overall["estimate"], "pooled"),)
    if limits[0] <= null_value <= limits[1]:
        lines += ((null_value, "null"),)
    axis = Axis(
        scale,
        effect_label(measure_label, unit),
        limits=limits,
        lines=lines,
        band=None if is_missing(overall["ci_low"]) else (overall["ci_low"], overall["ci_high"]),
        sides=sides if len(lines) == 2 else None,
    )
    return draw_rows(
        _columns(rows, heading, measure_label, overall),
        rows,
        axis,
        pages=(SINGLE_COLUMN, ONE_AND_A_HALF_COLUMNS, FULL_WIDTH),
        least_panel=62,
        most_panel=160,
        title=title,
        synthetic=synthetic,
    )


def refit_limits(rows, overall, null_value):
    """Axis limits: all refits and the overall interval; the null value if it is near them."""
    band = [overall["ci_low"], overall["ci_high"]]
    low, high = rows_limits(rows, band)
    wide = rows_limits(rows, [*band, null_value])
    near = wide[1] - wide[0] <= WORTH_SHOWING * (high - low)
    return wide if near else (low, high)


def _rows(results, names, scale):
    """Rows of text and marks; the last is the overall result, with a gap before it."""
    ends = ([result[key] for result in results] for key in ("estimate", "ci_low", "ci_high"))
    cells = {
        "name": names,
        "k": [fixed(result.get("k"), 0) for result in results],
        "effect": intervals(*ends, scale.show),
        "i2": [percent(result.get("i2")).removesuffix("%") for result in results],
        # One study tells nothing about differences between studies.
        "tau2": _variances(
            [result.get("tau2") if result.get("k") != 1 else None for result in results]
        ),
    }
    rows = []
    for i, result in enumerate(results):
        values = (result[key] for key in ("estimate", "ci_low", "ci_high"))
        interval = [float("nan") if value is None else value for value in values]
        texts = {key: column[i] for key, column in cells.items()}
        last = result is results[-1]
        mark = "diamond" if last else "square"
        rows.append(Row(texts, mark, *interval, weight=0.3, bold=last, colour=BLUE))
    rows.insert(-1, Row(height=0.4))
    return rows


def _variances(values):
    """Texts of τ² with the decimals that the smallest of them needs, at most four."""
    known = [value for value in values if not is_missing(value)]
    if any(0 < value < 0.001 or value >= 1e6 for value in known):
        return [variance(value) for value in values]
    decimals = 1 if known and min(known) >= 100 else 3
    return aligned([fixed(value, decimals) for value in values])


def _columns(rows, heading, measure_label, overall):
    """Columns that have something to show."""
    level = confidence(overall.get("ci_level") or 0.95)
    columns = [Column("name", heading)]
    if len({row.cells.get("k") for row in rows} - {None, ""}) > 2:
        columns.append(Column("k", "*k*"))
    columns.append(Column("effect", f"{measure_label} [{level} CI]", side="right"))
    columns.append(Column("i2", "*I*² (%)", side="right"))
    if any(row.cells.get("tau2", "").strip("0.") for row in rows):
        columns.append(Column("tau2", "*τ*²", side="right"))
    return columns
