"""Simulated input carries a mark of its own, so that no review passes it off as data."""

from pathlib import Path

from evpool.extraction.delimited import header, values_of

COLUMN = "synthetic"  # of typed tables; true in the rows of a generator
MARK = "SYNTHETIC: drawn by evpool.twins, not read off a figure"  # in digitiser files
REMEDY = (
    "Say `synthetic: true` in the review's config, or put your own data in their place "
    "(docs/replace-a-twin.md)."
)


def simulated_input(review):
    """Return what of a review's input is marked as simulated, if the review doesn't say so.

    Parameters
    ----------
    review : dict
        What `config.complete_review` returned.

    Returns
    -------
    list of str
        One problem a file; none for a review with `synthetic: true`.
    """
    if review["synthetic"]:
        return []
    tables = [path for path in dict.fromkeys(review["tables"].values()) if Path(path).is_file()]
    rows = {path: _marked_rows(path) for path in tables}
    problems = [
        f"{path}: {count} of its rows are marked as simulated (column {COLUMN!r}). {REMEDY}"
        for path, count in rows.items()
        if count
    ]
    folder = Path(review["tables"]["figures"]).parent / "figures"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    marked = [path for path in files if MARK.encode() in path.read_bytes()]
    return problems + [f"{path}: it is marked as simulated. {REMEDY}" for path in marked]


def _marked_rows(path):
    if COLUMN not in header(path):
        return 0
    return sum(value.strip().lower() == "true" for value in values_of(path, COLUMN))
