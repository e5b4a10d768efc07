"""Step 5: meta-regression of the effects on moderators."""

import numpy as np

from evpool.design import complete_cases
from evpool.errors import UnknownNameError
from evpool.regression import design_matrix, holm, variance_inflation
from evpool.regression import fit_metaregression as fit_regression
from evpool.steps.rows import effect_arrays, finite, place_of

PER_TERM = {"estimate": "coefficients", "se": "se", "statistic": "statistic"}
PER_TERM |= {name: name for name in ("ci_low", "ci_high", "p_value")}
PER_FIT = ("tau2", "r2", "i2_tau2", "qm", "qm_df", "qm_p", "qe", "qe_df", "qe_p")


def fit_metaregression(effects, formulas, test, method):
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

    Returns
    -------
    list of dict
        Rows of METAREGRESSION, one a coefficient; `p_holm` adjusts the omnibus P values of all
        the outcome's formulas. A regression that can't be fitted has one row, whose `warning`
        says why.

    Raises
    ------
    ValueError
        If a formula names an unknown column.
    """
    fits = [_fit(effects, formula, test, method) for formula in formulas]
    omnibus = np.array([rows[0].get("qm_p", np.nan) for rows in fits], dtype=float)
    tested = ~np.isnan(omnibus)
    adjusted = np.full(len(fits), np.nan)
    adjusted[tested] = holm(omnibus[tested])
    return [
        {**place_of(effects), **row, "p_holm": p}
        for rows, p in zip(fits, adjusted, strict=True)
        for row in rows
    ]


def _fit(effects, formula, test, method):
    columns = {name: [effect[name] for effect in effects] for name in effects[0]}
    complete = complete_cases(formula, columns)
    kept = [effect for effect, its in zip(effects, complete, strict=True) if its]
    named = {
        "analysis": formula,
        "tau2_method": method["tau2_method"],
        "test": test,
        "k": len(kept),
    }
    try:
        chosen = {name: [effect[name] for effect in kept] for name in columns}
        design, names = design_matrix(formula, chosen)
        settings = {name: method[name] for name in ("tau2_method", "ci_level")}
        fit = fit_regression(*effect_arrays(kept), design, names=names, test=test, **settings)
    except UnknownNameError:
        raise
    except ValueError as error:
        return [named | {"warning": f"not fitted: {error}"}]
    warning = "; ".join(filter(None, (_left_out(len(effects) - len(kept)), fit.warning)))
    inflation = variance_inflation(fit)
    factors = dict(zip(inflation.terms, inflation.gvif[0], strict=True))
    return [named | _term(fit, i, factors) | {"warning": warning} for i in range(len(fit.names))]


def _term(fit, index, factors):
    name = fit.names[index]
    row = {"term": name, "df": finite(fit.df[0]), "vif": factors.get(name.partition("[")[0])}
    row |= {column: getattr(fit, field)[0, index] for column, field in PER_TERM.items()}
    return row | {column: getattr(fit, column)[0] for column in PER_FIT}


def _left_out(count):
    if not count:
        return None
    return f"{count} {'study' if count == 1 else 'studies'} without a value left out"
