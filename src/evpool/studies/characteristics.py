"""What the included studies are: the chosen columns of the study table, and their counts."""

from evpool.cells import NUMBER

NOT_REPORTED = "not reported"


def level_of(value):
    """Return a moderator's value as the name of its level; a missing one is 'not reported'."""
    if value is None:
        return NOT_REPORTED
    text = str(value)
    return text.lower() if text in ("True", "False") else text


def tabulate(studies, columns):
    """Return the characteristics table.

    Parameters
    ----------
    studies : list of dict
        Rows of studies.csv.
    columns : dict
        Column -> heading, in the order in which they are shown.

    Returns
    -------
    list of dict
        One study a row: `study_id`, `label` and the chosen columns as typed.
    """
    wanted = ("study_id", "label", *columns)
    return [{name: _text(row.get(name)) for name in wanted} for row in studies]


def count_levels(studies, columns):
    """Count the studies of each level of each column.

    Parameters
    ----------
    studies : list of dict
    columns : dict
        Column -> heading.

    Returns
    -------
    list of dict
        `characteristic`, `heading`, `level`, `studies`, `share` (0-1), `several` (a study may have
        several levels: its cell lists them, separated by semicolons). Levels that are all numbers
        rise; others come by falling count. Empty cells are 'not reported', last.
    """
    rows = []
    for column, heading in columns.items():
        cells = [_levels(row.get(column)) for row in studies]
        counts = {}
        for cell in cells:
            for level in cell:
                counts[level] = counts.get(level, 0) + 1
        several = any(len(cell) > 1 for cell in cells)
        place = {"characteristic": column, "heading": heading, "several": several}
        rows += [
            {**place, "level": level, "studies": counts[level], "share": counts[level] / len(cells)}
            for level in _ordered(counts)
        ]
    return rows


def _levels(value):
    text = _text(value)
    if text is None:
        return [NOT_REPORTED]
    text = text.replace(
        "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"
    )  # one letter typed in two ways
    return list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def _ordered(counts):
    known = [level for level in counts if level != NOT_REPORTED]
    if all(NUMBER.match(level) for level in known):
        known.sort(key=float)
    else:
        known.sort(key=lambda level: (-counts[level], level.casefold()))
    return [*known, *([NOT_REPORTED] if NOT_REPORTED in counts else [])]


def _text(value):
    return None if value is None else str(value)
