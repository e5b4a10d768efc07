"""What figures and pages write instead of the codes of the data: of columns and of their levels."""

import re

from evpool.errors import InputError, closest
from evpool.extraction.delimited import readable_rows
from evpool.extraction.typed import read_studies
from evpool.studies.characteristics import NOT_REPORTED, level_of

# Tables whose columns may have levels with a label.
LABELLED = ("studies", "arms", "figures", "estimates", "changes")
NO_WORDS = {"columns": {}, "levels": {}}


def words_of(review):
    """Return how a review calls its columns and their levels.

    Parameters
    ----------
    review : dict
        What `config.complete_review` returned.

    Returns
    -------
    dict
        `columns`: column -> heading, those of `characteristics`; `levels`: column -> {code: text},
        the review's `labels`.
    """
    shown = review["characteristics"] or {"columns": {}}
    return {"columns": shown["columns"], "levels": review["labels"]}


def level_name(words, column, level):
    """Write a level as the review labels it; else as the data do, underscores as spaces."""
    text = level_of(level)
    if text == NOT_REPORTED:
        return _capital(text)
    return words["levels"].get(column, {}).get(text) or text.replace("_", " ")


def in_order(words, column, rows):
    """Sort rows by their `level` as the review's labels stand; those without a label come last."""
    order = list(words["levels"].get(column, {}))
    places = {level: place for place, level in enumerate(order)}
    return sorted(rows, key=lambda row: places.get(row["level"], len(order)))


def column_name(words, column):
    """Write a column as the review heads it; else its own name in words: 'Dose group'.

    In a formula, such as 'log10(dose)', each column that the review heads.
    """
    known = words["columns"]
    if column in known or column.replace("_", "").isalnum():
        return known.get(column) or _capital(column.replace("_", " "))
    return re.sub(r"[A-Za-z_]\w*", lambda found: known.get(found[0], found[0]), column)


def study_labels(path):
    """Return study id -> label of a table of studies; none if it can't be read."""
    try:
        rows = read_studies(path).rows
    except InputError:
        return {}
    return {row["study_id"]: row["label"] for row in rows if row.get("label")}


def within_sentence(name):
    """Write a heading within a sentence: 'Route' as 'route', but 'EV source' as it is."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name


def file_name(formula):
    """Return a formula as a part of a file's name: log10(dose_ug) as log10_dose_ug."""
    return "_".join(re.findall(r"\w+", formula))


def by_text(labels):
    """Return the labels of every column with codes as the data write them: true, not True."""
    return {
        column: {level_of(code): text for code, text in levels.items()}
        for column, levels in labels.items()
    }


def check_labels(review):
    """Raise InputError if `labels` names a column or a code that is nowhere in the review.

    Parameters
    ----------
    review : dict
        What `config.complete_review` returned; its tables are read only if it has labels.
    """
    problems = []
    paths = dict.fromkeys(review["tables"][table] for table in LABELLED if review["labels"])
    rows = [row for path in paths for row in readable_rows(path)]
    for column, labels in review["labels"].items():
        known = _codes(review, rows, column)
        if not known:
            problems.append(
                f"labels names {column!r}, which is no filled column of the typed tables. It takes "
                "their columns, `analysis` for named analyses and `exclusion_set`"
            )
        problems += [
            f"labels.{column} names {code!r}, which no cell of the column holds."
            f"{closest(code, known)} It holds: {', '.join(sorted(known))}"
            for code in labels
            if known and code not in known
        ]
    if problems:
        raise InputError(f"config/reviews/{review['id']}.yaml", problems)


def _codes(review, rows, column):
    """Return the levels of a column, or the names that the review gives its own choices."""
    choices = {"analysis": "analyses", "exclusion_set": "exclusion_sets"}
    if column in choices:
        own = [outcome["analysis"][choices[column]] for outcome in review["outcomes"].values()]
        return {name for names in own for name in names}
    cells = {level_of(row[column]) for row in rows if row.get(column)}
    return cells | {part.strip() for cell in cells for part in cell.split(";")}


def _capital(text):
    return text[:1].upper() + text[1:]
