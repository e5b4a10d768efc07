"""Whole exports of review programs (SyRF, RevMan) as a table of arms and a table of studies.

An export holds no numbers of comparisons, so they are given here: each treated cohort of a study
and outcome is a comparison, and a control (or sham) that serves several is repeated in each.
"""

import re
from dataclasses import dataclass

from evpool.errors import Problem
from evpool.extraction.table import InputTable, checked_table, row_digest
from evpool.readers import read_figure

STUDY_COLUMNS = ("label", "year")
ARM_COLUMNS = (
    *("study_id", "comparison", "outcome", "time", "time_unit", "role", "arm", "n", "mean"),
    *("median", "error", "error_type", "unit", "source", "digitiser", "reading_flags"),
)
PROGRAM_COLUMNS = {"SyRF": ("experiment",), "RevMan": ("analysis", "subgroup")}
SUPERSEDED = "a later reconciled row of the same cohort, outcome and time replaces it"
UNCLEAR = "Say in SyRF which cohorts are controls and export again, or set `unusable_rows: ledger`."


@dataclass(frozen=True)
class UnreadRow(Problem):
    """A row of an export that can't be read, in its reader's words."""

    def __str__(self):
        return self.expected


def split_export(path):
    """Turn an export into a header and rows of text, as `delimited` makes them from a CSV.

    Parameters
    ----------
    path : str or Path
        A SyRF quantitative export, or RevMan's .rm5, CSV or data package.

    Returns
    -------
    header : list of str
        Columns of ARMS, of the program, and `label` and `year` of the study.
    rows : list of (int, list of str)
        The arm's row in the file (in an .rm5: which data row it is of), and its cells. Numbers are
        those of the file, unchanged.

    Raises
    ------
    InputError
        If the file can't be read.
    """
    readings = read_figure(path)
    header = [*ARM_COLUMNS, *PROGRAM_COLUMNS[readings.program], *STUDY_COLUMNS]
    rows = [
        (line, [cells.get(name, "") for name in header])
        for line, cells in _numbered(_lines(readings.arms))
    ]
    return header, rows


def read_export(path, columns):
    """Read an export as a table of arms.

    Parameters
    ----------
    path : str or Path
        As in `split_export`.
    columns : tuple of Column
        The declared columns of arms.

    Returns
    -------
    InputTable
        Its `problems` hold the rows that can't be read; its `aside` those that are not read for a
        reason that is no fault: another type of outcome, a row that was reconciled.
    """
    table = checked_table(path, *split_export(path), columns)
    readings = read_figure(path)
    problems = [_with_reason(problem) for problem in table.problems]
    aside = []
    for report in readings.reported:
        if report.skipped:
            aside.append(_aside("other_type", report.item, report.problem))
        else:
            line = _line(report.item, 0)
            problems.append(UnreadRow(line, "", report.item, str(report), report.remedy))
    for arm in readings.arms:
        if "superseded" in arm.flags:
            known = {"study_id": arm.study, "outcome": arm.outcome, "role": arm.role}
            aside.append(_aside("superseded", arm.source_item, SUPERSEDED, **known, arm=arm.arm))
    header = tuple(name for name in table.header if name not in STUDY_COLUMNS)
    rows = [{name: row[name] for name in row if name not in STUDY_COLUMNS} for row in table.rows]
    return InputTable(table.path, header, rows, problems, tuple(aside))


def studies_of(path, columns):
    """Read the studies of an export as a table of studies, one row a study.

    Parameters
    ----------
    path : str or Path
        As in `split_export`.
    columns : tuple of Column
        The declared columns of studies.

    Returns
    -------
    InputTable
    """
    table = checked_table(path, *split_export(path), columns)
    names = ("study_id", *STUDY_COLUMNS)
    first = {}
    for row in table.rows:
        kept = {name: row[name] for name in ("line", "row_id", *names)}
        first.setdefault(row["study_id"], kept | {"label": row["label"] or row["study_id"]})
    lines = {row["line"] for row in first.values()}
    problems = [p for p in table.problems if p.line in lines and p.column in ("study_id", "year")]
    return InputTable(table.path, names, list(first.values()), problems)


def _lines(arms):
    """Return (line, arm) of the arms that count: a RevMan row holds two."""
    return [
        (_line(arm.source_item, 1 + place // 2), arm)
        for place, arm in enumerate(arms)
        if "superseded" not in arm.flags
    ]


def _line(item, otherwise):
    found = re.match(r"row (\d+)", item)
    return int(found[1]) if found else otherwise


def _numbered(lines):
    """Return (line, cells) of every arm in every comparison that it serves."""
    numbers, treated = {}, {}
    for line, arm in lines:
        if arm.role == "treatment":
            known = numbers.setdefault((arm.study, arm.outcome), {})
            # A RevMan row is a comparison; a SyRF cohort is one at all its times.
            own = line if _value(arm, "analysis") else (_value(arm, "experiment"), arm.arm)
            number = known.setdefault(own, len(known) + 1)
            treated.setdefault(_place(line, arm), set()).add(number)
    rows = []
    for line, arm in lines:
        if arm.role == "treatment":
            own = line if _value(arm, "analysis") else (_value(arm, "experiment"), arm.arm)
            serves = [numbers[arm.study, arm.outcome][own]]
        else:
            serves = sorted(treated.get(_place(line, arm), {1}))
        rows += [(line, _cells(arm, number)) for number in serves]
    return rows


def _place(line, arm):
    """Name what an arm can be compared within: a RevMan row; an experiment's outcome and time."""
    if _value(arm, "analysis"):
        return line
    return arm.study, _value(arm, "experiment"), arm.outcome, arm.time


def _value(arm, name):
    return dict(arm.about).get(name, "")


def _cells(arm, number):
    kind = "median" if arm.centre_type == "median" else "mean"
    cells = {
        "study_id": arm.study,
        "comparison": number,
        "outcome": arm.outcome,
        "time": arm.time,
        "time_unit": "min" if arm.time is not None else None,
        "role": arm.role,
        "arm": arm.arm,
        "n": arm.n,
        kind: arm.centre if arm.centre_type in ("mean", "median", None) else None,
        "error": arm.error,
        "error_type": arm.error_type,
        "unit": arm.unit,
        "source": arm.source_item,
        "digitiser": arm.digitiser,
        "reading_flags": "; ".join(arm.flags),
        **dict(arm.about),
    }
    cells.setdefault("label", arm.study)
    return {name: _text(value) for name, value in cells.items()}


def _text(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _with_reason(problem):
    """Let a review set aside an arm whose role the export leaves open."""
    if problem.column != "role" or problem.value:
        return problem
    expected = "treatment or control, which the export doesn't tell"
    return Problem(problem.line, "role", None, expected, UNCLEAR, "role_unclear")


def _aside(reason, item, detail, **known):
    row_id = row_digest(("item", "detail"), (item, detail))
    return {"row_id": row_id, "reason": reason, "detail": f"{item}: {detail}", **known}
