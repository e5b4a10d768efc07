"""Step 6: the pooled estimate of every subset of the effects, or of many (GOSH)."""

import numpy as np

from evpool.stats.gosh import gosh
from evpool.steps.rows import effect_arrays

MOST_BITS = 63  # that an int64 holds beside its sign


def run_gosh(effects, settings, seed=1):
    """Pool subsets of the effects of one outcome.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    settings : dict or None
        `model` ('common', or a tau^2 method such as 'DL') and `subsets` ('all', or how many to
        draw); None pools none. Of 'all', 1,000,000 are drawn above 21 effects.
    seed : int
        Of the random subsets.

    Returns
    -------
    dict of str to ndarray, each of shape (n,)
        Columns of GOSH. `subset` is a bit mask: bit 0 is the first effect of the table; null
        above 63 effects. No rows for one effect, or without settings.
    """
    if settings is None or len(effects) < 2:
        return {"subset": np.empty(0, dtype=np.int64), "k": np.empty(0, dtype=np.int64)} | {
            name: np.empty(0) for name in ("estimate", "i2", "tau2")
        }
    model = "common" if settings["model"] == "common" else "random"
    method = {"model": model} if model == "common" else {"tau2_method": settings["model"]}
    subsets = settings.get("subsets", "all")
    found = gosh(
        *effect_arrays(effects),
        **method,
        n_subsets=None if subsets == "all" else subsets,
        rng=np.random.default_rng(seed),
    )
    columns = {name: getattr(found, name) for name in ("k", "estimate", "i2", "tau2")}
    return {"subset": _masks(found.members, len(effects)), **columns}


def _masks(members, k):
    """Turn packed memberships, (n, bytes), into one whole number a subset; NaN if it can't be."""
    if k > MOST_BITS:
        return np.full(len(members), np.nan)
    padded = np.zeros((len(members), 8), dtype=np.uint8)
    padded[:, : members.shape[1]] = members
    return padded.view("<i8").ravel()
