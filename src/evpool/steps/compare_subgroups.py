"""Step 5: a pooled estimate for each level of a moderator, and the test between the levels."""

import numpy as np

from evpool.errors import ConvergenceError
from evpool.stats.coefficients import holm
from evpool.stats.subgroups import compare_subgroups as compare_levels
from evpool.steps.pool_effects import pool_once
from evpool.steps.rows import (
    animals,
    effect_arrays,
    intervals,
    method_row,
    place_of,
    pooling,
    too_few,
)
from evpool.studies.characteristics import level_of

BETWEEN = ("q_between", "df_between", "p_between")
WAYS = {
    ("common", False): "the common-effect model",
    ("random", False): "random effects with separate tau^2",
    ("random", True): "random effects with common tau^2",
}


def compare_subgroups(effects, moderators, method, *, fewest=1):
    """Compare the levels of each moderator.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    moderators : list of str
        Columns of `effects`; a study without a value has the level 'not reported'.
    method : dict
        How to pool, as in `pool_effects`.
    fewest : int
        Studies below which nothing is compared: each moderator has one row, whose `warning` says
        so.

    Returns
    -------
    list of dict
        Rows of SUBGROUPS: a row for each level, by the common-effect model and by random effects
        with separate and with common tau^2; levels in alphabetical order. A moderator with one
        level has no test between; with as many levels as effects there is no common tau^2. A
        model whose tau^2 does not converge has one row, whose `warning` says so.
        `p_holm` adjusts `p_between` for the moderators tested by the same model.

    Raises
    ------
    ValueError
        If a moderator is no column of the effects.
    """
    rows = []
    few = too_few(effects, fewest)
    for moderator in moderators:
        if moderator not in effects[0]:
            raise ValueError(
                f"subgroups names {moderator!r}, which is no column of the effects "
                f"({', '.join(effects[0])}). Correct the review's config."
            )
        if few:
            row = {"moderator": moderator, "k": len(effects), "warning": f"not compared: {few}"}
            rows.append(place_of(effects) | row)
            continue
        levels = [level_of(effect[moderator]) for effect in effects]
        for (model, tau2_common), way in WAYS.items():
            try:
                rows += _compare(effects, moderator, levels, model, tau2_common, method)
            except ConvergenceError as error:
                row = {"moderator": moderator, "model": model, "tau2_common": tau2_common}
                row |= {"k": len(effects), "warning": f"not compared by {way}: {error}"}
                rows.append(place_of(effects) | row)
    return rows if few else _adjust(rows)


def _compare(effects, moderator, levels, model, tau2_common, method):
    """Rows of one moderator by one model; none where levels can't share a tau^2."""
    known = sorted(set(levels))
    place = {
        **place_of(effects),
        "measure": effects[0]["measure"],
        "moderator": moderator,
        "tau2_common": tau2_common,
    }
    if len(known) == 1:
        return [place | {"level": known[0]} | pool_once(effects, model, method)[0]]
    if tau2_common and len(known) == len(effects):
        return []
    yi, vi = effect_arrays(effects)
    found = compare_levels(yi, vi, levels, tau2_common=tau2_common, **pooling(method, model))
    between = {name: getattr(found, name)[0] for name in BETWEEN}
    rows = []
    for i, level in enumerate(found.levels):
        own = [effect for effect, its in zip(effects, levels, strict=True) if its == level]
        row = method_row(found.fit, i) | animals(own) | between
        if not tau2_common:
            row |= intervals(*effect_arrays(own), method)
        rows.append(place | {"level": level} | row)
    return rows


def _adjust(rows):
    """Adjust the tests between levels for the number of moderators, by Holm's method."""
    families = {}
    for row in rows:
        tests = families.setdefault((row["model"], row["tau2_common"]), {})
        tests[row["moderator"]] = row.get("p_between", np.nan)
    adjusted = {
        key: dict(zip(tests, holm(list(tests.values())), strict=True))
        for key, tests in families.items()
    }
    return [
        row | {"p_holm": adjusted[row["model"], row["tau2_common"]][row["moderator"]]}
        for row in rows
    ]
