"""Step 6: how the pooled estimate grew as effects were added."""

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.pooling import MODELS
from evpool.stats.sensitivity import pool_cumulatively as pool_growing
from evpool.steps.rows import animals, effect_arrays, method_row, place_of, pooling


def pool_cumulatively(effects, orders, method):
    """Pool the first effect, the first two and so on, by each order.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    orders : list of str
        Columns of `effects`, by whose rising values the effects are added. Equal values keep the
        order of the typed table; effects without a value are added last.
    method : dict
        How to pool, as in `pool_effects`.

    Returns
    -------
    list of dict
        Rows of CUMULATIVE: for each order and model one row a step, which names the effect added
        last.

    Raises
    ------
    ValueError
        If an order is no column of the effects.
    """
    yi, vi = effect_arrays(effects)
    rows = []
    for column in orders:
        order = _order(effects, column)
        added = [effects[i] for i in order]
        for model in MODELS:
            fits = pool_growing(yi, vi, order, **pooling(method, model))
            for step, effect in enumerate(added):
                row = {"order_by": column, "step": step + 1, "value": _text(effect[column])}
                row |= {name: effect[name] for name in ("effect_id", "study_id", "label")}
                row |= method_row(fits, step) | animals(added[: step + 1])
                rows.append(place_of(effects) | row)
    return rows


def _order(effects, column):
    if column not in effects[0]:
        raise unknown_name("each column of `cumulative`", column, effects[0])
    values = [effect[column] for effect in effects]
    known = [i for i, value in enumerate(values) if value is not None]
    missing = [i for i, value in enumerate(values) if value is None]
    return np.array(sorted(known, key=lambda i: values[i]) + missing, dtype=int)


def _text(value):
    return None if value is None else str(value)
