"""How many primary studies do reviews share? The corrected covered area."""

from dataclasses import dataclass

import numpy as np

SLIGHT, MODERATE, HIGH, VERY_HIGH = "slight", "moderate", "high", "very high"


@dataclass(frozen=True)
class Overlap:
    """The corrected covered area of a set of reviews.

    Attributes
    ----------
    cca : float
        0 if no two reviews share a study, 1 if all hold the same; NaN for fewer than two reviews.
    inclusions, studies, reviews, impossible : int
        N, r, c and X of the formula.
    category : str
        slight (to 5 %), moderate (to 10 %), high (to 15 %), very high; empty without a value.
    """

    cca: float
    inclusions: int
    studies: int
    reviews: int
    impossible: int
    category: str


def corrected_covered_area(included, impossible=None):
    """Corrected covered area, (N - r) / (r c - r - X).

    Parameters
    ----------
    included : array_like of bool, shape (studies, reviews)
        Which review includes which primary study; studies that none includes don't count.
    impossible : array_like of bool, shape (studies, reviews), optional
        Cells that could not be filled, such as a study that appeared after the review; X counts
        them.

    Returns
    -------
    Overlap

    Raises
    ------
    ValueError
        If the shapes differ, or a review includes a study that it could not.

    References
    ----------
    Pieper et al. (2014), doi:10.1016/j.jclinepi.2013.11.007; X: Perez-Bracchiglione et al. (2022),
    doi:10.1002/jrsm.1557.
    """
    included = np.asarray(included, dtype=bool)
    blank = np.zeros_like(included) if impossible is None else np.asarray(impossible, dtype=bool)
    if included.ndim != 2 or blank.shape != included.shape:
        raise ValueError(f"the matrices have shapes {included.shape} and {blank.shape}")
    if (included & blank).any():
        study, review = np.argwhere(included & blank)[0]
        raise ValueError(f"review {review} includes study {study}, which it could not include")
    held = included.any(axis=1)
    total, studies, reviews = int(included.sum()), int(held.sum()), included.shape[1]
    missing = int(blank[held].sum())
    room = studies * (reviews - 1) - missing
    cca = (total - studies) / room if room > 0 else np.nan
    return Overlap(cca, total, studies, reviews, missing, categorise(cca))


def pairwise_overlap(included, impossible=None):
    """Corrected covered area of every pair of reviews.

    Parameters
    ----------
    included, impossible
        As of `corrected_covered_area`.

    Returns
    -------
    list of (int, int, Overlap)
        Columns of the two reviews, the first before the second, and their overlap. Without
        impossible cells it is the share of their studies that both include.
    """
    included = np.asarray(included, dtype=bool)
    blank = np.zeros_like(included) if impossible is None else np.asarray(impossible, dtype=bool)
    count = included.shape[1]
    return [
        (a, b, corrected_covered_area(included[:, [a, b]], blank[:, [a, b]]))
        for a in range(count)
        for b in range(a + 1, count)
    ]


def categorise(cca):
    """Name the overlap as Pieper et al. (2014) do; they give whole percent."""
    if np.isnan(cca):
        return ""
    for limit, name in ((0.05, SLIGHT), (0.10, MODERATE), (0.15, HIGH)):
        if cca <= limit + 1e-12:
            return name
    return VERY_HIGH
