"""What can be wrong with typed arms and published estimates: every problem, with its place.

A Problem with a `reason` is one that a review may set aside on the ledger; without, the table must
be corrected.
"""

from functools import partial
from itertools import pairwise

from evpool.arms.combined import is_combined
from evpool.arms.dispersion import CONVERTIBLE
from evpool.arms.sentinels import CODES, sentinel_problems
from evpool.arms.sentinels import REASON as SENTINEL
from evpool.arms.spread import source_of_sd, tells_by_test
from evpool.errors import Problem, closest
from evpool.extraction.columns import ENDS

PAIR_KEY = ("study_id", "outcome", "timepoint", "time", "time_unit")
RISING = ("min", "q1", "median", "q3", "max")
PARTNERS = {"means": ("treatment", "control"), "counts": ("treatment", "control")}
PARTNERS["means_with_sham"] = ("treatment", "control", "sham")
# What the table itself says is not known: such an arm never stops the run. Unless the review's rule
# resolves it, it goes to the ledger.
N_RANGE = "n_lower_end"
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
SAME_FOR_READERS = ("arm", "n", "error_type", "unit", "centre")
ASIDE = "Correct it, or set `unusable_rows: ledger` in the review's config to leave it out."


def check_rows(table, studies, kind, own=(), combine=(), codes=CODES):
    """Return every Problem of a table of arms or of published estimates, in its rows' order.

    Parameters
    ----------
    table, studies : InputTable
        The typed tables.
    kind : {'means', 'means_with_sham', 'counts', 'estimates'}
        What the outcome's measure is computed from.
    own : list of dict
        The rows that the outcome takes; each of their comparisons must be whole among them.
    combine : sequence of dict
        The `study_id`s, and perhaps `comparison`s, whose arms of one role will be taken together.
    codes : sequence of float
        Which numbers stand for a missing value.

    Returns
    -------
    list of Problem
    """
    problems = list(table.problems)
    broken = {(problem.line, problem.column) for problem in problems}
    known = {row["study_id"] for row in studies.rows}
    check_values = {"counts": _count_problems, "estimates": _estimate_problems}
    unread = {problem.line for problem in table.problems if problem.column == "file"}
    tested = _tested(table.rows)
    for row in table.rows:
        check = check_values.get(kind) or partial(_mean_problems, tested=tested)
        values = () if row["line"] in unread else check(row)
        found = [*_study_problems(row, known), *_number_problems(row), *values]
        problems += [p for p in found if (p.line, p.column) not in broken]
    problems += _repeated(table.rows)
    problems = without_repeats([*sentinel_problems(table.rows, who, codes), *problems])
    if kind.startswith("means"):
        problems += _test_problems(tested)
    if kind == "estimates":
        problems += _several_estimates(own)
    if kind in PARTNERS:
        lines = {row["line"] for row in own}
        everywhere = _pairing_problems(table.rows, PARTNERS[kind], combine)
        problems += _pairing_problems(own, PARTNERS[kind], combine)
        problems += [problem for problem in everywhere if problem.line not in lines]
    return sorted(problems, key=lambda problem: problem.line)


def without_repeats(problems):
    """Keep the first problem of each cell: what a code for a missing value breaks is no second."""
    seen, kept = set(), []
    codes = {(p.line, p.column, p.who) for p in problems if p.reason == SENTINEL}
    for problem in problems:
        cell = (problem.line, problem.column, problem.who)
        if cell not in codes or cell not in seen:
            kept.append(problem)
        seen.add(cell)
    return kept


def as_arm(row):
    """Return a typed row with its spread as `error` and `error_type`, as ARM_TABLE has it."""
    if not states_sd(row):
        return row
    return {**row, "error": row.get("sd"), "error_type": "sd"}


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


def _number_problems(row):
    if row.get("comparison") is not None and row["comparison"] < 1:
        remedy = "Number the comparisons from 1; an empty cell is comparison 1."
        yield _problem(row, "comparison", "a number from 1", None, remedy)


def _animal_problems(row, fewest, why=""):
    n = row["n"]
    if n is None:
        yield _problem(row, "n", "the number of animals in the arm", "n_missing")
    elif n != int(n):
        yield _problem(row, "n", "a whole number of animals", "n_not_whole")
    elif n < fewest:
        animals = f"at least {fewest} animal{'s' if fewest > 1 else ''}{why}"
        yield _problem(row, "n", animals, f"n_below_{fewest}")


