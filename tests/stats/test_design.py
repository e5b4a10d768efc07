"""Design matrices: names, formulas, and messages about what cannot be used."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evpool.errors import UnknownNameError
from evpool.stats.design import complete_cases, design_along, design_matrix, sole_moderator

COLUMNS = {
    "year": np.array([2003.0, 2011, 2015, 2020, 2018]),
    "source": ["marrow", "fat", "cord", "fat", "marrow"],
    "blind": np.array([True, False, True, True, False]),
    "dose (mg)": [1, 2, 0, 3, 5],
    "gap": [1.0, np.nan, 2.0, np.nan, 3.0],
    "note": ["x", None, "", "y", "z"],
    "species": ["rat"] * 5,
}
DUMMIES = [[0, 1], [1, 0], [0, 0], [1, 0], [0, 1]]
DUMMY_NAMES = ("source[T.fat]", "source[T.marrow]")


def test_numbers_and_text():
    matrix, names = design_matrix(["year", "source", "blind"], COLUMNS)
    expected = np.column_stack([np.ones(5), COLUMNS["year"], DUMMIES, COLUMNS["blind"]])
    assert_array_equal(matrix, expected)
    assert names == ("Intercept", "year", *DUMMY_NAMES, "blind")


def test_numpy_path_equals_formulaic():
    # Parentheses force the formula through formulaic.
    plain, names = design_matrix("year + source", COLUMNS)
    full, full_names = design_matrix("(source + year)", COLUMNS)
    order = [full_names.index(name) for name in names]
    assert_array_equal(plain, full[:, order])
    assert set(names) == set(full_names)


def test_interaction():
    matrix, names = design_matrix("~ source * blind", COLUMNS)
    assert names[-2:] == ("source[T.fat]:blind", "source[T.marrow]:blind")
    product = np.array(DUMMIES) * np.array(COLUMNS["blind"])[:, None]
    assert_array_equal(matrix[:, -2:], product)


def test_transform_and_quoted_name():
    matrix, names = design_matrix("log(year) + `dose (mg)`", COLUMNS)
    assert names == ("Intercept", "log(year)", "dose (mg)")
    assert_array_equal(matrix[:, 1], np.log(COLUMNS["year"]))


def test_reference_level_can_be_chosen():
    matrix, names = design_matrix("C(source, contr.treatment('marrow'))", COLUMNS)
    assert [name[-8:] for name in names[1:]] == ["[T.cord]", ")[T.fat]"]
    assert_array_equal(matrix[:, 1:], [[0, 0], [0, 1], [1, 0], [0, 1], [0, 0]])


def test_objects_that_are_numbers_are_numbers():
    columns = {"year": np.array([2001, 2005.5, True], dtype=object)}
    matrix, names = design_matrix("year", columns)
    assert names == ("Intercept", "year")
    assert_array_equal(matrix[:, 1], [2001.0, 2005.5, 1.0])


@pytest.mark.parametrize(
    ("formula", "complete"),
    [
        ("year", [True] * 5),
        ("gap + year", [True, False, True, False, True]),
        ("log(gap) * note", [True, False, False, False, True]),
    ],
)
def test_complete_cases(formula, complete):
    assert complete_cases(formula, COLUMNS).tolist() == complete
    with pytest.raises(UnknownNameError, match="Did you mean 'gap'"):
        complete_cases("gapp", COLUMNS)


def test_complete_cases_can_be_modelled():
    # Numbers that come with None are numbers once the incomplete studies are left out.
    columns = {"dose": [1, None, 3, 2], "year": [1.0, 2.0, 3.0, 4.0]}
    kept = complete_cases("dose", columns)
    matrix, names = design_matrix("dose", {"dose": np.array(columns["dose"])[kept]})
    assert names == ("Intercept", "dose")
    assert_array_equal(matrix[:, 1], [1, 3, 2])


@pytest.mark.parametrize(("formula", "width"), [("1", 1), ("0 + source", 3), ("year - 1", 1)])
def test_intercept_can_be_removed(formula, width):
    matrix, names = design_matrix(formula, COLUMNS)
    assert matrix.shape == (5, width)
    assert ("Intercept" in names) == (formula == "1")


@pytest.mark.parametrize("wanted", [["yeer"], "yeer", "~ yeer * source", "log(yeer)"])
def test_unknown_column_suggests_the_closest(wanted):
    with pytest.raises(UnknownNameError, match=r"year, source.*got 'yeer'.*Did you mean 'year'"):
        design_matrix(wanted, COLUMNS)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("gap", r"'gap' must have a value for every study; 2 of 5 are missing, at positions 1, 3"),
        ("note * year", r"'note' must .* at positions 1, 2 .*Fill them in, or leave those studies"),
        ("species", "'species' must differ between studies; all 5 have rat. Remove it"),
        ("yi ~ year", "right-hand side only"),
        ("year +", "formula 'year \\+' cannot be used"),
        ("year ^^ 2", "cannot be used"),
        ("  ", "formula must name a moderator"),
        ("0", "It has no term"),
        ("log(`dose (mg)`)", r"It is not finite for studies \[2\]"),
        ("log(year - 2004)", r"It is not finite for studies \[0\]"),
        ("open('secrets')", "each call in formula must be one of C, I, .*got 'open'"),
        ("year.__class__", "each name in formula must be one of"),
        ("[].__class__", "each name in formula must be one of"),
        ([], "moderators must name at least one column"),
    ],
)
def test_unusable_formulas_are_explained(formula, words):
    with pytest.raises(ValueError, match=words):
        design_matrix(formula, COLUMNS)


def test_sums_of_names_do_not_import_formulaic():
    code = (
        "import sys; from evpool.stats.regression import design_matrix; "
        "design_matrix('year + source', {'year': [1, 2], 'source': ['a', 'b']}); "
        "sys.exit('formulaic' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


DOSES = {"dose": [1.0, 2.5, 0.5, 3.0, 2.0], "blind": [True, False, True, True, False]}


@pytest.mark.parametrize("formula", ["dose", "~ dose", "log(dose)", "poly(dose, 2)", "scale(dose)"])
def test_the_design_along_a_moderator_repeats_the_design_at_its_own_values(formula):
    matrix, _ = design_matrix(formula, DOSES)
    assert_allclose(design_along(formula, DOSES, DOSES["dose"]), matrix, rtol=1e-12)
    assert design_along(formula, DOSES, [0.7, 2.9, 1.1]).shape == (3, matrix.shape[1])


def test_what_a_transform_has_learnt_stays():
    matrix, _ = design_matrix("scale(dose)", DOSES)
    step = design_along("scale(dose)", DOSES, [1.0, 2.0])[:, 1]
    assert_allclose(np.diff(step), matrix[4, 1] - matrix[0, 1], rtol=1e-12)


def test_the_sole_moderator_is_numeric():
    columns = DOSES | {"source": ["a", "b", "a", "a", "b"]}
    assert sole_moderator("log(dose)", columns) == "dose"
    for formula in ("blind", "source", "dose + source", "1"):
        assert sole_moderator(formula, columns) is None
    with pytest.raises(ValueError, match="must name one numeric moderator; got 'source'"):
        design_along("source", columns, [1.0])


def test_a_transform_with_a_gap_along_the_moderator_is_refused():
    with pytest.raises(ValueError, match="not finite between the values of 'dose'"):
        design_along("log(dose)", DOSES, [1.0, -1.0])
