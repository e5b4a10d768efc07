"""The corrected covered area: published examples, exact cases, identities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.overlap import categorise, corrected_covered_area, pairwise_overlap

# The example of the vignette 'CCA' of the R package junoR: rows are Study_1 to Study_5, columns
# Review_1 to Review_5, 'included' only. It prints a CCA of 41.66667 %.
JUNO = np.array(
    [[1, 0, 1, 1, 0], [1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
    dtype=bool,
)


def test_the_published_example():
    overlap = corrected_covered_area(JUNO)
    assert (overlap.inclusions, overlap.studies, overlap.reviews) == (8, 3, 5)
    assert_allclose(100 * overlap.cca, 41.66667, rtol=0, atol=5e-6)
    assert overlap.category == "very high"


def test_no_overlap_is_zero_and_whole_overlap_is_one():
    # The two ends that Pieper et al. (2014) give.
    assert corrected_covered_area(np.eye(4, dtype=bool)).cca == 0
    assert corrected_covered_area(np.ones((7, 3), dtype=bool)).cca == 1


def test_of_two_reviews_it_is_the_share_of_their_studies_that_both_include():
    matrix = np.random.default_rng(1).random((40, 6)) < 0.3
    for a, b, overlap in pairwise_overlap(matrix):
        both = (matrix[:, a] & matrix[:, b]).sum()
        either = (matrix[:, a] | matrix[:, b]).sum()
        assert_allclose(overlap.cca, both / either, rtol=1e-12)


def test_a_study_that_no_review_includes_and_the_order_of_reviews_change_nothing():
    rng = np.random.default_rng(2)
    matrix = rng.random((20, 5)) < 0.4
    padded = np.vstack([matrix, np.zeros((3, 5), dtype=bool)])[:, rng.permutation(5)]
    assert corrected_covered_area(padded).cca == corrected_covered_area(matrix).cca


def test_impossible_cells_leave_the_room():
    # N = 3, r = 2, c = 2, X = 1: (3 - 2) / (4 - 2 - 1).
    matrix = np.array([[1, 1], [0, 1]], dtype=bool)
    impossible = np.array([[0, 0], [1, 0]], dtype=bool)
    assert corrected_covered_area(matrix).cca == 0.5
    assert corrected_covered_area(matrix, impossible).cca == 1
    with pytest.raises(ValueError, match="review 1 includes study 0, which it could not"):
        corrected_covered_area(matrix, impossible[::-1, ::-1])


def test_one_review_has_no_overlap_value():
    overlap = corrected_covered_area(np.ones((3, 1), dtype=bool))
    assert np.isnan(overlap.cca)
    assert overlap.category == ""


@pytest.mark.parametrize(
    ("cca", "name"),
    [
        (0, "slight"),
        (0.05, "slight"),
        (0.051, "moderate"),
        (0.1, "moderate"),
        (0.101, "high"),
        (0.15, "high"),
        (0.151, "very high"),
        (1, "very high"),
    ],
)
def test_the_categories_of_pieper(cca, name):
    assert categorise(cca) == name


def test_matrices_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(3, 2\) and \(2, 3\)"):
        corrected_covered_area(np.ones((3, 2)), np.zeros((2, 3)))
