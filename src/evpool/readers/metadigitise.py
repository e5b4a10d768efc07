"""metaDigitise (R): the table that metaDigitise() and getExtracted() return, saved as CSV."""

from evpool.readers.model import ArmReading, Readings, Report, value_flags
from evpool.readers.source import number

PROGRAM = "metaDigitise"
NEEDED = {"filename", "variable", "group_id", "mean", "sd", "n", "plot_type"}
DRAWN = {"sd": "sd", "se": "sem", "CI95": "ci95"}
MISSING = ("", "NA")
# What a kind of plot says of the numbers read from it.
PLOT_FLAGS = {"mean_error": (), "scatterplot": (), "boxplot": ("estimated",)}
PLOT_FLAGS["histogram"] = ("n_counted",)


def recognises(source):
    """Tell the table by its header."""
    return set(source.header) >= NEEDED


def read(source):
    """Read the arms of all figures in the table.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Readings
        `sd` is taken as the SD it already is; where it is missing, `se` as an SEM.
    """
    header = source.cells[0][1]
    arms, reports = [], []
    for line, cells in source.cells[1:]:
        if len(cells) == len(header):
            found = _arm(source, line, dict(zip(header, cells, strict=True)))
        else:
            problem = f"{len(cells)} cells, where the header has {len(header)}"
            found = Report(f"row {line}", problem, "Save the table again.", 1)
        (arms if isinstance(found, ArmReading) else reports).append(found)
    return Readings(source.path, PROGRAM, tuple(arms), tuple(reports))


def _arm(source, line, row):
    numbers = {}
    for name in ("mean", "sd", "n", "se"):
        text = row.get(name, "NA")
        numbers[name] = None if text in MISSING else number(text)
        if text not in MISSING and numbers[name] is None:
            problem = f"column {name!r} is {text!r}, not a number"
            return Report(f"row {line}", problem, "Correct it.", 1)
    if numbers["mean"] is None:
        return Report(f"row {line}", "it has no mean", "Digitise it again, or remove it.", 1)
    if row["plot_type"] not in PLOT_FLAGS:
        problem = f"plot_type {row['plot_type']!r} is not one of {', '.join(PLOT_FLAGS)}"
        return Report(f"row {line}", problem, "Correct it.", 1)
    kind = next((name for name in ("sd", "se") if numbers[name] is not None), None)
    error = numbers.get(kind)
    flags = (*PLOT_FLAGS[row["plot_type"]], *source.flags)
    if kind == "sd" and row.get("error_type") in ("se", "CI95"):
        flags = (*flags, "converted")
    return ArmReading(
        source.path,
        f"row {line}, {row['filename']}",
        numbers["mean"],
        outcome=row["variable"],
        arm=row["group_id"],
        label=row["group_id"],
        dataset=row["filename"],
        n=numbers["n"],
        centre_type="mean",
        error=error,
        error_type=DRAWN.get(row.get("error_type") if kind is None else kind, "unknown"),
        flags=value_flags(numbers["mean"], error, flags),
    )
