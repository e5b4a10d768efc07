"""Simulate meta-analyses of animal studies and measure bias, coverage and width.

All meta-analyses of a cell are one batch: each method is one call of the engine.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from evpool.stats import pooling

SEED = 20260117
KS = (3, 5, 10, 20, 50)
TAU2S = (0.0, 0.1, 1.0)
VARIANCES = ("estimated", "known")
N_LOW, N_HIGH = 6, 12  # animals per group
MEAN = 1.0  # the true mean effect, in within-group SDs
LEVEL = 0.95

TAU2_METHODS = ("DL", "PM", "ML", "REML")
INTERVALS = (
    ("common", "REML", "wald"),
    ("random", "DL", "wald"),
    ("random", "PM", "wald"),
    ("random", "REML", "wald"),
    ("random", "REML", "t"),
    ("random", "DL", "hksj"),
    ("random", "PM", "hksj"),
    ("random", "REML", "hksj"),
    ("random", "REML", "hksj_adhoc"),
    ("random", "ML", "profile"),
)
PREDICTIONS = tuple(
    (tau2_method, pi_method)
    for tau2_method in ("DL", "REML")
    for pi_method in ("normal", "t_k1", "t_k2", "hksj")
)
COLUMNS = ("variances", "k", "tau2", "figure", "method", "value", "mcse", "n")


@dataclass(frozen=True)
class Cell:
    """One cell of the study: n meta-analyses of k studies.

    Attributes
    ----------
    variances : {"estimated", "known"}
        Whether vi comes from the sample SDs or is the true sampling variance.
    k : int
    tau2 : float
        True between-study variance, in squared within-group SDs.
    n : int
    """

    variances: str
    k: int
    tau2: float
    n: int


def cells(n):
    """Return every cell of the study, with n meta-analyses each."""
    return [Cell(name, k, tau2, n) for name in VARIANCES for k in KS for tau2 in TAU2S]


def draw_studies(cell):
    """Draw mean differences and their variances; a cell's numbers depend on nothing but the cell.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    yi, vi : ndarray, shape (n, k)
        In within-group SDs and their squares.
    """
    key = (SEED, VARIANCES.index(cell.variances), cell.k, round(1000 * cell.tau2))
    rng = np.random.default_rng(key)
    shape = (cell.n, cell.k)
    n_t, n_c = rng.integers(N_LOW, N_HIGH, size=(2, *shape), endpoint=True)
    vi = 1.0 / n_t + 1.0 / n_c
    yi = rng.normal(MEAN, np.sqrt(cell.tau2 + vi))
    if cell.variances == "estimated":
        vi = _sample_variance(rng, n_t) / n_t + _sample_variance(rng, n_c) / n_c
    return yi, vi


def _sample_variance(rng, n):
    """Variance of n observations with true variance 1."""
    return rng.chisquare(n - 1) / (n - 1)


def measure_cell(cell):
    """Measure one cell.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    list of dict
        One row per figure and method, keyed by `COLUMNS`.
    """
    yi, vi = draw_studies(cell)
    found = [*_biases(yi, vi, cell.tau2), *_interval_figures(yi, vi)]
    found += _prediction_figures(yi, vi, cell.tau2)
    return [_row(cell, figure, method, draws) for figure, method, draws in found]


def _row(cell, figure, method, draws):
    """Summarise one value per meta-analysis by their mean and its Monte Carlo standard error."""
    return {
        "variances": cell.variances,
        "k": cell.k,
        "tau2": cell.tau2,
        "figure": figure,
        "method": method,
        "value": draws.mean(),
        "mcse": draws.std(ddof=1) / np.sqrt(draws.size),
        "n": draws.size,
    }


def _biases(yi, vi, tau2):
    for method in TAU2_METHODS:
        fit = pooling.pool(yi, vi, tau2_method=method)
        yield "tau2_bias", method, fit.tau2[fit.converged] - tau2


def _interval_figures(yi, vi):
    for model, tau2_method, ci_method in INTERVALS:
        fit = pooling.pool(
            yi, vi, model=model, tau2_method=tau2_method, ci_method=ci_method, ci_level=LEVEL
        )
        name = "common" if model == "common" else f"{ci_method} {tau2_method}"
        low, high = fit.ci_low[fit.converged], fit.ci_high[fit.converged]
        yield "ci_coverage", name, ((low <= MEAN) & (high >= MEAN)).astype(float)
        yield "ci_width", name, high - low


def _prediction_figures(yi, vi, tau2):
    for tau2_method, pi_method in PREDICTIONS:
        fit = pooling.pool(yi, vi, tau2_method=tau2_method, pi_method=pi_method, ci_level=LEVEL)
        low, high = fit.pi_low[fit.converged], fit.pi_high[fit.converged]
        yield "pi_coverage", f"{pi_method} {tau2_method}", chance_inside(low, high, tau2)


def chance_inside(low, high, tau2):
    """Probability that a new study's true effect, N(MEAN, tau2), lies between two limits.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
    tau2 : float
        0 makes it 0 or 1.

    Returns
    -------
    ndarray, shape (n,)
    """
    if tau2 == 0:
        return ((low <= MEAN) & (high >= MEAN)).astype(float)
    tau = np.sqrt(tau2)
    return ndtr((high - MEAN) / tau) - ndtr((low - MEAN) / tau)
