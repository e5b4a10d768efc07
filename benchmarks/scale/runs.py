"""One run of snakemake and what it cost, by the operating system's account."""

import os
import re
import subprocess
import sys
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
    """Jobs; seconds until planned, by the clock and of processor; MiB of the largest process."""

    jobs: int
    planning: float
    wall: float
    cpu: float
    memory: float


def run(folder, *arguments):
    """Run snakemake in a folder and return its Cost; stop the benchmark if it fails."""
    command = [sys.executable, "-m", "snakemake", "--nocolor", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    planned, said = 0.0, []
    for line in process.stdout:
        said.append(line)
        if line.startswith("Job stats:") and not planned:
            planned = time.perf_counter() - start
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    words = "".join(said)
    if process.returncode:
        sys.exit(words)
    totals = re.findall(r"^total\s+(\d+)", words, re.MULTILINE)
    jobs = int(totals[0]) - 1 if totals else 0  # without the rule `all`
    memory = used.ru_maxrss / 1024
    return Cost(jobs, planned or wall, wall, used.ru_utime + used.ru_stime, memory)


def write_floor(folder, jobs):
    """Write a workflow of as many jobs that only import numpy and pyarrow."""
    (folder / "Snakefile").write_text(FLOOR.format(jobs=jobs))
    (folder / "job.py").write_text(JOB)
