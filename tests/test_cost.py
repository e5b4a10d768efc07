"""What a run costs, in jobs and bytes: a change must be meant, and is noted here."""

import pytest

from tests.conftest import Project
from tests.small_review import small_review

JOBS_OF_AN_OUTCOME, JOBS_OF_A_REVIEW, JOBS_ACROSS = 16, 6, 2
OUTCOMES = 2  # of the review sci, 21 studies each
MEGABYTES = {
    ".parquet": 1.89,
    ".svg": 1.12,
    ".png": 4.98,
    ".html": 3.14,
    ".json": 0.008,
    ".R": 0.0095,
}


def jobs(outcomes):
    return outcomes * JOBS_OF_AN_OUTCOME + JOBS_OF_A_REVIEW + JOBS_ACROSS


def test_each_job_of_a_run_is_accounted_for(finished):
    assert len(list((finished / "logs").rglob("*.log"))) == jobs(OUTCOMES)


def test_jobs_grow_with_outcomes_and_nothing_else(tmp_path):
    names = [f"o{number}" for number in range(5)]
    assert len(small_review(Project(tmp_path), names).planned()) == jobs(len(names))


@pytest.mark.parametrize("kind", MEGABYTES)
def test_results_are_as_large_as_they_were(finished, kind):
    made = sum(len(content) for content in finished.files(kind).values())
    assert made / 1e6 == pytest.approx(MEGABYTES[kind], rel=0.15)
