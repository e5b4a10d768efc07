"""metaDigitise (R): one figure of its caldat folder, a compressed RDS file; nothing in it is run.

The package rdata turns the file's bytes into values. It is loaded only where there is such a file.
"""

import warnings
import zlib
from dataclasses import dataclass, replace

from evpool.readers.calibration import CalibrationError, calibrate_bar
from evpool.readers.metadigitise import DRAWN
from evpool.readers.model import Dataset, Figure, Point, Report, add_flags
from evpool.readers.pairing import pair_points
from evpool.readers.source import number

PROGRAM = "metaDigitise"
GZIP = b"\x1f\x8b"
RDS = b"X\n"
LARGEST = 16 * 2**20  # bytes unpacked; a figure with a thousand clicks has a hundred thousand
LONGEST = 10**6  # numbers in a sequence that the file only describes
# What is clicked of one group, in the program's order, and what of it is the mean or the bar's end.
CLICKS = {
    "mean_error": ("tip", "mean"),
    "boxplot": ("whisker", "upper", "median", "lower", "whisker"),
}
GROUPS = ("mean", "upper", "lower")
PLACE = {"mean": 0, "median": 0, "tip": 1, "upper": 1, "lower": 2}
TOLERANCE = 1e-6  # of the axis range: how far the program's mean may be from the recomputed one
SAVE = "In R, save the result: write.csv(getExtracted(...), 'figures.csv')."
AGAIN = "Digitise the figure again in metaDigitise."


@dataclass(frozen=True)
class _Group:
    """What a file says of one group beside its clicks."""

    name: str
    n: float | None
    mean: float | None


def recognises(source):
    """Tell whether a file is compressed as R saves one object."""
    return source.data.startswith(GZIP)


def read(source):
    """Read the groups of one figure: means and error bars, or medians and quartiles.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Readings
        Values are recomputed from the clicks and the calibration; pixels are R's, y upwards. A
        box plot's whiskers are reported, its box is the bar.

    Raises
    ------
    InputError
        If the file is damaged, no figure of metaDigitise, of another plot type, or not calibrated.
    """
    figure = _values(source)
    kind = _text(figure.get("plot_type"))
    if kind not in CLICKS or "raw_data" not in figure:
        problem = f"plot_type {kind!r}, of which the clicks are not read" if kind else _OTHER
        raise source.error("plot_type", problem, SAVE)
    calibration = _calibrate(source, figure)
    name = _text(figure.get("variable"))
    points, groups, reports = _clicks(figure, kind, calibration)
    dataset = Dataset(name, tuple(points), GROUPS, calibration)
    flags = ("log_axis",) if calibration.scales[1].log else ()
    found = pair_points(Figure(source.path, PROGRAM, (dataset,), tuple(reports), flags))
    drawn = DRAWN.get(_text(figure.get("error_type")), "unknown")
    about = {
        "outcome": name or None,
        "error_type": "iqr" if kind == "boxplot" else drawn,
        "centre_type": "median" if kind == "boxplot" else "mean",
    }
    arms = tuple(_arm(arm, groups[arm.tuple_], calibration, about) for arm in found.arms)
    return replace(found, arms=arms)


_OTHER = "an R file, but no figure of metaDigitise"


def _arm(arm, group, calibration, about):
    flags = arm.flags
    room = TOLERANCE * calibration.value_range
    if group.mean is not None and abs(group.mean - arm.centre) > room:
        flags = add_flags(flags, "value_mismatch")
    return replace(arm, arm=group.name, n=group.n, flags=flags, **about)


# The file -----------------------------------------------------------------------------------------


