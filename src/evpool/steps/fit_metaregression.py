"""Step 5: meta-regression of the effects on moderators."""

import numpy as np

from evpool.errors import ConvergenceError, UnknownNameError
from evpool.stats.design import INTERCEPT, complete_cases, design_along, sole_moderator
from evpool.stats.permutation import permutation_test
from evpool.stats.predictions import term_of
from evpool.stats.regression import (
    design_matrix,
    few_studies_warning,
    holm,
    predict,
    variance_inflation,
)
from evpool.stats.regression import fit_metaregression as fit_regression
from evpool.steps.rows import count_studies, effect_arrays, finite, place_of, too_few

PER_TERM = {"estimate": "coefficients", "se": "se", "statistic": "statistic"}
PER_TERM |= {name: name for name in ("ci_low", "ci_high", "p_value")}
PER_FIT = ("tau2", "r2", "i2_tau2", "qm", "qm_df", "qm_p", "qe", "qe_df", "qe_p")
PREDICTED = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high")
GRID = 50  # points of a prediction


def fit_metaregression(effects, formulas, test, method, *, permutations=0, seed=1, fewest=1):
    """Fit each meta-regression of one outcome.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS of one outcome.
    formulas : list of str
        Right-hand sides ('year', 'year + source_group'), each a regression of its own.
    test : {'wald', 'knha'}
        Normal tests, or those of Knapp and Hartung.
    method : dict
        `tau2_method` and `ci_level`, as in `pool_effects`.
    permutations : int
        Random arrangements of a permutation test, where there are too many to try all; 0: no test.
    seed : int
        Of the random arrangements; each regression starts from it.
    fewest : int
        Studies with values of a formula's columns below which it is not fitted.

    Returns
    -------
    coefficients, predictions : lists of dict
        Rows of METAREGRESSION, one a coefficient; `p_holm` adjusts the omnibus P values of all
        the outcome's formulas. A regression that can't be fitted has one row, whose `warning`
        says why. Rows of PREDICTIONS, for regressions on one numeric moderator.

    Raises
    ------
    ValueError
        If a formula names an unknown column.
    """
    settings = {"permutations": permutations, "seed": seed, "fewest": fewest}
    fits = [_fit(effects, formula, test, method, **settings) for formula in formulas]
    omnibus = np.array([rows[0].get("qm_p", np.nan) for rows, _ in fits], dtype=float)
    tested = ~np.isnan(omnibus)
    adjusted = np.full(len(fits), np.nan)
    adjusted[tested] = holm(omnibus[tested])
    place = place_of(effects)
    coefficients = [
        {**place, **row, "p_holm": p}
        for (rows, _), p in zip(fits, adjusted, strict=True)
        for row in rows
    ]
    return coefficients, [place | row for _, rows in fits for row in rows]


def _fit(effects, formula, test, method, permutations, seed, fewest):
    """Rows of METAREGRESSION and of PREDICTIONS of one formula."""
    columns = {name: [effect[name] for effect in effects] for name in effects[0]}
    complete = complete_cases(formula, columns)
    kept = [effect for effect, its in zip(effects, complete, strict=True) if its]
    named = {
        "analysis": formula,
        "tau2_method": method["tau2_method"],
        "test": test,
        "k": len(kept),
    }
    few = too_few(kept, fewest)
    try:
        if few:
            raise ValueError(few)
        chosen = {name: [effect[name] for effect in kept] for name in columns}
        design, names = design_matrix(formula, chosen)
        settings = {"test": test, "tau2_method": method["tau2_method"]}
        level = {"ci_level": method["ci_level"]}
        yi, vi = effect_arrays(kept)
        fit = fit_regression(yi, vi, design, names=names, **settings, **level)
    except UnknownNameError:
        raise
    except (ValueError, ConvergenceError) as error:
        return [named | {"warning": f"not fitted: {error}"}], []
    permuted = None
    if permutations:
        drawn = {"n_permutations": permutations, "rng": np.random.default_rng(seed)}
        permuted = permutation_test(yi, vi, design, names=names, **settings, **drawn)
    left_out = _left_out(len(effects) - len(kept))
    # Not `fit.warning`, which takes each comparison for a study.
    few = few_studies_warning(count_studies(kept), fit.names)
    shared = named | {"warning": "; ".join(filter(None, (left_out, few))) or None}
    rows = [shared | term | _per_fit(fit, permuted) for term in _terms(fit, permuted)]
    return rows, [named | level | row for row in _predictions(fit, formula, chosen)]


def _terms(fit, permuted):
    """Columns of METAREGRESSION that differ between the coefficients."""
    factors = {}
    if any(name != INTERCEPT for name in fit.names):
        inflation = variance_inflation(fit)
        factors = dict(zip(inflation.terms, inflation.gvif[0], strict=True))
    for i, name in enumerate(fit.names):
        row = {"term": name, "df": finite(fit.df[0]), "vif": factors.get(term_of(name))}
        row |= {column: getattr(fit, field)[0, i] for column, field in PER_TERM.items()}
        yield row | ({"p_permutation": permuted.p_value[i]} if permuted else {})


def _per_fit(fit, permuted):
    """Columns of METAREGRESSION that the coefficients share."""
    row = {column: getattr(fit, column)[0] for column in PER_FIT}
    if permuted:
        row |= {"qm_p_permutation": permuted.qm_p[0], "permutations": permuted.n_permutations}
        row |= {"permutations_exact": permuted.exact, "permutations_failed": permuted.n_failed}
    return row


def _predictions(fit, formula, columns):
    """Columns of PREDICTIONS along the only moderator of a regression, if it is numeric."""
    moderator = sole_moderator(formula, columns)
    if moderator is None:
        return
    grid = np.linspace(min(columns[moderator]), max(columns[moderator]), GRID)
    try:
        design = design_along(formula, columns, grid)
    except ValueError:  # a transform has a gap between the studies: there is no curve
        return
    found = predict(fit, design)
    for i, value in enumerate(grid):
        numbers = {name: getattr(found, name)[0, i] for name in PREDICTED}
        yield {"moderator": moderator, "value": value, **numbers}


def _left_out(count):
    if not count:
        return None
    return f"{count} comparison{'s' * (count > 1)} without a value left out"
