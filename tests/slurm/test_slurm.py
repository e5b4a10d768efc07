"""A whole review through a real Slurm, with a job killed and a node lost on the way."""

import time

import pytest

from tests.conftest import Project
from tests.slurm import cluster
from tests.small_review import small_review

pytestmark = pytest.mark.skipif(cluster.missing() is not None, reason=str(cluster.missing()))
SUFFIXES = (".parquet", ".svg", ".png", ".html", ".json", ".R")
# Each outcome a submission of its own, and no long waits between looks at the queue.
OPTIONS = ["--group-components", "outcome=1", "--slurm-warm-init-seconds-before-status-checks", "1"]


@pytest.fixture
def slurm(tmp_path):
    folder = tmp_path / "cluster"
    try:
        cluster.up(folder)
        yield folder
    finally:
        cluster.down(folder)


def wait_for(found, running, seconds=180):
    """Return what `found` finds, at the latest when the run ends."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and running.poll() is None:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError(f"not seen in {seconds} s, or before the run ended")


def scripts_on(node):
    """Return the ids of the scripts of rules that run on a node: forks of the warm process."""
    warm = [pid for pid, command in cluster.processes(node).items() if "nursery.py" in command]
    return [pid for pid in warm if cluster.parent(pid) in warm]


def test_a_killed_job_and_a_lost_node_end_in_the_bytes_of_a_local_run(slurm, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here, there = (small_review(Project(tmp_path / name)) for name in ("here", "there"))
    here.run()
    with (tmp_path / "log").open("w") as log:
        run = there.start("--profile", "workflow/profiles/slurm", *OPTIONS, log=log)
        wait_for(lambda: scripts_on("n1"), run)
        while len(cluster.jobs()) == 2:  # again and again: a job may just have done its work
            cluster.kill(scripts_on("n1"))
        wait_for(lambda: scripts_on("n2"), run)
        cluster.crash(slurm, "n2")
        assert cluster.states()["n2"].startswith("DOWN")
        cluster.resume("n2")
        assert run.wait(timeout=400) == 0, (tmp_path / "log").read_text()
    said = (tmp_path / "log").read_text()
    assert said.count("Trying to restart job") == 1
    # Two outcomes, one of them twice, and the review.
    assert said.count("has been submitted with SLURM jobid") == 4
    assert there.files(*SUFFIXES) == here.files(*SUFFIXES)
    assert there.planned() == set()
