"""Run the generators of the twins over many seeds; write the figures as CSV and as docs/twins.md.

    python benchmarks/twins/run.py

Takes about two minutes; the same numbers come out each time.
"""

import argparse
from pathlib import Path

from page import fill_page
from study import measure_twin, read_rows, write_rows

from evpool.twins.make import TWINS

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"


def main(options):
    if not options.page_only:
        rows = [row for twin in TWINS for row in measure_twin(twin, options.seeds)]
        write_rows(rows, options.table)
    template = (HERE / "page.md").read_text(encoding="utf-8")
    options.page.write_text(fill_page(template, read_rows(options.table)), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="data sets of each twin")
    parser.add_argument("--table", type=Path, default=HERE / "twins.csv")
    parser.add_argument("--page", type=Path, default=DOCS / "twins.md")
    parser.add_argument("--page-only", action="store_true", help="do not simulate, use the CSV")
    main(parser.parse_args())
