"""What a fitted meta-regression implies: predicted effects and variance inflation."""

import re
from dataclasses import dataclass

import numpy as np

from evpool.stats.design import INTERCEPT
from evpool.stats.distributions import t_quantile


@dataclass(frozen=True)
class Prediction:
    """Predicted average effects for new rows of the design, each (B, m).

    Attributes
    ----------
    estimate, se, ci_low, ci_high, pi_low, pi_high : ndarray, shape (B, m)
        The prediction interval is where the true effect of a new study falls; NaN for the common
        model, which has none.
    """

    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    pi_low: np.ndarray
    pi_high: np.ndarray


def predict(fit, design, *, ci_level=None):
    """Predict average effects at new values of the moderators, with CI and PI.

    Parameters
    ----------
    fit : RegressionFit
    design : array_like, shape (m, p)
        Rows in the columns of the fitted design.
    ci_level : float, optional
        That of the fit by default.

    Returns
    -------
    Prediction
        Quantiles follow the fit's test: normal for Wald, t with k - p for Knapp-Hartung.

    Raises
    ------
    ValueError
        If design has another number of columns than the fit.

    References
    ----------
    Riley, Higgins & Deeks (2011), doi:10.1136/bmj.d549: the variance of a new true effect is
    tau2 plus that of the prediction.
    """
    x = np.atleast_2d(np.asarray(design, dtype=float))
    if x.shape[1] != len(fit.names):
        raise ValueError(
            f"design must have the {len(fit.names)} columns of the fit ({', '.join(fit.names)}); "
            f"got shape {x.shape}."
        )
    estimate = fit.coefficients @ x.T
    variance = np.vecdot((x @ fit.cov), x)
    level = fit.ci_level if ci_level is None else ci_level
    quantile = t_quantile(0.5 + level / 2, fit.df)[:, None]
    margin = quantile * np.sqrt(variance)
    reach = quantile * np.sqrt(variance + fit.tau2[:, None])
    reach = reach if fit.model == "random" else np.full_like(reach, np.nan)
    return Prediction(
        estimate,
        np.sqrt(variance),
        estimate - margin,
        estimate + margin,
        estimate - reach,
        estimate + reach,
    )


@dataclass(frozen=True)
class Inflation:
    """Variance inflation of a meta-regression, by term.

    Attributes
    ----------
    terms : tuple of str, length m
        The moderators; the levels of a text moderator form one term.
    gvif : ndarray, shape (B, m)
        Generalised variance inflation factor; for a term with one coefficient the usual VIF.
    df : ndarray, shape (m,)
        Coefficients of each term.
    gsif : ndarray, shape (B, m)
        gvif^(1 / (2 df)), comparable between terms.
    """

    terms: tuple
    gvif: np.ndarray
    df: np.ndarray
    gsif: np.ndarray


def term_of(name):
    """Return the term a coefficient belongs to: "source:year" for "source[T.fat]:year"."""
    return re.sub(r"\[[^\]]*\]", "", name)


def variance_inflation(fit):
    """Variance inflation factors of the moderators.

    Parameters
    ----------
    fit : RegressionFit

    Returns
    -------
    Inflation

    Raises
    ------
    ValueError
        If the fit has no moderator.

    References
    ----------
    Fox & Monette (1992), doi:10.1080/01621459.1992.10475190, eq. 10.
    """
    columns = [j for j, name in enumerate(fit.names) if name != INTERCEPT]
    if not columns:
        raise ValueError("fit must have a moderator to have inflation; it has an intercept only.")
    terms = [term_of(fit.names[j]) for j in columns]
    cov = fit.cov[:, columns][:, :, columns]
    scale = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    corr = cov / (scale[:, :, None] * scale[:, None, :])
    known = tuple(dict.fromkeys(terms))
    gvif = np.empty((len(corr), len(known)))
    for m, term in enumerate(known):
        own = np.array([name == term for name in terms])
        parts = [np.linalg.det(corr[:, part][:, :, part]) for part in (own, ~own)]
        gvif[:, m] = parts[0] * parts[1] / np.linalg.det(corr)
    df = np.array([terms.count(term) for term in known])
    return Inflation(known, gvif, df, gvif ** (1.0 / (2.0 * df)))
