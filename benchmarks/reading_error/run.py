"""Simulate reviews read off figures; write the figures as CSV and as docs/reading_error.md.

    python benchmarks/reading_error/run.py

Takes about twenty minutes; the same numbers come out each time.
"""

import argparse
from pathlib import Path

from page import fill_page
from study import cells, measure_cell, read_rows, write_rows

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"


def main(options):
    if not options.page_only:
        rows = []
        for cell in cells(options.n):
            rows += measure_cell(cell)
            print(cell, flush=True)
        write_rows(rows, options.table)
    template = (HERE / "page.md").read_text(encoding="utf-8")
    options.page.write_text(fill_page(template, read_rows(options.table)), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000, help="reviews per cell")
    parser.add_argument("--table", type=Path, default=HERE / "reading_error.csv")
    parser.add_argument("--page", type=Path, default=DOCS / "reading_error.md")
    parser.add_argument("--page-only", action="store_true", help="do not simulate, use the CSV")
    main(parser.parse_args())
