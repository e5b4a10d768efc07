"""Simulate reviews read off figures; write the figures as CSV and as docs/reading_error.md.

    python benchmarks/reading_error/run.py

Takes about twenty minutes; the same numbers come out each time.
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
        print(cell, flush=True)
    return rows


if __name__ == "__main__":
    run(__file__, __doc__, simulate, fill_page, COLUMNS, n=2000, counted="reviews per cell")
