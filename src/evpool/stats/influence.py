"""Influence of single studies: deletion diagnostics and Baujat's coordinates.

All k leave-one-out fits and the full fit are estimated in one batched call.
"""

from dataclasses import dataclass

import numpy as np

from evpool.errors import ConvergenceError, unknown_name
from evpool.stats.distributions import chi2_upper_p
from evpool.stats.moments import Studies, as_batch, studies_of
from evpool.stats.pooling import MODELS
from evpool.stats.tau2 import TAU2_METHODS, tau2_of


@dataclass(frozen=True)
class Influence:
    """Deletion diagnostics of k studies in a model with p coefficients.

    Attributes
    ----------
    rstudent : ndarray, shape (k,)
        Studentised deleted residual: the study against its prediction without it.
    dffits : ndarray, shape (k,)
        Change of the study's fitted value when it is left out, in standard errors.
    cook_d : ndarray, shape (k,)
        Cook's distance: change of all fitted values.
    cov_ratio : ndarray, shape (k,)
        Determinant of the coefficients' covariance without the study over that with it; below 1
        the estimate becomes more precise when the study is left out.
    tau2_deleted, q_deleted : ndarray, shape (k,)
        tau2 and the residual Q without the study.
    hat, weight : ndarray, shape (k,)
        Hat value; share of the weights (0-1).
    dfbetas : ndarray, shape (k, p)
        Change of each coefficient, in standard errors.
    influential : ndarray of bool, shape (k,)
        Whether any of dffits, cook_d, hat or dfbetas passes its threshold.
    baujat_x, baujat_y : ndarray, shape (k,)
        Baujat's coordinates: contribution to heterogeneity and influence on the estimate.
    model, tau2_method : str
    """

    rstudent: np.ndarray
    dffits: np.ndarray
    cook_d: np.ndarray
    cov_ratio: np.ndarray
    tau2_deleted: np.ndarray
    q_deleted: np.ndarray
    hat: np.ndarray
    weight: np.ndarray
    dfbetas: np.ndarray
    influential: np.ndarray
    baujat_x: np.ndarray
    baujat_y: np.ndarray
    model: str
    tau2_method: str


def influence(yi, vi, *, model="random", tau2_method="REML", design=None):
    """Influence diagnostics of each study.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    model : {"random", "common"}
    tau2_method : str
        One of `evpool.stats.tau2.TAU2_METHODS`; estimated anew without each study.
    design : array_like, shape (k, p), optional
        Design of a meta-regression; None means an intercept only.

    Returns
    -------
    Influence
        NaN for a study without which the design cannot be fitted.

    Raises
    ------
    ValueError
        If k < p + 1, for unusable input or an unknown method.
    ConvergenceError
        If a fit does not converge; names the study left out.

    References
    ----------
    Viechtbauer & Cheung (2010), doi:10.1002/jrsm.11: the diagnostics and their thresholds,
    |dffits| > 3 sqrt(p / (k - p)), P(chi2_p < cook_d) > 0.5, hat > 3 p / k, |dfbetas| > 1.
    Baujat et al. (2002), doi:10.1002/sim.1221.
    """
    y, v = as_batch(yi, vi)[:2]
    k = y.shape[1]
    x = np.ones((k, 1)) if design is None else np.asarray(design, dtype=float)
    p = x.shape[-1]
    _check(model, tau2_method, y.shape[0], k, p)
    # The last row of the batch is the full fit.
    include = np.ones((k + 1, k), dtype=bool)
    include[np.arange(k), np.arange(k)] = False
    studies = studies_of(y, v, design, include)
    found = _diagnose(y[0], v[0], x, _Fits.estimate(studies, model, tau2_method))
    high = np.abs(found["dffits"]) > 3.0 * np.sqrt(p / (k - p))
    high |= chi2_upper_p(found["cook_d"], p) < 0.5
    high |= found["hat"] > 3.0 * p / k
    high |= (np.abs(found["dfbetas"]) > 1.0).any(axis=1)
    return Influence(**found, influential=high, model=model, tau2_method=tau2_method)


