"""Simulate bias and coverage; write the figures as CSV and as docs/coverage.md.

    python benchmarks/coverage/run.py

Takes a few minutes; the same numbers come out each time.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from frame import run
from page import fill_page
from study import COLUMNS, cells, measure_cell


def simulate(n):
    rows = []
    for cell in cells(n):
        rows += measure_cell(cell)
        print(f"{cell.variances} variances, k = {cell.k}, tau2 = {cell.tau2:g}", flush=True)
    for row in rows:
        if row["n"] < n:
            print(f"{n - row['n']} of {n} not converged: {row}")
    return rows


if __name__ == "__main__":
    run(__file__, __doc__, simulate, fill_page, COLUMNS, n=40_000, counted="meta-analyses per cell")