def _mean_problems(row, tested):
    yield from _animal_problems(row, 2, " (one has no SD)")
    yield from _order_problems(row)
    yield from _second_spread_problems(row)
    source = source_of_sd(as_arm(row))
    if row.get("mean") is None and source != "order_statistics":
        expected = "the arm's mean (or its median with q1 and q3, or min and max)"
        yield _problem(row, "mean", expected, "mean_missing")
    column = "sd" if states_sd(row) else "error"
    if source == "error" or (row.get(column) is not None and row[column] <= 0):
        if row[column] <= 0:
            kind = row.get("error_type") if column == "error" else "sd"
            yield _problem(row, column, f"a {kind or 'spread'} above 0", "sd_not_positive")
    elif source is None and not (_pair(row) in tested and row["role"] in PARTNERS["means"]):
        yield from _missing_sd_problems(row, column)


def _second_spread_problems(row):
    """What stands in `sd` is an SD: the cells beside it may not say that it is something else."""
    if row.get("sd") is None:
        return
    remedy = "Move the value of 'sd' to 'error', or empty 'error' and 'error_type'."
    if row.get("error_type") not in (None, "sd"):
        yield _problem(row, "error_type", "sd, or nothing, beside an 'sd'", None, remedy)
    elif row.get("error") not in (None, row["sd"]):
        expected = f"nothing beside the sd {row['sd']:.6g}, or the same"
        yield _problem(row, "error", expected, None, remedy)


def _missing_sd_problems(row, column):
    """Say why a row without an SD, or numbers that give one, has none."""
    kind = row.get("error_type")
    if row.get(column) is None and kind == "none":
        yield _problem(row, "error_type", "an error bar, for without one there is no SD", NO_BAR)
    elif row.get(column) is None:
        yield _problem(row, *_lacking_spread(row, column), "sd_missing")
    elif kind is None:
        remedy = "Write what the bar shows, or 'unknown' if the paper does not say."
        yield _problem(row, "error_type", "what the error is", "error_type_missing", remedy)
    elif kind == "none":
        expected = "no error beside the error_type 'none'"
        yield _problem(row, "error", expected, "error_contradicts_type")
    elif kind == "unknown":
        remedy = "Find out what the bar shows, or choose an `sd_rule` for unknown error bars."
        yield _problem(row, "error_type", "what the error is", UNKNOWN_BAR, remedy)
    else:
        ends = " and ".join(ENDS[kind])
        expected = f"both ends beside it ({ends}), or another type ({', '.join(CONVERTIBLE)})"
        yield _problem(row, "error_type", expected, "error_type_not_convertible")


def _lacking_spread(row, column):
    """Return the column that should hold a spread, and what was expected there."""
    ends = row.get("error_lower"), row.get("error_upper")
    if None not in ends:
        unequal = f"its ends, {ends[0]:.6g} and {ends[1]:.6g}, say two things of the mean"
        return "error", f"a bar of one length; {unequal} {row['mean']:.6g}: a log axis or a range?"
    if row.get("file"):
        return "error", "the tip of an error bar in the figure (or error_type 'none')"
    return column, "the arm's SD (or an error with its error_type)"


def _order_problems(row):
    """Order statistics come in pairs and rise; a mean lies between the extremes."""
    for low, high in ENDS.values():
        if (row.get(low) is None) != (row.get(high) is None):
            lacking = low if row.get(low) is None else high
            beside = high if lacking == low else low
            yield _problem(row, lacking, f"a value beside {beside}", "order_statistics_impossible")
        elif row.get(low) is not None and row[low] == row[high]:
            expected = f"a value different from {low}; equal ones give no SD"
            yield _problem(row, high, expected, "order_statistics_impossible")
    rising = [(name, row[name]) for name in RISING if row.get(name) is not None]
    for (_, before), (name, value) in pairwise(rising):
        if value < before:
            expected = "min <= q1 <= median <= q3 <= max"
            yield _problem(row, name, expected, "order_statistics_impossible")
    lowest, mean, highest = (row.get(name) for name in ("min", "mean", "max"))
    if None not in (lowest, mean, highest) and not lowest <= mean <= highest:
        yield _problem(row, "mean", "a mean from min to max", "order_statistics_impossible")


