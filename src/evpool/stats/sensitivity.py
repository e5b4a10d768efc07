"""Sensitivity to the studies: leave one out, leave named sets out, accumulate in any order.

Each function refits in one batched call and returns a `PooledFit` with one row per refit.
"""

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.pooling import pool


def leave_one_out(yi, vi, **settings):
    """Pool again without each study in turn.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances; k >= 2.
    **settings
        model, tau2_method, ci_method, pi_method and ci_level, as in `evpool.stats.pooling.pool`.

    Returns
    -------
    PooledFit
        Row i is the fit without study i.

    Raises
    ------
    ValueError
        If there is one study only, or for unusable input.
    """
    k = np.size(yi)
    if k < 2:
        raise ValueError(f"yi must hold at least two studies to leave one out; got {k}.")
    return pool(yi, vi, include=~np.eye(k, dtype=bool), **settings)


def leave_sets_out(yi, vi, keep, **settings):
    """Pool again without each of several sets of studies.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    keep : array_like of bool, shape (S, k)
        The studies that stay in each refit, see `exclusion_masks`.
    **settings
        model, tau2_method, ci_method, pi_method and ci_level, as in `evpool.stats.pooling.pool`.

    Returns
    -------
    PooledFit
        Row s is the fit with the studies of keep[s].

    Raises
    ------
    ValueError
        If a row keeps no study, or for unusable input.
    """
    return pool(yi, vi, include=np.atleast_2d(keep), **settings)


def exclusion_masks(sets, study_ids):
    """Turn named sets of studies to exclude into masks of those that stay.

    Parameters
    ----------
    sets : mapping of str to sequence of str
        Name of each set and the ids it excludes, e.g. {"high risk of bias": ["Li2019"]}.
    study_ids : sequence of str, length k
        Id of each row; rows that share an id are excluded together.

    Returns
    -------
    ndarray of bool, shape (S, k)
        Rows in the order of `sets`.

    Raises
    ------
    ValueError
        If a set names an id that is not there (suggests the closest) or excludes every study.
    """
    ids = np.asarray(study_ids, dtype=str)
    keep = np.ones((len(sets), ids.size), dtype=bool)
    for row, (name, studies) in enumerate(sets.items()):
        excluded = [str(study) for study in studies]
        for study in excluded:
            if study not in ids:
                raise unknown_name(f"each study of exclusion set {name!r}", study, np.unique(ids))
        keep[row] = ~np.isin(ids, excluded)
        if not keep[row].any():
            raise ValueError(
                f"exclusion set {name!r} must leave at least one study; it excludes all "
                f"{ids.size}. Shorten it."
            )
    return keep


def pool_cumulatively(yi, vi, order=None, **settings):
    """Pool the first study, the first two, the first three and so on.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    order : array_like of int, shape (k,), optional
        Positions of the studies in the order they are added, such as
        np.argsort(year, kind="stable"); as given by default.
    **settings
        model, tau2_method, ci_method, pi_method and ci_level, as in `evpool.stats.pooling.pool`.

    Returns
    -------
    PooledFit
        Row j is the fit of the first j + 1 studies of `order`.

    Raises
    ------
    ValueError
        If order does not hold each position once, or for unusable input.

    References
    ----------
    Lau et al. (1992), doi:10.1056/NEJM199207233270406.
    """
    k = np.size(yi)
    order = np.arange(k) if order is None else np.asarray(order)
    if not np.array_equal(np.sort(order), np.arange(k)):
        raise ValueError(
            f"order must hold each position 0 to {k - 1} once; got {order.tolist()}. "
            "Use np.argsort of the column to order by."
        )
    place = np.empty(k, dtype=int)
    place[order] = np.arange(k)
    return pool(yi, vi, include=place <= np.arange(k)[:, None], **settings)
