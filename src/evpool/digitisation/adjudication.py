"""What a third person decided about readings: that each decision is about some outcome's arms."""

from pathlib import Path

from evpool.errors import InputError, Problem, closest
from evpool.extraction.columns import ADJUDICATION
from evpool.extraction.delimited import columns_of, read_input
from evpool.extraction.table import matches


def idle_decisions(review):
    """Return the rows of a review's adjudication table that no outcome would ever read.

    A row that an outcome reads, but that fits none of its arms, is refused where it is read.

    Parameters
    ----------
    review : dict
        What `config.complete_review` returned.

    Returns
    -------
    list of str
        A sentence a row; none if there is no table, or if it can't be read, which its reader says.
    """
    path = Path(review["tables"]["adjudication"])
    if not path.is_file() or not review["outcomes"]:
        return []
    try:
        table = read_input(path, ADJUDICATION, may_be_empty=True)
    except InputError:
        return []
    # As `delimited.read_wanted` chooses them.
    asked = [columns_of(o["rows"], table.header) for o in review["outcomes"].values()]
    idle = [row for row in table.rows if not any(matches(row, wanted) for wanted in asked)]
    return [f"{path}: {_problem(row, asked)}" for row in idle]


def _problem(row, asked):
    """Name the column that keeps a row out of every outcome."""
    near = max(asked, key=lambda wanted: sum(matches(row, {n: v}) for n, v in wanted.items()))
    column = next(name for name, value in near.items() if not matches(row, {name: value}))
    known = {text: None for wanted in asked for text in _texts(wanted.get(column))}
    listed = ", ".join(map(repr, known))
    hint = closest(str(row.get(column)), list(known))
    expected = f"what an outcome of the review asks for ({listed})"
    remedy = f"Correct the row, or remove it: as it is, it decides nothing.{hint}"
    return Problem(row["line"], column, row.get(column), expected, remedy)


def _texts(value):
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values if one is not None]
