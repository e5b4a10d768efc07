"""Arms whose mean and error bar are read from digitised figures, as a typed table has them."""

import hashlib
from dataclasses import replace
from pathlib import Path

from evpool.columns import AXIS, PIXELS
from evpool.errors import InputError, Problem
from evpool.extraction.columns import ENDS, FIGURES
from evpool.extraction.delimited import read_input
from evpool.history import noted, shown
from evpool.readers import read_figure, select_arm

FOLDER = "figures"
PARTS = {"mean": "centre", "lower": "error_lower", "upper": "error_upper"}
READ = ("mean", "error", "error_lower", "error_upper", "reading_flags", "history")
READ += tuple(column.name for column in (*PIXELS, *AXIS))
REMEDY = "Correct the row, or digitise the figure again."
IMAGES = (".png", ".jpg", ".jpeg")
NOTES = (".md", ".txt")  # what people write about their figures; no digitiser saves such files
TYPED_OVER = "override"  # the flag of a value that no click gives


def read_figures(path, wanted=None):
    """Read a table of figure readings: each row points to one arm of one digitised file.

    Parameters
    ----------
    path : str or Path
        figures.csv; the files it names lie in the folder `figures` beside it.
    wanted : dict, optional
        Read the rows alone that hold these values, as `delimited.read_input` does.

    Returns
    -------
    InputTable
        The rows with `mean`, `error` (half length), `error_lower` and `error_upper` (positions), in
        the axis's units, `reading_flags`, where on the image and on the axis each was clicked
        (PIXELS, AXIS) and the first lines of their `history`; `row_id` changes when the figure's
        file does. A row whose arm can't be read, or whose `error_type` is not what the file says of
        it, is among the `problems`; what the files hold and no row asks for is `aside` (nothing if
        only some rows are wanted).

    Raises
    ------
    InputError
        If the table itself can't be read.
    """
    table = read_input(path, FIGURES, wanted=wanted)
    folder = Path(path).parent / FOLDER
    readings, problems, asked = {}, list(table.problems), {}
    rows, told = [], tips_told(table.rows)
    for row in table.rows:
        arm, problem = None, _refused(row, path)
        if not problem:
            arm, problem = _read_arm(row, folder / (row["file"] or ""), told, readings)
        problems += [problem] if problem else []
        row = {**dict.fromkeys(READ), **row, "row_id": _digest(row["row_id"], folder, row["file"])}
        if arm:
            asked.setdefault(row["file"], set()).add(_mean_item(arm))
            row = _with_reading(row, arm)
        rows.append(row)
    table = replace(table, header=(*table.header, *READ), rows=rows, problems=problems)
    if wanted is not None:
        return table
    left = []
    for file in dict.fromkeys(name for name, _ in readings):
        found = [read for (name, _), read in readings.items() if name == file]
        left += _left(file, found, table.rows, asked.get(file, ()))
    left += [_unnamed(file.name) for file in unnamed_files(path, table.rows)]
    return replace(table, aside=tuple(left))


def figure_digest(path, wanted_rows):
    """Digest the files that rows of figures.csv point to, so that a new digitisation counts."""
    files = sorted({row["file"] for row in wanted_rows if row.get("file")})
    return [_digest(name, Path(path).parent / FOLDER, name) for name in files]


def unnamed_files(path, rows):
    """Return the files beside figures.csv that no row of it names, images and notes left out."""
    folder = Path(path).parent / FOLDER
    named = {row["file"] for row in rows}
    files = sorted(path for path in folder.glob("*") if path.is_file()) if folder.is_dir() else []
    return [
        file
        for file in files
        if file.name not in named
        and file.suffix.lower() not in (*IMAGES, *NOTES)
        and file.name[0] != "."
    ]


def image_of(file):
    """Return the image beside a digitised file: of its stem, PNG or JPEG; None if there is none."""
    file = Path(file)
    found = (file.with_suffix(suffix) for suffix in (*IMAGES, *map(str.upper, IMAGES)))
    return next((image for image in found if image.is_file()), None)


def tips_told(rows):
    """Return file -> data set -> where its tips are, as rows of figures.csv say."""
    told = {}
    for row in rows:
        if row.get("tips") and row.get("dataset"):
            told.setdefault(row["file"], {})[row["dataset"]] = row["tips"]
    return told


def tips_of(row, told):
    """Return the `tips` by which `read_figure` reads a row's file, beside those of other rows.

    What a row says holds for its data set; if it names none, for all data sets of means.
    """
    if not row.get("tips") or not row.get("dataset"):
        return row.get("tips")
    return told[row["file"]] | {row["dataset"]: row["tips"]}


def outside(name):
    """Tell whether a name leads out of the folder: what a review is made of lies in it."""
    name = (name or "").replace("\\", "/")
    return name.startswith("/") or name[1:2] == ":" or ".." in name.split("/")


def _refused(row, path):
    """Refuse a file or an image that lies elsewhere, or an image that is not there."""
    folder = Path(path).parent / FOLDER
    remedy = "Copy the file there, and name it as it is called there."
    for column in ("file", "image"):
        if outside(row.get(column)):
            expected = f"a file inside {folder}"
            return Problem(row["line"], column, row[column], expected, remedy)
    if row.get("image") and not (folder / row["image"]).is_file():
        expected = f"an image that is in {folder}"
        return Problem(row["line"], "image", row["image"], expected, remedy)
    return None


