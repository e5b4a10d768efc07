"""Read what people type: CSV, TSV or XLSX, however it was saved, with every problem named.

Nothing is guessed. The separator is the one that the header line shows; a decimal comma is accepted
only where the separator is a semicolon; UTF-8 with or without a byte order mark is read.
"""

import csv
from dataclasses import replace
from pathlib import Path

from evpool.errors import InputError
from evpool.extraction.table import checked_table, matches

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
WORKBOOKS = (".xlsx", ".xlsm")
PACKAGES = (".rm5", ".zip")  # of RevMan
# What the header of an export holds: of SyRF, of RevMan 5, of RevMan Web.
EXPORTED = (b"OutcomeAverage", b"Comparison Number", b"Analysis group")


def read_input(path, columns, *, wanted=None, may_be_empty=False):
    """Read a delimited table and check it against its declared columns.

    Parameters
    ----------
    path : str or Path
        A CSV, TSV, semicolon-separated or XLSX file with one header line.
    columns : tuple of Column
        The declared columns; others are kept as text.
    wanted : dict, optional
        Column -> value or list of values: rows that hold another text there are passed over, which
        spares most of the work where a table holds many outcomes.
    may_be_empty : bool
        Whether a header without rows is a table too.

    Returns
    -------
    InputTable
        As of `table.checked_table`.

    Raises
    ------
    InputError
        If the file is missing, empty, not UTF-8, or lacks a declared column.
    """
    names, lines, comma = _split(path)
    return checked_table(
        path, names, lines, columns, comma=comma, wanted=wanted, may_be_empty=may_be_empty
    )


def is_export(path):
    """Tell the export of a review program by its ending or its header."""
    if str(path).lower().endswith(PACKAGES):
        return True
    if str(path).lower().endswith(WORKBOOKS) or not Path(path).is_file():
        return False
    with open(path, "rb") as file:
        start = file.readline(2**16)
    return any(name in start for name in EXPORTED)


def read_wanted(path, columns, wanted):
    """Read those rows of a table that hold the wanted values in the columns that the table has.

    Parameters
    ----------
    path, columns
        As of `read_input`.
    wanted : dict
        Column -> value or list of values; columns that the table lacks are passed over.

    Returns
    -------
    InputTable
        With the problems of those rows, and of rows with too few or too many cells: nobody can
        tell which rows these are.

    Raises
    ------
    InputError
        As `read_input`.
    """
    table = read_input(path, columns, may_be_empty=True)
    own = columns_of(wanted, table.header)
    rows = [row for row in table.rows if matches(row, own)]
    others = {row["line"] for row in table.rows} - {row["line"] for row in rows}
    problems = [problem for problem in table.problems if problem.line not in others]
    return replace(table, rows=rows, problems=problems)


def columns_of(wanted, header):
    """Return what is wanted in those columns that a table has."""
    return {name: value for name, value in wanted.items() if name in header}


def header(path):
    """Return the column names of a typed table; none if it can't be read."""
    try:
        return _split(path)[0]
    except InputError:
        return []


def values_of(path, column):
    """Return the filled cells of one column of a typed table; none if it can't be read."""
    return [row[column] for row in readable_rows(path) if row.get(column)]


def readable_rows(path):
    """Return a typed table's rows; none if it can't be read, which whoever needs them says."""
    try:
        return read_input(path, ()).rows
    except InputError:
        return []


def _split(path):
    """Return header, an iterable of numbered rows, and whether cells may have decimal commas."""
    if is_export(path):
        # Imported here: most tables are typed.
        from evpool.extraction.exports import split_export

        return (*split_export(path), False)
    if str(path).lower().endswith(WORKBOOKS):
        # Imported here: few tables are workbooks.
        from evpool.readers.spreadsheet import split_sheet

        return (*split_sheet(path), False)
    text = _decode(path)
    header_line = text.split("\n", 1)[0]
    if not header_line.strip():
        raise InputError(path, ["the table is empty; it needs a header line and rows"])
    separator = separator_of(text)
    lines = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    header = [name.strip() for name in next(lines)]
    rows = ((lines.line_num, cells) for cells in lines if any(cell.strip() for cell in cells))
    return header, rows, separator == ";"


def separator_of(text):
    """Return the separator that a table's header line shows."""
    return max(SEPARATORS, key=text.split("\n", 1)[0].count)


def _decode(path):
    path = Path(path)
    if not path.is_file():
        raise InputError(
            path, ["there is no such file; create it, or correct the path in the config"]
        )
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise InputError(
            path, [f"byte {error.start} is not UTF-8; save the table as 'CSV UTF-8'"]
        ) from None
