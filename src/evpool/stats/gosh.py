"""GOSH: pool every subset of the studies, or a random sample of subsets.

A subset is a row of bits; all 2^k - 1 of them are the numbers 1, 2, 3 and so on. They are fitted in
chunks small enough for the processor's cache. For a common effect and for DL everything follows
from five sums per subset, which are one matrix product of the bits with the studies' terms.
"""

from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.moments import as_batch, studies_of
from evpool.stats.pooling import MODELS
from evpool.stats.tau2 import TAU2_METHODS, tau2_of

MAX_ALL = 21
SAMPLE = 1_000_000
_CHUNK = 1 << 16  # numbers per working array
# Closed forms lose digits when weights or effects differ too much; then the slower way is taken.
_WEIGHT_RANGE, _MAX_Q = 1e4, 1e6


@dataclass(frozen=True)
class GoshFit:
    """Pooled estimates of n subsets of k studies.

    Attributes
    ----------
    estimate, se : ndarray, shape (n,)
    tau2, q, i2, i2_tau2 : ndarray, shape (n,)
        Heterogeneity in each subset; i2 from q and from tau2, 0-1, NaN for single studies (and
        i2_tau2 on the common model).
    k : ndarray of int, shape (n,)
        Studies in each subset.
    converged : ndarray of bool, shape (n,)
    members : ndarray of uint8, shape (n, ceil(k / 8))
        Which studies each subset holds, bit by bit from the lowest; see `contains`.
    exact : bool
        Whether these are all 2^k - 1 subsets, else a random sample.
    model, tau2_method : str
    """

    estimate: np.ndarray
    se: np.ndarray
    tau2: np.ndarray
    q: np.ndarray
    i2: np.ndarray
    i2_tau2: np.ndarray
    k: np.ndarray
    converged: np.ndarray
    members: np.ndarray
    exact: bool
    model: str
    tau2_method: str

    def contains(self, study):
        """Return which subsets hold the study at this position, (n,) of bool."""
        return (self.members[:, study >> 3] >> (study & 7) & 1).astype(bool)


def gosh(yi, vi, *, model="random", tau2_method="REML", n_subsets=None, rng=None):
    """Pool all subsets of the studies (graphical display of study heterogeneity).

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    model : {"random", "common"}
    tau2_method : str
        One of `evpool.stats.tau2.TAU2_METHODS`.
    n_subsets : int, optional
        Draw this many subsets at random, each nonempty subset equally likely. By default all are
        fitted up to k = 21, and 1,000,000 are drawn above.
    rng : numpy.random.Generator, optional
        Needed to draw.

    Returns
    -------
    GoshFit

    Raises
    ------
    ValueError
        For unusable input, an unknown method, or if rng is needed and missing.

    References
    ----------
    Olkin, Dahabreh & Trikalinos (2012), doi:10.1002/jrsm.1053.
    """
    if model not in MODELS:
        raise unknown_name("model", model, MODELS)
    if tau2_method not in TAU2_METHODS:
        raise unknown_name("tau2_method", tau2_method, TAU2_METHODS)
    y, v = (a[0] for a in as_batch(yi, vi)[:2])
    wanted = 2**y.size - 1
    if n_subsets is not None:
        wanted = min(wanted, n_subsets)
    elif y.size > MAX_ALL:
        wanted = SAMPLE
    exact = wanted == 2**y.size - 1
    members = _all_members(y.size) if exact else _draw_members(y.size, wanted, rng)
    return _fit_all(y, v, members, exact, model, tau2_method)


