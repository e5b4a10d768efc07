"""Run the generators of the twins over many seeds; write the figures as CSV and as docs/twins.md.

    python benchmarks/twins/run.py

Takes about two minutes; the same numbers come out each time.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from frame import run
from page import fill_page
from study import COLUMNS, measure_twin

from evpool.twins.make import TWINS


def simulate(n):
    return [row for twin in TWINS for row in measure_twin(twin, n)]


if __name__ == "__main__":
    run(
        __file__,
        __doc__,
        simulate,
        fill_page,
        COLUMNS,
        n=1000,
        counted="data sets of each twin",
        how=".6g",
    )
