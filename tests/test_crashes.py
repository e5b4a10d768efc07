"""What is killed, or runs out of disk, is taken up again by the same command, to the same bytes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.slurm.cluster import kill, parent
from tests.small_review import small_review

HOLD = """
import sys, time
from evpool.run_lock import run_alone
run_alone(sys.argv[1])
print("held", flush=True)
time.sleep(600)
"""
STOP = """
import os, signal, threading
from types import SimpleNamespace
from snakemake.scheduling.job_scheduler import JobScheduler
from evpool.run_signals import stop_on_sigterm
scheduler = SimpleNamespace(_lock=threading.Lock(), _open_jobs=threading.Semaphore(0))
stop_on_sigterm(lambda: JobScheduler.exit_gracefully(scheduler))
with scheduler._lock:
    os.kill(os.getpid(), signal.SIGTERM)
scheduler._open_jobs.acquire()
print(scheduler._user_kill)
"""
SUFFIXES = (".parquet", ".svg", ".png", ".html", ".json", ".R")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    project = small_review(Project(tmp_path_factory.mktemp("undisturbed")), ["bbb"])
    project.run()
    return project.files(*SUFFIXES)


@pytest.fixture
def project(tmp_path):
    return small_review(Project(tmp_path), ["bbb"])


def children(pid):
    numbers = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    return [number for number in numbers if parent(number) == pid]


def jobs_of(run):
    """Return the processes of the jobs: forks of snakemake's child."""
    return [job for child in children(run.pid) for job in children(child)]


def start(project):
    """Start a run; return it in the midst of its work."""
    run = project.start("--cores", "2", log=subprocess.DEVNULL)
    while not (project / "results/small/bbb/effects.parquet").exists() or not jobs_of(run):
        assert run.poll() is None
        time.sleep(0.002)
    return run


def test_after_a_job_is_killed(project, undisturbed):
    run = start(project)
    while run.poll() is None:  # again and again: a job may just have done its work
        kill(jobs_of(run))
    assert run.returncode != 0
    assert project.files(*SUFFIXES) != undisturbed
    project.run()
    assert project.files(*SUFFIXES) == undisturbed


def test_after_snakemake_itself_is_killed(project, undisturbed):
    run = start(project)
    run.kill()
    run.wait()
    assert project.files(*SUFFIXES) != undisturbed
    project.run()
    assert project.files(*SUFFIXES) == undisturbed
    assert project.planned() == set()


def test_after_snakemake_is_asked_to_stop(project, undisturbed):
    run = start(project)
    run.terminate()
    assert run.wait(timeout=60) != 0
    assert project.files(*SUFFIXES) != undisturbed
    project.run()
    assert project.files(*SUFFIXES) == undisturbed
    assert project.planned() == set()


def test_asked_to_stop_while_the_scheduler_holds_its_lock():
    # With Snakemake's own handler this waits for ever.
    done = subprocess.run([sys.executable, "-c", STOP], timeout=60, capture_output=True, check=True)
    assert done.stdout == b"graceful\n"


def test_a_second_run_in_the_same_folder_says_which_is_the_first(project):
    lock = project / ".snakemake/evpool.lock"
    lock.parent.mkdir()
    first = subprocess.Popen([sys.executable, "-c", HOLD, lock], stdout=subprocess.PIPE)
    first.stdout.readline()
    second = project.snakemake("--cores", "1", "results/small/config.json")
    assert second.returncode != 0
    assert f"process {first.pid} on " in second.stdout + second.stderr
    first.kill()
    first.communicate()
    project.run("results/small/config.json")


@pytest.fixture
def small_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(tmp_path)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize("left", [50_000, 400_000])
def test_after_the_disk_is_full(small_disk, undisturbed, left):
    project = small_review(Project(small_disk), ["bbb"])
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - left))
    assert project.snakemake("--cores", "2").returncode != 0
    assert project.files(*SUFFIXES) != undisturbed
    ballast.unlink()
    project.run()
    assert project.files(*SUFFIXES) == undisturbed
