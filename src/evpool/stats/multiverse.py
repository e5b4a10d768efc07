"""Multiverse analysis: every combination of the choices a review could have made, in one table.

Some choices change the data (measure, time point, exclusions, how missing SDs were filled in);
the caller prepares effects for each of those variants. The others (model, tau2, intervals) are
ways to pool, and each way pools all variants in one batched call.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.pooling import CI_METHODS, MODELS, PI_METHODS, pool
from evpool.stats.tau2 import TAU2_METHODS

POOLING_CHOICES = {
    "model": MODELS,
    "tau2_method": TAU2_METHODS,
    "ci_method": CI_METHODS,
    "pi_method": PI_METHODS,
}
_FIELDS = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high", "statistic", "df")
_FIELDS += ("p_value", "tau2", "i2", "i2_tau2")


@dataclass(frozen=True)
class MultiverseFit:
    """One row per specification; each array has shape (S,), NaN where there is a problem.

    Attributes
    ----------
    specifications : tuple of dict, length S
        The option taken of each choice; tau2_method and pi_method are None on the common model.
    estimate, se, ci_low, ci_high, pi_low, pi_high, statistic, df, p_value : ndarray
        Intervals and P values that need degrees of freedom are NaN for a single study.
    tau2, i2, i2_tau2 : ndarray
    k : ndarray of int
        Studies; 0 where the data could not be prepared.
    problem : tuple of (str or None), length S
        Why a specification has no estimate.
    order : ndarray of int
        Positions of the rows by rising estimate, problems last: the specification curve.
    """

    specifications: tuple
    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    pi_low: np.ndarray
    pi_high: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    tau2: np.ndarray
    i2: np.ndarray
    i2_tau2: np.ndarray
    k: np.ndarray
    problem: tuple
    order: np.ndarray


def enumerate_specifications(choices):
    """Combine all options of all choices.

    Parameters
    ----------
    choices : mapping of str to sequence
        Options by choice, e.g. {"measure": ["MD", "SMD"], "model": ["common", "random"],
        "tau2_method": ["DL", "REML"]}. "model", "tau2_method", "ci_method" and "pi_method" say
        how to pool; every other choice says how the data were prepared.

    Returns
    -------
    tuple of dict
        One per combination. tau2_method and pi_method mean nothing for a common effect, so there
        they are None and combinations that differ in nothing else are kept once.

    Raises
    ------
    ValueError
        If a choice has no option or the same one twice, or an unknown way to pool.
    """
    for name, options in choices.items():
        if isinstance(options, str) or not len(options) or len(set(options)) < len(options):
            raise ValueError(
                f"choices[{name!r}] must list at least one option, each once; got {options!r}."
            )
        for option in options if name in POOLING_CHOICES else ():
            if option not in POOLING_CHOICES[name]:
                raise unknown_name(f"choices[{name!r}]", option, POOLING_CHOICES[name])
    found = {}
    for options in itertools.product(*choices.values()):
        specification = dict(zip(choices, options, strict=True))
        if specification.get("model") == "common":
            absent = {"tau2_method", "pi_method"} & specification.keys()
            specification |= dict.fromkeys(absent)
        found[tuple(specification.values())] = specification
    return tuple(found.values())


def data_variant(specification):
    """Return the part of a specification that says how the data were prepared, as a tuple."""
    return tuple(o for name, o in specification.items() if name not in POOLING_CHOICES)


def fit_multiverse(specifications, variants, *, ci_level=0.95):
    """Pool every specification.

    Parameters
    ----------
    specifications : sequence of dict
        See `enumerate_specifications`; choices of pooling that are not listed are the defaults
        of `evpool.stats.pooling.pool`.
    variants : mapping of tuple to (yi, vi) or str
        Prepared effects of each `data_variant`, or the reason why they could not be prepared.
    ci_level : float
        Between 0 and 1.

    Returns
    -------
    MultiverseFit

    Raises
    ------
    ValueError
        If a variant is missing or its effects are unusable (names the variant).

    References
    ----------
    Steegen et al. (2016), doi:10.1177/1745691616658637; Simonsohn, Simmons & Nelson (2020),
    doi:10.1038/s41562-020-0912-z; for meta-analysis Voracek et al. (2019),
    doi:10.1027/2151-2604/a000357.
    """
    specifications = tuple(dict(s) for s in specifications)
    keys = [data_variant(s) for s in specifications]
    for key in keys:
        if key not in variants:
            raise unknown_name("each data variant", key, variants)
    data = _stack({key: variants[key] for key in keys if not isinstance(variants[key], str)})
    problem = [variants[key] if isinstance(variants[key], str) else None for key in keys]
    columns = {name: np.full(len(keys), np.nan) for name in _FIELDS}
    columns["k"] = np.zeros(len(keys), dtype=np.int64)
    for way, rows in _ways_to_pool(specifications, problem).items():
        # The first variant once more at the end: a batch of one would raise, not flag.
        places = [data.places[keys[row]] for row in [*rows, rows[0]]]
        batch = {"include": data.include[places], "ci_level": ci_level}
        fit = pool(data.y[places], data.v[places], **batch, **dict(way))
        columns["k"][rows] = fit.k[:-1]
        for name in _FIELDS:
            columns[name][rows] = np.where(fit.converged, getattr(fit, name), np.nan)[:-1]
        for row in np.array(rows)[~fit.converged[:-1]]:
            problem[row] = f"tau2 by {dict(way)['tau2_method']} did not converge"
    order = np.argsort(columns["estimate"], kind="stable")
    return MultiverseFit(specifications, problem=tuple(problem), order=order, **columns)


@dataclass(frozen=True)
class _Stack:
    """Data variants side by side, padded to the longest: (V, k) and the row of each."""

    y: np.ndarray
    v: np.ndarray
    include: np.ndarray
    places: dict


def _stack(variants):
    sizes = [np.size(y) for y, _ in variants.values()]
    shape = (len(sizes), max(sizes, default=0))
    y, v, include = np.zeros(shape), np.ones(shape), np.zeros(shape, dtype=bool)
    for row, (key, (yi, vi)) in enumerate(variants.items()):
        if np.shape(yi) != np.shape(vi) or np.ndim(yi) != 1 or np.size(yi) == 0:
            raise ValueError(
                f"variant {key} must be (yi, vi), each with the same number of studies; got "
                f"shapes {np.shape(yi)} and {np.shape(vi)}."
            )
        y[row, : sizes[row]], v[row, : sizes[row]] = yi, vi
        include[row, : sizes[row]] = True
        bad = np.flatnonzero(~(np.isfinite(y[row]) & np.isfinite(v[row]) & (v[row] > 0)))
        if bad.size:
            raise ValueError(
                f"variant {key} must have finite yi and finite vi > 0; positions "
                f"{bad[:5].tolist()} hold yi {y[row, bad[:5]]}, vi {v[row, bad[:5]]}. Correct them "
                "or give the reason for leaving this variant out."
            )
    return _Stack(y, v, include, {key: row for row, key in enumerate(variants)})


def _ways_to_pool(specifications, problem):
    """Group the rows without a problem by their way to pool."""
    ways = {}
    for row, specification in enumerate(specifications):
        if problem[row] is None:
            way = {n: o for n, o in specification.items() if n in POOLING_CHOICES and o is not None}
            ways.setdefault(tuple(way.items()), []).append(row)
    return ways
