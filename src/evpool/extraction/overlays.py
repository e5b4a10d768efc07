"""What is drawn over a digitised figure for checking by eye: its clicks, its axes, its image."""

import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evpool.errors import InputError
from evpool.extraction.columns import FIGURES
from evpool.extraction.delimited import read_input
from evpool.extraction.digitised import FOLDER, image_of, outside, tips_of, tips_told
from evpool.readers import caldat, read_figure, select_arm
from evpool.readers.source import load
from evpool.readers.wpd_archive import image_in, is_tar

# The columns of figures.csv that a drawing shows, or that decide what it shows.
SHOWN = ("file", "dataset", "label", "tips", "image", "study_id", "comparison", "outcome")
SHOWN += ("timepoint", "time", "time_unit", "role", "arm", "error_type", "centre", "digitiser")
LONGEST_SIDE = 1600  # pixels; a larger image is drawn smaller, its pixels still count as they did
LARGEST_IMAGE = 10**8  # pixels; what claims more is not opened


@dataclass(frozen=True)
class Mark:
    """One arm of a figure and the rows of figures.csv that ask for it (none: `rows` is empty)."""

    arm: object
    rows: tuple


@dataclass(frozen=True)
class Overlay:
    """One digitised file.

    Attributes
    ----------
    file, study, digitiser : str
        As in figures.csv; several studies or digitisers of one file are joined.
    marks : tuple of Mark
        Every arm that has pixels.
    axes : tuple of Calibration
    strays : tuple of (float, float)
        Clicks in no arm, image pixels.
    image : ndarray of uint8, shape (height, width, 3), or None
    size : tuple of int or None
        Width and height of the image as it was clicked at, pixels.
    about_image : str
        Which image it is, or why there is none.
    """

    file: str
    study: str
    digitiser: str
    marks: tuple
    axes: tuple
    strays: tuple
    image: object
    size: tuple | None
    about_image: str


def read_overlays(path):
    """Read every digitised file that a table of figure readings names, with its image.

    Parameters
    ----------
    path : str or Path
        figures.csv. The image of a file is the one in its `image` column; else the one inside a
        WebPlotDigitizer archive, which is read in memory; else the one beside it of its stem.

    Returns
    -------
    overlays : list of Overlay
        By study, in the order of the table.
    without : list of (str, str)
        Files of which there is nothing to draw, and why.

    Raises
    ------
    InputError
        If the table can't be read.
    """
    rows = [row for row in read_input(path, FIGURES).rows if row["file"]]
    folder = Path(path).parent / FOLDER
    overlays, without = [], []
    for file in dict.fromkeys(row["file"] for row in rows):
        own = [row for row in rows if row["file"] == file]
        try:
            if outside(file):
                raise InputError(file, [f"it lies outside {folder}"])
            found = _overlay(folder, file, own)
        except InputError as error:
            without.append((file, "; ".join(str(problem) for problem in error.problems)))
            continue
        if found.marks:
            overlays.append(found)
        else:
            without.append((file, "the file holds values, but not where they were clicked"))
    studies = [*dict.fromkeys(row["study_id"] for row in rows)]
    return sorted(overlays, key=lambda o: studies.index(o.study.split(", ")[0])), without


def files_shown(path, rows):
    """Return the files and images that the drawings of some rows of figures.csv show."""
    folder, found = Path(path).parent / FOLDER, {}
    for row in rows:
        if row.get("file") and not outside(row["file"]):
            found[folder / row["file"]] = None
            found[_image_beside(folder, row["file"], row.get("image"))] = None
    return [file for file in found if file]


def _overlay(folder, file, rows):
    arms, clicks, axes = {}, {}, {}
    told, by_tips = tips_told(rows), {}
    for row in rows:
        tips = tips_of(row, told)
        by_tips.setdefault(repr(tips), (tips, []))[1].append(row)
    for tips, own in by_tips.values():
        readings = read_figure(folder / file, tips=tips)
        clicks |= {(point.px, point.py): None for point in readings.clicks}
        axes |= {axis.name: axis for axis in readings.calibrations}
        for arm in readings.arms:
            arms.setdefault(arm.source_item, (arm, []))
        for row in own:
            _ask(readings, row, arms)
    marks = tuple(
        Mark(arm, tuple(own))
        for arm, own in arms.values()
        if arm.centre_px and arm.calibration is not None
    )
    in_arms = {
        place
        for mark in marks
        for place in (mark.arm.centre_px, mark.arm.lower_px, mark.arm.upper_px)
    }
    strays = tuple(place for place in clicks if place not in in_arms and place[0] == place[0])
    joined = {
        name: ", ".join(dict.fromkeys(row[name] for row in rows if row.get(name)))
        for name in ("study_id", "digitiser")
    }
    picture = _picture(folder, file, next((r["image"] for r in rows if r.get("image")), None))
    drawn = marks, tuple(axes.values()), strays
    if readings.program == caldat.PROGRAM:
        drawn = _mirrored(*drawn, picture[1][1] if picture[1] else 0.0)
    return Overlay(file, joined["study_id"], joined["digitiser"], *drawn, *picture)


def _mirrored(marks, axes, strays, height):
    """Count R's pixels, which go upwards, from the top as all others."""

    def place(pixel):
        return pixel and (pixel[0], height - pixel[1])

    turned = {}
    for axis in axes:
        matrix = axis.matrix * [1.0, -1.0]
        turned[axis.name] = replace(
            axis,
            matrix=matrix,
            offset=axis.offset + height * axis.matrix[:, 1],
            clicks=tuple((px, height - py, said) for px, py, said in axis.clicks),
        )
    parts = ("centre_px", "lower_px", "upper_px")
    marks = tuple(
        Mark(
            replace(
                mark.arm,
                calibration=turned[mark.arm.calibration.name],
                **{part: place(getattr(mark.arm, part)) for part in parts},
            ),
            mark.rows,
        )
        for mark in marks
    )
    return marks, tuple(turned.values()), tuple(map(place, strays))


def _ask(readings, row, arms):
    """File a row under the arm that it asks for; a row that fits none is refused elsewhere."""
    try:
        arm = select_arm(readings, row.get("label") or "", row.get("dataset"))
    except InputError:
        return
    arms[arm.source_item][1].append(row)


def _image_beside(folder, file, named):
    if named:
        return None if outside(named) else folder / named
    return image_of(folder / file)


def _picture(folder, file, named):
    """Return (pixels, size, words): the image of a file, or why it has none."""
    source = load(folder / file)
    inside = image_in(source) if is_tar(source.data) and not named else None
    if inside:
        return _opened(inside[1], f"{inside[0]}, in the archive")
    beside = _image_beside(folder, file, named)
    if beside is None and named:
        return None, None, f"No image: {named} lies outside {FOLDER}/."
    if beside is None:
        return None, None, "No image: the clicks stand on an empty page."
    if not beside.is_file():
        return None, None, f"No image: there is no {named} in {FOLDER}/."
    return _opened(beside.read_bytes(), beside.relative_to(folder).as_posix())


def _opened(content, name):
    # Imported here: of the jobs, only this one opens images.
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > LARGEST_IMAGE:
                raise ValueError(f"{image.width} x {image.height} pixels")
            size, pixels = image.size, image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return None, None, f"No image: {name} can't be opened ({type(error).__name__})."
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    page = Image.new("RGBA", pixels.size, "white")
    page.alpha_composite(pixels)
    return np.asarray(page.convert("RGB")), size, f"Image: {name}"
