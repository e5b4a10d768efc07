"""What a run costs with 1, 10, 100 and 1,000 outcomes of 20 studies; writes docs/performance.md.

    python benchmarks/scale/run.py                            # takes two hours
    python benchmarks/scale/run.py --sizes 1 10 100           # takes a quarter of an hour
    python benchmarks/scale/run.py --sizes 1000 --no-floor    # adds rows to the table

For each size, one after the other: a run of all jobs, a run with nothing to do, a run after one
study was added to one outcome, and a run of as many empty jobs (the floor); for sizes up to COLD
also a run in which each job starts a Python of its own.
"""

import argparse
import csv
import tempfile
from dataclasses import asdict
from pathlib import Path

from page import fill_page
from project import add_study, make_project
from runs import run, write_floor

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
# The scheduler of the full run, and an executor that starts a Python for each job.
FLOOR_OPTIONS = ("--executor", "local", "--scheduler", "greedy", "--scheduler-subsample", "100")
COLUMNS = ("outcomes", "run", "jobs", "planning", "wall", "cpu", "memory")
COLD = 10


def measure_size(outcomes, cores, floor):
    """Measure one size; yield (run, Cost) pairs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder, outcomes)
        full = run(folder, "--cores", cores)
        yield "full", full
        yield "nothing to do", run(folder, "--cores", cores)
        add_study(folder, "o0000")
        yield "one study added", run(folder, "--cores", cores)
    if outcomes <= COLD:
        with tempfile.TemporaryDirectory() as name:
            make_project(Path(name), outcomes)
            yield "cold", run(Path(name), "--cores", cores, "--executor", "local")
    if floor:
        with tempfile.TemporaryDirectory() as name:
            write_floor(Path(name), full.jobs)
            yield "floor", run(Path(name), "--cores", cores, *FLOOR_OPTIONS)


def read_rows(table):
    if not table.is_file():
        return []
    with open(table, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(rows, table):
    with open(table, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(options):
    rows = read_rows(options.table)
    for outcomes in [] if options.page_only else options.sizes:
        rows = [row for row in rows if int(row["outcomes"]) != outcomes]
        for name, cost in measure_size(outcomes, str(options.cores), not options.no_floor):
            figures = {key: f"{value:.6g}" for key, value in asdict(cost).items()}
            rows.append({"outcomes": str(outcomes), "run": name, **figures})
            print(*rows[-1].values(), flush=True)
        write_rows(sorted(rows, key=lambda row: int(row["outcomes"])), options.table)
    template = (HERE / "page.md").read_text(encoding="utf-8")
    options.page.write_text(fill_page(template, read_rows(options.table)), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--no-floor", action="store_true", help="leave the empty jobs out")
    parser.add_argument("--table", type=Path, default=HERE / "scale.csv")
    parser.add_argument("--page", type=Path, default=DOCS / "performance.md")
    parser.add_argument("--page-only", action="store_true", help="do not measure, use the CSV")
    main(parser.parse_args())
