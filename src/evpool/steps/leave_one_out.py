"""Step 6: the pooled estimate without each study in turn."""

from evpool.pooling import MODELS
from evpool.sensitivity import leave_one_out as pool_without_each
from evpool.steps.rows import animals, effect_arrays, method_row, place_of, pooling


def leave_one_out(effects, method):
    """Pool the effects of one outcome again without each of them.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    method : dict
        How to pool, as in `pool_effects`.

    Returns
    -------
    list of dict
        Rows of LEAVE_ONE_OUT: for each model and left-out effect the fit of the others; none where
        there is one effect only.
    """
    if len(effects) < 2:
        return []
    yi, vi = effect_arrays(effects)
    rows = []
    for model in MODELS:
        fits = pool_without_each(yi, vi, model=model, **pooling(method))
        for i, left_out in enumerate(effects):
            named = {name: left_out[name] for name in ("effect_id", "study_id", "label")}
            others = animals([*effects[:i], *effects[i + 1 :]])
            rows.append(place_of(effects) | named | method_row(fits, i, method) | others)
    return rows
