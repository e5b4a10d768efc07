"""How much of the primary studies do the reviews share?"""

import numpy as np

from evpool.errors import InputError, Problem
from evpool.stats.overlap import categorise, corrected_covered_area, pairwise_overlap


def measure_overlap(citations, known=None):
    """Measure the overlap of reviews from the list of what each includes.

    Parameters
    ----------
    citations : InputTable
        One row for each review and primary study that it includes.
    known : collection of str, optional
        The reviews that may stand in it; any if not given.

    Returns
    -------
    list of dict
        Rows of OVERLAP: one overall, one a pair. The adjusted value leaves out what was impossible
        for a review: primary studies that appeared after it.

    Raises
    ------
    InputError
        If a row repeats another, gives a study or review another year than before, names an
        unknown review, or lets a review include a study of later years.
    """
    _refuse(citations, known)
    rows = citations.rows
    reviews = list(dict.fromkeys(row["ma_id"] for row in rows))
    studies = list(dict.fromkeys(row["primary_study"] for row in rows))
    included = np.zeros((len(studies), len(reviews)), dtype=bool)
    for row in rows:
        included[studies.index(row["primary_study"]), reviews.index(row["ma_id"])] = True
    impossible = _impossible(rows, studies, reviews)
    whole = corrected_covered_area(included), corrected_covered_area(included, impossible)
    table = [{"scope": "overall", **_columns(*whole)}]
    pairs = zip(pairwise_overlap(included), pairwise_overlap(included, impossible), strict=True)
    for (a, b, plain), (_, _, adjusted) in pairs:
        table.append(
            {
                "scope": "pair",
                "review_a": reviews[a],
                "review_b": reviews[b],
                "studies_a": int(included[:, a].sum()),
                "studies_b": int(included[:, b].sum()),
                "shared": int((included[:, a] & included[:, b]).sum()),
                **_columns(plain, adjusted),
            }
        )
    return table


def _columns(plain, adjusted):
    names = ("inclusions", "studies", "reviews")
    return {
        **{name: getattr(plain, name) for name in names},
        "impossible": adjusted.impossible,
        "cca": plain.cca,
        "cca_adjusted": adjusted.cca,
        "category": categorise(plain.cca),
        "category_adjusted": categorise(adjusted.cca),
    }


def _impossible(rows, studies, reviews):
    """Mark the cells of primary studies that appeared after the review."""
    written = {row["ma_id"]: row["review_year"] for row in rows}
    appeared = {row["primary_study"]: row["primary_year"] for row in rows}
    return np.array(
        [
            [
                None not in (appeared[study], written[review]) and appeared[study] > written[review]
                for review in reviews
            ]
            for study in studies
        ],
        dtype=bool,
    )


def _refuse(citations, known):
    problems, years, seen = list(citations.problems), {}, set()
    for row in citations.rows:
        pair = (row["ma_id"], row["primary_study"])
        if pair in seen:
            problems.append(_problem(row, "primary_study", "a study once a review", "Remove it."))
        seen.add(pair)
        if known is not None and row["ma_id"] not in known:
            expected = "a review of meta_analyses.csv"
            problems.append(_problem(row, "ma_id", expected, "Correct the id."))
        for key, column in (("ma_id", "review_year"), ("primary_study", "primary_year")):
            first = years.setdefault((key, row[key]), row[column])
            if first != row[column]:
                problems.append(_problem(row, column, f"{first}, as above", "Correct one."))
        years_known = None not in (row["primary_year"], row["review_year"])
        if years_known and row["primary_year"] > row["review_year"]:
            expected = f"at most {row['review_year']}, the review's year"
            problems.append(_problem(row, "primary_year", expected, "Correct one."))
    if problems:
        raise InputError(citations.path, problems)


def _problem(row, column, expected, remedy):
    who = f"{row['ma_id']}, {row['primary_study']}"
    return Problem(row["line"], column, row[column], expected, remedy, None, who)
