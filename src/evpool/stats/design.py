"""Design matrices of meta-regressions: from moderator names or from a formula.

Names and sums of names ("year", "year + source") need numpy only. Anything more (interactions,
transforms, splines) goes to formulaic, which takes seconds to import.
"""

import numbers
import re

import numpy as np

from evpool.errors import unknown_name

INTERCEPT = "Intercept"
# What a formula may call. Formulas come from review files, so nothing else is evaluated.
TRANSFORMS = ("C", "I", "bs", "cc", "center", "contr.diff", "contr.helmert", "contr.poly")
TRANSFORMS += ("contr.sum", "contr.treatment", "cr", "cs", "exp", "exp10", "exp2", "log", "log10")
TRANSFORMS += ("log2", "np.exp", "np.log", "np.log10", "np.log1p", "np.log2", "np.sqrt", "poly")
TRANSFORMS += ("scale", "standardize")
_NAME = r"`[^`]+`|[^\W\d][\w.]*"
_TOKEN = re.compile(rf"(?<!\w)({_NAME})\s*([(=]?)")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_SUM_OF_NAMES = re.compile(rf"\s*~?\s*(?:{_NAME})(?:\s*\+\s*(?:{_NAME}))*\s*")


def design_matrix(formula_or_columns, columns):
    """Design matrix of a meta-regression, with an intercept unless the formula removes it.

    Parameters
    ----------
    formula_or_columns : str or sequence of str
        A formula in Wilkinson notation, right-hand side only ("year", "~ source * year",
        "log(dose) + C(source)"), or the names of the moderators. Text moderators are dummy-coded
        against the first level in alphabetical order.
    columns : mapping of str to array_like, shape (k,)
        The moderators by name: numbers, booleans or text.

    Returns
    -------
    matrix : ndarray, shape (k, p)
        The intercept first (if any), then one column per coefficient.
    names : tuple of str, length p
        Names of the coefficients, as formulaic writes them: "Intercept", "year",
        "source[T.marrow]".

    Raises
    ------
    ValueError
        If a name is no column (suggests the closest), if a moderator has missing values (gives
        the positions) or is constant, or if the formula cannot be read or calls something that
        is not a known transform.
    """
    if isinstance(formula_or_columns, str):
        formula = formula_or_columns
        names = _names_in(formula, columns)
    else:
        formula, names = None, tuple(formula_or_columns)
        for name in names:
            if name not in columns:
                raise unknown_name("moderator", name, columns)
    arrays = {name: _usable_column(name, columns[name]) for name in names}
    if formula is None or (arrays and _SUM_OF_NAMES.fullmatch(formula)):
        return _matrix_from_columns(arrays)
    model, matrix = _matrix_from_formula(formula, arrays, columns)
    return matrix, tuple(model.model_spec.column_names)


def sole_moderator(formula, columns):
    """Return the one column that a formula names, if it holds numbers; else None.

    Parameters
    ----------
    formula : str
        A right-hand side, as for `design_matrix`.
    columns : mapping of str to array_like, shape (k,)
        The moderators by name.
    """
    names = _names_in(formula, columns)
    if len(names) != 1 or any(isinstance(value, bool | np.bool_) for value in columns[names[0]]):
        return None
    return names[0] if _typed(columns[names[0]])[0].dtype.kind == "f" else None


def design_along(formula, columns, values):
    """Design of a formula at other values of its only moderator.

    Parameters
    ----------
    formula : str
        A right-hand side with one numeric moderator, see `sole_moderator`.
    columns : mapping of str to array_like, shape (k,)
        The columns that `design_matrix` was given: they fix what splines, polynomials and scaling
        transforms have learnt.
    values : array_like, shape (m,)
        Of the moderator.

    Returns
    -------
    ndarray, shape (m, p)
        In the columns of `design_matrix`.

    Raises
    ------
    ValueError
        As `design_matrix`, or if a transform is not finite at a value.
    """
    name, values = sole_moderator(formula, columns), np.asarray(values, dtype=float)
    if name is None:
        raise ValueError(f"formula must name one numeric moderator; got {formula!r}.")
    if _SUM_OF_NAMES.fullmatch(formula):
        return np.column_stack([np.ones(values.size), values])
    arrays = {name: _usable_column(name, columns[name])}
    model, _ = _matrix_from_formula(formula, arrays, columns)
    record = np.rec.fromarrays([values], names=[name])
    with np.errstate(all="ignore"):  # log(0) and the like are reported below
        matrix = np.asarray(model.model_spec.get_model_matrix(record, context={}), dtype=float)
    if not np.isfinite(matrix).all():
        raise ValueError(f"formula {formula!r} is not finite between the values of {name!r}.")
    return matrix


