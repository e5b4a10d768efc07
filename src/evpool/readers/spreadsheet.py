"""A sheet of an .xlsx workbook as the header and rows that a CSV gives."""

import io
import re
import zipfile
from datetime import date, datetime, time
from xml.etree.ElementTree import ParseError

from evpool.errors import InputError
from evpool.readers.model import Report
from evpool.readers.source import DAMAGED, LARGEST, load

SAVE_AS = "Save it as 'CSV UTF-8', or correct it in the spreadsheet."
AS_NUMBER = "Format it as a number, and write it in the unit that the column is in."
# What openpyxl may raise of a workbook whose parts are not what they should be.
UNREADABLE = (KeyError, TypeError, ValueError, ParseError)
_LITERAL = re.compile(r'"[^"]*"|\\.')  # of a number format: shown as it is, and without effect


def split_sheet(path, sheet=None):
    """Turn one sheet into a header and rows of text, as `delimited` makes them from a CSV.

    Parameters
    ----------
    path : str or Path
        An .xlsx workbook; its formulas' last results are taken, nothing is computed or run.
    sheet : str, optional
        The sheet's name; needed if the workbook has several.

    Returns
    -------
    header : list of str
        The first row.
    rows : list of (int, list of str)
        The row's number in the sheet, and its cells; empty rows are left out.

    Raises
    ------
    InputError
        If openpyxl is not installed, the workbook is damaged, the sheet is not clear, cells are
        merged, a formula has no saved result, or a number is shown as a percentage; it names all
        problems.
    """
    source = load(path)
    values, formulas = _open(source, sheet)
    problems = [
        Report(f"cells {area}", "merged cells, of which only the first holds a value", SAVE_AS)
        for area in sorted(map(str, formulas.merged_cells.ranges))
    ]
    rows = []
    for row in values.iter_rows():
        cells = [_text(cell.value) for cell in row]
        for cell, text in zip(row, cells, strict=True):
            problem = _problem(cell, text, formulas[cell.coordinate])
            problems += [Report(f"cell {cell.coordinate}", *problem)] if problem else []
        if any(cells):
            rows.append((row[0].row, cells))
    if not rows:
        problems.append(Report("the sheet", "it is empty", "It needs a header line and rows."))
    if problems:
        raise InputError(path, problems)
    return _trimmed(rows)


def _trimmed(rows):
    """Take off the header, and columns that are empty in every row."""
    filled = [i for _, cells in rows for i, cell in enumerate(cells) if cell]
    width = max(filled) + 1
    (_, header), *rows = [(line, cells[:width]) for line, cells in rows]
    return header, rows


def _open(source, sheet):
    """Return the sheet twice: with saved results, and with formulas."""
    try:
        import openpyxl  # only who has an .xlsx needs it
    except ImportError:
        problem = "reading .xlsx needs the package openpyxl, which is not installed"
        raise source.error("the workbook", problem, "Save the sheet as 'CSV UTF-8'.") from None
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as package:
            size = sum(member.file_size for member in package.infolist())
        if size > LARGEST:
            raise source.error("the workbook", f"it unpacks to {size} bytes", SAVE_AS)
        books = [
            openpyxl.load_workbook(io.BytesIO(source.data), data_only=only)
            for only in (True, False)
        ]
    except InputError:
        raise
    except (*DAMAGED, *UNREADABLE) as error:
        problem = f"truncated, or no .xlsx ({error})"
        raise source.error("the workbook", problem, "Save it again as .xlsx.") from None
    names = books[0].sheetnames
    if (sheet not in names) if sheet else len(names) != 1:
        problem = f"it has the sheets {', '.join(names)}; wanted: {sheet or 'just one'}"
        raise source.error("the workbook", problem, "Keep one sheet, or name the one to read.")
    return tuple(book[sheet or names[0]] for book in books)


def _problem(cell, text, formula):
    """Return what is wrong with a cell and the remedy; None if its text is what a reader sees."""
    if not text and formula.data_type == "f":
        return "a formula without a saved result", SAVE_AS
    if text and cell.data_type == "n" and "%" in _LITERAL.sub("", cell.number_format):
        return f"shown as a percentage, but saved as {text}, a hundredth of that", AS_NUMBER
    return None


def _text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value).strip()
