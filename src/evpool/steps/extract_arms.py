"""Step 1: which rows belong to an outcome, and which of them can't be used and why."""

import math
import re

from evpool.arms.checks import KNOWN_TO_LACK, N_RANGE, RESOLVED_BY, as_arm, check_rows, who
from evpool.arms.doses import add_doses
from evpool.arms.sentinels import CODES
from evpool.arms.timepoints import time_of_label
from evpool.cells import INTEGER, LONGEST, NUMBER, TRUTH
from evpool.columns import ARM_TABLE, AXIS, CONTRAST, EFFECTS, ORDER_STATISTICS, PIXELS
from evpool.errors import InputError, closest
from evpool.extraction.columns import ARMS, ESTIMATES, FIGURES, STUDIES
from evpool.extraction.table import matches, with_points
from evpool.history import flagged, noted, shown

DECLARED = {column.name for column in (*ARMS, *ESTIMATES, *FIGURES, *ARM_TABLE)}
COPIED = ("row_id", "study_id", "timepoint", "time", "time_unit", "n", "mean", "events", "unit")
COPIED += ("source", "measure", "estimate", "se", "variance", "ci_low", "ci_high", "p_value")
COPIED += (*ORDER_STATISTICS, "t_value", "baseline_mean", "baseline_sd", "baseline_unit")
COPIED += (
    "value_type",
    "n_t",
    "n_c",
    "error_lower",
    "error_upper",
    "reading_flags",
    "history",
    "flags",
)
COPIED += ("digitiser", *(column.name for column in (*PIXELS, *AXIS)))
TOLD = ("n", "mean", "error", "error_type", "events", "unit", "measure", "estimate", "se")
TOLD += ("variance", "ci_low", "ci_high", *ORDER_STATISTICS, "t_value", "p_value")
TOLD += ("baseline_mean", "baseline_sd", "baseline_unit", "value_type")
TOLD += ("timepoint", "time", "time_unit", "source")
SPREADS = ("q1", "min", "t_value", "p_value")  # with which a table needs neither sd nor error


def extract_arms(
    table,
    studies,
    review,
    outcome,
    wanted,
    *,
    kind,
    sd_rule,
    unusable="stop",
    doses=None,
    combine=(),
    missing_codes=CODES,
):
    """Take one outcome's arms, or its published estimates, out of a review's tables.

    Parameters
    ----------
    table, studies : InputTable
        What `delimited.read_input` made of arms.csv (or estimates.csv) and studies.csv.
    review, outcome : str
        The ids under which the rows are filed.
    wanted : dict
        The outcome's rows: column -> value, or list of values.
    kind : {'means', 'means_with_sham', 'counts', 'estimates'}
        What the outcome's measure is computed from.
    sd_rule : str
        A key of `arm_checks.RESOLVED_BY`: which arms without a known SD it can help.
    unusable : {'stop', 'ledger'}
        What to do with a row that can't be pooled.
    doses : dict, optional
        As in `doses.add_doses`: which column holds the dose, to be put on its axes.
    combine : sequence of dict
        As in `combined_arms.combine_declared`: where a comparison may have several arms of a role.
    missing_codes : sequence of float
        As `codes` in `sentinels.sentinel_problems`.

    Returns
    -------
    list of dict
        Rows of ARM_TABLE plus every study-level column; a row that can't be pooled as it is carries
        its reason code in `unusable`.

    Raises
    ------
    InputError
        If no row is wanted, or one of the outcome's rows can't be used; it names every problem of
        the file, those of other outcomes too, unless their rows hold another kind of data.
    """
    _require_columns(table, kind)
    own = select_rows(table, wanted, outcome)
    problems = check_rows(table, studies, kind, own, combine, missing_codes)
    own_lines = {row["line"] for row in own}
    resolved = (*RESOLVED_BY[sd_rule], *KNOWN_TO_LACK)
    stopping = [
        problem
        for problem in problems
        if problem.line in own_lines
        and (problem.reason is None or (unusable == "stop" and problem.reason not in resolved))
    ]
    if stopping:
        told = _of_this_kind(problems, table.rows, kind, own_lines)
        raise InputError(table.path, [p for p in told if p.reason not in resolved])
    # By who it is too: both arms of a comparison may stand in one row of an export.
    first = {(problem.line, problem.who): problem for problem in reversed(problems)}
    attributes = _study_attributes(own, studies)
    strangers = [name for name in table.header if name not in DECLARED]
    extras = _typed([{name: row[name] for name in strangers} for row in own], table.comma)
    place = {"review": review, "outcome": outcome, "source_file": table.path}
    rows = [
        {**attributes[row["study_id"]], **extra, **place, **_arm(row, _first(row, first))}
        for row, extra in zip(own, extras, strict=True)
    ]
    return add_doses(rows, doses) if doses else rows


def _first(row, problems):
    return problems.get((row["line"], who(row))) or problems.get((row["line"], ""))


def _of_this_kind(problems, rows, kind, own):
    """Leave out what is no problem for other outcomes: a mean beside counts, a sham beside none."""
    lacking, having = ("events", "mean") if kind == "counts" else ("mean", "events")
    strange = {row["line"] for row in rows if row.get(lacking) is None and row.get(having)}
    return [
        problem
        for problem in problems
        if problem.line in own
        or problem.reason is None
        or (problem.line not in strange and problem.reason != "sham_missing")
    ]


