"""Engauge Digitizer: its project (.dig) and its raw CSV exports."""

import re

from evpool.errors import InputError
from evpool.readers.calibration import CalibrationError, calibrate_three_points
from evpool.readers.model import Dataset, Figure, Point, Report
from evpool.readers.source import number

PROGRAM = "Engauge"
RAW = "Give the .dig project, or export 'Raw Xs and Ys' with the curves connected as relations."


def recognises(source):
    """Tell whether a file is an Engauge project or CSV."""
    if source.is_xml:
        return b"engauge" in source.data[:500] or b"<CoordSystem" in source.data
    return all(_is_block(block) for block in _blocks(source.text))


def read(source):
    """Read the curves of a figure, one data set each.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        If the axes are not three Cartesian points, or the export is (or can't be told from) the
        default one, which interpolates every curve at every x.
    """
    if source.is_xml:
        datasets, reports = _read_project(source)
    else:
        datasets, reports = _read_csv(source), ()
    return Figure(source.path, PROGRAM, tuple(datasets), tuple(reports), source.flags)


# The project --------------------------------------------------------------------------------------


def _read_project(source):
    root = source.xml
    system = root.find("CoordSystem")
    if system is None:
        problem = "a project from before release 7, or damaged: it has no CoordSystem"
        raise source.error("the file", problem, "Open it in Engauge 12 and save it again.")
    calibration = _calibrate(source, root, system)
    datasets, reports = [], []
    for curve in system.iterfind("CurvesGraphs/Curve"):
        name, points = curve.get("CurveName", ""), []
        for index, node in enumerate(curve.iterfind("CurvePoints/Point")):
            point = _point(f"curve {name!r}, point {index}", node, calibration)
            (reports if isinstance(point, Report) else points).append(point)
        if points:
            datasets.append(Dataset(name, tuple(points), calibration=calibration))
    return datasets, reports


def _calibrate(source, root, system):
    coords = system.find("Coords")
    problems = []
    if root.get("AxesPointsRequired", "0") != "0":
        problems.append(("the axes", "they are not calibrated by three points"))
    if coords is None or coords.get("TypeString", "Cartesian") != "Cartesian":
        problems.append(("the axes", "they are not Cartesian"))
    curves = system.findall("Curve[@CurveName='Axes']")
    nodes = [node for curve in curves for node in curve.iterfind("CurvePoints/Point")]
    rows = [_pair(node, "PositionScreen") + _pair(node, "PositionGraph") for node in nodes]
    if len(rows) != 3 or any(None in row for row in rows):
        problems.append(("the axes", f"{len(rows)} axis points, or not all of them numbers"))
    if problems:
        remedy = "Calibrate x and y with three axis points in Engauge, and save again."
        raise InputError(source.path, [Report(*problem, remedy) for problem in problems])
    log = tuple(coords.get(name) == "1" for name in ("ScaleXTheta", "ScaleYRadius"))
    try:
        return calibrate_three_points(rows, log=log)
    except CalibrationError as error:
        raise source.error("the axes", str(error), "Click the axis points again.") from None


def _pair(node, name):
    place = node.find(name)
    return (None, None) if place is None else (number(place.get("X")), number(place.get("Y")))


def _point(item, node, calibration):
    px, py = _pair(node, "PositionScreen")
    if px is None or py is None:
        return Report(item, "it has no pixels", "Click it again.", 1)
    x, y = map(float, calibration.values(px, py))
    flags = ("outside_calibrated_range",) if calibration.outside(y) else ()
    return Point(item, x, y, px, py, float(calibration.linear(px, py)[0]), flags=flags)


# The CSV ------------------------------------------------------------------------------------------


def _blocks(text):
    """Split at blank lines; each block is rows of cells, its header first."""
    return [
        [[cell.strip() for cell in line.split(",")] for line in block.lstrip("# ").split("\n")]
        for block in re.split(r"\n\s*\n", text.strip())
    ]


def _is_block(rows):
    header, body = rows[0], rows[1:]
    if len(header) < 2 or header[0] == "" or number(header[0]) is not None or not body:
        return False
    return all(
        len(row) <= len(header) and all(cell == "" or number(cell) is not None for cell in row)
        for row in body
    )


def _read_csv(source):
    datasets = []
    for header, *body in _blocks(source.text):
        rows = [row + [""] * (len(header) - len(row)) for row in body]
        if header[2::2] == header[:1] * len(header[2::2]) and len(header) % 2 == 0:
            columns = [(i, i + 1) for i in range(0, len(header), 2)]
        else:
            columns = [(0, i) for i in range(1, len(header))]
            _refuse_interpolated(source, header, rows)
        datasets += [_curve(source, header[y], x, y, rows) for x, y in columns]
    return [dataset for dataset in datasets if dataset.points]


def _refuse_interpolated(source, header, rows):
    """Refuse rows in which every curve has a value at every x: clicks never stand so exactly."""
    if len(header) > 2 and all(all(row) for row in rows):
        problem = "every curve has a value at every x, as in the default, interpolated export"
        raise source.error("the file", problem, RAW)


def _curve(source, name, x_column, y_column, rows):
    points, problems = [], []
    for index, row in enumerate(rows):
        x, y = row[x_column], row[y_column]
        if y == "":
            continue
        if x == "":
            problems.append(Report(f"curve {name!r}, row {index + 2}", "it has no x", RAW))
            continue
        x, y = number(x), number(y)
        points.append(Point(f"curve {name!r}, row {index + 2}", x, y, place=x))
    if problems:
        raise InputError(source.path, problems)
    return Dataset(name, tuple(points))