def _check(model, tau2_method, rows, k, p):
    if model not in MODELS:
        raise unknown_name("model", model, MODELS)
    if tau2_method not in TAU2_METHODS:
        raise unknown_name("tau2_method", tau2_method, TAU2_METHODS)
    if rows > 1:
        raise ValueError(f"yi must be one meta-analysis, shape (k,); got {rows} rows.")
    if k <= p:
        raise ValueError(
            f"yi must hold more studies than coefficients to leave one out; got {k} studies for "
            f"{p} coefficients."
        )


@dataclass(frozen=True)
class _Fits:
    """The k fits without one study and, last, the full fit: (k + 1, p), (k + 1, p, p), (k + 1,).

    `scale` (k, p) holds the coefficients' variances in the full data at each deleted tau2.
    """

    coefficients: np.ndarray
    cov: np.ndarray
    q: np.ndarray
    tau2: np.ndarray
    scale: np.ndarray

    @classmethod
    def estimate(cls, studies, model, tau2_method):
        if not isinstance(studies, Studies) and not studies.fittable.all():
            return cls._of_possible(studies, model, tau2_method)
        tau2 = np.zeros(len(studies))
        if model == "random":
            found = tau2_of(studies, tau2_method)
            _check_converged(found, tau2_method)
            tau2 = found.tau2
        at, whole = studies.project(tau2), np.full(len(studies) - 1, len(studies) - 1)
        again = studies.take(whole).project(tau2[:-1])
        if isinstance(studies, Studies):
            cov = (1.0 / at.s)[:, None, None]
            return cls(at.estimate[:, None], cov, studies.fixed.ypy, tau2, 1.0 / again.s[:, None])
        scale = np.diagonal(again.covariance, axis1=1, axis2=2)
        return cls(at.coefficients, at.covariance, studies.fixed.ypy, tau2, scale)

    @classmethod
    def _of_possible(cls, studies, model, tau2_method):
        """Estimate the fits that can be made, NaN for the others."""
        possible = studies.fittable
        if not possible[-1]:
            raise ValueError(
                f"design has {studies.p} coefficients, which the studies do not determine. Remove "
                "constant or collinear moderators."
            )
        part = cls.estimate(studies.take(np.flatnonzero(possible)), model, tau2_method)
        values = {}
        for name in ("coefficients", "cov", "q", "tau2", "scale"):
            known = getattr(part, name)
            rows = possible[:-1] if name == "scale" else possible
            values[name] = np.full((len(rows), *known.shape[1:]), np.nan)
            values[name][rows] = known
        return cls(**values)


def _check_converged(found, tau2_method):
    stuck = np.flatnonzero(~found.converged)
    if stuck.size:
        last = len(found.tau2) - 1
        which = ", ".join("none" if row == last else str(row) for row in stuck)
        raise ConvergenceError(
            f"tau2_method {tau2_method!r} did not converge with this study left out: {which}. "
            "Use DL or PM."
        )


def _diagnose(y, v, x, fits):
    """Compute the diagnostics, as fields of `Influence`, from the deleted fits and the full one."""
    deleted, tau2_deleted, full = fits.coefficients[:-1], fits.tau2[:-1], fits.coefficients[-1]
    w = 1.0 / (v + fits.tau2[-1])
    change = full - deleted
    fitted = x @ full
    predicted = np.vecdot(x, deleted)
    variance = np.vecdot(np.matvec(fits.cov[:-1], x), x)
    hat = np.vecdot(x @ fits.cov[-1], x) * w
    shift = np.vecdot(x, change)
    with np.errstate(invalid="ignore"):  # fits that cannot be made are NaN
        cov_ratio = np.linalg.det(fits.cov[:-1]) / np.linalg.det(fits.cov[-1])
    return {
        "rstudent": (y - predicted) / np.sqrt(v + tau2_deleted + variance),
        "dffits": shift / np.sqrt(hat * (v + tau2_deleted)),
        "cook_d": np.vecdot(np.linalg.solve(fits.cov[-1], change.T).T, change),
        "cov_ratio": cov_ratio,
        "tau2_deleted": tau2_deleted,
        "q_deleted": fits.q[:-1],
        "hat": hat,
        "weight": w / w.sum(),
        "dfbetas": change / np.sqrt(fits.scale),
        "baujat_x": (y - fitted) ** 2 * w,
        "baujat_y": shift**2 / variance,
    }
