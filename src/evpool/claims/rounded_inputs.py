"""How far a pooled result can be off because the effects behind it are printed rounded."""

import numpy as np

from evpool.claims.printed import Z95
from evpool.stats.measures import MEASURES
from evpool.stats.pooling import pool
from evpool.studies.characteristics import level_of

REACHED = ("estimate", "ci_low", "ci_high", "tau2", "i2", "statistic", "p_value", "q", "q_p")


def rounding_reach(effects, fit):
    """Return how far rounding of published effects can move each number of a pooled result.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of the outcome, with estimates and limits as printed.
    fit : dict
        A row of POOLED, or of SUBGROUPS: only the effects of its level are behind that.

    Returns
    -------
    dict of str to float
        Column of POOLED -> the sum of what half a unit of each printed number moves it (first
        order); empty where the effects were computed from arms or are logarithms.
    """
    known = [row.get("decimals") for row in effects]
    if not known or None in known or MEASURES[fit["measure"]].log_scale:
        return {}
    moderator = fit.get("moderator")
    if moderator:
        effects = [row for row in effects if level_of(row[moderator]) == fit["level"]]
    yi = np.array([row["yi"] for row in effects])
    sei = np.array([row["sei"] for row in effects])
    # A paper prints the effects of an outcome alike: the most decimals are those of all.
    half = 0.5 * 10.0 ** -max(known) * np.eye(len(yi))
    moved = np.vstack([np.zeros((1, len(yi))), half, -half])
    still = np.zeros_like(moved)
    how = {name: fit[name] for name in ("model", "ci_method", "ci_level")}
    how |= {name: fit[name] for name in ("tau2_method", "pi_method") if fit[name]}
    reach = dict.fromkeys(REACHED, 0.0)
    # A limit that moves by half a unit moves the standard error by half a unit / 3.92, two by that
    # twice.
    for shift_y, shift_se in ((moved, still), (still, moved / Z95)):
        fits = pool(yi + shift_y, (sei + shift_se) ** 2, **how)
        for name in REACHED:
            values = getattr(fits, name)
            apart = np.abs(values[1:] - values[0]).reshape(2, -1).max(axis=0)
            reach[name] += float(apart.sum())
    return reach
