"""The R packages juicr (error bars, points, bars it found itself) and metagear (bars, points)."""

from evpool.readers.model import ArmReading as Arm
from evpool.readers.model import Dataset, Figure, Point, Readings, Report, value_flags
from evpool.readers.source import number

PROGRAM = "juicr or metagear"
ERROR_BARS = ("mean", "error", "axis", "group", "mean.x", "mean.y", "error.x", "error.y")
BARS = (("bar", "error", "group"), ("bar", "lower", "upper", "group"))
POINTS = ("x.calibrated", "y.calibrated", "x.coord", "y.coord", "group")
BAR_CAPS = ("", "x")
SCATTER = ("X", "Y", "cluster")
CORRECT = "Correct it, or export again."


def recognises(source):
    """Tell a file by its header."""
    header = source.header
    known = (ERROR_BARS, *BARS, BAR_CAPS, SCATTER)
    return header in known or set(POINTS) <= set(header)


def read(source):
    """Read a file of juicr or metagear.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Readings or Figure
        Readings where the program has paired means and errors itself.
    """
    header = source.header
    rows = [(line, dict(zip(header, cells, strict=False))) for line, cells in _body(source, header)]
    if header == ERROR_BARS or header in BARS:
        build = _error_bar if header == ERROR_BARS else _automatic_bar
        found = [build(source, line, row) for line, row in rows]
        arms = tuple(arm for arm in found if isinstance(arm, Arm))
        return Readings(
            source.path, PROGRAM, arms, tuple(r for r in found if isinstance(r, Report))
        )
    build = {BAR_CAPS: _cap, SCATTER: _scatter}.get(header, _click)
    found = [build(index, line, row) for index, (line, row) in enumerate(rows)]
    reports = tuple(point for point in found if isinstance(point, Report))
    sets = {}
    for point, (_, row) in zip(found, rows, strict=True):
        if isinstance(point, Point):
            sets.setdefault(row.get("group", row.get("cluster", source.stem)), []).append(point)
    ordered = header == BAR_CAPS
    datasets = tuple(Dataset(name, tuple(own), ordered=ordered) for name, own in sets.items())
    return Figure(source.path, PROGRAM, datasets, reports, source.flags)


def _body(source, header):
    for line, cells in source.cells[1:]:
        if len(cells) != len(header):
            problem = f"{len(cells)} cells, where the header has {len(header)}"
            raise source.error(f"row {line}", problem, "Export it again.")
        yield line, cells


def _numbers(line, row, *names):
    """Return the numbers of some cells, or the Report of the first that is none."""
    found = [number(row[name]) for name in names]
    if None not in found:
        return found
    name = names[found.index(None)]
    return Report(f"row {line}, column {name!r}", f"{row[name]!r} is not a number", CORRECT, 1)


def _error_bar(source, line, row):
    """Read a row of error_bars: `error` is a half length, the other numbers are pixels."""
    found = _numbers(line, row, "mean", "error")
    if isinstance(found, Report):
        return found
    mean, error = found
    pixels = _numbers(line, row, "mean.x", "mean.y", "error.x", "error.y")
    ends = {} if isinstance(pixels, Report) else _pixels(pixels[:2], pixels[2:], row["axis"])
    return Arm(
        source.path,
        f"row {line}",
        mean,
        error=error,
        dataset=source.stem,
        label=row["group"],
        flags=value_flags(mean, error, source.flags),
        **ends,
    )


def _pixels(centre, tip, axis):
    """Return which end the tip is: on the image y grows downwards, x to the right."""
    further = tip[0] >= centre[0] if axis == "x" else tip[1] <= centre[1]
    return {"centre_px": tuple(centre), "upper_px" if further else "lower_px": tuple(tip)}


def _automatic_bar(source, line, row):
    """Read a row of bars: `error` is where the tip is, not a length."""
    tips = [name for name in ("error", "lower", "upper") if name in row]
    found = _numbers(line, row, "bar", *tips)
    if isinstance(found, Report):
        return found
    bar, *ends = found
    lower, upper = min(ends), max(ends)
    if len(ends) == 1:
        error = abs(upper - bar)
        lower, upper = (None, upper) if upper >= bar else (lower, None)
    else:
        error = (upper - lower) / 2 if lower <= bar <= upper else None
    flags = {"automatic_bars", *source.flags} | (set() if error is not None else {"tips_same_side"})
    return Arm(
        source.path,
        f"row {line}",
        bar,
        error=error,
        error_lower=lower,
        error_upper=upper,
        dataset=source.stem,
        label=row["group"],
        flags=value_flags(bar, error, flags),
    )


def _click(_, line, row):
    found = _numbers(line, row, "x.calibrated", "y.calibrated", "x.coord", "y.coord")
    if isinstance(found, Report):
        return found
    x, y, px, py = found
    return Point(f"row {line}", x, y, px, py, place=x)


def _scatter(_, line, row):
    found = _numbers(line, row, "X", "Y")
    if isinstance(found, Report):
        return found
    return Point(f"row {line}", *found, place=found[0])


def _cap(index, line, row):
    """Read a cap that metagear found; only its number in the row of caps tells its bar."""
    found = _numbers(line, row, "x")
    if isinstance(found, Report):
        return found
    return Point(f"row {line}", float("nan"), found[0], place=float(index))
