"""Read what people type: CSV, TSV or XLSX, however it was saved, with every problem named.

Nothing is guessed. The separator is the one that the header line shows; a decimal comma is accepted
only where the separator is a semicolon; UTF-8 with or without a byte order mark is read.
"""

import csv
import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path

from evpool.columns import ARMS, ESTIMATES, STUDIES
from evpool.errors import InputError, Problem, closest

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
WORKBOOKS = (".xlsx", ".xlsm")
PACKAGES = (".rm5", ".zip")  # of RevMan
# What the header of an export holds: of SyRF, of RevMan 5, of RevMan Web.
EXPORTED = (b"OutcomeAverage", b"Comparison Number", b"Analysis group")
INTEGER = re.compile(r"[+-]?\d+\Z")
LONGEST = 19  # digits and sign of a whole number that 64 bits surely hold, and one more
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
RANGE = re.compile(r"(\d+)\s*(?:-|–|—|to)\s*(\d+)")  # 6-8, also with a dash
TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


@dataclass(frozen=True)
class InputTable:
    """A table as people typed it: its path, its header, its rows and what is wrong with them.

    `aside` names what is not read, for a reason that is no fault: rows of an export, what digitised
    files hold beside the wanted arms.
    """

    path: str
    header: tuple
    rows: list
    problems: list
    aside: tuple = ()


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
        `rows` holds one dict a row: the declared columns as int, float, bool, str or None, the
        others as str or None, and `line` (the header being line 1) and `row_id` (a digest of the
        filled cells); where a range was typed for a number, `<column>_range` holds it. `problems`
        lists the cells that break the declaration, in file order.

    Raises
    ------
    InputError
        If the file is missing, empty, not UTF-8, or lacks a declared column.
    """
    names, lines, comma = _split(path)
    _require_columns(path, names, columns)
    declared = {column.name: column for column in columns}
    texts = _wanted_texts(wanted or {}, names, declared)
    ranged = {column.name for column in columns if column.ranged}
    rows, problems, line = [], [], None
    for line, cells in lines:
        if len(cells) != len(names):
            problems.append(_ragged(line, cells, names))
            continue
        if any(cells[place].strip() not in values for place, values in texts):
            continue
        row = {"line": line, "row_id": row_digest(names, cells)}
        for name, cell in zip(names, cells, strict=True):
            row[name], broken = _value(cell, declared.get(name), comma)
            if name in ranged and row[name] is not None and RANGE.fullmatch(cell.strip()):
                row[f"{name}_range"] = cell.strip()
            if broken:
                problems.append(Problem(line, name, cell.strip(), *broken))
        rows.append(row)
    if line is None and not may_be_empty:
        raise InputError(path, ["the table has a header but no rows; add rows below the header"])
    return InputTable(str(path), tuple(names), rows, problems)


def _wanted_texts(wanted, names, declared):
    """Return (place, texts) of the wanted columns whose cells are kept as they are typed."""
    plain = {name for name in names if name not in declared}
    plain |= {name for name in names if name in declared and _is_plain(declared[name])}
    return [
        (names.index(name), {_typed_text(text) for text in (v if isinstance(v, list) else [v])})
        for name, v in wanted.items()
        if name in plain
    ]


def _typed_text(value):
    return "" if value is None else str(value)


def _is_plain(column):
    return column.type == "string" and not column.choices


def row_digest(header, cells):
    """Name a row by what its filled cells say: the same whatever line it stands on."""
    pairs = zip(header, (cell.strip() for cell in cells), strict=True)
    pairs = sorted((name, cell) for name, cell in pairs if cell)
    return hashlib.sha256(repr(pairs).encode()).hexdigest()[:16]


def read_typed(path, wanted=None):
    """Read a table of arms, of figure readings or of published estimates, or a program's export.

    Parameters
    ----------
    path, wanted
        As of `read_input`; exports are read whole.

    Raises
    ------
    InputError
        As `read_input`.
    """
    if is_export(path):
        # Imported here: most tables are typed.
        from evpool.extraction.exports import read_export

        return read_export(path, ARMS)
    names = header(path)
    if "file" in names:
        # Imported here: most tables point to no digitised figure.
        from evpool.extraction.digitised import read_figures

        return read_figures(path, wanted)
    published = "estimate" in names and "role" not in names
    return read_input(path, ESTIMATES if published else ARMS, wanted=wanted)


def read_studies(path):
    """Read a table of studies, or the studies of a program's export.

    Raises
    ------
    InputError
        As `read_input`.
    """
    if is_export(path):
        # Imported here: most tables are typed.
        from evpool.extraction.exports import studies_of

        return studies_of(path, STUDIES)
    return read_input(path, STUDIES)


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
        With the problems of those rows alone.

    Raises
    ------
    InputError
        As `read_input`.
    """
    table = read_input(path, columns, may_be_empty=True)
    own = {name: value for name, value in wanted.items() if name in table.header}
    rows = [row for row in table.rows if matches(row, own)]
    lines = {row["line"] for row in rows}
    problems = [problem for problem in table.problems if problem.line in lines]
    return InputTable(table.path, table.header, rows, problems)


