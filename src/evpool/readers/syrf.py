"""SyRF's quantitative export: one row a cohort, outcome, time and investigator."""

from dataclasses import dataclass, replace
from datetime import datetime

from evpool.errors import closest
from evpool.readers.model import ArmReading, Readings, Report, add_flags, value_flags
from evpool.readers.source import named_columns, number

PROGRAM = "SyRF"
ALIASES = {
    "study": ("StudyId",),
    "reconciled": ("Reconciled",),
    "investigator": ("InvestigatorName", "InvestigatorId", "InvestigatorId(s)"),
    "entered": ("DateTimeDataEntered",),
    "experiment": ("ExperimentLabel",),
    "cohort": ("CohortLabel",),
    "n": ("NumberOfAnimals",),
    "model_control": ("IsDiseaseModelControl",),
    "model_id": ("DiseaseModelId(s)",),
    "model": ("DiseaseModelLabel(s)",),
    "treatment_control": ("IsTreatmentControl",),
    "treatment_id": ("TreatmentId(s)",),
    "treatment": ("TreatmentLabel(s)",),
    "outcome": ("OutcomeLabel",),
    "time": ("TimeInMinute", "TimeInMinutes"),
    "average": ("OutcomeAverage",),
    "average_type": ("OutcomeAverageType",),
    "unit": ("OutcomeUnit",),
    "error": ("OutcomeError",),
    "error_type": ("ErrorType", "OutcomeErrorType"),
    "authors": ("Authors",),
    "year": ("Year",),
    "title": ("Title",),
}
OPTIONAL = {"reconciled", "investigator", "model_id", "model", "treatment_id", "unit", "experiment"}
OPTIONAL |= {"authors", "year", "title"}
AVERAGES = ("mean", "median", "mode")
ERRORS = ("sd", "sem", "iqr")
SENTINELS = (999, 9999, 0, -1)
TRIPLES = (
    ("model_control", "model_id", "model"),
    ("treatment_control", "treatment_id", "treatment"),
)
CORRECT = "Correct it in SyRF and export again."


@dataclass(frozen=True)
class _Row:
    """One row: its arm, what it is of, and when which investigator agreed on it."""

    arm: ArmReading
    key: tuple
    reconciled: bool
    entered: datetime | None


def recognises(source):
    """Tell an export by its header."""
    return {"StudyId", "CohortLabel", "OutcomeAverage"} <= set(source.header)


def read(source):
    """Read the arms of an export; nothing is converted, merged or dropped.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Readings
        Rows that a later reconciled row replaces are flagged `superseded`.

    Raises
    ------
    InputError
        If a column is missing.
    """
    header = source.cells[0][1]
    places = named_columns(header, ALIASES)
    missing = [name for name in ALIASES if name not in places and name not in OPTIONAL]
    if missing:
        lacking = ", ".join(ALIASES[name][0] for name in missing)
        problem = f"columns missing: {lacking}.{closest(ALIASES[missing[0]][0], header)}"
        raise source.error("the header", problem, "Export the quantitative data again.")
    own = [i for i, name in enumerate(header) if "reconcil" in name.casefold()]
    rows, reports = [], []
    for line, cells in source.cells[1:]:
        if len(cells) != len(header):
            problem = f"{len(cells)} cells, where the header has {len(header)}"
            reports.append(Report(f"row {line}", problem, "Export it again.", 1))
            continue
        row = {name: cells[place] for name, place in places.items()}
        agreed = any(cells[i].casefold() == "true" for i in own)
        found = _row(source, line, row, agreed)
        (reports if isinstance(found, Report) else rows).append(found)
    return Readings(source.path, PROGRAM, tuple(_mark_superseded(rows)), tuple(reports))


