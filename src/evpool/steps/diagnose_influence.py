"""Step 6: what the pooled estimate owes to each effect."""

from evpool.stats.influence import influence
from evpool.steps.rows import effect_arrays, place_of

DIAGNOSTICS = ("rstudent", "dffits", "cook_d", "cov_ratio", "tau2_deleted", "q_deleted")
DIAGNOSTICS += ("hat", "weight", "influential", "baujat_x", "baujat_y")


def diagnose_influence(effects, method):
    """Diagnose each effect's influence on the random-effects estimate.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    method : dict
        `tau2_method`, as in `pool_effects`.

    Returns
    -------
    list of dict
        Rows of INFLUENCE, one an effect; none where there is one effect only.
    """
    if len(effects) < 2:
        return []
    found = influence(*effect_arrays(effects), tau2_method=method["tau2_method"])
    rows = []
    for i, effect in enumerate(effects):
        row = {name: effect[name] for name in ("effect_id", "study_id", "label")}
        row |= {"model": found.model, "tau2_method": found.tau2_method}
        row |= {name: getattr(found, name)[i] for name in DIAGNOSTICS}
        rows.append(place_of(effects) | row | {"dfbetas": found.dfbetas[i, 0]})
    return rows
