"""What the simulations share: their figures as a CSV, and the page that follows from it."""

import argparse
import csv
from pathlib import Path

WHOLE = ("k", "n")
REAL = ("tau2", "click", "height", "value", "mcse")


def read_rows(path):
    """Read what `write_rows` wrote."""
    with open(path, newline="", encoding="utf-8") as file:
        return [
            row
            | {name: int(row[name]) for name in WHOLE if name in row}
            | {name: float(row[name]) for name in REAL if name in row}
            for row in csv.DictReader(file)
        ]


def write_rows(rows, path, columns, how=".4f"):
    """Write the figures with fixed decimals, so that equal numbers are equal bytes."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        table.writeheader()
        for row in rows:
            table.writerow(row | {name: f"{row[name]:{how}}" for name in ("value", "mcse")})


def with_error(row, how, times=1, error=None):
    """Format a figure and, in brackets, its Monte Carlo standard error."""
    error = error or how.lstrip("+")
    return f"{times * row['value']:{how}} ({times * row['mcse']:{error}})"


def run(script, said, simulate, fill_page, columns, *, n, counted, how=".4f"):
    """Simulate, unless only the page is asked for; write <folder>.csv and docs/<folder>.md.

    Parameters
    ----------
    script, said : str
        Path of the benchmark's run.py, beside its page.md, and what it says of itself.
    simulate : callable
        Takes how many, returns rows.
    fill_page : callable
        Takes the text of page.md and the rows, returns the page.
    columns, how
        As of `write_rows`.
    n, counted : int, str
        How many, unless the option --n says so, and of what.
    """
    folder = Path(script).resolve().parent
    page = folder.parents[1] / "docs" / f"{folder.name}.md"
    parser = argparse.ArgumentParser(description=said)
    parser.add_argument("--n", type=int, default=n, help=counted)
    parser.add_argument("--table", type=Path, default=folder / f"{folder.name}.csv")
    parser.add_argument("--page", type=Path, default=page)
    parser.add_argument("--page-only", action="store_true", help="do not simulate, use the CSV")
    options = parser.parse_args()
    if not options.page_only:
        write_rows(simulate(options.n), options.table, columns, how)
    template = (folder / "page.md").read_text(encoding="utf-8")
    options.page.write_text(fill_page(template, read_rows(options.table)), encoding="utf-8")
