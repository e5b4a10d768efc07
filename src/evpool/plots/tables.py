"""Reading what a figure needs from results tables, with errors that say what is missing."""

import numpy as np

from evpool.errors import unknown_name


def require_columns(table, columns, name):
    """Raise ValueError unless `table` (called `name` in the message) has these columns.

    Also refuses a table that holds more than one review or outcome: a figure shows one.
    """
    missing = [column for column in columns if column not in table.column_names]
    if missing:
        raise ValueError(
            f"{name} lacks the column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))}; "
            f"it has {', '.join(table.column_names)}."
        )
    for column in ("review", "outcome"):
        values = distinct(table, column) if column in table.column_names else []
        if len(values) > 1:
            raise ValueError(
                f"{name} holds {len(values)} values of {column!r} ({', '.join(map(str, values))}); "
                "a figure shows one. Filter the table."
            )


def distinct(table, column):
    """Values of a column in the order in which they first appear, missing ones left out."""
    return [v for v in dict.fromkeys(table.column(column).to_pylist()) if v is not None]


def numbers(table, column):
    """Return a column as float64 array, null as NaN; a column that isn't there is all NaN."""
    if column not in table.column_names:
        return np.full(table.num_rows, np.nan)
    # `to_numpy` of a pyarrow column would load pandas.
    return np.array(table.column(column).to_pylist(), dtype=float)


def records(table, **conditions):
    """Rows of a table as dicts, those alone that have the given values."""
    rows = table.to_pylist()
    return [row for row in rows if all(row[key] == value for key, value in conditions.items())]


def overall_rows(pooled):
    """Return the overall result per model, common before random.

    Parameters
    ----------
    pooled : pyarrow.Table
        Rows with analysis other than 'overall' are passed over.

    Returns
    -------
    dict of str to dict
        Model to row.

    Raises
    ------
    ValueError
        If a model has several overall rows, or no model has one.
    """
    require_columns(pooled, ("analysis", "model", "estimate", "ci_low", "ci_high"), "pooled")
    found = records(pooled, analysis="overall")
    rows = {row["model"]: row for row in sorted(found, key=lambda row: row["model"])}
    if len(rows) < len(found):
        raise ValueError(
            f"pooled holds {len(found)} rows with analysis 'overall' for {len(rows)} models; a "
            "figure shows one per model. Filter by tau2_method and ci_method."
        )
    if not rows:
        raise ValueError(
            "pooled has no row with analysis 'overall'; it has "
            f"{', '.join(map(repr, distinct(pooled, 'analysis'))) or 'no rows'}."
        )
    return rows


def overall_row(pooled, model):
    """Return the overall result of one model, or raise ValueError naming those there are."""
    rows = overall_rows(pooled)
    if model not in rows:
        raise unknown_name("model", model, rows)
    return rows[model]
