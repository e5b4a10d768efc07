"""A table as people typed it, checked against its declared columns, whatever file it stood in."""

import hashlib
import re
from dataclasses import dataclass

from evpool.cells import NUMBER, RANGE, value_of, with_point
from evpool.errors import InputError, Problem, closest


@dataclass(frozen=True)
class InputTable:
    """A table as people typed it: its path, its header, its rows and what is wrong with them.

    `aside` names what is not read, for a reason that is no fault: rows of an export, what digitised
    files hold beside the wanted arms. `comma` says that a number may have a decimal comma.
    """

    path: str
    header: tuple
    rows: list
    problems: list
    aside: tuple = ()
    comma: bool = False


def checked_table(path, names, lines, columns, *, comma=False, wanted=None, may_be_empty=False):
    """Check the header and the rows of a table against its declared columns.

    Parameters
    ----------
    path : str or Path
        Of the file, for its messages.
    names : list of str
        The header.
    lines : iterable of (int, list of str)
        The rows: the line each stands on (the header being line 1) and its cells.
    columns : tuple of Column
        The declared columns; others are kept as text.
    comma : bool
        Whether a number may have a decimal comma.
    wanted, may_be_empty
        As of `delimited.read_input`.

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
        If a declared column is missing, a column appears twice, or there is no row.
    """
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
            row[name], broken = value_of(cell, declared.get(name), comma)
            if name in ranged and row[name] is not None and RANGE.fullmatch(cell.strip()):
                row[f"{name}_range"] = cell.strip()
            if broken:
                problems.append(Problem(line, name, cell.strip(), *broken))
        rows.append(row)
    if line is None and not may_be_empty:
        raise InputError(path, ["the table has a header but no rows; add rows below the header"])
    return InputTable(str(path), tuple(names), rows, problems, comma=comma)


def with_points(rows, names):
    """Write decimal commas as points in those columns of text of which each cell is a number then.

    Parameters
    ----------
    rows : list of dict
        Of a table in which a number may have a decimal comma.
    names : iterable of str
        Its columns that are not declared: whether they hold numbers, only their cells show.

    Returns
    -------
    list of dict
    """
    texts = {name: [row[name] for row in rows if row[name] is not None] for name in names}
    numeric = [name for name in texts if all(NUMBER.match(with_point(t)) for t in texts[name])]
    return [
        {**row, **{name: with_point(row[name]) for name in numeric if row[name] is not None}}
        for row in rows
    ]


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
