"""Step 1: which rows belong to an outcome, and which of them can not be used and why."""

import re

from evpool.columns import ARMS, EFFECTS, STUDIES
from evpool.delimited import INTEGER, NUMBER, TRUTH, matches
from evpool.dispersion import CONVERTIBLE
from evpool.errors import InputError, Problem, closest

PAIR_KEY = ("study_id", "comparison", "outcome", "timepoint")


def extract_arms(arms, studies, review, outcome, wanted, unusable="stop"):
    """Take one outcome's arms out of a review's tables.

    Parameters
    ----------
    arms, studies : InputTable
        What `delimited.read_input` made of arms.csv and studies.csv.
    review, outcome : str
        The ids under which the rows are filed.
    wanted : dict
        The outcome's rows: column -> value, or list of values.
    unusable : {'stop', 'ledger'}
        What to do with a row whose n, mean or error can't be pooled.

    Returns
    -------
    list of dict
        Rows of ARM_TABLE plus every study-level column; a row that can't be pooled carries its
        reason code in `unusable` (only where `unusable` is 'ledger').

    Raises
    ------
    InputError
        If no row is wanted, or one of the outcome's rows can't be used; it names every problem of
        the file, those of other outcomes too.
    """
    own = select_rows(arms, wanted, outcome)
    problems = check_arms(arms, studies)
    set_aside = _unusable_lines(problems) if unusable == "ledger" else {}
    own_lines = {row["line"] for row in own}
    stopping = [p for p in problems if p.line in own_lines and p.line not in set_aside]
    if stopping:
        raise InputError(arms.path, problems)
    attributes = _study_attributes(own, studies)
    extras = _typed([{c: row[c] for c in _extra_columns(arms)} for row in own])
    return [
        {**attributes[row["study_id"]], **extra, **_arm(row, arms.path, review, outcome, set_aside)}
        for row, extra in zip(own, extras, strict=True)
    ]


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


def check_arms(arms, studies):
    """Return every Problem of an arms table, in the order of its rows."""
    problems = list(arms.problems)
    broken = {(problem.line, problem.column) for problem in problems}
    known = {row["study_id"] for row in studies.rows}
    for row in arms.rows:
        found = [*_study_problems(row, known), *_value_problems(row)]
        problems += [p for p in found if (p.line, p.column) not in broken]
    problems += _pairing_problems(arms.rows)
    return sorted(problems, key=lambda problem: problem.line)


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
        f"column {name!r} has the name of a results column; rename it"
        for name in studies.header
        if name in reserved and name not in own
    ]
    if problems:
        raise InputError(studies.path, problems)


def _values(table, column):
    return ", ".join(dict.fromkeys(str(row[column]) for row in table.rows))


def _who(row):
    parts = [row["study_id"], row.get("outcome"), row.get("timepoint"), row.get("role")]
    return ", ".join(str(part) for part in parts if part)


def _study_problems(row, known):
    if row["study_id"] and row["study_id"] not in known:
        hint = closest(row["study_id"], known)
        remedy = f"Add the study to studies.csv, or correct the id.{hint}"
        yield Problem(row["line"], "study_id", row["study_id"], "a study of studies.csv", remedy)


def _value_problems(row):
    def problem(column, expected, remedy, reason):
        value = row.get(column)
        return Problem(row["line"], column, value, expected, remedy, reason, _who(row))

    aside = "Correct it, or set `unusable_rows: ledger` in the review's config to leave it out."
    n = row["n"]
    if n is None:
        yield problem("n", "the number of animals in the arm", aside, "n_missing")
    elif n != int(n):
        yield problem("n", "a whole number of animals", aside, "n_not_whole")
    elif n < 2:
        yield problem("n", "at least 2 animals (one has no SD)", aside, "n_below_2")
    if row["mean"] is None:
        yield problem("mean", "the arm's mean", aside, "mean_missing")
    column, kind = ("sd", "sd") if _states_sd(row) else ("error", row.get("error_type"))
    if column == "error" and row.get("error") is not None and kind not in CONVERTIBLE:
        expected = f"an error type that gives an SD ({', '.join(CONVERTIBLE)})"
        yield problem("error_type", expected, aside, "error_type_not_convertible")
    elif row.get(column) is None:
        yield problem(column, "the arm's SD (or an error with its error_type)", aside, "sd_missing")
    elif row[column] <= 0:
        yield problem(column, f"a {kind} above 0", aside, "sd_not_positive")


