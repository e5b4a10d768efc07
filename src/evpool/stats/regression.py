"""Mixed-effects meta-regression: coefficients, omnibus test, R^2, predictions, VIF.

The model is yi = x_i' beta + u_i + e_i with u_i ~ N(0, tau2) and e_i ~ N(0, vi). One call fits a
batch: studies may differ between fits through `include`, effects and variances through their rows.
"""

from dataclasses import dataclass

import numpy as np

from evpool.errors import ConvergenceError, unknown_name
from evpool.stats.coefficients import (
    REGRESSION_TESTS,
    Coefficients,
    holm,
    solve_coefficients,
    tested_columns,
)
from evpool.stats.design import INTERCEPT, design_matrix
from evpool.stats.distributions import chi2_upper_p, f_upper_p, t_quantile, t_two_sided_p
from evpool.stats.heterogeneity import heterogeneity_of
from evpool.stats.moments import studies_of
from evpool.stats.predictions import Inflation, Prediction, predict, variance_inflation
from evpool.stats.tau2 import TAU2_METHODS, tau2_of

__all__ = [
    "REGRESSION_TESTS",
    "Coefficients",
    "Inflation",
    "Prediction",
    "RegressionFit",
    "design_matrix",
    "fit_metaregression",
    "holm",
    "predict",
    "variance_inflation",
]

STUDIES_PER_COEFFICIENT = 10


@dataclass(frozen=True)
class RegressionFit:
    """A batch of fitted meta-regressions.

    Attributes
    ----------
    names : tuple of str, length p
        Names of the coefficients.
    coefficients, se, statistic, p_value, ci_low, ci_high : ndarray, shape (B, p)
        In the effect's unit per unit of the moderator.
    cov : ndarray, shape (B, p, p)
    df : ndarray, shape (B,)
        Degrees of freedom of the tests of coefficients; inf for Wald.
    tau2 : ndarray, shape (B,)
        Residual between-study variance.
    qm, qm_df, qm_df_residual, qm_p : ndarray, shape (B,)
        Omnibus test of all coefficients but the intercept: chi-squared with qm_df for Wald
        (qm_df_residual inf), F with (qm_df, qm_df_residual) for Knapp-Hartung.
    qe, qe_df, qe_p : ndarray, shape (B,)
        Test of residual heterogeneity.
    r2 : ndarray, shape (B,)
        Share of the between-study variance that the moderators account for, 0-1; NaN without an
        intercept or where there is nothing to account for.
    i2, h2 : ndarray, shape (B,)
        Residual heterogeneity from qe (i2 0-1).
    i2_tau2, h2_tau2 : ndarray, shape (B,)
        The same from tau2.
    k : ndarray, shape (B,)
        Studies in each fit.
    converged : ndarray of bool, shape (B,)
    model, tau2_method, test : str
    ci_level : float
    warning : str or None
        Set when there are fewer than ten studies per coefficient.
    """

    names: tuple
    coefficients: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    cov: np.ndarray
    tau2: np.ndarray
    qm: np.ndarray
    qm_df: np.ndarray
    qm_df_residual: np.ndarray
    qm_p: np.ndarray
    qe: np.ndarray
    qe_df: np.ndarray
    qe_p: np.ndarray
    r2: np.ndarray
    i2: np.ndarray
    h2: np.ndarray
    i2_tau2: np.ndarray
    h2_tau2: np.ndarray
    k: np.ndarray
    converged: np.ndarray
    model: str
    tau2_method: str
    test: str
    ci_level: float
    warning: str | None


