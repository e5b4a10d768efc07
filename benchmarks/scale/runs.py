"""One run of snakemake and what it cost, by the operating system's account."""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

FLOOR = """
rule all:
    input: expand("done/{{job}}", job=range({jobs}))
rule job:
    output: "done/{{job}}"
    log: "logs/{{job}}.log"
    script: "job.py"
"""
JOB = "import numpy\nimport pyarrow\nopen(snakemake.output[0], 'w').close()\n"


@dataclass(frozen=True)
class Cost:
    """Jobs run (or planned), seconds by the clock and of processor, MiB of the largest process."""

    jobs: int
    wall: float
    cpu: float
    memory: float


def run(folder, *arguments):
    """Run snakemake in a folder and return its Cost; stop the benchmark if it fails."""
    command = [sys.executable, "-m", "snakemake", "--nocolor", *arguments]
    with tempfile.TemporaryFile("w+") as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read()
    if process.returncode:
        sys.exit(words)
    totals = re.findall(r"^total\s+(\d+)", words, re.MULTILINE)
    jobs = int(totals[0]) - 1 if totals else 0  # without the rule `all`
    return Cost(jobs, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def write_floor(folder, jobs):
    """Write a workflow of as many jobs that only import numpy and pyarrow."""
    (folder / "Snakefile").write_text(FLOOR.format(jobs=jobs))
    (folder / "job.py").write_text(JOB)
