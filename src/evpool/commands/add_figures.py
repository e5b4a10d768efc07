"""List the arms of new digitised files in a review's figures.csv, to be filled in."""

import csv
import io
from pathlib import Path

from evpool.errors import InputError
from evpool.extraction.columns import FIGURES
from evpool.extraction.delimited import WORKBOOKS, read_input, separator_of
from evpool.extraction.digitised import FOLDER
from evpool.readers import read_figure
from evpool.tables import write_text

NOT_DIGITISED = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".svg", ".pdf", ".md", ".txt")
TO_FILL = ("study_id", "outcome", "role", "n", "error_type")


def add_figures(table):
    """Add a row to figures.csv for every arm of the files that it doesn't name yet.

    Parameters
    ----------
    table : str or Path
        figures.csv; the files lie in the folder `figures` beside it. Its rows stay as they are.

    Returns
    -------
    added : list of (str, int)
        Each new file and how many rows it gave: file, dataset and label are filled.
    refused : list of str
        What is wrong with each file that can't be read.

    Raises
    ------
    InputError
        If the table is a workbook, can't be read or lacks a column.
    """
    path = Path(table)
    if path.name.lower().endswith(WORKBOOKS):
        raise InputError(path, ["a workbook is not written to; save it as 'CSV UTF-8'"])
    typed = read_input(path, FIGURES, may_be_empty=True)
    lacking = [name for name in ("dataset", "label") if name not in typed.header]
    if lacking:
        raise InputError(path, [f"column {name!r} is missing; add it" for name in lacking])
    named = {row["file"] for row in typed.rows}
    folder = path.parent / FOLDER
    rows, added, refused = [], [], []
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        if hidden or not file.is_file() or file.suffix.lower() in NOT_DIGITISED or name in named:
            continue
        try:
            arms = read_figure(file).arms
        except InputError as error:
            refused.append(str(error))
            continue
        added.append((name, len(arms)))
        rows += [_row(name, arm, arms) for arm in arms]
    if rows:
        write_text(_with_rows(path, typed.header, rows), path)
    return added, refused


def _row(name, arm, arms):
    """Return what is known of an arm: where it stands, by the shortest label that is its own."""
    of_dataset = [other for other in arms if other.dataset == arm.dataset]
    labels = [_label(other) for other in of_dataset]
    label = _label(arm)
    if labels.count(label) > 1 and arm.tuple_ is not None:
        label = f"tuple={arm.tuple_}"
    return {"file": name, "dataset": arm.dataset or "", "label": label}


def _label(arm):
    if arm.label:
        return arm.label
    return "" if arm.x is None else f"x={arm.x:.3g}"


def _with_rows(path, header, rows):
    """Return the table's text with rows at its end, in its own separator."""
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    out = io.StringIO()
    lines = csv.writer(out, delimiter=separator_of(text), lineterminator="\n")
    lines.writerows([row.get(name, "") for name in header] for row in rows)
    # Nothing but line ends: in a table separated by tabs, tabs at the end are empty cells.
    return text.rstrip("\n") + "\n" + out.getvalue()
