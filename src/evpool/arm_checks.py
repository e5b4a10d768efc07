"""What can be wrong with typed arms and published estimates: every problem, with its place.

A Problem with a `reason` is one that a review may set aside on the ledger; without, the table must
be corrected.
"""

from evpool.dispersion import CONVERTIBLE
from evpool.errors import Problem, closest

PAIR_KEY = ("study_id", "comparison", "outcome", "timepoint", "time", "time_unit")
PARTNERS = {"means": ("treatment", "control"), "counts": ("treatment", "control")}
PARTNERS["means_with_sham"] = ("treatment", "control", "sham")
# What the table itself says is not known: such an arm never stops the run. Unless the review's rule
# resolves it, it goes to the ledger.
UNKNOWN_BAR = "error_type_unknown"
NO_BAR = "no_error_bar"
KNOWN_TO_LACK = (UNKNOWN_BAR, NO_BAR)
# Reasons that a rule for unknown SDs resolves: such an arm is neither refused nor set aside.
RESOLVED_BY = {
    "exclude": (),
    "assume_sem": (UNKNOWN_BAR,),
    "assume_sd": (UNKNOWN_BAR,),
    "impute_cv": (*KNOWN_TO_LACK, "sd_missing"),
}
ASIDE = "Correct it, or set `unusable_rows: ledger` in the review's config to leave it out."


def check_rows(table, studies, kind, own=()):
    """Return every Problem of a table of arms or of published estimates, in its rows' order.

    Parameters
    ----------
    table, studies : InputTable
        The typed tables.
    kind : {'means', 'means_with_sham', 'counts', 'estimates'}
        What the outcome's measure is computed from.
    own : list of dict
        The rows that the outcome takes; each of their comparisons must be whole among them.

    Returns
    -------
    list of Problem
    """
    problems = list(table.problems)
    broken = {(problem.line, problem.column) for problem in problems}
    known = {row["study_id"] for row in studies.rows}
    check_values = {"counts": _count_problems, "estimates": _estimate_problems}
    unread = {problem.line for problem in table.problems if problem.column == "file"}
    for row in table.rows:
        values = () if row["line"] in unread else check_values.get(kind, _mean_problems)(row)
        found = [*_study_problems(row, known), *values]
        problems += [p for p in found if (p.line, p.column) not in broken]
    problems += _repeated(table.rows)
    if kind in PARTNERS:
        lines = {row["line"] for row in own}
        everywhere = _pairing_problems(table.rows, PARTNERS[kind])
        problems += _pairing_problems(own, PARTNERS[kind])
        problems += [problem for problem in everywhere if problem.line not in lines]
    return sorted(problems, key=lambda problem: problem.line)


def states_sd(row):
    """Tell whether a row gives its spread as an SD rather than as an error of some type."""
    return row.get("sd") is not None or row.get("error") is None


def who(row):
    """Name a row by its study, outcome, time and role."""
    parts = [row["study_id"], row.get("outcome"), row.get("timepoint"), row.get("role")]
    return ", ".join(str(part) for part in parts if part)


def _problem(row, column, expected, reason, remedy=ASIDE):
    return Problem(row["line"], column, row.get(column), expected, remedy, reason, who(row))


def _study_problems(row, known):
    if row["study_id"] and row["study_id"] not in known:
        remedy = (
            f"Add the study to studies.csv, or correct the id.{closest(row['study_id'], known)}"
        )
        yield Problem(row["line"], "study_id", row["study_id"], "a study of studies.csv", remedy)


def _animal_problems(row, fewest, why=""):
    n = row["n"]
    if n is None:
        yield _problem(row, "n", "the number of animals in the arm", "n_missing")
    elif n != int(n):
        yield _problem(row, "n", "a whole number of animals", "n_not_whole")
    elif n < fewest:
        animals = f"at least {fewest} animal{'s' if fewest > 1 else ''}{why}"
        yield _problem(row, "n", animals, f"n_below_{fewest}")


