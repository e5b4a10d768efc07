"""Funnel asymmetry: Egger's and Begg's tests, and the regression estimates PET and PEESE."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.begg import RankTest as RankTest
from evpool.stats.begg import begg_test as begg_test
from evpool.stats.bias_support import (
    check_alternative,
    check_batch,
    fit_weighted_line,
    join_warnings,
    wald_test,
)

PREDICTORS = ("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv")
EGGER_MODELS = ("lm", "mixed")


@dataclass(frozen=True)
class EggerTest:
    """Regression test for funnel asymmetry; arrays have shape (B,).

    `estimate` is the slope of the predictor with its `se`, interval, `statistic`, `df` (inf for
    z) and `p_value`. `limit` is the effect expected where the predictor is 0, an infinitely large
    study; NaN for ni and sqrtni. `tau2` is NaN for the lm model, `dispersion` for the mixed one.
    """

    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    limit: np.ndarray
    limit_se: np.ndarray
    limit_ci_low: np.ndarray
    limit_ci_high: np.ndarray
    dispersion: np.ndarray
    tau2: np.ndarray
    k: np.ndarray
    model: str
    predictor: str
    warning: str


@dataclass(frozen=True)
class AdjustedEstimate:
    """Pooled effect adjusted by regression (PET, PEESE or the choice between them), shape (B,).

    `chosen` says per fit which regression the numbers are from.
    """

    estimate: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    slope: np.ndarray
    slope_se: np.ndarray
    slope_p: np.ndarray
    chosen: np.ndarray
    k: np.ndarray
    warning: str


def default_predictor(measure):
    """Egger's predictor for a measure: 'sqrtninv' if it is standardised, else 'sei'.

    The standard error of a standardised mean difference contains the difference itself, so that
    sei and yi are correlated without any bias: Zwetsloot et al. (2017), doi:10.7554/eLife.24260.
    """
    if measure is None:
        return "sei"
    from evpool.stats.measures import MEASURES  # only where a measure is named

    if measure not in MEASURES:
        raise unknown_name("measure", measure, MEASURES)
    return "sqrtninv" if MEASURES[measure].standardised else "sei"


def egger_test(
    yi,
    vi,
    *,
    predictor=None,
    measure=None,
    ni=None,
    model="lm",
    tau2_method="REML",
    ci_level=0.95,
    include=None,
):
    """Test funnel asymmetry by regressing the effects on their precision.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    predictor : {'sei', 'vi', 'ni', 'ninv', 'sqrtni', 'sqrtninv'}, optional
        Standard error, variance, n, 1/n, sqrt(n) or 1/sqrt(n); by default `default_predictor`.
    measure : str, optional
        Code of the effect measure: chooses the default and warns where sei or vi mislead.
    ni : array_like, shape (k,) or (B, k), optional
        Animals per comparison, both groups together; needed for the last four predictors.
    model : {'lm', 'mixed'}
        'lm': weights 1/vi, multiplicative dispersion, t with k - 2 degrees of freedom (Egger).
        'mixed': weights 1/(vi + tau2), z.
    tau2_method : str
        Estimator of the residual tau2 in the mixed model.
    ci_level : float
        Level of the intervals, 0-1.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    EggerTest

    Raises
    ------
    ValueError
        If a fit has fewer than 3 studies or its predictor does not vary, or ni is missing.

    References
    ----------
    lm: Egger et al. (1997), doi:10.1136/bmj.315.7109.629. mixed: Sterne & Egger (2005), in
    Publication Bias in Meta-Analysis, ch. 6. n: Moreno et al. (2009),
    doi:10.1186/1471-2288-9-2; 1/sqrt(n): Zwetsloot et al. (2017), doi:10.7554/eLife.24260.
    """
    yi, vi, include = check_batch(yi, vi, include)
    if model not in EGGER_MODELS:
        raise unknown_name("model", model, EGGER_MODELS)
    predictor = default_predictor(measure) if predictor is None else predictor
    x = _predictor_values(predictor, vi, ni, include)
    added = np.zeros(len(include))
    if model == "mixed":
        added = _residual_tau2(yi, vi, x, tau2_method, include)
    weights = np.where(include, 1 / (vi + added[:, None]), 0.0)
    line = fit_weighted_line(yi, x, weights, dispersed=model == "lm")
    slope = wald_test(line.slope, line.slope_se, line.df, ci_level)
    at_zero = np.where(predictor in ("ni", "sqrtni"), np.nan, 0.0)
    limit = wald_test(line.intercept + at_zero, line.intercept_se + at_zero, line.df, ci_level)
    return EggerTest(
        statistic=slope.statistic,
        df=line.df,
        p_value=slope.p_value,
        estimate=line.slope,
        se=line.slope_se,
        ci_low=slope.ci_low,
        ci_high=slope.ci_high,
        limit=line.intercept + at_zero,
        limit_se=line.intercept_se + at_zero,
        limit_ci_low=limit.ci_low,
        limit_ci_high=limit.ci_high,
        dispersion=line.dispersion,
        tau2=added if model == "mixed" else np.full(len(include), np.nan),
        k=include.sum(axis=1),
        model=model,
        predictor=predictor,
        warning=join_warnings(
            _tied_by_construction(measure, predictor),
            _exact_line(line),
            _not_converged(added),
        ),
    )


def pet(yi, vi, *, predictor="sei", ni=None, ci_level=0.95, include=None):
    """Precision-effect test: the intercept of the weighted regression on the standard error.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    predictor : str
        'sei', or 'sqrtninv' for standardised measures, whose sei contains the effect.
    ni : array_like, shape (k,) or (B, k), optional
        Animals per comparison, for the predictor 'sqrtninv'.
    ci_level : float
        Level of the interval, 0-1; t with k - 2 degrees of freedom.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    AdjustedEstimate

    Raises
    ------
    ValueError
        If a fit has fewer than 3 studies or its predictor does not vary.

    References
    ----------
    Stanley & Doucouliagos (2014), doi:10.1002/jrsm.1095, eq. 5. 1/sqrt(n): Pustejovsky & Rodgers
    (2019), doi:10.1002/jrsm.1332.
    """
    return _adjusted_estimate(yi, vi, predictor, ni, ci_level, include, "pet")


def peese(yi, vi, *, predictor="vi", ni=None, ci_level=0.95, include=None):
    """Precision-effect estimate with standard error: the regression on the variance.

    Parameters, result and errors as for `pet`; the predictor is 'vi', or 'ninv' for standardised
    measures.

    References
    ----------
    Stanley & Doucouliagos (2014), doi:10.1002/jrsm.1095, eq. 6.
    """
    return _adjusted_estimate(yi, vi, predictor, ni, ci_level, include, "peese")


def pet_peese(yi, vi, *, alternative="auto", alpha=0.05, ni=None, ci_level=0.95, include=None):
    """PEESE where PET's intercept is significant, PET where it is not.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances.
    alternative : {'auto', 'greater', 'less'}
        Side of PET's one-sided test; 'auto' takes the sign of the common-effect estimate.
    alpha : float
        Level of that one-sided test.
    ni : array_like, shape (k,) or (B, k), optional
        Animals per comparison: if given, 1/sqrt(n) and 1/n replace sei and vi.
    ci_level : float
        Level of the interval, 0-1.
    include : array_like of bool, shape (B, k), optional
        Which studies are in each fit.

    Returns
    -------
    AdjustedEstimate
        `chosen` holds 'pet' or 'peese'.

    Raises
    ------
    ValueError
        If a fit has fewer than 3 studies, or all its standard errors are equal.

    References
    ----------
    Stanley & Doucouliagos (2014), doi:10.1002/jrsm.1095, section 2; one-sided at 5%: Stanley
    (2017), doi:10.1177/1948550617693062.
    """
    check_alternative(alternative, ("auto", "greater", "less"))
    first, second = ("sei", "vi") if ni is None else ("sqrtninv", "ninv")
    linear = pet(yi, vi, predictor=first, ni=ni, ci_level=ci_level, include=include)
    squared = peese(yi, vi, predictor=second, ni=ni, ci_level=ci_level, include=include)
    if alternative == "auto":
        y, v, used = check_batch(yi, vi, include)
        side = np.sign(np.where(used, y / v, 0.0).sum(axis=1))
    else:
        side = 1.0 if alternative == "greater" else -1.0
    effect = (linear.estimate * side > 0) & (linear.p_value / 2 < alpha)
    names = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high")
    names += ("slope", "slope_se", "slope_p", "chosen")
    picked = {
        name: np.where(effect, getattr(squared, name), getattr(linear, name)) for name in names
    }
    return AdjustedEstimate(**picked, k=linear.k, warning=linear.warning)


def _predictor_values(predictor, vi, ni, include):
    """Values of a predictor, (B, k), 0 where a study is not included."""
    if predictor not in PREDICTORS:
        raise unknown_name("predictor", predictor, PREDICTORS)
    if predictor in ("sei", "vi"):
        x = np.sqrt(vi) if predictor == "sei" else vi
    else:
        n = _check_ni(ni, predictor, include)
        power = {"ni": 1.0, "ninv": -1.0, "sqrtni": 0.5, "sqrtninv": -0.5}[predictor]
        x = n**power
    x = np.where(include, x, 0.0)
    smallest = np.where(include, x, np.inf).min(axis=1)
    flat = x.max(axis=1) - smallest <= 1e-12 * x.max(axis=1)
    if flat.any():
        raise ValueError(
            f"predictor {predictor!r} must differ between studies; it is {smallest[flat][0]:g} for "
            f"all of them in {flat.sum()} of {flat.size} fits. A funnel of equally precise studies "
            "has no asymmetry to test: leave the test out."
        )
    return x


def _check_ni(ni, predictor, include):
    if ni is None:
        raise ValueError(
            f"ni must be given for the predictor {predictor!r}; got None. Pass the animals per "
            "comparison, or choose predictor='sei'."
        )
    ni = np.atleast_2d(np.asarray(ni, dtype=float))
    if ni.shape[-1] != include.shape[-1] or ni.shape[0] not in (1, len(include)):
        raise ValueError(
            f"ni must have one value per study, shape {include.shape[1:]} or {include.shape}; got "
            f"{ni.shape}. Pass n_t + n_c of the same studies as yi."
        )
    bad = include & ~((ni > 0) & np.isfinite(ni))
    if bad.any():
        places = np.flatnonzero(bad.any(axis=0))
        raise ValueError(
            f"ni must be finite and > 0; {places.size} of {ni.shape[-1]} studies break this, "
            f"positions {places[:5].tolist()}. Correct them, or choose predictor='sei'."
        )
    return np.where(include, ni, 1.0)


def _residual_tau2(yi, vi, x, tau2_method, include):
    """tau^2 left when the predictor is in the model, (B,); NaN where not converged."""
    from evpool.stats.tau2 import estimate_tau2  # the lm model needs no tau2

    design = np.stack([np.ones_like(x), x / x.max(axis=1, keepdims=True)], axis=-1)
    fit = estimate_tau2(yi, vi, tau2_method, design=design, include=include)
    return np.where(fit.converged, fit.tau2, np.nan)


def _tied_by_construction(measure, predictor):
    if predictor not in ("sei", "vi") or default_predictor(measure) == "sei":
        return ""
    return (
        f"{measure} and its standard error are correlated by construction: predictor "
        f"{predictor!r} finds asymmetry too often (Zwetsloot 2017)"
    )


def _not_converged(tau2):
    lost = int(np.isnan(tau2).sum())
    return f"tau2 of {lost} of {tau2.size} fits did not converge" if lost else ""


def _exact_line(line):
    if not np.any(line.slope_se == 0):
        return ""
    return "the effects lie exactly on the regression line: no residual variance to test against"


def _adjusted_estimate(yi, vi, predictor, ni, ci_level, include, method):
    yi, vi, include = check_batch(yi, vi, include)
    x = _predictor_values(predictor, vi, ni, include)
    line = fit_weighted_line(yi, x, np.where(include, 1 / vi, 0.0), dispersed=True)
    test = wald_test(line.intercept, line.intercept_se, line.df, ci_level)
    return AdjustedEstimate(
        estimate=line.intercept,
        se=line.intercept_se,
        statistic=test.statistic,
        df=line.df,
        p_value=test.p_value,
        ci_low=test.ci_low,
        ci_high=test.ci_high,
        slope=line.slope,
        slope_se=line.slope_se,
        slope_p=wald_test(line.slope, line.slope_se, line.df, ci_level).p_value,
        chosen=np.full(len(include), method),
        k=include.sum(axis=1),
        warning=_exact_line(line),
    )
