"""Peak memory and CPU time of each rule: the figures behind the resources of workflow/profiles.

    python benchmarks/resources/run.py --cores 2

Runs every review once, each job in a Python of its own, and prints a table. CPU time, unlike wall
time, hardly depends on what else the machine does. Snakemake itself is measured too: on a cluster
two of its processes stand beside each job.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "floor"))
from run import copy_project

# Python imports a module of this name when it starts.
AT_EXIT = """
import atexit, os, resource, sys
def note():
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Not ru_maxrss: that begins with the peak of the process which started this one.
    with open("/proc/self/status") as status:
        peak = dict(line.split(":", 1) for line in status)["VmHWM"].split()[0]
    name = os.path.basename(getattr(sys, "argv", ["python"])[0])
    with open(os.environ["NOTES"], "a") as notes:
        print(name, used.ru_utime + used.ru_stime, int(peak) / 1024, file=notes)
atexit.register(note)
"""


def measure(cores, options):
    """Run the workflow in a copy; return what each process used: (name, CPU seconds, MiB)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder)
        (folder / "python").mkdir()
        (folder / "python/sitecustomize.py").write_text(AT_EXIT)
        notes = folder / "notes"
        environment = os.environ | {"PYTHONPATH": str(folder / "python"), "NOTES": str(notes)}
        command = [sys.executable, "-m", "snakemake", "--executor", "local"]
        command += ["--cores", str(cores), *options]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        return [line.split() for line in notes.read_text().splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2)
    known, options = parser.parse_known_args()
    rules = {}
    for name, seconds, mebibytes in measure(known.cores, options):
        words = name.split(".")  # tmpabc.pool_effects.py
        rule = words[1] if name.startswith("tmp") else "(snakemake)"
        rules.setdefault(rule, []).append((float(seconds), float(mebibytes)))
    print("| rule | jobs | CPU s, largest | MiB, largest |")
    print("|---|---|---|---|")
    for rule, used in sorted(rules.items()):
        seconds, mebibytes = (max(column) for column in zip(*used, strict=True))
        print(f"| `{rule}` | {len(used)} | {seconds:.1f} | {mebibytes:.0f} |")


if __name__ == "__main__":
    main()
