"""An SD for arms that state none, from the coefficient of variation of the outcome's other arms."""

from math import fsum

from evpool.digitisation.reading_shifts import read_off, summed
from evpool.history import noted, shown


def typical_cvs(arms):
    """Find the median coefficient of variation by role, and what errors of reading shift in it.

    Parameters
    ----------
    arms : list of dict
        With a known SD; those whose mean is not above 0 are left out.

    Returns
    -------
    dict
        Role -> (value, shifts): those of the arm in the middle, or of the two that are averaged.
    """
    known = {}
    for arm in arms:
        if arm["mean"] > 0:
            known.setdefault(arm["role"], []).append(arm)
    return {role: _median(own) for role, own in known.items()}


def _median(arms):
    ordered = sorted(arms, key=_cv)
    middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    value = fsum(map(_cv, middle)) / len(middle)
    parts = [
        (arm.get("reading_shifts"), [[-_cv(arm) / whole, 1 / whole], [0.0, 0.0]])
        for arm in middle
        for whole in [arm["mean"] * len(middle)]
    ]
    return value, summed(parts)


def _cv(arm):
    return arm["sd"] / arm["mean"]


def with_imputed_sd(arm, typical):
    """Return an arm with the SD that a typical coefficient of variation gives it.

    Its error of reading is that of its own mean and of the arms that the coefficient is from; that
    another arm's coefficient may not be its own is no error of reading, and is not in it.

    Parameters
    ----------
    arm : dict
        With a `mean` above 0.
    typical : tuple
        As of `typical_cvs`.
    """
    cv, shifts = typical
    sd = cv * arm["mean"]
    text = f"SD imputed from the other arms' median coefficient of variation {shown(cv)}"
    own = read_off(arm).get("reading_shifts"), [[1.0, 0.0], [cv, 0.0]]
    from_others = shifts, [[0.0, 0.0], [arm["mean"], 0.0]]
    arm = arm | {"reading_shifts": summed([own, from_others])}
    return noted(arm, "convert", f"{text} -> SD {shown(sd)}", sd=sd, sd_source="imputed_cv")