def _require_columns(table, kind):
    """Raise InputError if the table lacks a column that this kind of data needs."""
    header = set(table.header)
    strangers = [name for name in table.header if name not in DECLARED]
    missing = ["events"] if kind == "counts" and "events" not in header else []
    if kind.startswith("means"):
        missing += ["mean"] if not {"mean", "median"} & header else []
        missing += ["sd"] if not {"sd", "error", *SPREADS} & header else []
    problems = [
        f"column {name!r} is missing.{closest(name, strangers)} "
        f"The header has: {', '.join(table.header)}"
        for name in missing
    ]
    if problems:
        raise InputError(table.path, problems)


def select_rows(table, wanted, outcome):
    """Return the rows whose columns hold the wanted values.

    Raises
    ------
    InputError
        If a wanted column does not exist or no row matches.
    """
    for column in wanted:
        if column not in table.header:
            raise InputError(
                table.path,
                [
                    f"outcome {outcome!r} selects by column {column!r}, which the table lacks."
                    f"{closest(column, table.header)}"
                ],
            )
    rows = [row for row in table.rows if matches(row, wanted)]
    if rows:
        return rows
    asked = ", ".join(f"{column} = {value!r}" for column, value in wanted.items())
    there = "; ".join(f"{column}: {_values(table, column)}" for column in wanted)
    raise InputError(
        table.path,
        [
            f"outcome {outcome!r} has no rows: none has {asked}. The table has {there}. "
            f"Correct `rows` of the outcome in the review's config, or add the rows."
        ],
    )


def check_studies(studies, reserved=tuple(column.name for column in EFFECTS)):
    """Raise InputError if a study is listed twice or a column has a reserved name."""
    problems = [str(problem) for problem in studies.problems]
    seen = {}
    for row in studies.rows:
        first = seen.setdefault(row["study_id"], row["line"])
        if first != row["line"]:
            problems.append(
                f"row {row['line']}, column 'study_id' is {row['study_id']!r}: expected a study "
                f"once, but row {first} has it too. Remove one of the rows."
            )
    own = {column.name for column in STUDIES}
    problems += [
        f"column {name!r} has the name of a results column; rename it, for instance 'study_{name}'"
        for name in studies.header
        if name in (*reserved, *DECLARED) and name not in own
    ]
    if problems:
        raise InputError(studies.path, problems)


def _values(table, column):
    return ", ".join(dict.fromkeys(str(row[column]) for row in table.rows))


def _study_attributes(own, studies):
    used = {row["study_id"] for row in own}
    rows = [row for row in studies.rows if row["study_id"] in used]
    extras = [name for name in studies.header if name not in ("study_id", "label", "year")]
    typed = _typed([{name: row[name] for name in extras} for row in rows], studies.comma)
    kept = [{"label": row["label"], "year": row.get("year")} for row in rows]
    return {
        row["study_id"]: {**own, **extra} for row, own, extra in zip(rows, kept, typed, strict=True)
    }


def _arm(row, problem):
    row = as_arm(row)
    arm = {
        **{name: row.get(name) for name in COPIED},
        "comparison": row.get("comparison") or 1,
        "role": row.get("role", CONTRAST),
        "arm": row.get("arm"),
        "error": row["error"],
        "error_type": row.get("error_type"),
        "unusable": problem.reason if problem else None,
        "detail": problem.fault if problem else None,
    }
    told = ", ".join(f"{name} {shown(arm[name])}" for name in TOLD if arm[name] is not None)
    named = " ".join(filter(None, (arm["role"], arm["arm"])))
    arm = noted(arm, "extract", f"{named}: {told}")
    read = time_of_label(arm["timepoint"]) if arm["time"] is None else None
    if read:
        text = f"timepoint {arm['timepoint']} is read as {shown(read[0])} {read[1]}"
        arm = noted(arm, "extract", text, time=read[0], time_unit=read[1])
    if row.get("n_range"):
        text = f"n {row['n_range']} is a range: its lower end {shown(arm['n'])} is taken"
        arm = flagged(noted(arm, "extract", text), N_RANGE)
    return arm


def _typed(rows, comma):
    """Give each column of text the type all its filled cells show: integer, number or truth."""
    names = dict.fromkeys(name for row in rows for name in row)
    rows = with_points(rows, names) if comma else rows
    converters = {name: _converter([row[name] for row in rows]) for name in names}
    return [
        {name: None if value is None else converters[name](value) for name, value in row.items()}
        for row in rows
    ]


def _converter(texts):
    filled = [text for text in texts if text is not None]
    if not filled:
        return str
    if all(INTEGER.match(text) and not re.match(r"[+-]?0\d", text) for text in filled):
        return int if max(map(len, filled)) < LONGEST else str  # a longer one is a name
    if all(NUMBER.match(text) and math.isfinite(float(text)) for text in filled):
        return float
    if all(text.lower() in ("true", "false") for text in filled):
        return lambda text: TRUTH[text.lower()]
    return str
