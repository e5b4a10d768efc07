"""Step 1 of an umbrella review: check its typed tables, and mark the rows that can't be used."""

from evpool.errors import InputError
from evpool.umbrella.inputs import check_tables


def extract_umbrella(tables, umbrella):
    """Check the typed tables of an umbrella review against each other and its config.

    Parameters
    ----------
    tables : dict of str to InputTable
        By name, as in `umbrella.columns.TYPED`.
    umbrella : dict
        The umbrella review's whole config.

    Returns
    -------
    dict of str to list of dict
        Rows of EXTRACTED by table; `unusable` holds the reason code of a row that goes to the
        ledger.

    Raises
    ------
    InputError
        With every problem of every table that must be corrected; with `unusable_rows: stop`, with
        all problems.
    """
    found = check_tables(tables, umbrella)
    stop = umbrella["unusable_rows"] == "stop"
    fatal = {
        tables[name].path: [problem for problem in problems if stop or problem.reason is None]
        for name, problems in found.items()
    }
    fatal = {path: problems for path, problems in fatal.items() if problems}
    if fatal:
        raise _refusal(fatal)
    return {
        name: [_marked(row, table.path, found[name]) for row in table.rows]
        for name, table in tables.items()
    }


def _refusal(fatal):
    if len(fatal) == 1:
        return InputError(*next(iter(fatal.items())))
    told = [f"{path}, {problem}" for path, problems in fatal.items() for problem in problems]
    return InputError("the tables of the umbrella review", told)


def _marked(row, path, problems):
    own = [problem for problem in problems if problem.line == row["line"]]
    measure = {"measure": row["measure"].upper()} if row.get("measure") else {}
    return {
        **{name: value for name, value in row.items() if name != "line"},
        **measure,
        "source_file": path,
        "unusable": own[0].reason if own else None,
        "detail": "; ".join(_sentence(problem) for problem in own) or None,
    }


def _sentence(problem):
    found = "empty" if problem.value in (None, "") else problem.value
    return f"{problem.column} is {found}: expected {problem.expected}"
