"""Wall time of a full run against the floor: as many jobs that only import numpy and pyarrow.

    python benchmarks/floor/run.py --repeat 3 --cores 4

Both are run by the same snakemake, in turn, in fresh folders; the ratio is taken pair by pair. The
floor starts a Python for every job, as snakemake does by itself. A full run forks its jobs from a
warm process, so beside it stand the full run without that, and empty jobs with it.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOOR = """
rule all:
    input: expand("done/{{job}}", job=range({jobs}))
rule job:
    output: "done/{{job}}"
    log: "logs/{{job}}.log"
    script: "job.py"
"""
JOB = "import numpy\nimport pyarrow\nopen(snakemake.output[0], 'w').close()\n"


def copy_project(folder):
    shutil.copy(ROOT / "Snakefile", folder)
    shutil.copy(ROOT / "profiles", folder, follow_symlinks=False)
    for name in ("workflow", "config", "resources"):
        shutil.copytree(ROOT / name, folder / name)


def write_floor(folder, jobs):
    (folder / "Snakefile").write_text(FLOOR.format(jobs=jobs))
    (folder / "job.py").write_text(JOB)


def run_once(prepare, cores, executor):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
        command += ["--executor", executor]
        start = time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    jobs = int(re.findall(r"^total\s+(\d+)", done.stdout + done.stderr, re.MULTILINE)[0]) - 1
    return seconds, jobs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cores", type=int, default=4)
    options = parser.parse_args()
    _, jobs = run_once(copy_project, options.cores, "warm")  # a warm-up, and the number of jobs

    def empty_jobs(folder):
        write_floor(folder, jobs)

    kinds = {
        "full run": (copy_project, "warm"),
        "full run, cold": (copy_project, "local"),
        "empty jobs, warm": (empty_jobs, "warm"),
    }
    ratios = {kind: [] for kind in kinds}
    for _ in range(options.repeat):
        floor, _ = run_once(empty_jobs, options.cores, "local")
        print(f"{jobs} jobs: floor {floor:.1f} s")
        for kind, (prepare, executor) in kinds.items():
            seconds, _ = run_once(prepare, options.cores, executor)
            ratios[kind].append(seconds / floor)
            print(f"  {kind} {seconds:.1f} s, ratio {seconds / floor:.2f}")
    for kind, found in ratios.items():
        print(f"median ratio of the {kind}: {statistics.median(found):.2f}")


if __name__ == "__main__":
    main()