def fit_metaregression(
    yi,
    vi,
    design,
    *,
    names,
    model="random",
    tau2_method="REML",
    test="wald",
    ci_level=0.95,
    include=None,
    tau2=None,
):
    """Fit a meta-regression, or a batch of them.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    design : array_like, shape (k, p) or (B, k, p)
        Design matrix with its intercept column, see `design_matrix`.
    names : sequence of str, length p
        Names of the coefficients; "Intercept" is left out of the omnibus test.
    model : {"random", "common"}
        Mixed effects, or tau2 = 0.
    tau2_method : str
        One of `evpool.stats.tau2.TAU2_METHODS`; without effect on the common model.
    test : {"wald", "knha", "knha_adhoc"}
        Normal tests; Knapp-Hartung: t and F tests with standard errors rescaled by the residual
        mean square; the same, never scaled below 1.
    ci_level : float
        Between 0 and 1.
    include : array_like of bool, shape (k,) or (B, k), optional
        The studies in each fit.
    tau2 : float or ndarray, shape (B,), optional
        A known residual tau2, instead of an estimate; R^2 then compares with an estimate.

    Returns
    -------
    RegressionFit

    Raises
    ------
    ValueError
        For unusable input, fewer studies than coefficients, a constant or collinear moderator
        (names it) or an unknown method. In a batch, fits that cannot be made are NaN instead.
    ConvergenceError
        If a single fit does not converge; in a batch see `converged`.

    References
    ----------
    Raudenbush (2009), in The handbook of research synthesis and meta-analysis, pp. 295-315.
    Knapp & Hartung (2003), doi:10.1002/sim.1482. R^2: Raudenbush (2009), eq. 16.38; with tau2 = 0
    the adjusted R^2 of weighted least squares. I^2: Higgins & Thompson (2002),
    doi:10.1002/sim.1186. Ten studies per coefficient: Cochrane Handbook, section 10.11.5.1.
    """
    names = tuple(names)
    _check_options(names, design, model, tau2_method, test, ci_level)
    studies = _arrange(yi, vi, design, names, include)
    possible = studies.fittable
    if not possible.any():
        raise _not_fittable(studies, design, names, include)
    rows = slice(None) if possible.all() else np.flatnonzero(possible)
    part = studies if possible.all() else studies.take(rows)
    tau2, converged = _between_variance(part, model, tau2_method, tau2, rows)
    if len(studies) == 1 and not converged[0]:
        raise ConvergenceError(
            f"tau2_method {tau2_method!r} did not converge for this meta-regression; use DL or PM."
        )
    fields = _tests(solve_coefficients(part, tau2, test, tested_columns(names)), ci_level)
    fields |= _heterogeneity(part, tau2)
    plain = _without_moderators(studies, yi, vi, include, names)
    plain = plain if plain is None or possible.all() else plain.take(rows)
    fields["r2"] = _explained(part, tau2, plain, model, tau2_method)
    fields |= {"tau2": tau2, "converged": converged}
    if not possible.all():
        fields = {name: _spread(values, possible) for name, values in fields.items()}
    warning = few_studies_warning(studies.k.min(), names)
    settings = {"model": model, "tau2_method": tau2_method, "test": test, "ci_level": ci_level}
    return RegressionFit(names=names, k=studies.k, warning=warning, **fields, **settings)


def _check_options(names, design, model, tau2_method, test, ci_level):
    if model not in ("random", "common"):
        raise unknown_name("model", model, ("random", "common"))
    if tau2_method not in TAU2_METHODS:
        raise unknown_name("tau2_method", tau2_method, TAU2_METHODS)
    if test not in REGRESSION_TESTS:
        raise unknown_name("test", test, REGRESSION_TESTS)
    if not 0 < ci_level < 1:
        raise ValueError(f"ci_level must be between 0 and 1, such as 0.95; got {ci_level!r}.")
    columns = np.shape(design)[-1] if np.ndim(design) > 1 else None
    if len(names) != columns:
        raise ValueError(
            f"names must name each column of design; got {len(names)} names for design of shape "
            f"{np.shape(design)}. Use both results of design_matrix."
        )


def _arrange(yi, vi, design, names, include):
    """Build the `DesignStudies`; a design that cannot be used is explained by its names."""
    try:
        return studies_of(yi, vi, design, include)
    except ValueError as error:
        if np.ndim(design) == 2:
            _explain_dependence(np.asarray(design, dtype=float), names, error)
        raise


def _explain_dependence(x, names, cause=None):
    """Raise naming the columns of (k, p) that depend on those before them, if there are any."""
    if not np.isfinite(x).all():
        return
    if x.shape[1] > x.shape[0]:
        raise ValueError(
            f"design has {x.shape[1]} coefficients ({', '.join(names)}) but only {x.shape[0]} "
            "studies. Use fewer moderators or include more studies."
        ) from cause
    constant = [name for name, column in zip(names, x.T, strict=True) if np.ptp(column) == 0]
    constant = [name for name in constant if name != INTERCEPT]
    if constant and INTERCEPT in names:
        raise ValueError(
            f"moderator {', '.join(constant)} is constant over the {x.shape[0]} included studies. "
            "Remove it from the model."
        ) from cause
    for j in range(1, x.shape[1]):
        rest = x[:, j] - x[:, :j] @ np.linalg.lstsq(x[:, :j], x[:, j], rcond=None)[0]
        if np.linalg.norm(rest) <= 1e-8 * np.linalg.norm(x[:, j]):
            raise ValueError(
                f"moderator {names[j]} is a linear combination of {', '.join(names[:j])} "
                f"(collinear) over the {x.shape[0]} included studies. Remove one of them."
            ) from cause


