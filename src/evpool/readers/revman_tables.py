"""RevMan's tables: the 'Data and analyses' CSV of RevMan 5, the data package of RevMan Web."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

from evpool.readers.model import Readings, Report
from evpool.readers.revman import mark_shared, two_arms
from evpool.readers.source import DAMAGED, LARGEST, Source, load

PROGRAM = "RevMan"
REVMAN_5 = {"Comparison Number", "Outcome Number", "Subgroup Number", "Data Type", "Mean 1"}
WEB = {"Analysis group", "Analysis number", "Study", "Experimental mean", "Control mean"}
ROWS, SETTINGS = "-data-rows.csv", "-overall-estimates-and-settings.csv"
REVMAN_5_CELLS = {
    ("MEAN", "1"): "Mean 1",
    ("SD", "1"): "SD 1",
    ("TOTAL", "1"): "Total 1",
    ("MEAN", "2"): "Mean 2",
    ("SD", "2"): "SD 2",
    ("TOTAL", "2"): "Total 2",
}
WEB_CELLS = {
    ("MEAN", "1"): "Experimental mean",
    ("SD", "1"): "Experimental SD",
    ("TOTAL", "1"): "Experimental N",
    ("MEAN", "2"): "Control mean",
    ("SD", "2"): "Control SD",
    ("TOTAL", "2"): "Control N",
}
AGAIN = "Export it again."


def recognises(source):
    """Tell a table by its header, a package by its members."""
    if source.data.startswith(b"PK\x03\x04"):
        return any(name.endswith(ROWS) for name in _zipped_names(source))
    header = set(source.header)
    return header >= REVMAN_5 or header >= WEB


def read(source):
    """Read both arms of every continuous data row.

    Parameters
    ----------
    source : Source
        The CSV of RevMan 5, the data rows of a RevMan Web package (its settings lie beside it), or
        the zipped package, which is read in memory.

    Returns
    -------
    Readings
        Rows of other outcomes are reported as skipped, two arms a row.

    Raises
    ------
    InputError
        If the package lacks its settings, which alone say which analyses are continuous.
    """
    if source.data.startswith(b"PK\x03\x04"):
        rows, settings = _unzipped(source)
    elif "Analysis group" in source.cells[0][1]:
        rows, settings = source, _beside(source)
    else:
        return _collect(source, _revman_5(source))
    return _collect(source, _web(rows, _settings(settings)))


def _collect(source, found):
    arms, reports = [], []
    for result in found:
        if isinstance(result, Report):
            reports.append(result)
        else:
            arms += result
    return Readings(source.path, PROGRAM, mark_shared(arms), tuple(reports))


def _dicts(source, needed):
    """Yield (line, row) of a table; raise InputError if it lacks a needed column."""
    header = source.header
    missing = [name for name in needed if name not in header]
    if missing:
        raise source.error("the header", f"columns missing: {', '.join(missing)}", AGAIN)
    for line, cells in source.cells[1:]:
        if len(cells) != len(header):
            problem = f"{len(cells)} cells, where the header has {len(header)}"
            raise source.error(f"row {line}", problem, AGAIN)
        yield line, dict(zip(header, cells, strict=True))


def _revman_5(source):
    """Yield the arms, or a Report, of each study's row; the rows above it say of what outcome."""
    outcome, subgroup = {}, ""
    for line, row in _dicts(source, (*REVMAN_5, "Name", *REVMAN_5_CELLS.values())):
        numbers = [row[f"{name} Number"] for name in ("Comparison", "Outcome", "Subgroup")]
        if numbers[1] == "0":
            continue
        if row["Data Type"]:
            # A subgroup's row has the type too; the outcome keeps its own name.
            outcome = row if numbers[2] == "0" else outcome
            subgroup = row["Name"] if numbers[2] != "0" else ""
            continue
        item = f"row {line}, comparison {numbers[0]}, outcome {numbers[1]}"
        if outcome.get("Data Type") != "CON":
            kind = outcome.get("Data Type", "none")
            yield Report(item, f"an outcome of type {kind}, not CON", "It is not read.", 2, True)
            continue
        cells = {key: _no_thousands(row[name]) for key, name in REVMAN_5_CELLS.items()}
        labels = {side: outcome.get(f"Group Label {side}", "") for side in "12"}
        found = two_arms(source, item, cells, labels)
        about = ".".join(numbers[:2]), subgroup, row.get("Year of study", "")
        named = row["Name"], outcome["Name"]
        yield found if isinstance(found, Report) else _about(found, *named, about)


def _no_thousands(text):
    """RevMan 5 writes 1,234.5; it never writes a decimal comma."""
    parts = text.split(".")[0].lstrip("+-").split(",")
    grouped = len(parts) > 1 and len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])
    return text.replace(",", "") if grouped else text


def _about(arms, study, outcome, about):
    pairs = tuple(zip(("analysis", "subgroup", "year"), about, strict=True))
    return [replace(arm, study=study, outcome=outcome, about=pairs) for arm in arms]


def _web(source, settings):
    """Yield the arms, or a Report, of each data row of a RevMan Web package."""
    for line, row in _dicts(source, (*WEB, "Analysis name", *WEB_CELLS.values())):
        analysis = settings.get((row["Analysis group"], row["Analysis number"]), {})
        item = f"row {line}, analysis {row['Analysis group']}.{row['Analysis number']}"
        if analysis.get("Data type") != "Continuous":
            kind = analysis.get("Data type", "unknown")
            yield Report(
                item, f"its data type is {kind}, not Continuous", "It is not read.", 2, True
            )
            continue
        cells = {key: row[name] for key, name in WEB_CELLS.items()}
        labels = {
            side: analysis.get(f"{name} group label", "").replace("#N/A", "")
            for side, name in (("1", "Experimental"), ("2", "Control"))
        }
        found = two_arms(source, item, cells, labels)
        named = row["Study"], row["Analysis name"]
        numbers = row["Analysis group"], row["Analysis number"]
        about = ".".join(numbers), row.get("Subgroup", ""), row.get("Study year", "")
        yield found if isinstance(found, Report) else _about(found, *named, about)


def _settings(source):
    rows = _dicts(source, ("Analysis group", "Analysis number", "Data type"))
    return {(row["Analysis group"], row["Analysis number"]): row for _, row in rows}


def _beside(source):
    path = Path(source.path)
    found = path.with_name(path.name.replace(ROWS, SETTINGS))
    if found == path or not found.is_file():
        problem = f"there is no *{SETTINGS} beside it, which says what is continuous"
        raise source.error("the package", problem, "Unzip the whole data package, or give the zip.")
    return load(found)


def _zipped_names(source):
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as package:
            return package.namelist()
    except DAMAGED:
        return []


def _unzipped(source):
    """Return the data rows and the settings of a zipped package, read in memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as package:
            return [_member(package, ending, source) for ending in (ROWS, SETTINGS)]
    except DAMAGED as error:
        problem = f"damaged or encrypted ({error})"
        raise source.error("the package", problem, AGAIN) from None


def _member(package, ending, source):
    members = [one for one in package.infolist() if one.filename.endswith(ending)]
    if len(members) != 1 or members[0].file_size > LARGEST:
        problem = f"{len(members)} members end in {ending}, or one is too large"
        raise source.error("the package", problem, "Export the data package again.")
    return Source(f"{source.path} ({members[0].filename})", package.read(members[0]))