def _row(source, line, row, reconciled):
    """Return the _Row of one line, or the Report of its first fault."""
    item = f"row {line}"
    for name in ("average", "error", "n", "time"):
        if (row[name] or name == "average") and number(row[name]) is None:
            problem = f"{ALIASES[name][0]} is {row[name]!r}, not a number"
            return Report(item, problem, CORRECT, 1)
    kinds = {}
    for name, known in (("average_type", AVERAGES), ("error_type", ERRORS)):
        kinds[name] = row[name].casefold() or None
        if kinds[name] is not None and kinds[name] not in known:
            problem = f"{ALIASES[name][0]} is {row[name]!r}, not one of {', '.join(known)}"
            return Report(item, problem, CORRECT, 1)
    try:
        role, flags = _role(row)
    except ValueError as error:
        return Report(item, str(error), CORRECT, 1)
    arm = _arm(source, item, row, kinds, role, flags)
    arm = replace(arm, flags=add_flags(arm.flags, "reconciled")) if reconciled else arm
    key = tuple(row.get(name) for name in ("study", "experiment", "cohort", "outcome", "time"))
    return _Row(arm, key, reconciled, _date(row["entered"]))


def _arm(source, item, row, kinds, role, flags):
    mean, error, n = (number(row[name]) for name in ("average", "error", "n"))
    flags = {*flags, *source.flags}
    if n in SENTINELS:
        n, flags = None, flags | {"n_sentinel"}
    if kinds["error_type"] == "iqr":
        flags = flags | {"iqr_width_unclear"}
    return ArmReading(
        source.path,
        item,
        mean,
        study=row["study"],
        outcome=row["outcome"],
        time=number(row["time"]),
        arm=row["cohort"],
        label=row["cohort"],
        role=role,
        n=n,
        centre_type=kinds["average_type"],
        error=error,
        error_type=kinds["error_type"] or "unknown",
        unit=row.get("unit") or None,
        digitiser=row.get("investigator") or None,
        about=(
            ("experiment", row.get("experiment", "")),
            ("label", _label(row)),
            ("year", row.get("year", "")),
        ),
        flags=value_flags(mean, error, flags),
    )


def _label(row):
    """Name a study by its first author and year, else by its title."""
    first = row.get("authors", "").split(";")[0].split(",")[0].strip()
    surname = " ".join(part for part in first.split() if not part.isupper()) or first
    return f"{surname} {row.get('year', '')}".strip() if surname else row.get("title", "")


def _role(row):
    """Return (role, flags): None and 'role_unclear' where control and treatment are mixed."""
    for triple in TRIPLES:
        counts = {len(row[name].split(";")) for name in triple if row.get(name)}
        if len(counts) > 1:
            raise ValueError(f"the parts of {ALIASES[triple[0]][0]} and its labels don't align")
    model, treatment = _truths(row, "model_control"), _truths(row, "treatment_control")
    sham = all(model)  # an animal without a disease model has no cells there
    if any(treatment) and not all(treatment):
        return None, ("role_unclear",)
    if treatment and not any(treatment):
        return (None, ("role_unclear",)) if sham else ("treatment", ())
    return ("sham" if sham else "control"), ()


def _truths(row, name):
    parts = [part.strip().casefold() for part in row[name].split(";") if row[name]]
    if not set(parts) <= {"true", "false"}:
        raise ValueError(f"{ALIASES[name][0]} is {row[name]!r}, not True or False")
    return [part == "true" for part in parts]


def _date(text):
    for form in (None, "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"):
        try:
            return datetime.strptime(text, form) if form else datetime.fromisoformat(text)
        except ValueError:
            continue
    return None


def _mark_superseded(rows):
    """Flag the rows of a cohort, outcome and time of which a (later) reconciled row exists."""
    last = {}
    for row in rows:
        best = last.get(row.key)
        if row.reconciled and (best is None or _time(row) > _time(best)):
            last[row.key] = row
    return [
        row.arm
        if last.get(row.key) in (None, row)
        else replace(row.arm, flags=add_flags(row.arm.flags, "superseded"))
        for row in rows
    ]


def _time(row):
    return row.entered.replace(tzinfo=None) if row.entered else datetime.min
