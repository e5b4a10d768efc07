"""Step 3: one effect, with its variance and its moderators, for each comparison."""

from statistics import NormalDist

import numpy as np

from evpool.columns import ARMS, HARMONISED
from evpool.measures import compute_measure
from evpool.steps.harmonise_arms import comparison_key

ARM_COLUMNS = {column.name for column in (*HARMONISED, *ARMS)}
SUMMARIES = ("mean", "sd", "n")
SIDES = {"t": "treatment", "c": "control"}


def compute_effects(arms, measure, ci_level, options=None):
    """Compute yi and vi of every comparison of one outcome.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED: a treatment and a control arm for each comparison.
    measure : str
        A code of `measures.MEASURES`; differences are treatment minus control.
    ci_level : float
        Level of each comparison's own confidence interval (normal).
    options : dict, optional
        The measure's options, e.g. the variance formula of Hedges' g.

    Returns
    -------
    list of dict
        Rows of EFFECTS, in the order of the arms; columns of HARMONISED that are not declared
        there are moderators, taken from the treatment arm.
    """
    pairs = {}
    for arm in arms:
        pairs.setdefault(comparison_key(arm), {})[arm["role"]] = arm
    columns = {
        f"{name}_{side}": np.array([pair[role][name] for pair in pairs.values()], dtype=float)
        for side, role in SIDES.items()
        for name in SUMMARIES
    }
    yi, vi = compute_measure(measure, columns, **(options or {}))
    half = NormalDist().inv_cdf((1 + ci_level) / 2) * np.sqrt(vi)
    rows = [_place(pair, measure) for pair in pairs.values()]
    for i, row in enumerate(rows):
        row |= {"yi": yi[i], "vi": vi[i], "sei": np.sqrt(vi[i])}
        row |= {"ci_low": yi[i] - half[i], "ci_high": yi[i] + half[i]}
        row |= {name: values[i] for name, values in columns.items() if not name.startswith("n_")}
        row |= {name: int(columns[name][i]) for name in ("n_t", "n_c")}
    return rows


def summaries(effects):
    """Return mean, SD and n of both sides as arrays of shape (k,); None where an effect has none.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS.
    """
    names = [f"{name}_{side}" for side in SIDES for name in SUMMARIES]
    if any(effect[name] is None for effect in effects for name in names):
        return None
    return {name: np.array([effect[name] for effect in effects], dtype=float) for name in names}


def _place(pair, measure):
    treated, control = pair["treatment"], pair["control"]
    moderators = {name: value for name, value in treated.items() if name not in ARM_COLUMNS}
    sources = dict.fromkeys((treated["sd_source"], control["sd_source"]))
    return {
        "review": treated["review"],
        "outcome": treated["outcome"],
        "effect_id": f"{treated['study_id']}:{treated['comparison']}",
        "study_id": treated["study_id"],
        "label": treated["label"],
        "comparison": treated["comparison"],
        "measure": measure,
        "sd_source": "; ".join(sources),
        "timepoint": treated["timepoint"],
        "source_rows": ";".join((treated["row_id"], control["row_id"])),
        **moderators,
    }
