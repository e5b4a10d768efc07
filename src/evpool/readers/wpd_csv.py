"""WebPlotDigitizer's CSV files: 'export all data', and 'view data' of one data set."""

import re

from evpool.readers.model import NAN, Dataset, Figure, Point, Report
from evpool.readers.separators import is_number, only_table, possible_tables
from evpool.readers.source import number
from evpool.readers.tip_names import centre_group

PROGRAM = "WebPlotDigitizer CSV"
PROJECT = "Give the project (.json or .tar) instead."


def recognises(source):
    """Tell whether a text is one of the two exports."""
    return _is_export(source.text) or bool(possible_tables(source.text, _fits_view))


def read(source):
    """Read an export.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        If the separator is not clear, or the export lost what its points are.
    """
    datasets, reports = _read_export(source) if _is_export(source.text) else _read_view(source)
    lost = [d for d in datasets if not d.grouped and _nameless(d)]
    if lost:
        names = ", ".join(repr(dataset.name) for dataset in lost)
        problem = f"the bars of {names} lost their labels, and means and tips are mixed"
        raise source.error("the export", problem, PROJECT)
    return Figure(source.path, PROGRAM, tuple(datasets), tuple(reports), source.flags)


def _nameless(dataset):
    """Tell whether these are bars without a label of their own."""
    return bool(dataset.points) and all(
        point.x != point.x and re.fullmatch(r"(Bar\d+)?", point.label) for point in dataset.points
    )


def _is_export(text):
    head = [line.split(",") for line in text.split("\n", 2)[:2]]
    pairs = [tuple(cell.strip() for cell in row) for row in head]
    second = len(pairs) == 2 and _is_pairs(pairs[1], ("X", "Label"), "Y")
    edited = all(re.search(r"_[XY]$", cell) for cell in pairs[0]) and len(pairs[0]) > 1
    return second or edited


def _is_pairs(cells, first, second):
    return (
        len(cells) > 1
        and len(cells) % 2 == 0
        and all(cell in first for cell in cells[::2])
        and all(cell == second for cell in cells[1::2])
    )


def _read_export(source):
    """Read pairs of columns, one data set each, shorter ones padded with empty cells."""
    lines = [line for line in source.text.split("\n") if line.strip()]
    first, second = (([c.strip() for c in line.split(",")]) for line in lines[:2])
    if _is_pairs(second, ("X", "Label"), "Y"):
        names, kinds, start = _names(lines[0]), second[::2], 2
    else:
        names, kinds, start = [name[:-2] for name in first[::2]], ["X"] * (len(first) // 2), 1
    if len(names) != len(kinds):
        problem = f"{len(names)} names for {len(kinds)} data sets"
        raise source.error("row 1", problem, "Remove commas from the names, or " + PROJECT.lower())
    points, reports = [[] for _ in names], []
    for line, text in enumerate(lines[start:], start=start + 1):
        cells = [cell.strip() for cell in text.split(",")]
        if len(cells) != 2 * len(names):
            problem = f"{len(cells)} cells, where {2 * len(names)} are needed"
            raise source.error(f"row {line}", problem, PROJECT)
        for index, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            own = cells[2 * index : 2 * index + 2]
            if any(own):
                item = f"data set {name!r}, row {line}"
                _add(_point(item, *own, kind == "X"), points[index], reports)
    sets = [Dataset(name, tuple(own)) for name, own in zip(names, points, strict=True)]
    return sets, reports


def _names(line):
    """Take the names out of line 1: each may hold commas and is followed by one empty cell."""
    names, pieces = [], []
    for cell in line.split(","):
        if cell.strip():
            pieces.append(cell)
        elif pieces:
            names.append(",".join(pieces).strip())
            pieces = []
    return [*names, ",".join(pieces)] if pieces else names


def _point(item, first, value, is_xy, **filed):
    """Return the Point of a pair of cells, or the Report of what is not a number in it."""
    x, y = number(first) if is_xy else NAN, number(value)
    if x is None or y is None:
        wrong = first if x is None else value
        return Report(item, f"{wrong!r} is not a number", "Correct it, or export again.", 1)
    return Point(item, x, y, place=x, label="" if is_xy else first, **filed)


def _add(point, points, reports):
    (reports if isinstance(point, Report) else points).append(point)


def _fits_view(rows):
    widths = {len(row) for row in rows}
    return len(widths) == 1 and widths.pop() > 1 and all(is_number(row[1]) for row in rows)


def _read_view(source):
    """Read one data set without header: X, Y or Label, Value, and Tuple, Group if grouped."""
    rows = only_table(source, _fits_view)
    width = len(rows[0])
    grouped = width == 4 and all(re.fullmatch(r"-1|\d+", row[2]) for row in rows)
    if width != 2 and not (grouped and not all(is_number(row[3]) for row in rows)):
        problem = f"{width} columns without a header, which can mean different things"
        raise source.error("the file", problem, PROJECT)
    is_xy = all(is_number(row[0]) for row in rows)
    names = _group_names(source, rows) if grouped else []
    points, reports = [], []
    for line, row in enumerate(rows, start=1):
        filed = {"tuple_": int(row[2]), "group": names.index(row[3])} if grouped else {}
        stray = grouped and row[2] == "-1"
        item = f"data set {source.stem!r}, row {line}"
        _add(_point(item, *row[:2], is_xy, **({} if stray else filed)), points, reports)
    return [Dataset(source.stem, tuple(points), tuple(names))], reports


def _group_names(source, rows):
    """Return the names of the point groups, the means' first."""
    names = list(dict.fromkeys(row[3] for row in rows if row[2] != "-1"))
    primary = [name for name in names if name == "Primary Group"]
    centre = names.index(primary[0]) if primary else centre_group(names)
    if len(names) > 1 and not primary and centre_group([*names[::-1]]) != len(names) - 1 - centre:
        problem = f"none of the groups {', '.join(map(repr, names))} is named as the means"
        raise source.error("the file", problem, PROJECT)
    return [*names[centre : centre + 1], *names[:centre], *names[centre + 1 :], ""]