def _mean_problems(row):
    yield from _animal_problems(row, 2, " (one has no SD)")
    if row.get("mean") is None:
        yield _problem(row, "mean", "the arm's mean", "mean_missing")
    if states_sd(row):
        column, kind = "sd", "sd"
    else:
        column, kind = "error", row.get("error_type")
    if row.get(column) is None and row.get("error_type") == "none":
        yield _problem(row, "error_type", "an error bar, for without one there is no SD", NO_BAR)
    elif row.get(column) is None:
        expected = "the arm's SD (or an error with its error_type)"
        yield _problem(row, column, expected, "sd_missing")
    elif row[column] <= 0:
        yield _problem(row, column, f"a {kind or 'spread'} above 0", "sd_not_positive")
    elif kind is None:
        remedy = "Write what the bar shows, or 'unknown' if the paper does not say."
        yield _problem(row, "error_type", "what the error is", "error_type_missing", remedy)
    elif kind == "none":
        expected = "no error beside the error_type 'none'"
        yield _problem(row, "error", expected, "error_contradicts_type")
    elif kind == "unknown":
        remedy = "Find out what the bar shows, or choose an `sd_rule` for unknown error bars."
        yield _problem(row, "error_type", "what the error is", UNKNOWN_BAR, remedy)
    elif kind not in CONVERTIBLE:
        expected = f"an error type that gives an SD ({', '.join(CONVERTIBLE)})"
        yield _problem(row, "error_type", expected, "error_type_not_convertible")


def _count_problems(row):
    yield from _animal_problems(row, 1)
    events, n = row.get("events"), row["n"]
    if events is None:
        yield _problem(row, "events", "the number of animals with the event", "events_missing")
    elif events != int(events) or events < 0 or (n is not None and events > n):
        yield _problem(row, "events", "a whole number from 0 to n", "events_impossible")


def _estimate_problems(row):
    spread = [name for name in ("se", "variance", "p_value") if row.get(name) is not None]
    limits = row.get("ci_low") is not None and row.get("ci_high") is not None
    if row["estimate"] is None and not limits:
        yield _problem(row, "estimate", "the published effect", "estimate_missing")
    elif not spread and not limits:
        expected = "an se, a variance, ci_low and ci_high, or a p_value"
        yield _problem(row, "se", expected, "spread_missing")
    if limits and row["ci_low"] >= row["ci_high"]:
        yield _problem(row, "ci_low", "a limit below ci_high", "interval_impossible")
    elif limits and not row["ci_low"] <= _or(row["estimate"], row["ci_low"]) <= row["ci_high"]:
        expected = "an estimate inside its own interval"
        yield _problem(row, "estimate", expected, "interval_impossible")
    for name in ("se", "variance"):
        if row.get(name) is not None and row[name] <= 0:
            yield _problem(row, name, "a value above 0", "spread_not_positive")
    if row.get("p_value") is not None and not 0 < row["p_value"] < 1:
        yield _problem(row, "p_value", "a value between 0 and 1", "p_value_impossible")


def _or(value, otherwise):
    return otherwise if value is None else value


def _pairing_problems(rows, partners):
    """Each comparison needs one arm of each role."""
    pairs = {}
    for row in rows:
        pairs.setdefault(tuple(row.get(name) for name in PAIR_KEY), []).append(row)
    for members in pairs.values():
        roles = {role: [r for r in members if r["role"] == role] for role in partners}
        for role, arms in roles.items():
            if not arms and all(row["role"] for row in members):
                yield from _missing_partner(members, role)
            for row in arms[1:]:
                if row["row_id"] != arms[0]["row_id"]:
                    expected = (
                        f"one {role} arm in a comparison, but row {arms[0]['line']} is one too"
                    )
                    remedy = "Number the comparisons of the study in a column 'comparison'."
                    if row.get("digitiser") != arms[0].get("digitiser"):
                        remedy = "Reconcile the two, or take one's: `rows: {digitiser: ...}`."
                    yield _problem(row, "role", expected, None, remedy)


def _missing_partner(members, role):
    remedy = f"Add the {role} arm, or set `unusable_rows: ledger` to leave this one out."
    for row in members:
        if row["role"] != "sham":
            yield _problem(row, "role", f"a {role} arm beside it", f"{role}_missing", remedy)


def _repeated(rows):
    seen = {}
    for row in rows:
        first = seen.setdefault(row["row_id"], row["line"])
        if first != row["line"]:
            expected = f"no row twice, but row {first} says the same"
            yield _problem(row, "study_id", expected, None, "Remove one of them.")
