"""Classify evidence by declared rules, and say what decided and what is missing.

A value is known, known to lie within bounds (an I^2 printed as a range), or unknown. A unit has a
label if every value it may have gives that label; else all labels that are still possible are
named, with the values that the choice among them hangs on.
"""

from dataclasses import dataclass
from itertools import pairwise, product

COMPARISONS = {
    "above": lambda value, limit: value > limit,
    "at_least": lambda value, limit: value >= limit,
    "below": lambda value, limit: value < limit,
    "at_most": lambda value, limit: value <= limit,
}
SIGNS = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤"}
NO_CLASS = "no class fits"
ANYTHING = (float("-inf"), float("inf"))


@dataclass(frozen=True)
class Verdict:
    """What a rule says of one unit of evidence.

    Attributes
    ----------
    label : str or None
        The label, `NO_CLASS` if every label fails, None if the values don't decide.
    possible : tuple of str
        The labels that the values allow, best first.
    decided_by : tuple of str
        The conditions that surely hold or fail, with the values that decided them.
    missing : tuple of str
        The columns on which the label hangs, with what is known of them.
    """

    label: str | None
    possible: tuple
    decided_by: tuple
    missing: tuple


def classify(values, labels):
    """Give a unit of evidence the first label whose conditions hold.

    Parameters
    ----------
    values : dict of str to (float, float) or None
        Column -> lowest and highest value it can have (equal if it is known); None if unknown.
    labels : sequence of dict
        `label` with `all`, a list of conditions that must all hold, and/or `any`, a list of which
        one must. A condition names a `column` and one or more of above, at_least, below, at_most.

    Returns
    -------
    Verdict

    Raises
    ------
    KeyError
        If a condition names a column that `values` lacks.
    """
    conditions = _conditions(labels)
    columns = columns_of(labels)
    patterns = [_patterns(column, conditions, values[column]) for column in columns]
    outcome = {
        chosen: _first_label(labels, {k: v for pattern in chosen for k, v in pattern})
        for chosen in product(*patterns)
    }
    order = [*(rule["label"] for rule in labels), NO_CLASS]
    possible = tuple(sorted(set(outcome.values()), key=order.index))
    matters = [column for i, column in enumerate(columns) if _matters(outcome, i)]
    return Verdict(
        possible[0] if len(possible) == 1 else None,
        possible,
        tuple(_decided(conditions, columns, patterns, values)),
        tuple(f"{column} ({known(values[column])})" for column in matters),
    )


def columns_of(labels):
    """Name every column that a rule's labels ask for, in their order."""
    return tuple(dict.fromkeys(condition["column"] for condition in _conditions(labels)))


def known(bounds):
    """Say what is known of a value: 'not known', '96', '43 to 92'."""
    if bounds is None:
        return "not known"
    return f"{bounds[0]:.4g}" if bounds[0] == bounds[1] else f"{bounds[0]:.4g} to {bounds[1]:.4g}"


def holds(condition, value):
    """Tell whether a value meets all comparisons of a condition."""
    return all(
        compare(value, condition[name])
        for name, compare in COMPARISONS.items()
        if name in condition
    )


def _conditions(labels):
    return [
        condition for rule in labels for part in ("all", "any") for condition in rule.get(part, ())
    ]


def _patterns(column, conditions, bounds):
    """Return the distinct ways in which a column's conditions can hold or fail together."""
    own = [
        (i, condition) for i, condition in enumerate(conditions) if condition["column"] == column
    ]
    low, high = bounds or ANYTHING
    limits = sorted(
        {condition[name] for _, condition in own for name in SIGNS if name in condition}
    )
    inside = [limit for limit in limits if low <= limit <= high]
    edges = [max(low, limits[0] - 1), *inside, min(high, limits[-1] + 1)]
    between = [(a + b) / 2 for a, b in pairwise(edges)]
    points = sorted(point for point in {*edges, *between} if low <= point <= high)
    return list(
        dict.fromkeys(
            tuple((i, holds(condition, point)) for i, condition in own) for point in points
        )
    )


def _first_label(labels, truth):
    position = 0
    for rule in labels:
        must, some = len(rule.get("all", ())), len(rule.get("any", ()))
        every = all(truth[i] for i in range(position, position + must))
        one = any(truth[i] for i in range(position + must, position + must + some))
        position += must + some
        if every and (one or not some):
            return rule["label"]
    return NO_CLASS


def _matters(outcome, i):
    """Tell whether some change of the i-th column alone changes the label."""
    seen = {}
    for chosen, label in outcome.items():
        rest = chosen[:i] + chosen[i + 1 :]
        if seen.setdefault(rest, label) != label:
            return True
    return False


def _decided(conditions, columns, patterns, values):
    """Say the conditions that hold, or fail, whatever their value turns out to be."""
    states = {}
    for column_patterns in patterns:
        for pattern in column_patterns:
            for i, state in pattern:
                states.setdefault(i, set()).add(state)
    told = {}
    for i, condition in enumerate(conditions):
        if len(states[i]) == 1:
            limits = " and ".join(
                f"{sign} {condition[name]:g}" for name, sign in SIGNS.items() if name in condition
            )
            column = condition["column"]
            answer = "yes" if True in states[i] else "no"
            told[f"{column} {limits} ({known(values[column])}): {answer}"] = None
    return told
