"""Pool effects: common effect and random effects, with confidence and prediction intervals."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.batches import as_batch
from evpool.stats.distributions import (
    normal_quantile,
    normal_two_sided_p,
    t_quantile,
    t_two_sided_p,
)
from evpool.stats.heterogeneity import heterogeneity_of
from evpool.stats.moments import OneFit, intercept_studies
from evpool.stats.tau2 import TAU2_METHODS, not_converged, tau2_of

MODELS = ("common", "random")
CI_METHODS = ("wald", "t", "hksj", "hksj_adhoc", "profile")
# `pool` gives a common effect Hartung and Knapp's scale too, as R's metafor does; reviews don't.
OF_RANDOM_EFFECTS = ("hksj", "hksj_adhoc", "profile")
PI_METHODS = ("normal", "t_k1", "t_k2", "hksj")


@dataclass(frozen=True)
class PooledFit:
    """A batch of pooled estimates; each array has shape (B,).

    Attributes
    ----------
    estimate, se : ndarray
        In the effect's unit; `se` is the one the CI method uses.
    ci_low, ci_high, pi_low, pi_high : ndarray
        Confidence interval; prediction interval of a new study's true effect (NaN for a common
        effect, for k = 1, and for "t_k2" with k = 2).
    statistic, df, p_value : ndarray
        Test of a zero effect; df is inf for normal tests. NaN where k = 1 and the test needs df.
    tau2 : ndarray
        Between-study variance; 0 for a common effect.
    i2, i2_tau2, h2 : ndarray
        I^2 from Q and from tau^2 (0 to 1); H^2 = 1 + tau2 / typical v. For a common effect the
        latter two come from Q as well. NaN where k = 1.
    q, q_df, q_p : ndarray
        Cochran's Q, its degrees of freedom, its P value.
    k : ndarray of int
    converged : ndarray of bool
    model, tau2_method, ci_method, pi_method : str
    ci_level : float
    """

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
    h2: np.ndarray
    q: np.ndarray
    q_df: np.ndarray
    q_p: np.ndarray
    k: np.ndarray
    converged: np.ndarray
    model: str
    tau2_method: str
    ci_method: str
    pi_method: str
    ci_level: float


def pooling_weights(vi, tau2, include=None):
    """Inverse-variance weights as fractions that sum to 1.

    Parameters
    ----------
    vi : array_like, shape (k,) or (B, k)
    tau2 : float or ndarray, shape (B,)
    include : array_like of bool, shape (B, k), optional

    Returns
    -------
    ndarray, shape (B, k)
    """
    _, v, mask = as_batch(np.zeros(np.shape(vi)), vi, include)
    weights = 1.0 / (v + np.reshape(np.asarray(tau2, dtype=float), (-1, 1)))
    if mask is not None:
        weights = weights * mask
    return weights / weights.sum(axis=1, keepdims=True)


def pool(
    yi,
    vi,
    *,
    model="random",
    tau2_method="REML",
    ci_method="wald",
    pi_method="t_k1",
    ci_level=0.95,
    include=None,
    tau2=None,
):
    """Pool effects by inverse variance.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    model : {"random", "common"}
    tau2_method : str
        One of `evpool.stats.tau2.TAU2_METHODS`; without meaning for a common effect.
    ci_method : str
        "wald": normal; "t": t with k - 1 df; "hksj": Hartung-Knapp-Sidik-Jonkman; "hksj_adhoc":
        the same with its variance factor at least 1; "profile": profile likelihood of the mean
        (ML, whatever `tau2_method`), with the signed root of its likelihood ratio as statistic.
        Where tau2 is not estimated the profile is the Wald interval.
    pi_method : str
        "normal" and "t_k1" (k - 1 df) use the model's standard error, "t_k2" too, with k - 2 df;
        "hksj" uses k - 1 df and the HKSJ standard error (floored if `ci_method` is "hksj_adhoc").
    ci_level : float
        Level of the confidence and prediction intervals, 0 to 1.
    include : array_like of bool, shape (B, k), optional
        The studies in each fit.
    tau2 : float or ndarray, shape (B,), optional
        A known tau2, instead of an estimate.

    Returns
    -------
    PooledFit
        For k = 1 the study itself, with tau2 = 0 and its own standard error.

    Raises
    ------
    ValueError
        For unusable input, an unknown method or a level outside (0, 1).
    ConvergenceError
        If a single fit (B = 1) does not converge; rows of a batch have converged False.

    References
    ----------
    HKSJ: Hartung & Knapp (2001), doi:10.1002/sim.791; Sidik & Jonkman (2002),
    doi:10.1002/sim.1262. Floor: Knapp & Hartung (2003), doi:10.1002/sim.1482. Prediction:
    Higgins, Thompson & Spiegelhalter (2009), doi:10.1111/j.1467-985X.2008.00552.x;
    Partlett & Riley (2017), doi:10.1002/sim.7140. Profile likelihood: Hardy & Thompson (1996),
    doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A.
    """
    _check_choices(model, tau2_method, ci_method, pi_method, ci_level)
    studies = intercept_studies(yi, vi, include)
    common = model == "common"
    given = tau2
    tau2, converged = _tau2(studies, model, tau2_method, given)
    at = studies.fixed if common else studies.project(tau2)
    spread = heterogeneity_of(studies, tau2)
    fields = _confidence(studies, at, ci_method, ci_level)
    if ci_method == "profile" and not common and given is None:
        converged = converged & _use_profile(fields, studies, ci_level)
    fields["pi_low"], fields["pi_high"] = (
        (np.nan, np.nan)
        if common
        else _prediction(studies, at, tau2, pi_method, ci_method == "hksj_adhoc", ci_level)
    )
    fields |= {
        "tau2": tau2,
        "i2": spread.i2,
        "i2_tau2": spread.i2 if common else spread.i2_tau2,
        "h2": spread.h2 if common else spread.h2_tau2,
        "q": spread.q,
        "q_df": spread.q_df,
        "q_p": spread.q_p,
    }
    return PooledFit(
        **_rows(fields, len(studies)),
        k=np.array(studies.k, dtype=int, ndmin=1),
        converged=np.array(converged, ndmin=1),
        model=model,
        tau2_method=tau2_method,
        ci_method=ci_method,
        pi_method=pi_method,
        ci_level=ci_level,
    )


def _rows(fields, count):
    """Give every field the shape (B,)."""
    if count == 1:
        return {name: np.array(value, dtype=float, ndmin=1) for name, value in fields.items()}
    full = (value if np.ndim(value) else np.full(count, value) for value in fields.values())
    return dict(zip(fields, full, strict=True))


def _check_choices(model, tau2_method, ci_method, pi_method, ci_level):
    for argument, value, known in (
        ("model", model, MODELS),
        ("tau2_method", tau2_method, TAU2_METHODS),
        ("ci_method", ci_method, CI_METHODS),
        ("pi_method", pi_method, PI_METHODS),
    ):
        if value not in known:
            raise unknown_name(argument, value, known)
    if not 0 < ci_level < 1:
        raise ValueError(f"ci_level must be between 0 and 1, such as 0.95; got {ci_level}.")


def _tau2(studies, model, method, given):
    """Return tau2 and converged, each (B,), or scalars for `OneFit`."""
    one = isinstance(studies, OneFit)
    shape = () if one else (len(studies),)
    if model == "common":
        return np.zeros(shape)[()], np.ones(shape, dtype=bool)
    if given is not None:
        return _known_tau2(given, shape), np.ones(shape, dtype=bool)
    fit = tau2_of(studies, method)
    if not (fit.converged if one else len(studies) > 1 or fit.converged[0]):
        raise not_converged(method)
    return fit.tau2, fit.converged


def _known_tau2(given, shape):
    known = np.asarray(given, dtype=float)
    if not (np.isfinite(known) & (known >= 0)).all():
        raise ValueError(f"tau2 must be finite and >= 0; got {given}.")
    if known.size > 1 and known.shape != shape:
        raise ValueError(f"tau2 must be one number or one per fit {shape}; got {known.shape}.")
    return np.array(np.broadcast_to(known.reshape(shape if known.size > 1 else ()), shape))[()]


def _hksj_se(studies, at, floor):
    """Standard error scaled by sqrt(y'Py / df), the factor at least `floor`; se where df = 0."""
    df = studies.df
    factor = studies.choose(df > 0, at.ypy / studies.choose(df > 0, df, 1.0), 1.0)
    return at.se * np.sqrt(np.maximum(factor, floor))


def _critical(level, df):
    """Two-sided t quantile; looked up by df, because a batch has few different ones."""
    probability = 0.5 + 0.5 * level
    if np.size(df) == 1:
        return t_quantile(probability, df)
    return t_quantile(probability, np.arange(df.max() + 1))[np.maximum(df, 0).astype(int)]


def _confidence(studies, at, method, level):
    """Return estimate, se, ci_low, ci_high, statistic, df and p_value by name."""
    estimate, se, df = at.estimate, at.se, studies.df
    if method in ("wald", "profile"):
        df, critical = np.inf, normal_quantile(0.5 + 0.5 * level)
    else:
        critical = _critical(level, df)
    if method in ("hksj", "hksj_adhoc"):
        se = _hksj_se(studies, at, float(method == "hksj_adhoc"))
        # Identical effects have no spread: the statistic is infinite (NaN if they are 0).
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = np.divide(estimate, se)
    else:
        statistic = estimate / se
    half = critical * se
    return {
        "estimate": estimate,
        "se": se,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "statistic": statistic,
        "df": df,
        "p_value": _p_value(statistic, df),
    }


def _p_value(statistic, df):
    return normal_two_sided_p(statistic) if df is np.inf else t_two_sided_p(statistic, df)


def _use_profile(fields, studies, level):
    """Replace limits and test of fits with k >= 2 by the profile likelihood's; (B,) arrays."""
    from evpool.stats.profile import mean_profile  # the only interval that iterates

    several = np.atleast_1d(np.asarray(studies.df > 0))
    if not several.any():
        return np.ones(len(several), dtype=bool)
    found = mean_profile(studies.batch().take(several), level)
    for name in ("ci_low", "ci_high", "statistic"):
        values = np.array(fields[name], dtype=float, ndmin=1)
        values[several] = found[name]
        fields[name] = values
    fields["p_value"] = normal_two_sided_p(fields["statistic"])
    converged = np.ones(len(several), dtype=bool)
    converged[several] = found["converged"]
    return converged


def _prediction(studies, at, tau2, method, floor, level):
    """Return the two limits of the prediction interval, each (B,)."""
    se = _hksj_se(studies, at, float(floor)) if method == "hksj" else at.se
    if method == "normal":
        critical = studies.choose(studies.df > 0, normal_quantile(0.5 + 0.5 * level), np.nan)
    else:
        critical = _critical(level, studies.df - (1 if method == "t_k2" else 0))
    half = critical * np.sqrt(tau2 + se * se)
    return at.estimate - half, at.estimate + half
