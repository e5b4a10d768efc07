"""Read the typed tables that say what the studies of a review are."""

from dataclasses import replace
from pathlib import Path

from evpool.extraction.columns import CHANGES, PRISMA, RISK_COUNTS, RISK_OF_BIAS, STUDIES
from evpool.extraction.delimited import is_export, read_input
from evpool.extraction.table import with_points
from evpool.extraction.typed import read_studies

COLUMNS = {
    "studies": STUDIES,
    "prisma": PRISMA,
    "risk_of_bias": RISK_OF_BIAS,
    "risk_counts": RISK_COUNTS,
    "changes": CHANGES,
}


def read_study_tables(paths):
    """Read those tables that exist and have rows; a header alone is as good as no table.

    Parameters
    ----------
    paths : dict of str to str
        Table name -> path, as in a review's config; others than those of COLUMNS are passed over.

    Returns
    -------
    dict of str to InputTable

    Raises
    ------
    InputError
        If a table can't be read or lacks a column.
    """
    there = {name: paths[name] for name in COLUMNS if Path(paths[name]).is_file()}
    read = {name: _read(path, COLUMNS[name]) for name, path in there.items()}
    return {name: table for name, table in read.items() if table.rows or table.problems}


def _read(path, columns):
    if columns is STUDIES and is_export(path):
        return read_studies(path)
    table = read_input(path, columns, may_be_empty=True)
    strangers = set(table.header) - {column.name for column in columns}
    return replace(table, rows=with_points(table.rows, strangers)) if table.comma else table