def _read_arm(row, file, told, readings):
    """Return the arm that a row asks for; or None, and the problem if it can't be read."""
    if not row["file"]:
        return None, None
    tips = tips_of(row, told)
    key = (row["file"], repr(tips))
    try:
        if key not in readings:
            readings[key] = read_figure(file, tips=tips)
        arm = select_arm(readings[key], row.get("label") or "", row.get("dataset"))
    except (InputError, OSError) as error:
        said = "; ".join(map(str, getattr(error, "problems", [error])))
        return None, Problem(row["line"], "file", row["file"], f"a readable arm ({said})", REMEDY)
    return arm, _other_kind(row, arm)


def _other_kind(row, arm):
    """Refuse an error_type other than the file's own; only what a program made can't be unknown."""
    typed, stated = row.get("error_type"), arm.error_type
    made = "converted" in arm.flags
    if stated in (None, "unknown", typed) or (typed == "unknown" and not made):
        return None
    if arm.error is None and not _ends(arm):
        return None
    by_program = "for the program that read the figure had already converted the bar"
    why = by_program if made else "as the file says"
    remedy = "Correct the cell, or the file if that is wrong."
    return Problem(row["line"], "error_type", typed, f"{stated}, {why}", remedy)


def _with_reading(row, arm):
    """Add to a row of figures.csv what was read, where it was clicked, and say so."""
    clicked = {"mean": arm.centre_px, "lower": arm.lower_px, "upper": arm.upper_px}
    for part, pixel in clicked.items():
        row |= dict(zip((f"{part}_px_x", f"{part}_px_y"), pixel or (None, None), strict=True))
    row |= {
        "mean": arm.centre,
        "error": arm.error,
        "error_lower": arm.error_lower,
        "error_upper": arm.error_upper,
        "reading_flags": "; ".join(arm.flags) or None,
        **_place_on_axis(row["file"], arm),
    }
    if row.get("centre") == "median":
        row = _as_median(row, row.get("error_type"))
    return noted(row, "read", _told(row, arm, clicked))


def _as_median(read, error_type):
    """Take what was read at the centre for the median, and the bar's ends for what they are."""
    ends = dict(
        zip(ENDS.get(error_type, ()), (read["error_lower"], read["error_upper"]), strict=False)
    )
    return {**read, "mean": None, "median": read["mean"], **ends}


def _place_on_axis(file, arm):
    """Return the columns of AXIS that the calibration settles; none for a typed-over value."""
    axes = arm.calibration
    if axes is None or TYPED_OVER in arm.flags or arm.centre_px is None:
        return {}
    scale = axes.scales[1]
    low, high = (float(scale.sign * scale.value(end)) for end in axes.limits[1])
    places = {part: getattr(arm, name) for part, name in PARTS.items()}
    return {
        "axis": f"{file}, {axes.name}",
        "axis_low": low,
        "axis_high": high,
        "axis_px": axes.length,
        "axis_log": scale.log,
        "axis_lever": float(axes.leverage(*arm.centre_px)),
        **{
            f"{part}_at": None if value is None else float(axes.places(value))
            for part, value in places.items()
        },
    }


def _told(row, arm, clicked):
    """Say file, data set and point, and the pixel of each click."""
    items = dict(zip(("mean", *_ends(arm)), arm.source_item.split("; "), strict=False))
    said = []
    for part, item in items.items():
        pixel = clicked.get(part)
        place = f" at ({pixel[0]:.1f}, {pixel[1]:.1f}) px" if pixel else ""
        said.append(item + place)
    who = f" by {row['digitiser']}" if row.get("digitiser") else ""
    flags = f"; flags: {', '.join(arm.flags)}" if arm.flags else ""
    values = f"{shown(arm.centre)}, half bar {shown(arm.error)}"
    return f"{row['file']}{who}, {'; '.join(said)} -> {values}{flags}"


def _ends(arm):
    return [end for end in ("lower", "upper") if getattr(arm, f"error_{end}") is not None]


def _mean_item(arm):
    return arm.source_item.split("; ")[0]


def _left(name, found, rows, asked):
    """Return what a file holds that no row asks for: arms, and clicks that are in no arm.

    `found` has one Readings for each way in which the rows look for the tips.
    """
    arms = {_mean_item(arm): arm for read in found for arm in read.arms}
    reports = [{report.item: report for report in read.reported} for read in found]
    entries = [(item, _unasked(arm)) for item, arm in arms.items() if item not in asked]
    entries += [
        (item, ("clicks_in_no_arm", str(report)))
        for item, report in reports[0].items()
        if all(item in other for other in reports)
    ]
    studies = {row["study_id"] for row in rows if row["file"] == name}
    study = studies.pop() if len(studies) == 1 else None
    return [
        _aside(_short(name, item), study, reason, f"{name}, {detail}")
        for item, (reason, detail) in entries
    ]


def _unasked(arm):
    value = f"{shown(arm.centre)} with half bar {shown(arm.error)}"
    label = f" ({arm.label})" if arm.label else ""
    return "arm_not_asked_for", f"{arm.source_item}{label}: no row asks for this arm, {value}"


def _unnamed(name):
    return _aside(_short(name, ""), None, "file_not_asked_for", f"no row names {name}")


def _aside(row_id, study, reason, detail):
    place = dict.fromkeys(("outcome", "timepoint", "role", "arm"))
    return {**place, "row_id": row_id, "study_id": study, "reason": reason, "detail": detail}


def _short(*parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _digest(start, folder, name):
    file = folder / (name or "")
    content = file.read_bytes() if file.is_file() else b"missing"
    return hashlib.sha256(start.encode() + content).hexdigest()[:16]
