"""Where errors of reading alone may have put the pooled estimates of digitised arms."""

from functools import partial

import numpy as np

from evpool.arms.pairs import SIDES, pair_arms, summary_columns
from evpool.digitisation.reading_draws import draw_effects, pool_draws
from evpool.digitisation.reading_shifts import harmonised_errors
from evpool.errors import ConvergenceError
from evpool.stats.measures import compute_measure
from evpool.stats.pooling import pool
from evpool.stats.robust import pool_robust
from evpool.steps.named_analyses import select_effects


def add_intervals(pooled, effects, arms, analyses, settings):
    """Give the pooled estimates their digitisation intervals.

    Parameters
    ----------
    pooled, effects : lists of dict
        Rows of POOLED and of the EFFECTS behind them.
    arms : list of dict
        Rows of HARMONISED, of which some have a reading error.
    analyses : dict
        The review's named analyses.
    settings : dict
        `measure`, `options`, `draws`, `seed`.

    Returns
    -------
    list of dict
        With `digitisation_low` and `digitisation_high`, at the level of the row's own confidence
        interval, or a `digitisation_warning` that says why there are none; or that they leave out
        the errors of some arms. All estimates come from the same draws.
    """
    try:
        yi, vi = draw_pooled_effects(arms, **settings)
    except ValueError as error:
        return [row | {"digitisation_warning": _one_line(error)} for row in pooled]
    place = {effect["effect_id"]: i for i, effect in enumerate(effects)}
    found, unknown = [], _without_error(arms)
    for row in pooled:
        if row.get("warning"):  # nothing is pooled
            found.append(row)
            continue
        changes = analyses.get(row["analysis"], {})
        kept = select_effects(
            effects, row["analysis"], changes.get("exclude", ()), changes.get("only")
        )
        own = [place[effect["effect_id"]] for effect in kept]
        interval = _interval(yi[:, own], vi[:, own], row)
        said = "; ".join(filter(None, (interval["digitisation_warning"], unknown)))
        found.append(row | interval | {"digitisation_warning": said or None})
    return found


def _without_error(arms):
    """Say how many arms were read off figures of which no click is known; None if none was."""
    read = [arm for arm in arms if "read: " in (arm.get("history") or "")]
    unknown = sum(arm.get("mean_reading_se") is None for arm in read)
    if not unknown:
        return None
    return (
        f"{unknown} of {len(read)} arms read off figures have no error in it, for their files hold "
        "no clicks"
    )


def _interval(yi, vi, row):
    try:
        drawn = pool_draws(yi, vi, _pooling_of(row), row["ci_level"])
    except (ValueError, ConvergenceError) as error:
        return {"digitisation_warning": _one_line(error)}
    failed = f"{drawn['failed']} of {len(yi)} draws gave no estimate" if drawn["failed"] else None
    limits = {f"digitisation_{end}": drawn[end] for end in ("low", "high")}
    return limits | {"digitisation_warning": failed}


def _pooling_of(row):
    """Return what pools a batch as a row of POOLED was pooled; its interval is not needed."""
    if row.get("robust_alpha") is not None:
        return partial(pool_robust, alpha=row["robust_alpha"], model=row["model"])
    if row["model"] == "common":
        return partial(pool, model="common")
    return partial(pool, model="random", tau2_method=row["tau2_method"])


def _one_line(error):
    return " ".join(str(error).split())


def draw_pooled_effects(arms, measure, options, draws, seed):
    """Compute an outcome's effects from many readings of the same figures.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED, of which some have a reading error.
    measure, options : str, dict
        As of `steps.compute_effects`.
    draws, seed : int

    Returns
    -------
    yi, vi : ndarray, shape (draws, k)
        In the order of the rows of EFFECTS.

    Raises
    ------
    ValueError
        If a drawn arm allows no effect.
    """
    pairs = pair_arms(arms)
    place = {id(arm): i for i, arm in enumerate(arms)}
    sides = [side for side, role in SIDES.items() if role in pairs[0]]
    groups = {side: [place[id(pair[SIDES[side]])] for pair in pairs] for side in sides}
    columns, n = summary_columns(pairs), np.zeros(len(arms))
    for side, index in groups.items():
        n[index] = columns[f"n_{side}"]
    mean, sd = (np.array([arm[name] for arm in arms], dtype=float) for name in ("mean", "sd"))
    compute = partial(compute_measure, measure, **(options or {}))
    rng, errors = np.random.default_rng(seed), harmonised_errors(arms)
    return draw_effects(mean, sd, n, errors, groups, compute, rng=rng, draws=draws)
