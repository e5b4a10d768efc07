"""Overlap from a list of citations."""

import pytest

from evpool.errors import InputError
from evpool.extraction.delimited import read_input
from evpool.steps.measure_overlap import measure_overlap
from evpool.umbrella.columns import CITATIONS
from tests.umbrella.samples import FOLDER

HEADER = "ma_id,review_year,primary_study,primary_year\n"


@pytest.fixture
def measure(tmp_path):
    def run(text, known=None):
        path = tmp_path / "citations.csv"
        path.write_text(HEADER + text)
        return measure_overlap(read_input(path, CITATIONS), known)

    return run


def test_two_reviews_that_share_one_of_three_studies(measure):
    rows = measure("a,2020,x,2018\na,2020,y,2019\nb,2022,y,2019\nb,2022,z,2021\n")
    whole, pair = rows
    assert (whole["inclusions"], whole["studies"], whole["reviews"]) == (4, 3, 2)
    assert whole["cca"] == pytest.approx(1 / 3)
    # z appeared after review a: (4 - 3) / (6 - 3 - 1).
    assert (whole["impossible"], whole["cca_adjusted"]) == (1, 0.5)
    assert (pair["review_a"], pair["review_b"], pair["shared"]) == ("a", "b", 1)
    assert (pair["studies_a"], pair["studies_b"], pair["category"]) == (2, 2, "very high")


def test_the_demonstration_has_a_row_for_every_pair():
    path = FOLDER / "citations_demonstration.csv"
    rows = measure_overlap(read_input(path, CITATIONS))
    assert len(rows) == 1 + 6 * 5 // 2
    assert all(0 <= row["cca"] <= row["cca_adjusted"] <= 1 for row in rows)


def test_what_is_wrong_with_citations_is_said_at_once(measure):
    text = "a,2020,x,2018\na,2020,x,2018\na,2021,y,2019\nb,2022,x,2017\nb,2022,z,2023\n"
    with pytest.raises(InputError) as caught:
        measure(text, known=["a"])
    said = str(caught.value)
    assert "citations.csv: 6 problems" in said
    assert "(a, x), column 'primary_study' is 'x': expected a study once a review" in said
    assert "column 'review_year' is 2021: expected 2020, as above" in said
    assert "column 'primary_year' is 2017: expected 2018, as above" in said
    assert "column 'primary_year' is 2023: expected at most 2022, the review's year" in said
    assert "column 'ma_id' is 'b': expected a review of meta_analyses.csv" in said
