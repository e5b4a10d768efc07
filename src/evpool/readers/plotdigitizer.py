"""PlotDigitizer: the online program's CSV, the desktop program's XML and CSV."""

from evpool.errors import InputError
from evpool.readers.calibration import CalibrationError, calibrate_xy
from evpool.readers.model import Dataset, Figure, Point, Report, add_flags
from evpool.readers.separators import is_number, only_table, possible_tables
from evpool.readers.source import number

PROGRAM = "PlotDigitizer"
ENDS = ("minXaxis", "maxXaxis", "minYaxis", "maxYaxis")
VALUES = ("aX1", "aX2", "aY1", "aY2")
TOLERANCE = 1e-6  # of the axis range
HEADER = 8  # lines: the desktop program writes seven before the numbers


def recognises(source):
    """Tell whether a file is one of the program's."""
    if source.is_xml:
        return b"<calibpoints" in source.data or b"PlotDigitizer" in source.data[:500]
    return bool(possible_tables(source.text, _fits))


def read(source):
    """Read the clicks of one data set; whether they are means or tips no file says.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        If the calibration is incomplete, or the count in a CSV is not that of its rows.
    """
    if source.is_xml:
        dataset, reports = _read_xml(source)
    else:
        dataset, reports = _read_csv(source), ()
    return Figure(source.path, PROGRAM, (dataset,), tuple(reports), source.flags)


def _first_numbers(rows):
    both = (i for i, row in enumerate(rows) if len(row) == 2 and all(map(is_number, row)))
    return next(both, len(rows))


def _fits(rows):
    start = _first_numbers(rows)
    named = 0 < start <= HEADER and len(rows[start - 1]) == 2
    body = rows[start:]
    return bool(named and body and all(len(r) == 2 and all(map(is_number, r)) for r in body))


def _read_csv(source):
    rows = only_table(source, _fits)
    start = _first_numbers(rows)
    counts = [row[0] for row in rows[: start - 1] if len(row) == 1 and row[0].isdigit()]
    if counts and int(counts[-1]) != len(rows) - start:
        problem = f"it counts {counts[-1]} points, and has {len(rows) - start}"
        raise source.error("the file", problem, "Export it again.")
    points = []
    for index, (x, y) in enumerate(rows[start:]):
        x, y = float(x), float(y)
        points.append(Point(f"data set {source.stem!r}, row {index + 1}", x, y, place=x))
    return Dataset(source.stem, tuple(points))


def _read_xml(source):
    root = source.xml
    calibration = _calibrate(source, root.find("calibpoints"))
    points, reports = [], []
    for index, node in enumerate(root.iter("point")):
        point = _point(f"point {node.get('n', index)}", node, calibration)
        (reports if isinstance(point, Report) else points).append(point)
    return Dataset(source.stem, tuple(points), calibration=calibration), reports


def _calibrate(source, node):
    if node is None:
        raise source.error("calibpoints", "the file has none", "Calibrate the axes again.")
    wanted = [f"{end}{axis}" for end in ENDS for axis in "XY"] + list(VALUES)
    numbers = {name: number(node.get(name)) for name in wanted}
    problems = [
        Report("calibpoints", f"{name} is {node.get(name)!r}, not a number", "Calibrate again.")
        for name, value in numbers.items()
        if value is None
    ]
    if problems:
        raise InputError(source.path, problems)
    points = [
        (numbers[f"{end}X"], numbers[f"{end}Y"], numbers[value])
        for end, value in zip(ENDS, VALUES, strict=True)
    ]
    log = tuple(node.get(f"is{axis}Log", "").casefold() == "true" for axis in "XY")
    try:
        return calibrate_xy(points, log=log)
    except CalibrationError as error:
        raise source.error("calibpoints", str(error), "Calibrate the axes again.") from None


def _point(item, node, calibration):
    px, py = number(node.get("x")), number(node.get("y"))
    if px is None or py is None:
        problem = f"a click at pixel ({node.get('x')}, {node.get('y')})"
        return Report(item, problem, "Click it again.", 1)
    x, y = map(float, calibration.values(px, py))
    flags = ("outside_calibrated_range",) if calibration.outside(y) else ()
    stored = number(node.get("dy"))
    if stored is None or abs(stored - y) > TOLERANCE * max(calibration.value_range, abs(y)):
        flags = add_flags(flags, "value_mismatch")
    place = float(calibration.linear(px, py)[0])
    return Point(item, x, y, px, py, place, flags=flags)