def _all_members(k):
    codes = np.arange(1, 2**k, dtype="<u4")
    return codes.view(np.uint8).reshape(-1, 4)[:, : (k + 7) // 8]


def _draw_members(k, n, rng):
    """Draw packed memberships, replacing empty subsets by new draws."""
    if n < 1:
        raise ValueError(f"n_subsets must be at least 1; got {n}.")
    if rng is None:
        raise ValueError(
            f"rng must be given to draw {n} of the subsets of {k} studies. Pass "
            "numpy.random.default_rng(seed)."
        )
    used = np.packbits(np.ones(k, dtype=np.uint8), bitorder="little")
    members = rng.integers(0, 256, size=(n, used.size), dtype=np.uint8) & used
    while (empty := ~members.any(axis=1)).any():
        members[empty] = rng.integers(0, 256, size=(empty.sum(), used.size), dtype=np.uint8) & used
    return members


def _fit_all(y, v, members, exact, model, tau2_method):
    """Fit the subsets chunk by chunk into arrays allocated once."""
    w = 1.0 / v
    y0 = w @ y / w.sum()
    tame = w.max() <= _WEIGHT_RANGE * w.min() and w @ (y - y0) ** 2 <= _MAX_Q
    closed = tame and (model == "common" or tau2_method == "DL")
    fit = _closed_form if closed else _by_studies
    n, size = len(members), max(1, _CHUNK // y.size)
    columns = {name: np.empty(n) for name in ("estimate", "se", "tau2", "q", "i2", "i2_tau2")}
    columns["k"], columns["converged"] = np.empty(n, dtype=np.int64), np.empty(n, dtype=bool)
    for start in range(0, n, size):
        rows = slice(start, start + size)
        mask = np.unpackbits(members[rows], axis=1, count=y.size, bitorder="little")
        found = fit(y - y0, v, mask, model, tau2_method)
        found["estimate"] += y0
        for name, values in found.items():
            columns[name][rows] = values
    return GoshFit(**columns, members=members, exact=exact, model=model, tau2_method=tau2_method)


def _closed_form(y, v, mask, model, _):
    """Common effect or DL from sums over subsets; y is centred at its overall mean."""
    w = 1.0 / v
    bits = mask.astype(float)
    sums = bits @ np.stack([np.ones_like(w), w, w * w, w * y, w * y * y], axis=1)
    k, sw, sww, swy, swyy = np.ascontiguousarray(sums.T)
    several = k > 1
    q = np.where(several, np.maximum(swyy - swy * swy / sw, 0.0), 0.0)
    # tr P = (sum w - sum w^2 / sum w); a single study has none, and no tau2.
    trace = np.where(several, sw - sww / sw, np.nan)
    tau2 = np.zeros(len(k))
    if model == "random":
        tau2 = np.where(several, np.maximum((q - (k - 1.0)) / trace, 0.0), 0.0)
        bits /= tau2[:, None] + v
        sw, swy = (bits @ np.stack([np.ones_like(y), y], axis=1)).T
    typical = (k - 1.0) / trace
    return _columns(swy / sw, 1.0 / np.sqrt(sw), tau2, q, k, typical, np.isfinite(tau2), model)


def _by_studies(y, v, mask, model, tau2_method):
    """Any estimator, by the batched engine."""
    studies = studies_of(y, v, None, mask.astype(bool))
    tau2, converged = np.zeros(len(studies)), np.ones(len(studies), dtype=bool)
    if model == "random":
        found = tau2_of(studies, tau2_method)
        tau2, converged = np.where(found.converged, found.tau2, np.nan), found.converged
    at, q, typical = studies.project(tau2), studies.fixed.ypy, studies.typical_v
    return _columns(at.estimate, at.se, tau2, q, studies.k, typical, converged, model)


def _columns(estimate, se, tau2, q, k, typical, converged, model):
    several = k > 1
    i2 = np.divide(q - (k - 1.0), q, out=np.zeros_like(q), where=q > k - 1.0)
    return {
        "estimate": estimate,
        "se": se,
        "tau2": tau2,
        "q": q,
        "i2": np.where(several, i2, np.nan),
        "i2_tau2": tau2 / (tau2 + typical) if model == "random" else np.full_like(q, np.nan),
        "k": k,
        "converged": converged,
    }