def lines_of_rows(path):
    """Return where each row of a typed table stands: row_id -> line, the header being line 1.

    A row is known by what it says, not by its line, which shifts when a row is added above; so no
    table keeps the line, and whoever shows it looks it up here.
    """
    return {row["row_id"]: row["line"] for row in read_typed(path).rows}


def header(path):
    """Return the column names of a typed table; none if it can't be read."""
    try:
        return _split(path)[0]
    except InputError:
        return []


def values_of(path, column):
    """Return the filled cells of one column of a typed table; none if it can't be read."""
    try:
        rows = read_input(path, ()).rows
    except InputError:
        return []
    return [row[column] for row in rows if row.get(column)]


def matches(row, wanted):
    """Tell whether a row holds the wanted value, or one of them, in every wanted column."""
    for column, value in wanted.items():
        values = value if isinstance(value, list) else [value]
        if as_asked(row.get(column)) not in map(as_asked, values):
            return False
    return True


def as_asked(value):
    """Write a cell as a review's config may ask for it: 4.0 weeks are 4 weeks."""
    return re.sub(r"^([+-]?\d+)\.0+$", r"\1", str(value))


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


def _require_columns(path, header, columns):
    problems = [
        f"column {name!r} appears {header.count(name)} times; keep one"
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    known = {column.name for column in columns}
    strangers = [name for name in header if name not in known]
    for column in columns:
        if column.required and column.name not in header:
            hint = closest(column.name, strangers)
            found = ", ".join(header)
            problems.append(f"column {column.name!r} is missing.{hint} The header has: {found}")
    if problems:
        raise InputError(path, problems)


def _ragged(line, cells, header):
    return Problem(
        line,
        header[min(len(cells), len(header)) - 1],
        f"{len(cells)} cells",
        f"{len(header)} cells, as the header has",
        "Quote cells that hold the separator, or remove the extra ones.",
    )


def _value(cell, column, comma):
    """Return the value of a cell, and (expected, remedy) where it breaks its declaration."""
    text = cell.strip()
    if column is None:
        return text or None, None
    if not text:
        return None, ("a value", "Fill it in, or remove the row.") if column.filled else None
    if column.choices:
        return _choice(text, column.choices)
    if column.type == "string":
        return text, None
    if column.ranged and RANGE.fullmatch(text):
        low, high = (int(end) for end in RANGE.fullmatch(text).groups())
        rising = ("a range in rising order", "Write the lower end first.")
        return (float(low), None) if low < high else (None, rising)
    if column.type == "bool":
        if text.lower() in TRUTH:
            return TRUTH[text.lower()], None
        return None, ("true or false", "Correct the cell.")
    return _number(text, column.type, comma)


def _choice(text, choices):
    if text.lower() in choices:
        return text.lower(), None
    return None, (f"one of {', '.join(choices)}", f"Correct the cell.{closest(text, choices)}")


def _number(text, kind, comma):
    if comma and re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", text):
        text = text.replace(",", ".")
    if kind == "int64":
        if INTEGER.match(text) and len(text) < LONGEST:
            return int(text), None
        return None, ("a whole number", "Correct the cell, or leave it empty if unknown.")
    if NUMBER.match(text) and math.isfinite(float(text)):
        return float(text), None
    if text.startswith(("<", ">", "≤", "≥")):
        remedy = "A bound is no value: leave the cell empty."
    elif "," in text:
        remedy = "Write a decimal point and no thousands separator."
    else:
        remedy = "Correct the cell, or leave it empty if unknown."
    return None, ("a number", remedy)