def complete_cases(formula, columns):
    """Tell which studies have a value in every column that a formula names.

    Parameters
    ----------
    formula : str
        A right-hand side, as for `design_matrix`.
    columns : mapping of str to array_like, shape (k,)
        The moderators by name; None, NaN and empty text are missing values.

    Returns
    -------
    ndarray of bool, shape (k,)

    Raises
    ------
    ValueError
        If a name is no column (suggests the closest), or the formula calls something that is not
        a known transform.
    """
    complete = np.ones(len(next(iter(columns.values()))), dtype=bool)
    for name in _names_in(formula, columns):
        complete &= ~_typed(columns[name])[1]
    return complete


def _names_in(formula, columns):
    """Names of the columns a formula uses; raises on unknown names and unknown calls."""
    if not formula.strip():
        raise ValueError("formula must name a moderator, such as 'year'; got an empty one.")
    if "~" in formula.strip()[1:]:
        raise ValueError(
            f"formula must be a right-hand side only, such as 'year + source'; got {formula!r}. "
            "The effect sizes yi are always the response."
        )
    names = {}
    for name, follow in _TOKEN.findall(_QUOTED.sub("''", formula)):
        if follow == "(" and not name.startswith("`"):
            if name not in TRANSFORMS:
                raise unknown_name("each call in formula", name, TRANSFORMS)
        elif follow != "=" and name not in ("True", "False", "None", *TRANSFORMS):
            names[name.strip("`")] = None
    for name in names:
        if name not in columns:
            raise unknown_name("each name in formula", name, columns)
    return tuple(names)


def _typed(values):
    """Return a moderator as floats or objects, and which of its values are missing."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        array = array.astype(object)
        missing = np.array([value is None or value != value or value == "" for value in array])
        known = array[~missing]
        if not known.size or not all(isinstance(value, numbers.Real) for value in known):
            return array, missing
        array = np.where(missing, np.nan, array)
    array = array.astype(float)
    return array, ~np.isfinite(array)


def _usable_column(name, values):
    """Return a moderator as floats or text; raises if values are missing or all equal."""
    array, missing = _typed(values)
    if missing.any():
        places = ", ".join(str(place) for place in np.flatnonzero(missing)[:20])
        raise ValueError(
            f"moderator {name!r} must have a value for every study; {missing.sum()} of "
            f"{array.size} are missing, at positions {places} (counted from 0). Fill them in, or "
            "leave those studies out."
        )
    if array.size and (array == array[0]).all():
        raise ValueError(
            f"moderator {name!r} must differ between studies; all {array.size} have "
            f"{array[0]!s}. Remove it from the model."
        )
    return array if array.dtype.kind == "f" else array.astype(str)


def _matrix_from_columns(arrays):
    """Intercept, then numbers as they are and text dummy-coded."""
    if not arrays:
        raise ValueError(
            "moderators must name at least one column; got none. Name one, or pool without any."
        )
    matrix, names = [np.ones(len(next(iter(arrays.values()))))], [INTERCEPT]
    for name, array in arrays.items():
        if array.dtype.kind == "f":
            matrix.append(array)
            names.append(name)
        else:
            levels = np.unique(array)[1:]
            matrix.extend((array == level).astype(float) for level in levels)
            names.extend(f"{name}[T.{level}]" for level in levels)
    return np.column_stack(matrix), tuple(names)


def _matrix_from_formula(formula, arrays, columns):
    """Let formulaic build the matrix; return its model, which knows the columns, and the array."""
    # Seconds to import, and only formulas with more than a sum of names need it.
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    # A formula without names ("1") still needs a column to tell the number of studies.
    rows = arrays or {"row": np.arange(float(len(next(iter(columns.values())))))}
    record = np.rec.fromarrays(
        [a if a.dtype.kind == "f" else a.astype(object) for a in rows.values()], names=list(rows)
    )
    try:
        with np.errstate(all="ignore"):  # log(0) and the like are reported below
            model = Formula(formula).get_model_matrix(
                record, context={}, output="numpy", na_action="ignore"
            )
        matrix = np.asarray(model, dtype=float)
        if matrix.shape[1] == 0:
            raise ValueError("It has no term.")
        if not np.isfinite(matrix).all():
            bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
            raise ValueError(f"It is not finite for studies {bad[:20].tolist()}.")
    except (FormulaicError, SyntaxError, ValueError, TypeError) as error:
        reason = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split("\n")[0]
        raise ValueError(
            f"formula {formula!r} cannot be used: {reason} "
            "Write it like 'year + source' or 'log(dose) * source'."
        ) from error
    return model, matrix