def _tested(rows):
    """Return the comparisons whose treated arm states a t or P value: key -> the arms."""
    pairs = {}
    for row in rows:
        pairs.setdefault(_pair(row), []).append(row)
    return {
        key: members
        for key, members in pairs.items()
        if any(row.get("role") == "treatment" and tells_by_test(row) for row in members)
    }


def _test_problems(tested):
    """Say why a test can't give an SD, where an arm needs it for one."""
    for members in tested.values():
        if all(source_of_sd(as_arm(row)) for row in members if row["role"] in PARTNERS["means"]):
            continue
        controls = [row.get("mean") for row in members if row["role"] == "control"]
        for row in members:
            t, p = row.get("t_value"), row.get("p_value")
            if row["role"] != "treatment" or not tells_by_test(row):
                continue
            if t == 0:
                yield _problem(row, "t_value", "a t that is not 0", "t_value_impossible")
            elif t is None and not 0 < p < 1:
                expected = "the exact two-sided P value, between 0 and 1"
                yield _problem(row, "p_value", expected, "p_value_impossible")
            elif row.get("mean") in controls:
                expected = "a mean other than the control's, or the test says nothing of the SD"
                yield _problem(row, "mean", expected, "test_says_nothing")


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
    for name in ("n_t", "n_c"):
        if row.get(name) is not None and (row[name] < 1 or row[name] != int(row[name])):
            yield _problem(row, name, "a whole number of animals, 1 or more", "n_impossible")


def _pair(row):
    """Name a comparison at one time; one without a number is the study's first."""
    return row.get("comparison") or 1, *(row.get(name) for name in PAIR_KEY)


def _or(value, otherwise):
    return otherwise if value is None else value


def _pairing_problems(rows, partners, combine):
    """Each comparison needs one arm of each role."""
    pairs = {}
    for row in rows:
        pairs.setdefault(_pair(row), []).append(row)
    for members in pairs.values():
        roles = {role: [r for r in members if r["role"] == role] for role in partners}
        for role, arms in roles.items():
            if not arms and all(row["role"] for row in members):
                yield from _missing_partner(members, role)
            combined = any(is_combined(row, item) for row in arms[:1] for item in combine)
            groups = _by_name(arms) if combined else [arms]
            for group in groups:
                yield from _several_arms(group, role, combined)


def _by_name(arms):
    named = {}
    for row in arms:
        named.setdefault(row.get("arm"), []).append(row)
    return named.values()


def _several_arms(arms, role, combined):
    """A second arm of a role must be what another digitiser read of the first, or be combined."""
    readers = [row.get("digitiser") for row in arms]
    if all(readers) and len({*readers}) == len(readers):
        for row in arms[1:]:
            yield from _reader_conflicts(arms[0], row)
        return
    for row in () if combined else arms[1:]:
        if row["row_id"] != arms[0]["row_id"]:
            expected = f"one {role} arm in a comparison, but row {arms[0]['line']} is one too"
            remedy = "Number the comparisons of the study in a column 'comparison'"
            if "digitiser" in row:
                remedy += ", say in 'digitiser' which two people read the same arm"
            remedy += ", or name the study under the outcome's `combine`."
            yield _problem(row, "role", expected, None, remedy)


def _reader_conflicts(first, row):
    """What is not read off the figure must be the same for two digitisers of one arm."""
    for name in SAME_FOR_READERS:
        if row.get(name) != first.get(name):
            expected = (
                f"{first.get(name)!r}, as {first['digitiser']} has in row {first['line']} for the "
                "same arm"
            )
            remedy = "Look it up in the paper and correct the wrong row."
            yield _problem(row, name, expected, None, remedy)


def _several_estimates(own):
    """A comparison has one published estimate at a time, whatever `outcome` it was typed under."""
    seen = {}
    for row in own:
        first = seen.setdefault(_pair(row | {"outcome": None}), row)
        if first["row_id"] != row["row_id"]:
            expected = f"one estimate of a comparison, but row {first['line']} is one too"
            remedy = (
                "Number the study's `comparison`s, or take one of them by the outcome's `rows`."
            )
            yield _problem(row, "comparison", expected, None, remedy)


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
