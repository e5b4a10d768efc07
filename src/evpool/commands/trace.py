"""The way of a study's numbers: from a pooled estimate back to the typed row, point and pixel."""

from collections import Counter
from pathlib import Path

from evpool.columns import CONTRAST
from evpool.errors import InputError, closest
from evpool.extraction.digitised import FOLDER, tips_of, tips_told
from evpool.extraction.typed import read_typed
from evpool.history import lines_of, shown
from evpool.readers import read_figure, select_arm
from evpool.readers.model import FLAGS
from evpool.stats.measures import back_transform, measure_of
from evpool.tables import read_rows

NEEDED = ("pooled", "weights", "effects", "harmonised", "arms", "ledger")
ROLES = ("treatment", "control", "sham", CONTRAST)
POINTS = {"centre_px": "mean", "upper_px": "upper end", "lower_px": "lower end"}


def outcome_folder(path):
    """Return the folder of an outcome's results that a path means.

    Parameters
    ----------
    path : str or Path
        The folder, or any table in it.

    Raises
    ------
    InputError
        If there are no results; it names the nearest that there are, and those that are missing.
    """
    path = Path(path)
    folder = path if path.is_dir() or not path.suffix else path.parent
    missing = [name for name in NEEDED if not (folder / f"{name}.parquet").is_file()]
    if len(missing) == len(NEEDED):
        there = sorted(
            {found.parent.as_posix() for found in Path("results").rglob("pooled.parquet")}
        )
        hint = closest(folder.as_posix(), there) or " Run `snakemake --cores 4` first."
        known = f" There are: {', '.join(there)}" if there else ""
        raise InputError(path, [f"there are no results of an outcome here.{hint}{known}"])
    if missing:
        tables = ", ".join(f"{name}.parquet" for name in missing)
        raise InputError(folder, [f"{tables} is missing; run `snakemake --cores 4` to the end"])
    return folder


def find_study(name, folder):
    """Return the id of the study of an outcome that a name means: an id, or a label.

    Raises
    ------
    InputError
        If no row of the outcome is of that study; it names the nearest and where else it is.
    """
    rows = _outcome_rows(folder)
    known = {row["study_id"]: row["label"] for row in rows if row["study_id"]}
    for study, label in known.items():
        if name.casefold() in (study.casefold(), (label or "").casefold()):
            return study
    hint = closest(name, [*known, *filter(None, known.values())])
    elsewhere = [*_other_folders(name, folder), *_closed_ledger(name, folder)]
    if elsewhere:
        hint = f" It is in {', '.join(elsewhere)}."
    raise InputError(folder, [f"no row of this outcome is of the study {name!r}.{hint}"])


def studies_of(folder):
    """List the studies of an outcome: (id, label, comparisons pooled, rows set aside)."""
    pooled = Counter(row["study_id"] for row in _rows(folder, "effects"))
    aside = Counter(row["study_id"] for row in _rows(folder, "ledger"))
    labels = {row["study_id"]: row["label"] for row in _outcome_rows(folder)}
    return [(study, label, pooled[study], aside[study]) for study, label in labels.items()]


def trace_study(study, folder):
    """Tell the way of one study's numbers through an outcome.

    Parameters
    ----------
    study : str
        Its id, as `find_study` returns it.
    folder : Path
        The outcome's results.

    Returns
    -------
    list of (int, str)
        Lines with their depth: the pooled estimates; each effect with its weights; its arms with
        the file and row that they stand in, what was done to them, and the points of a figure; and
        the rows that were set aside, with the reason.
    """
    effects = [row for row in _rows(folder, "effects") if row["study_id"] == study]
    harmonised = {row_id: row for row in _rows(folder, "harmonised") for row_id in _ids(row)}
    ledger = [row for row in _rows(folder, "ledger") if row["study_id"] == study]
    sources = _Sources()
    lines = [*_pooled_lines(folder, effects)]
    for effect in effects:
        lines += _effect_lines(effect, folder)
        ids = effect["source_rows"].split(";")
        arms = {harmonised[row]["row_id"]: harmonised[row] for row in ids}.values()
        for arm in sorted(arms, key=lambda arm: ROLES.index(arm["role"])):
            lines += _arm_lines(arm, sources)
    if not effects:
        lines.append((0, f"{study} is behind no effect of this outcome"))
    for row in ledger:
        lines.append((0, f"set aside at {row['step']}: {row['reason']}"))
        lines.append((1, row["detail"] or ""))
        lines += _arm_lines(row, sources)
    return lines


