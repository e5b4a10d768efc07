"""What one typed cell says: a number, a truth, a choice, as its column is declared."""

import math
import re

from evpool.errors import closest

INTEGER = re.compile(r"[+-]?\d+\Z")
LONGEST = 19  # digits and sign of a whole number that 64 bits surely hold, and one more
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?\Z")
RANGE = re.compile(r"(\d+)\s*(?:-|–|—|to)\s*(\d+)")  # 6-8, also with a dash
TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def value_of(cell, column, comma=False):
    """Read a cell as its column is declared.

    Parameters
    ----------
    cell : str
    column : Column or None
        None for a column that is not declared: its cells are kept as text.
    comma : bool
        Whether a number may have a decimal comma.

    Returns
    -------
    value : int, float, bool, str or None
    broken : (str, str) or None
        What was expected and how to mend it, where the cell breaks its declaration.
    """
    text = cell.strip()
    if column is None:
        return text or None, None
    if not text:
        return None, ("a value", "Fill it in, or remove the row.") if column.filled else None
    if column.choices:
        return _choice(text, column.choices)
    if column.type == "string":
        return text, None
    if column.ranged and RANGE.fullmatch(text):
        low, high = (int(end) for end in RANGE.fullmatch(text).groups())
        rising = ("a range in rising order", "Write the lower end first.")
        return (float(low), None) if low < high else (None, rising)
    if column.type == "bool":
        if text.lower() in TRUTH:
            return TRUTH[text.lower()], None
        return None, ("true or false", "Correct the cell.")
    return _number(text, column.type, comma)


def with_point(text):
    """Write a number that has a decimal comma with a point; any other text stays as it is."""
    return text.replace(",", ".") if DECIMAL_COMMA.match(text) else text


def _choice(text, choices):
    if text.lower() in choices:
        return text.lower(), None
    return None, (f"one of {', '.join(choices)}", f"Correct the cell.{closest(text, choices)}")


def _number(text, kind, comma):
    text = with_point(text) if comma else text
    if kind == "int64":
        if INTEGER.match(text) and len(text) < LONGEST:
            return int(text), None
        return None, ("a whole number", "Correct the cell, or leave it empty if unknown.")
    if NUMBER.match(text) and math.isfinite(float(text)):
        return float(text), None
    if text.startswith(("<", ">", "≤", "≥")):
        remedy = "A bound is no value: leave the cell empty."
    elif "," in text:
        remedy = "Write a decimal point and no thousands separator."
    else:
        remedy = "Correct the cell, or leave it empty if unknown."
    return None, ("a number", remedy)
