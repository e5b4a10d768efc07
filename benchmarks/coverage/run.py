"""Simulate bias and coverage; write the figures as CSV and as docs/coverage.md.

    python benchmarks/coverage/run.py

Takes a few minutes; the same numbers come out each time.
"""

import argparse
from pathlib import Path

from page import fill_page
from study import cells, measure_cell, read_rows, write_rows

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"


def simulate(n, table):
    rows = []
    for cell in cells(n):
        rows += measure_cell(cell)
        print(f"{cell.variances} variances, k = {cell.k}, tau2 = {cell.tau2:g}", flush=True)
    for row in rows:
        if row["n"] < n:
            print(f"{n - row['n']} of {n} not converged: {row}")
    write_rows(rows, table)


def main(options):
    if not options.page_only:
        simulate(options.n, options.table)
    template = (HERE / "page.md").read_text(encoding="utf-8")
    options.page.write_text(fill_page(template, read_rows(options.table)), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=40_000, help="meta-analyses per cell")
    parser.add_argument("--table", type=Path, default=HERE / "coverage.csv")
    parser.add_argument("--page", type=Path, default=DOCS / "coverage.md")
    parser.add_argument("--page-only", action="store_true", help="do not simulate, use the CSV")
    main(parser.parse_args())
