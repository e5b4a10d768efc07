"""Arms whose mean and error bar are read from digitised figures, as a typed table has them."""

import hashlib
from pathlib import Path

from evpool.arm_spread import ENDS
from evpool.columns import FIGURES
from evpool.delimited import InputTable, read_input
from evpool.errors import InputError, Problem
from evpool.readers import read_figure, select_arm

FOLDER = "figures"
READ = ("mean", "error", "error_lower", "error_upper", "reading_flags")
REMEDY = "Correct the row, or digitise the figure again."


def read_figures(path):
    """Read a table of figure readings: each row points to one arm of one digitised file.

    Parameters
    ----------
    path : str or Path
        figures.csv; the files it names lie in the folder `figures` beside it.

    Returns
    -------
    InputTable
        The rows with `mean`, `error` (half length), `error_lower` and `error_upper` (positions) and
        `reading_flags`, in the axis's units; `row_id` changes when the figure's file does. A row
        whose arm can't be read is among the `problems`.

    Raises
    ------
    InputError
        If the table itself can't be read.
    """
    table = read_input(path, FIGURES)
    readings, problems = {}, list(table.problems)
    rows = []
    for row in table.rows:
        file = Path(path).parent / FOLDER / (row["file"] or "")
        read, problem = _outside(row, path) or _read_arm(row, file, readings)
        problems += [problem] if problem else []
        if row.get("centre") == "median":
            read = _as_median(read, row.get("error_type"))
        rows.append({**row, **read, "row_id": _digest(row["row_id"], file)})
    return InputTable(str(path), (*table.header, *READ), rows, problems)


def figure_digest(path, wanted_rows):
    """Digest the files that rows of figures.csv point to, so that a new digitisation counts."""
    files = sorted({row["file"] for row in wanted_rows if row.get("file")})
    return [_digest(name, Path(path).parent / FOLDER / name) for name in files]


def _outside(row, path):
    """Refuse a file that lies elsewhere: what a review is made of lies in its folder."""
    name = (row["file"] or "").replace("\\", "/")
    if not (name.startswith("/") or name[1:2] == ":" or ".." in name.split("/")):
        return None
    expected = f"a file inside {Path(path).parent / FOLDER}"
    remedy = "Copy the file there, and name it as it is called there."
    return dict.fromkeys(READ), Problem(row["line"], "file", row["file"], expected, remedy)


def _read_arm(row, file, readings):
    """Return what was read of one arm, and the problem if it can't be."""
    empty = dict.fromkeys(READ)
    if not row["file"]:
        return empty, None
    key = (file, row.get("tips"))
    try:
        if key not in readings:
            readings[key] = read_figure(file, tips=row.get("tips"))
        arm = select_arm(readings[key], row.get("label") or "", row.get("dataset"))
    except (InputError, OSError) as error:
        said = "; ".join(map(str, getattr(error, "problems", [error])))
        return empty, Problem(row["line"], "file", row["file"], f"a readable arm ({said})", REMEDY)
    flags = "; ".join(arm.flags) or None
    return {
        "mean": arm.centre,
        "error": arm.error,
        "error_lower": arm.error_lower,
        "error_upper": arm.error_upper,
        "reading_flags": flags,
    }, None


def _as_median(read, error_type):
    """Take what was read at the centre for the median, and the bar's ends for what they are."""
    ends = dict(
        zip(ENDS.get(error_type, ()), (read["error_lower"], read["error_upper"]), strict=False)
    )
    return {**read, "mean": None, "median": read["mean"], **ends}


def _digest(name, file):
    content = file.read_bytes() if file.is_file() else b"missing"
    return hashlib.sha256(name.encode() + content).hexdigest()[:16]
