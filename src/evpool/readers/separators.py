"""Split tables of numbers whose separator and decimal mark the user of the program chose."""

import re

from evpool.cells import NUMBER

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}


def is_number(cell):
    """Tell whether a cell is a plain number with a decimal point."""
    return bool(NUMBER.match(cell.strip()))


def possible_tables(text, fits):
    """Return every way to split a text into rows of cells that fits.

    Parameters
    ----------
    text : str
    fits : callable
        Takes the rows of cells; tells whether they make sense.

    Returns
    -------
    list of list of list of str
        Different readings of the same text; a decimal comma has become a point.
    """
    found = []
    lines = [line for line in text.split("\n") if line.strip()]
    for separator in SEPARATORS:
        rows = [[cell.strip() for cell in line.split(separator)] for line in lines]
        ways = [rows] if separator == "," else [rows, [_pointed(row) for row in rows]]
        for way in ways:
            if fits(way) and way not in found:
                found.append(way)
    return found


def only_table(source, fits):
    """Return the one way to split a file; raise InputError if there are several."""
    ways = possible_tables(source.text, fits)
    if len(ways) > 1:
        raise source.error(
            "the file",
            "its numbers can be read in more than one way (separator and decimal mark)",
            "Export it with decimal points, separated by commas.",
        )
    return ways[0]


def _pointed(row):
    return [
        c.replace(",", ".") if re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", c) else c for c in row
    ]
