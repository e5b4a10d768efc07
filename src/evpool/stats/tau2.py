"""Between-study variance tau^2: eleven estimators, each written once for a batch of fits.

Every estimator takes `Studies` (intercept only) or `DesignStudies` (p coefficients) and uses only
the moments they share; `estimate_tau2` is the way in.
"""

from dataclasses import dataclass

import numpy as np

from evpool.errors import ConvergenceError, unknown_name
from evpool.stats.distributions import chi2_quantile
from evpool.stats.moments import OneFit, intercept_studies, studies_of

TAU2_METHODS = ("DL", "DL2", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM")

MAX_ITERATIONS = 200
# Convergence is quadratic: after a step this small the error is about its square.
_RELATIVE_STEP = 1e-6
_ABSOLUTE_STEP = 1e-13  # in units of the smallest variance
_GRID = np.linspace(0.0, 1.0, 9)  # the last is an upper bound, not tried
_AT_ZERO = (np.float64(0.0), True, 0)  # tau2, converged and iterations of a single study
_CHUNK = 1 << 15  # numbers per working array: a few of them fit in the processor's cache


@dataclass(frozen=True)
class Tau2Fit:
    """Estimates of tau^2 for a batch of fits.

    Attributes
    ----------
    tau2 : ndarray, shape (B,)
        In the square of the effect's unit; NaN where the design cannot be fitted.
    converged : ndarray of bool, shape (B,)
    iterations : ndarray of int, shape (B,)
        0 for closed forms.
    method : str
    """

    tau2: np.ndarray
    converged: np.ndarray
    iterations: np.ndarray
    method: str


def estimate_tau2(yi, vi, method="REML", *, design=None, include=None):
    """Estimate the between-study variance.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    method : str
        One of `TAU2_METHODS`.
    design : array_like, shape (k, p) or (B, k, p), optional
        Moderators with their intercept column; None means an intercept only.
    include : array_like of bool, shape (B, k), optional
        The studies in each fit.

    Returns
    -------
    Tau2Fit
        tau2 is 0 for fits without residual degrees of freedom. In a batch, fits whose studies
        cannot determine all coefficients have tau2 NaN and converged False.

    Raises
    ------
    ValueError
        For unusable input or an unknown method.
    ConvergenceError
        If a single fit (B = 1) does not converge.

    References
    ----------
    DL: DerSimonian & Laird (1986), doi:10.1016/0197-2456(86)90046-2.
    DL2: DerSimonian & Kacker (2007), doi:10.1016/j.cct.2006.04.004, eq. 6 with DL weights.
    HE: Hedges (1983), doi:10.1037/0033-2909.93.2.388. HS: Hunter & Schmidt (2004); HSk: its
    small-sample correction, Brannick et al. (2019), doi:10.1177/1094428118756737.
    SJ: Sidik & Jonkman (2005), doi:10.1111/j.1467-9876.2005.00489.x.
    ML, REML: Raudenbush (2009), in The handbook of research synthesis and meta-analysis,
    pp. 295-315; Viechtbauer (2005), doi:10.3102/10769986030003261.
    EB: Morris (1983), doi:10.1080/01621459.1983.10477920.
    PM: Paule & Mandel (1982), doi:10.6028/jres.087.022. PMM: Viechtbauer (2021),
    doi:10.5964/meth.2205 (the root for the median of the chi-squared distribution).
    """
    if method not in _ESTIMATORS:
        raise unknown_name("method", method, TAU2_METHODS)
    if design is None:
        studies = intercept_studies(yi, vi, include)
    else:
        studies = studies_of(yi, vi, design, include)
    fit = tau2_of(studies, method)
    if len(studies) == 1 and not np.all(fit.converged):
        raise _single_failure(studies, method)
    return Tau2Fit(*map(np.atleast_1d, (fit.tau2, fit.converged, fit.iterations)), method)


def _single_failure(studies, method):
    if studies.p > 1 and not studies.fittable[0]:
        return ValueError(
            f"design has {studies.p} coefficients but the {studies.k[0]:g} included studies do "
            "not determine them all. Drop moderators or include more studies."
        )
    return not_converged(method)


def not_converged(method):
    """Build the error for a single fit whose tau2 did not converge."""
    return ConvergenceError(
        f"tau2 by {method} did not converge in {MAX_ITERATIONS} iterations; "
        "use tau2_method DL or PM."
    )


def tau2_of(studies, method):
    """Estimate tau^2 of already arranged studies; never raises for non-convergence."""
    if isinstance(studies, OneFit):
        return Tau2Fit(*(_estimate(studies, method) if studies.df else _AT_ZERO), method)
    usable = studies.df > 0
    if studies.p > 1:
        usable = usable & studies.fittable

    def run(part):
        return _estimate(part, method)

    if usable.all():
        return Tau2Fit(*in_chunks(studies, run), method)
    tau2 = np.where(studies.df == 0, 0.0, np.nan)
    if studies.p > 1:
        tau2[~studies.fittable] = np.nan
    iterations = np.zeros(len(studies), dtype=int)
    converged = np.isfinite(tau2)
    rows = np.flatnonzero(usable)
    if rows.size:
        tau2[rows], converged[rows], iterations[rows] = in_chunks(studies.take(rows), run)
    return Tau2Fit(tau2, converged, iterations, method)


def in_chunks(studies, run, share=1):
    """Run `run` over slices of fits that fit in cache; it returns arrays of shape (B,).

    Parameters
    ----------
    studies : Studies or DesignStudies
    run : callable
        run(studies) -> tuple of ndarray, one value per fit.
    share : int
        How many arrays of the data's size `run` works on at a time.

    Returns
    -------
    tuple of ndarray, shape (B,)
    """
    size = max(1, _CHUNK // (share * studies.y.shape[1]))
    if len(studies) <= size:
        return run(studies)
    parts = [run(studies.take(slice(i, i + size))) for i in range(0, len(studies), size)]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _estimate(studies, method):
    """Run an estimator; give closed forms, which return tau2 only, the other two."""
    found = _ESTIMATORS[method](studies)
    if isinstance(found, tuple):
        return found
    tau2 = np.maximum(found, 0.0)
    return tau2, np.isfinite(tau2), np.zeros_like(tau2, dtype=int)


def _dersimonian_laird(studies):
    fixed = studies.fixed
    return (fixed.ypy - studies.df) / fixed.tr_p


def _two_step_dersimonian_laird(studies):
    first = np.maximum(_dersimonian_laird(studies), 0.0)
    second = studies.project(first)
    return (second.ypy - second.tr_pv) / second.tr_p


def _hedges(studies):
    plain = studies.plain
    return (plain.ypy - plain.tr_pv) / studies.df


def _hunter_schmidt(studies):
    fixed = studies.fixed
    return (fixed.ypy - studies.k) / fixed.tr_w


def _hunter_schmidt_corrected(studies):
    fixed = studies.fixed
    return (fixed.ypy * studies.k / studies.df - studies.k) / fixed.tr_w


def _sidik_jonkman(studies):
    crude = studies.total_ss / studies.k
    positive = np.where(crude > 0, crude, 1.0)
    refined = positive * studies.project(positive).ypy / studies.df
    return np.where(crude > 0, refined, 0.0)


def _paule_mandel(studies):
    return generalised_q_root(studies, studies.df)


def _paule_mandel_median(studies):
    return generalised_q_root(studies, chi2_quantile(0.5, studies.df))


def _maximum_likelihood(studies):
    return maximise_likelihood(studies, restricted=False)


def _restricted_maximum_likelihood(studies):
    return maximise_likelihood(studies, restricted=True)


_ESTIMATORS = {
    "DL": _dersimonian_laird,
    "DL2": _two_step_dersimonian_laird,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "HSk": _hunter_schmidt_corrected,
    "SJ": _sidik_jonkman,
    "ML": _maximum_likelihood,
    "REML": _restricted_maximum_likelihood,
    # Morris' equation, y'Py k / (k - p) = k, has the same root as Paule and Mandel's.
    "EB": _paule_mandel,
    "PM": _paule_mandel,
    "PMM": _paule_mandel_median,
}


def generalised_q_root(studies, target):
    """Solve Q(tau2) = y'Py = target for tau2, 0 if Q(0) is below the target.

    Parameters
    ----------
    studies : Studies or DesignStudies
    target : ndarray, shape (B,)

    Returns
    -------
    tau2, converged, iterations : ndarray, shape (B,)

    Notes
    -----
    Q is a sum of terms z^2 / (lambda + tau2), so 1 / Q is concave and increasing in tau2: Newton
    steps on 1 / Q that start left of the root stay left of it and increase. The start is the
    lower bound that replacing every variance by the largest one gives.
    """
    largest = np.maximum((studies.rest * studies.v).max(axis=-1), studies.v0)
    start = np.maximum(studies.plain.ypy / target - largest, 0.0)

    return iterate(studies, start, _advance_q, target)


def _advance_q(studies, tau2, target):
    at = studies.project(tau2)
    q, slope = at.ypy, at.yppy
    # All effects equal: Q = 0, and the start, 0, is the answer.
    step = q * (q - target) / (target * studies.choose(slope > 0, slope, 1.0))
    return np.maximum(tau2 + step, 0.0), target


def iterate(studies, tau2, advance, *state):
    """Repeat `advance` on each fit until its tau2 stands still; settled fits are left out.

    Parameters
    ----------
    studies : Studies, OneFit or DesignStudies
    tau2 : ndarray, shape (B,)
        Where to start.
    advance : callable
        advance(studies, tau2, *state) -> next tau2, *next state.
    *state : ndarray, shape (B,)
        What else a step needs to know of each fit.

    Returns
    -------
    tau2, converged, iterations : ndarray, shape (B,)
    """
    if isinstance(studies, OneFit):
        return _iterate_one(studies, tau2, advance, state)
    found = np.array(tau2, dtype=float)
    iterations = np.full(len(found), MAX_ITERATIONS)
    rows = np.arange(len(found))
    for count in range(1, MAX_ITERATIONS + 1):
        new, *state = advance(studies, tau2, *state)
        moving = np.abs(new - tau2) > _RELATIVE_STEP * new + _ABSOLUTE_STEP * studies.v0
        found[rows], tau2 = new, new
        if moving.all():
            continue
        iterations[rows[~moving]] = count
        rows = rows[moving]
        if not rows.size:
            break
        studies, tau2 = studies.take(moving), new[moving]
        state = [values[moving] for values in state]
    converged = np.isfinite(found)
    converged[rows] = False
    return found, converged, iterations


def _iterate_one(studies, tau2, advance, state):
    for count in range(1, MAX_ITERATIONS + 1):
        new, *state = advance(studies, tau2, *state)
        if abs(new - tau2) <= _RELATIVE_STEP * new + _ABSOLUTE_STEP * studies.v0:
            return new, True, count
        tau2 = new
    return tau2, False, MAX_ITERATIONS


def maximise_likelihood(studies, restricted):
    """Maximise the (restricted) likelihood over tau2 >= 0, from the best point of a grid.

    Parameters
    ----------
    studies : Studies, OneFit or DesignStudies
    restricted : bool

    Returns
    -------
    tau2, converged, iterations : ndarray, shape (B,)

    Notes
    -----
    No stationary point exceeds y'Py at equal weights minus the smallest variance. The grid is
    geometric in smallest variance + tau2 from tau2 = 0 up to there. The likelihood can have
    several maxima; a grid finds the highest unless two lie between neighbouring points.
    """
    span = np.maximum(studies.plain.ypy / studies.v0, 1.0)
    edges = studies.v0[..., None] * (span[..., None] ** _GRID - 1.0)
    level = studies.spread().project(edges[..., :-1]).log_likelihood(restricted)
    best = level.argmax(axis=-1)
    low, start, high = (edges[(*studies.rows, best + i)] for i in (-1, 0, 1))
    low = studies.choose(best > 0, low, start)
    climb = _climb_restricted if restricted else _climb_full
    return iterate(studies, start, climb, low, high)


def _climb_restricted(studies, tau2, low, high):
    at = studies.project(tau2)
    return _climb(studies.choose, at, at.tr_p, at.tr_pp, tau2, low, high)


def _climb_full(studies, tau2, low, high):
    at = studies.project(tau2)
    return _climb(studies.choose, at, at.tr_w, at.tr_ww, tau2, low, high)


def _climb(choose, at, first, second, tau2, low, high):
    """Safeguarded Newton step up the likelihood, whose score is y'PPy - `first`.

    The step solves 1 - first / y'PPy = 0 by Newton, exact in one step for equal variances; where
    that is of no use, it is Fisher's scoring step. The signs of the score seen so far narrow the
    bracket from `low` to `high`; a step that leaves it is replaced by its middle.
    """
    square = at.yppy
    score = square - first
    low = choose(score > 0, tau2, low)
    high = choose(score < 0, tau2, high)
    slope = 2.0 * first * at.ypppy - second * square
    newton = (slope > 0) & (4.0 * square > first)
    new = tau2 + score * choose(newton, square, 1.0) / choose(newton, slope, second)
    return choose((new >= low) & (new <= high), new, 0.5 * (low + high)), low, high
