"""Selection models: what the pooled effect would be had every P value been equally publishable."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from evpool.errors import ConvergenceError
from evpool.stats.bias_support import (
    check_alternative,
    check_batch,
    join_warnings,
    wald_test,
)
from evpool.stats.climb import MAX_ITERATIONS, Maximum, climb
from evpool.stats.distributions import chi2_upper_p

LOG_2PI = np.log(2 * np.pi)
FEW_STUDIES = 3  # an interval with this many studies or fewer carries a warning


@dataclass(frozen=True)
class SelectionFit:
    """A step-function selection model fitted by maximum likelihood; fields of shape (B,).

    `weights` (B, m + 1) are the chances of publication in the P value intervals that end at `steps`
    (m + 1,), relative to the first; `weights_se` and the limits are NaN where a weight is fixed or
    at a bound. `counts` holds the studies per interval. `log_likelihood_null` belongs to the model
    without selection, `statistic`, `df` and `p_value` to the likelihood-ratio test against it,
    `z` and `z_p` to the adjusted estimate.
    """

    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    z: np.ndarray
    z_p: np.ndarray
    tau2: np.ndarray
    tau2_se: np.ndarray
    weights: np.ndarray
    weights_se: np.ndarray
    weights_ci_low: np.ndarray
    weights_ci_high: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    log_likelihood: np.ndarray
    log_likelihood_null: np.ndarray
    counts: np.ndarray
    k: np.ndarray
    converged: np.ndarray
    steps: np.ndarray
    alternative: str
    warning: str


def selection_model(
    yi,
    vi,
    *,
    steps=(0.025,),
    alternative="greater",
    max_weight=100.0,
    ci_level=0.95,
    include=None,
):
    """Fit a random-effects model together with a step function of publication chances.

    Studies whose one-sided P value falls into (0, steps[0]] are published with weight 1, those of
    each later interval with a weight that is estimated. One step is the three-parameter selection
    model (3PSM).

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    steps : sequence of float
        Where the publication chance may change, as one-sided P values, increasing within (0, 1).
    alternative : {'greater', 'less'}
        Which direction is the publishable one, hence the tail of the one-sided P values.
    max_weight : float
        Upper bound of a weight. A weight runs into it when no study lies in the first interval, and
        into 0 when none lies in its own: the bound is reported in `warning`, and the standard
        errors are those of the other parameters with it held there.
    ci_level : float
        Level of the Wald intervals, 0-1.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    SelectionFit

    Raises
    ------
    ValueError
        If steps are not increasing within (0, 1) or a fit has fewer studies than parameters.
    ConvergenceError
        If a single fit does not converge; in a batch, `converged` is False and the row NaN.

    References
    ----------
    Hedges (1992), doi:10.1214/ss/1177011364, likelihood (eq. 6); Vevea & Hedges (1995),
    doi:10.1007/BF02294384. Standard errors: inverse of the observed information.
    """
    yi, vi, include = check_batch(yi, vi, include)
    sign = _direction(alternative)
    ends = _interval_ends(steps)
    _check_size(include, ends.size + 1, max_weight)
    rows = [
        _fit_row(_StepModel(sign * y[used], v[used], ends), max_weight)
        for y, v, used in zip(yi, vi, include, strict=True)
    ]
    if len(rows) == 1 and not rows[0].converged:
        raise ConvergenceError(
            f"the selection model with steps {_listed(ends[:-1])} did not converge in "
            f"{MAX_ITERATIONS} iterations; use fewer steps."
        )
    return _collect(rows, include, sign, ends, alternative, ci_level)


def step_log_likelihood(yi, vi, estimate, tau2, weights, *, steps=(0.025,), alternative="greater"):
    """Log-likelihood of a step-function selection model at given parameters.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    estimate, tau2 : float
        Mean and variance of the true effects before selection.
    weights : array_like, shape (m + 1,)
        Publication weights of the intervals, the first being 1.
    steps : sequence of float, length m
        Ends of the intervals, as one-sided P values.
    alternative : {'greater', 'less'}
        The tail of the one-sided P values.

    Returns
    -------
    float

    References
    ----------
    Hedges (1992) eq. 6, doi:10.1214/ss/1177011364.
    """
    sign = _direction(alternative)
    model = _StepModel(sign * np.asarray(yi, float), np.asarray(vi, float), _interval_ends(steps))
    theta = np.concatenate([[sign * estimate, tau2], np.asarray(weights, float)[1:]])
    return float(model.evaluate(theta)[0])


class _StepModel:
    """The log-likelihood of theta = (mu, tau2, weights[1:]) and its first two derivatives.

    Effects are signed so that the publishable direction is up. Study i falls into the interval
    between the effects that its standard error turns into the P values at the interval's ends.
    """

    def __init__(self, y, v, ends):
        self.y, self.v = y, v
        se = np.sqrt(v)
        cut = -ndtri(ends[:-1]) * se[:, None]
        self.edges = np.pad(cut, ((0, 0), (1, 1)), constant_values=((0, 0), (np.inf, -np.inf)))
        self.counts = np.bincount(np.searchsorted(ends, ndtr(-y / se)), minlength=ends.size)

    def evaluate(self, theta):
        """Return the value, the gradient and the Hessian at theta."""
        mu, u = theta[0], self.v + theta[1]
        weights = np.concatenate([[1.0], theta[2:]])
        gradient, hessian = np.zeros(theta.size), np.zeros((theta.size, theta.size))
        value = self._add_effects(gradient, hessian, self.y - mu, u)
        value += self._add_weights(gradient, hessian, weights)
        value += self._add_selection(gradient, hessian, mu, u, weights)
        hessian[1, 0] = hessian[0, 1]
        hessian[2:, :2] = hessian[:2, 2:].T
        return value, gradient, hessian

    @staticmethod
    def _add_effects(gradient, hessian, residual, u):
        """Add the normal log density of the effects; return its value."""
        precise, square = 1.0 / u, residual**2 / u
        gradient[0] += precise @ residual
        gradient[1] += 0.5 * (precise @ (square - 1))
        hessian[0, 0] -= precise.sum()
        hessian[0, 1] -= precise**2 @ residual
        hessian[1, 1] += precise**2 @ (0.5 - square)
        return -0.5 * (LOG_2PI * u.size + np.log(u).sum() + square.sum())

    def _add_weights(self, gradient, hessian, weights):
        """Add the log weights of the intervals that hold studies; return their value."""
        held = np.flatnonzero(self.counts)
        free = held[held > 0]
        ratio = self.counts[free] / weights[free]
        gradient[free + 1] += ratio
        hessian[free + 1, free + 1] -= ratio / weights[free]
        return self.counts[held] @ np.log(weights[held])

    def _add_selection(self, gradient, hessian, mu, u, weights):
        """Subtract the log chance that each study is published; return minus their sum."""
        root = np.sqrt(u)[:, None]
        edges = (self.edges - mu) / root
        upper, lower = edges[:, :-1], edges[:, 1:]
        chance = np.where(lower > 0, ndtr(-lower) - ndtr(-upper), ndtr(upper) - ndtr(lower))
        published = chance @ weights
        # Derivatives of the normal distribution function at the steps, by mu and by u.
        b, u = edges[:, 1:-1], u[:, None]
        density = np.exp(-0.5 * b**2 - 0.5 * LOG_2PI)
        by_mu, by_u = -density / root, -density * b / (2 * u)
        rise = np.diff(weights)
        slope = np.column_stack([by_mu @ rise, by_u @ rise, chance[:, 1:]]) / published[:, None]
        gradient -= slope.sum(axis=0)
        hessian += slope.T @ slope
        inverse = 1 / published
        bend = density * b * (3 - b**2) / (4 * u**2)
        hessian[0, 0] -= inverse @ (-density * b / u @ rise)
        hessian[0, 1] -= inverse @ (density * (1 - b**2) / (2 * u * root) @ rise)
        hessian[1, 1] -= inverse @ (bend @ rise)
        for row, part in enumerate((by_mu, by_u)):
            total = inverse @ part
            hessian[row, 2:] -= total
            hessian[row, 2:-1] += total[1:]
        return -np.log(published).sum()


@dataclass(frozen=True)
class _RowFit:
    best: Maximum
    null: Maximum
    counts: np.ndarray
    at_bound: np.ndarray

    @property
    def converged(self):
        return self.best.converged and self.null.converged


def _fit_row(model, max_weight):
    """Fit the model with and without selection; the best of several starts."""
    m = len(model.counts) - 1
    free = np.array([-np.inf, 0.0] + [0.0] * m), np.array([np.inf, np.inf] + [max_weight] * m)
    fixed = np.concatenate([free[0][:2], np.ones(m)]), np.concatenate([free[1][:2], np.ones(m)])
    mean, spread = model.y.mean(), model.y.var()
    null = _best(model, fixed, [[mean, part * spread] + [1.0] * m for part in (0.0, 0.5, 2.0)])
    mu, tau2 = null.theta[:2]
    starts = [
        [mu, tau2, *[1.0] * m],
        [mu / 2, tau2, *0.3 ** np.arange(1, m + 1)],
        [0.0, tau2 + mu**2, *[0.05] * m],
        [mu / 2, tau2 + spread, *[min(10.0, max_weight)] * m],
    ]
    best = _best(model, free, starts)
    at_bound = (best.theta <= free[0]) | (best.theta >= free[1])
    return _RowFit(best, null, model.counts, at_bound)


def _best(model, bounds, starts):
    ends = [climb(model.evaluate, np.array(start, float), *bounds) for start in starts]
    return max(ends, key=lambda end: (end.converged, end.value))


def _collect(rows, include, sign, ends, alternative, ci_level):
    converged = np.array([row.converged for row in rows])
    kept = np.where(converged, 0.0, np.nan)[:, None]
    theta = np.array([row.best.theta for row in rows]) + kept
    se = np.array([row.best.se for row in rows]) + kept
    value = np.array([row.best.value for row in rows])
    null = np.array([row.null.value for row in rows])
    counts = np.array([row.counts for row in rows])
    estimate, inf = sign * theta[:, 0], np.full(len(rows), np.inf)
    test = wald_test(estimate, se[:, 0], inf, ci_level)
    first = np.ones((len(rows), 1))
    weights, weights_se = np.hstack([first, theta[:, 2:]]), np.hstack([np.nan * first, se[:, 2:]])
    interval = wald_test(weights, weights_se, inf[:, None], ci_level)
    statistic = np.maximum(2 * (value - null), 0.0) + kept[:, 0]
    df = np.full(len(rows), ends.size - 1.0)
    return SelectionFit(
        estimate=estimate,
        se=se[:, 0],
        ci_low=test.ci_low,
        ci_high=test.ci_high,
        z=test.statistic,
        z_p=test.p_value,
        tau2=theta[:, 1],
        tau2_se=se[:, 1],
        weights=weights,
        weights_se=weights_se,
        weights_ci_low=np.maximum(interval.ci_low, 0.0),
        weights_ci_high=interval.ci_high,
        statistic=statistic,
        df=df,
        p_value=chi2_upper_p(statistic, df),
        log_likelihood=value,
        log_likelihood_null=null,
        counts=counts,
        k=include.sum(axis=1),
        converged=converged,
        steps=ends,
        alternative=alternative,
        warning=join_warnings(
            _sparse_intervals(counts, ends), _at_bounds(rows, ends), _not_converged(converged)
        ),
    )


def _sparse_intervals(counts, ends):
    fewest = counts.min(axis=0)
    if fewest.min() > FEW_STUDIES:
        return ""
    named = [f"{count} in {_interval(ends, j)}" for j, count in enumerate(fewest)]
    few = ", ".join(name for name, count in zip(named, fewest, strict=True) if count <= FEW_STUDIES)
    return f"few studies in a P value interval ({few}): its weight is weakly determined"


def _at_bounds(rows, ends):
    stuck = np.any([row.at_bound[1:] for row in rows], axis=0)
    names = ["tau2", *(f"the weight of {_interval(ends, j)}" for j in range(1, ends.size))]
    held = [name for name, is_stuck in zip(names, stuck, strict=True) if is_stuck]
    if not held:
        return ""
    return f"{' and '.join(held)} at a bound: standard errors hold it there"


def _not_converged(converged):
    lost = int((~converged).sum())
    return f"{lost} of {converged.size} fits did not converge" if lost else ""


def _interval(ends, j):
    return f"({0.0 if j == 0 else ends[j - 1]:g}, {ends[j]:g}]"


def _listed(steps):
    return ", ".join(f"{step:g}" for step in steps)


def _direction(alternative):
    check_alternative(alternative, ("greater", "less"))
    return 1.0 if alternative == "greater" else -1.0


def _interval_ends(steps):
    """Upper ends of the P value intervals, the last being 1."""
    steps = np.atleast_1d(np.asarray(steps, dtype=float))
    ends = np.concatenate([[0.0], steps, [1.0]])
    if steps.ndim > 1 or steps.size == 0 or not (np.diff(ends) > 0).all():
        raise ValueError(
            f"steps must increase strictly within (0, 1); got {steps.tolist()}. "
            "Try (0.025,) or (0.025, 0.5)."
        )
    return ends[1:]


def _check_size(include, parameters, max_weight):
    fewest = int(include.sum(axis=1).min())
    if fewest < parameters:
        raise ValueError(
            f"yi must hold at least as many studies as the model has parameters ({parameters}); "
            f"got {fewest}. Use fewer steps."
        )
    if not 1 <= max_weight < np.inf:
        raise ValueError(f"max_weight must be finite and >= 1; got {max_weight!r}. Try 100.")