def _states_sd(row):
    return row.get("sd") is not None or "error" not in row


def _pairing_problems(rows):
    """Each comparison needs one treatment arm and one control arm, and no arm twice."""
    pairs = {}
    for row in rows:
        pairs.setdefault(tuple(row.get(name) for name in PAIR_KEY), []).append(row)
    for members in pairs.values():
        yield from _repeated(members)
        roles = {
            role: [r for r in members if r["role"] == role] for role in ("treatment", "control")
        }
        for role, arms in roles.items():
            other = "control" if role == "treatment" else "treatment"
            if not arms and roles[other] and all(row["role"] for row in members):
                remedy = (
                    f"Add the {role} arm, or set `unusable_rows: ledger` to leave this one out."
                )
                for row in roles[other]:
                    yield Problem(
                        row["line"],
                        "role",
                        row["role"],
                        f"a {role} arm beside it",
                        remedy,
                        f"{role}_missing",
                        _who(row),
                    )
            for row in arms[1:]:
                remedy = "Number the comparisons of the study in a column 'comparison'."
                expected = f"one {role} arm in a comparison, but row {arms[0]['line']} is one too"
                yield Problem(row["line"], "role", role, expected, remedy, None, _who(row))


def _repeated(members):
    seen = {}
    for row in members:
        first = seen.setdefault(row["row_id"], row["line"])
        if first != row["line"]:
            expected = f"no row twice, but row {first} says the same"
            yield Problem(
                row["line"],
                "study_id",
                row["study_id"],
                expected,
                "Remove one of them.",
                None,
                _who(row),
            )


def _unusable_lines(problems):
    """Map each line that has nothing but reasons for the ledger to its first such problem."""
    fatal = {problem.line for problem in problems if problem.reason is None}
    lines = {}
    for problem in problems:
        if problem.line not in fatal:
            lines.setdefault(problem.line, problem)
    return lines


def _extra_columns(arms):
    declared = {column.name for column in ARMS}
    return [name for name in arms.header if name not in declared]


def _study_attributes(own, studies):
    used = {row["study_id"] for row in own}
    rows = [row for row in studies.rows if row["study_id"] in used]
    extras = [name for name in studies.header if name not in ("study_id", "label", "year")]
    typed = _typed([{name: row[name] for name in extras} for row in rows])
    kept = [{"label": row["label"], "year": row.get("year")} for row in rows]
    return {
        row["study_id"]: {**own, **extra} for row, own, extra in zip(rows, kept, typed, strict=True)
    }


def _arm(row, path, review, outcome, set_aside):
    problem = set_aside.get(row["line"])
    states_sd = _states_sd(row)
    return {
        "review": review,
        "outcome": outcome,
        "source_file": path,
        "row_id": row["row_id"],
        "study_id": row["study_id"],
        "comparison": row.get("comparison") or 1,
        "timepoint": row.get("timepoint"),
        "role": row["role"],
        "arm": row.get("arm"),
        "n": row["n"],
        "mean": row["mean"],
        "error": row.get("sd") if states_sd else row["error"],
        "error_type": "sd" if states_sd else row["error_type"],
        "unit": row.get("unit"),
        "source": row.get("source"),
        "unusable": problem.reason if problem else None,
        "detail": str(problem) if problem else None,
    }


def _typed(rows):
    """Give each column of text the type all its filled cells show: integer, number or truth."""
    names = dict.fromkeys(name for row in rows for name in row)
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
        return int
    if all(NUMBER.match(text) for text in filled):
        return float
    if all(text.lower() in ("true", "false") for text in filled):
        return lambda text: TRUTH[text.lower()]
    return str