class _Sources:
    """The typed tables, each read once: where a row stands, and the figure that it points to."""

    def __init__(self):
        self.tables = {}

    def find(self, path, row_id):
        """Return (typed row or None, what to say of it)."""
        if path not in self.tables:
            try:
                self.tables[path] = {row["row_id"]: row for row in read_typed(path).rows}
            except InputError as error:
                self.tables[path] = {}
                return None, f"{path} can't be read now: {error.problems[0]}"
        row = self.tables[path].get(row_id)
        if row is None:
            return None, f"{path}, where the row stands no longer; run the workflow again"
        return row, f"{path}, row {row['line']}"


def _ids(row):
    """Return the typed rows behind a row: several where arms were combined."""
    return row["row_id"].split(";")


def _rows(folder, name):
    return read_rows(folder / f"{name}.parquet")


def _outcome_rows(folder):
    return _rows(folder, "arms")


def _other_folders(name, folder):
    """Return the outcomes of the review that hold the study."""
    found = []
    for arms in sorted(folder.parent.glob("*/arms.parquet")):
        of_study = {row["study_id"] for row in read_rows(arms)}
        found += [arms.parent.as_posix()] if name in of_study else []
    return found


def _closed_ledger(name, folder):
    """Say with what reasons the review's ledger holds rows of the study that no outcome takes."""
    closed = folder.parent / "ledger.parquet"
    rows = read_rows(closed) if closed.is_file() else []
    reasons = {row["reason"] for row in rows if row["study_id"] == name and row["step"] == "select"}
    return [f"{closed.as_posix()} ({', '.join(sorted(reasons))})"] if reasons else []


def _pooled_lines(folder, effects):
    overall = [row for row in _rows(folder, "pooled") if row["analysis"] == "overall"]
    for row in overall if effects else ():
        measure = row["measure"]
        numbers = _with_interval(measure, row["estimate"], row["ci_low"], row["ci_high"])
        label = measure_of(measure).label
        yield 0, f"pooled, {row['model']} effects: {label} {numbers}, {row['k']} comparisons"
        if row["digitisation_low"] is not None:
            limits = (row["digitisation_low"], row["digitisation_high"])
            low, high = (shown(float(back_transform(measure, value))) for value in limits)
            yield 1, f"errors of reading alone: [{low}, {high}]"


def _effect_lines(effect, folder):
    measure = effect["measure"]
    numbers = _with_interval(measure, effect["yi"], effect["ci_low"], effect["ci_high"])
    yield 0, f"{effect['label']} ({effect['effect_id']}): {measure_of(measure).label} {numbers}"
    yield 1, f"yi {shown(effect['yi'])}, vi {shown(effect['vi'])}, SE {shown(effect['sei'])}"
    for row in _rows(folder, "weights"):
        if (row["analysis"], row["effect_id"]) == ("overall", effect["effect_id"]):
            yield 1, f"weight {100 * row['weight']:.2f} % in the {row['model']}-effects estimate"


def _with_interval(measure, *values):
    if values[0] is None:
        return "not estimated"
    if None in values:
        return f"{shown(float(back_transform(measure, values[0])))}, no interval"
    estimate, low, high = (shown(float(back_transform(measure, value))) for value in values)
    return f"{estimate} [{low}, {high}]"


def _arm_lines(arm, sources):
    what = " ".join(filter(None, (arm["role"], arm["arm"] and f"'{arm['arm']}'")))
    told = ()
    for row_id in _ids(arm):  # several people may have read it, or several arms be one
        row, place = sources.find(arm["source_file"], row_id)
        yield 1, f"{what}: {place}"
        if row and row.get("file"):
            told = ("read",)  # the figure's lines say the same
            yield from _figure_lines(row, Path(arm["source_file"]).parent / FOLDER / row["file"])
    for step, text in lines_of(arm):
        if step not in told:
            yield 2, f"{step}: {text}"
    flags = [
        f for cell in ("reading_flags", "flags") for f in (arm.get(cell) or "").split("; ") if f
    ]
    for flag in dict.fromkeys(flags):
        yield 2, f"flag {flag}" + (f": {FLAGS[flag]}" if flag in FLAGS else "")


def _figure_lines(row, file):
    """Tell which data set, point and pixels of a digitised figure an arm was read from."""
    try:
        readings = read_figure(file, tips=tips_of(row, tips_told([row])))
        reading = select_arm(readings, row.get("label") or "", row.get("dataset"))
    except (InputError, OSError) as error:
        yield 2, f"figure: {file} can't be read now: {error}"
        return
    yield 2, f"figure: {file}, {reading.source_item}"
    for name, what in POINTS.items():
        pixel = getattr(reading, name)
        value = {"centre_px": reading.centre, "upper_px": reading.error_upper}
        if pixel is not None:
            read = shown(value.get(name, reading.error_lower))
            yield 2, f"figure: {what} {read} at pixel ({shown(pixel[0])}, {shown(pixel[1])})"
