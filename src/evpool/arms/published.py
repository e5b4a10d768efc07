"""Effects published as such: what a variance follows from, and by which distribution."""

import numpy as np

from evpool.history import noted, shown
from evpool.stats.measures import MEASURES

ARGUMENTS = {"ci_low": "low", "ci_high": "high", "p_value": "p"}
ARGUMENTS |= {name: name for name in ("estimate", "se", "variance")}


def published_columns(contrasts, measure):
    """Return the arrays, (k,), from which measure GEN takes published effects of a measure.

    Parameters
    ----------
    contrasts : list of dict
        With the columns of ESTIMATES; None where a paper does not print one.
    measure : str
        A code of `measures.MEASURES`.

    Returns
    -------
    dict of str to ndarray
        `df` is NaN, for the normal distribution, unless a paper takes such effects from a t test
        and both n are known: then n_t + n_c - 2.

    References
    ----------
    Mean differences by Student's t: Cochrane Handbook 6.4, section 6.5.2.3. All other measures by
    the normal distribution: sections 6.3.1 and 6.3.2.
    """
    columns = {
        argument: np.array([contrast.get(name) for contrast in contrasts], dtype=float)
        for name, argument in ARGUMENTS.items()
    }
    return columns | {"df": np.array([_df(contrast, measure) for contrast in contrasts])}


def read_published(arm):
    """Return a published effect whose history says how its interval or P value is read."""
    stated = arm.get("se") is not None or arm.get("variance") is not None
    if stated and arm["estimate"] is not None:
        return arm  # that comes first, and needs no distribution
    if arm.get("ci_low") is not None and arm.get("ci_high") is not None:
        what = f"interval {shown(arm['ci_low'])} to {shown(arm['ci_high'])}"
    else:
        what = f"P {shown(arm.get('p_value'))}"
    df = _df(arm, arm["measure"])
    if not np.isnan(df):
        sizes = f"n {shown(arm['n_t'])} and {shown(arm['n_c'])}"
        return noted(arm, "convert", f"{what} is read by Student's t with {df:g} df ({sizes})")
    why = ", for n_t and n_c are not both stated" if _by_t(arm["measure"]) else ""
    return noted(arm, "convert", f"{what} is read by the normal distribution{why}")


def _by_t(measure):
    return measure in MEASURES and MEASURES[measure].tested_by_t


def _df(contrast, measure):
    sizes = contrast.get("n_t"), contrast.get("n_c")
    return sum(sizes) - 2.0 if _by_t(measure) and None not in sizes else np.nan
