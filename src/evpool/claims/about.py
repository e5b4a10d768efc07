"""What a claim is about: which outcome, all of it or a part of it, and on which measure."""

import re

from evpool.stats.measures import MEASURES

SEPARATOR = re.compile(r"\s*;\s*|\s+vs\s+")
# What a claim may call a measure beside its code, and what papers print for more special ones.
NAMES = {measure.label.upper(): code for code, measure in MEASURES.items()} | {"WMD": "MD"}
PRINTED_AS = {code: "SMD" for code, measure in MEASURES.items() if measure.standardised}
PRINTED_AS |= {"PETO": "OR"}
ANY_MEASURE = "GEN"  # of an outcome whose effects are pooled as published, whatever they are


def names_in(group):
    """Return the names that a claim's group lists: 'a;b' and 'a vs b' name two."""
    return {name for name in SEPARATOR.split((group or "").strip()) if name}


def is_about(claim, rows, outcome):
    """Tell whether a claim is about an outcome.

    Parameters
    ----------
    claim : dict
        A row of CLAIMS.
    rows : dict
        Column -> value, or list of values: the typed rows that belong to the outcome.
    outcome : str
        The outcome's id.
    """
    if claim["outcome"] == outcome:
        return True
    values, group = _values(rows), claim.get("group") or ""
    if claim["outcome"] not in values:
        return False
    if claim.get("analysis") == "study" or not group:
        return True
    return ": " in group or " vs " in group or bool(values & names_in(group))


def is_of_a_part(claim, rows):
    """Tell whether a claim's group names a part of an outcome, for which its whole can't stand.

    Parameters
    ----------
    claim, rows
        As of `is_about`.
    """
    group = claim.get("group") or ""
    named = names_in(group) - {"all"}
    whole = claim.get("analysis") == "overall" and ": " not in group
    return bool(named) and not whole and not named & _values(rows)


def other_measure(claim, measure):
    """Say that a claim is of another measure than an outcome is pooled as; None if it is not.

    Parameters
    ----------
    claim : dict
        A row of CLAIMS.
    measure : str
        A key of `measures.MEASURES`.
    """
    named = claim.get("measure")
    if not named or measure == ANY_MEASURE:
        return None
    code = NAMES.get(named.upper(), named.upper())
    if code in (measure, PRINTED_AS.get(measure)):
        return None
    return f"the claim is of the measure {named}, but the outcome is pooled as {measure}"


def _values(rows):
    lists = [value if isinstance(value, list) else [value] for value in rows.values()]
    return {str(value) for values in lists for value in values}
