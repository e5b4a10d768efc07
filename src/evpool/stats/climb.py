"""Maximise a smooth function of a few parameters within bounds, by its own second derivatives."""

from dataclasses import dataclass

import numpy as np

MAX_ITERATIONS = 200


@dataclass(frozen=True)
class Maximum:
    """Where a climb ended: the parameters, their standard errors (NaN at a bound), the value."""

    theta: np.ndarray
    se: np.ndarray
    value: float
    converged: bool


def climb(evaluate, theta, low, high):
    """Maximise a function by projected, damped Newton steps.

    Parameters
    ----------
    evaluate : callable
        evaluate(theta) returns the value, the gradient (p,) and the Hessian (p, p).
    theta : ndarray, shape (p,)
        The start.
    low, high : ndarray, shape (p,)
        Bounds; equal ones fix a parameter.

    Returns
    -------
    Maximum
        Converged once the gradient of the parameters that are free to move, each in units of its
        curvature (so about one standard error of a log-likelihood), is below 1e-8.

    References
    ----------
    Bertsekas (1982), doi:10.1137/0320018 (projected Newton); Nocedal & Wright (2006), Numerical
    Optimization, section 3.4 (eigenvalue modification).
    """
    damping, (value, gradient, hessian) = 1e-3, evaluate(theta)
    converged = False
    for _ in range(MAX_ITERATIONS):
        free = (low < high) & ~((theta <= low) & (gradient <= 0))
        free &= ~((theta >= high) & (gradient >= 0))
        scale = np.sqrt(np.abs(np.diag(hessian))[free]) + 1e-300
        slope = gradient[free] / scale
        if np.abs(slope).max(initial=0.0) < 1e-8:
            converged = True
            break
        curvature, axes = np.linalg.eigh(-hessian[np.ix_(free, free)] / np.outer(scale, scale))
        step = axes @ (axes.T @ slope / (np.maximum(np.abs(curvature), 1e-8) + damping)) / scale
        trial = theta.copy()
        trial[free] = np.clip(theta[free] + step, low[free], high[free])
        with np.errstate(all="ignore"):  # a step too far may leave no study publishable: refused
            found = evaluate(trial)
        if np.isfinite(found[0]) and found[0] >= value - 1e-13 * abs(value):
            theta, (value, gradient, hessian) = trial, found
            damping = damping / 10 if damping > 1e-12 else 0.0
        else:
            damping = max(10 * damping, 1e-4)
    return Maximum(theta, _standard_errors(hessian, free), value, converged)


def _standard_errors(hessian, free):
    """From the observed information of the parameters that are not at a bound."""
    se = np.full(free.size, np.nan)
    information = -hessian[np.ix_(free, free)]
    if free.any() and np.linalg.eigvalsh(information).min() > 0:
        se[free] = np.sqrt(np.diag(np.linalg.inv(information)))
    return se