def _not_fittable(studies, design, names, include):
    """Return the error for a batch in which no fit can be made."""
    if np.ndim(design) == 2:
        kept = np.ones(len(design), dtype=bool) if include is None else np.atleast_2d(include)[0]
        _explain_dependence(np.asarray(design, dtype=float)[kept], names)
    return ValueError(
        f"design has {studies.p} coefficients ({', '.join(names)}), which the included studies "
        f"({studies.k.max():g} at most) do not determine. Use fewer moderators."
    )


def _without_moderators(studies, yi, vi, include, names):
    """Arrange the same fits with an intercept only; None if the design has no intercept."""
    if INTERCEPT not in names:
        return None
    wanted = np.ones((len(studies), 1), dtype=bool) if include is None else include
    mask = np.broadcast_to(wanted, (len(studies), np.shape(yi)[-1]))
    return studies_of(yi, vi, None, mask)


def _between_variance(studies, model, tau2_method, known, rows):
    """Return tau2 and converged of the fits at `rows` of the batch."""
    if model == "common":
        return np.zeros(len(studies)), np.ones(len(studies), dtype=bool)
    if known is not None:
        known = np.asarray(known, dtype=float)
        if not (np.isfinite(known) & (known >= 0)).all():
            raise ValueError(
                f"tau2 must be finite and >= 0; got {known}. Leave it out to estimate."
            )
        known = known[rows] if known.size > 1 else np.full(len(studies), known.item())
        return known, np.ones(len(studies), dtype=bool)
    found = tau2_of(studies, tau2_method)
    return found.tau2, found.converged


def _tests(found, ci_level):
    """P values and confidence intervals of solved coefficients, as fields of the fit."""
    df = found.df[:, None]
    margin = t_quantile(0.5 + ci_level / 2, df) * found.se
    omnibus_df = np.full(len(df), float(found.qm_df))
    return {
        "coefficients": found.estimate,
        "se": found.se,
        "statistic": found.statistic,
        "df": found.df,
        "p_value": t_two_sided_p(found.statistic, df),
        "ci_low": found.estimate - margin,
        "ci_high": found.estimate + margin,
        "cov": found.cov,
        "qm": found.qm,
        "qm_df": omnibus_df,
        "qm_df_residual": found.df,
        # The F statistic is the chi-squared one divided by its degrees of freedom.
        "qm_p": np.where(
            np.isinf(found.df),
            chi2_upper_p(found.qm, omnibus_df),
            f_upper_p(found.qm, omnibus_df, found.df),
        ),
    }


def _heterogeneity(studies, tau2):
    """Residual heterogeneity of a design, as fields of the fit."""
    found = heterogeneity_of(studies, tau2)
    return {
        "qe": found.q,
        "qe_df": found.q_df,
        "qe_p": found.q_p,
        "i2": found.i2,
        "h2": found.h2,
        "i2_tau2": found.i2_tau2,
        "h2_tau2": found.h2_tau2,
    }


def _explained(studies, tau2, plain, model, tau2_method):
    """R^2: the drop of tau2 (on the common model, of Q / df) against no moderators, (B,)."""
    if plain is None:
        return np.full(len(studies), np.nan)
    if model == "common":
        left, total = (
            np.divide(part.fixed.ypy, part.df, out=np.full(len(part), np.nan), where=part.df > 0)
            for part in (studies, plain)
        )
    else:
        left, total = tau2, tau2_of(plain, tau2_method).tau2
    share = np.divide(total - left, total, out=np.full(len(left), np.nan), where=total > 0)
    return np.maximum(share, 0.0)


def _spread(values, possible):
    """Put the rows that could be fitted back into the whole batch, NaN elsewhere."""
    empty = False if values.dtype == bool else np.nan
    whole = np.full((len(possible), *values.shape[1:]), empty, dtype=values.dtype)
    whole[possible] = values
    return whole


def few_studies_warning(k, names):
    """Warn when there are fewer than ten studies per moderator coefficient, else None."""
    moderators = len([name for name in names if name != INTERCEPT])
    if moderators == 0 or k >= STUDIES_PER_COEFFICIENT * moderators:
        return None
    studies = "study" if k == 1 else "studies"
    return (
        f"{k:g} {studies} for {moderators} moderator coefficient{'s' if moderators > 1 else ''}: "
        f"fewer than {STUDIES_PER_COEFFICIENT} per coefficient (Cochrane Handbook, 10.11.5.1)"
    )