def _values(source):
    """Return the list that the file holds as a dict of R values."""
    data = _unpacked(source)
    # Imported here: it loads pandas and xarray, and few files need it.
    import rdata

    known = rdata.parser.DEFAULT_ALTREP_MAP
    bounded = {
        name: _bounded(construct) if name.startswith(b"compact") else construct
        for name, construct in known.items()
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes that are only kept as plain lists
            parsed = rdata.parser.parse_data(
                data, extension=".rds", altrep_constructor_dict=bounded
            )
            found = rdata.conversion.convert(parsed)
    except Exception as error:  # whatever a parser makes of damaged or hostile bytes
        problem = f"truncated or damaged R data ({type(error).__name__})"
        raise source.error("the file", problem, AGAIN) from None
    if not isinstance(found, dict):
        raise source.error("the file", _OTHER, SAVE)
    return found


def _unpacked(source):
    unpack = zlib.decompressobj(wbits=31)
    try:
        data = unpack.decompress(source.data, LARGEST)
    except zlib.error as error:
        raise source.error("the file", f"damaged gzip data ({error})", AGAIN) from None
    if not data.startswith(RDS):
        raise source.error("the file", "a gzip file, but not of one R object", SAVE)
    if unpack.unconsumed_tail:
        raise source.error("the file", f"it unpacks to more than {LARGEST} bytes", SAVE)
    if not unpack.eof:
        raise source.error("the file", "truncated gzip data", AGAIN)
    return data


def _bounded(construct):
    """Refuse a sequence that is described in three numbers and would fill the memory."""

    def constructor(state):
        if not 0 <= state.value[0] <= LONGEST:
            raise ValueError("a sequence too long to be clicks")
        return construct(state)

    return constructor


# Its content --------------------------------------------------------------------------------------


def _column(table, name):
    """Return the cells of a column of an R data frame; none if there is no such column."""
    try:
        return list(table[name])
    except (KeyError, TypeError, IndexError, ValueError):
        return []


def _items(values):
    """Return an R vector as plain Python values."""
    plain = getattr(values, "values", values)
    items = plain.ravel().tolist() if hasattr(plain, "ravel") else plain
    return list(items) if isinstance(items, list | tuple) else [items]


def _named(values):
    """Return name -> value of an R vector with names; {} if it has none."""
    try:
        return dict(zip(map(str, values.coords["dim_0"].values), _items(values), strict=True))
    except (AttributeError, KeyError):
        return {}


def _text(values):
    items = [] if values is None else _items(values)
    return "" if not items or items[0] is None else str(items[0])


def _number(value):
    return number(value) if isinstance(value, int | float | str) else number(_plain(value))


def _plain(value):
    return value.item() if hasattr(value, "item") else None


def _calibrate(source, figure):
    """Return the calibration of the value axis: a straight line through its two clicks."""
    clicks = figure.get("calpoints")
    known = figure.get("point_vals")
    values = _named(known) or dict(zip(("y1", "y2"), _items(known), strict=False))
    rows = [
        (_number(x), _number(y), _number(values.get(name)))
        for name, x, y in zip(
            ("y1", "y2"), _column(clicks, "x"), _column(clicks, "y"), strict=False
        )
    ]
    usable = sum(None not in row for row in rows)
    if len(rows) != 2 or usable != 2:
        problem = f"{usable} calibration points of the value axis have a place and a value, not two"
        raise source.error("calpoints", problem, AGAIN)
    log = _log(figure.get("log_axes"))
    try:
        if log and log[0] == "t":  # the axis shows exponents
            rows = [(x, y, log[1] ** value) for x, y, value in rows]
        # Only y counts, whatever the clicks' x: as the program has it.
        upright = [(rows[0][0], y, value) for _, y, value in rows]
        return calibrate_bar(upright, log=bool(log), name="y axis")
    except (CalibrationError, OverflowError) as error:
        raise source.error("calpoints", str(error), AGAIN) from None


def _log(values):
    """Return ('t' or 's', base) if the value axis is logarithmic, else None."""
    items = [] if values is None else [str(item) for item in _items(values)]
    said = dict(zip(("axes", "transformed", "base"), items, strict=False)) | (
        {key: str(value) for key, value in _named(values).items()}
    )
    if "y" not in said.get("axes", "n"):
        return None
    base = 2.718281828459045 if said.get("base") == "e" else number(said.get("base"))
    return said.get("transformed", "s"), base if base and base > 1 else 10.0


def _clicks(figure, kind, calibration):
    """Return the points of all groups, tuple -> _Group, and reports of what can't be used."""
    raw = figure["raw_data"]
    table = [_column(raw, name) for name in ("id", "x", "y", "n")]
    table[3] = table[3] or [None] * len(table[0])
    names = {}
    for name, *row in zip(*table, strict=False):
        names.setdefault(str(name), []).append([_number(cell) for cell in row])
    told = dict(
        zip(
            map(str, _column(figure.get("processed_data"), "id")),
            map(_number, _column(figure.get("processed_data"), "mean")),
            strict=False,
        )
    )
    points, groups, reports = [], {}, []
    for place, (name, rows) in enumerate(names.items()):
        item = f"group {name!r}"
        if len(rows) != len(CLICKS[kind]) or any(None in row[:2] for row in rows):
            problem = (
                f"{len(rows)} clicks, where {kind} needs {len(CLICKS[kind])}, all of them numbers"
            )
            reports.append(Report(item, problem, AGAIN, len(rows)))
            continue
        groups[place] = _Group(name, rows[0][2], None if kind == "boxplot" else told.get(name))
        for part, (px, py, _) in zip(CLICKS[kind], rows, strict=True):
            if part in PLACE:
                points.append(_point(f"{item}, {part}", px, py, calibration, name, place, part))
            else:
                reports.append(Report(f"{item}, {part}", "a whisker", "Nothing to mend.", 1))
    return points, groups, reports


def _point(item, px, py, calibration, name, tuple_, part):
    y = float(calibration.values(px, py)[1])
    flags = ("outside_calibrated_range",) if calibration.outside(y) else ()
    place = float(calibration.linear(px, py)[0])
    return Point(item, float("nan"), y, px, py, place, name, tuple_, PLACE[part], flags)
