"""What is wrong with the typed tables of an umbrella review: every problem, with its remedy."""

from evpool.errors import Problem, closest
from evpool.stats.amstar2 import ANSWERS, ITEMS
from evpool.umbrella.config import VOCABULARIES
from evpool.umbrella.vocabulary import vocabulary

IDENTIFIED = {"doses": "doses", "risk_of_bias": "risk of bias", "amstar2": "AMSTAR 2 answers"}
NAMED = {  # table -> column -> vocabulary
    "meta_analyses": {"disease": "diseases", "ev_sources": "sources"},
    "reported_effects": {"disease": "diseases", "source_code": "sources", "outcome": "outcomes"},
    "diseases": {"disease": "diseases"},
    "doses": {"msc_sources": "sources", "routes": "routes"},
    "sources": {"source_code": "sources"},
    "source_disease": {"source_code": "sources", "disease": "diseases"},
}
LISTS = ("ev_sources", "msc_sources", "routes")  # cells that join several names with semicolons
KEYS = {
    "meta_analyses": ("ma_id",),
    "reported_effects": ("effect_id",),
    "diseases": ("disease",),
    "doses": ("ma_id",),
    "sources": ("source_code",),
    "source_disease": ("source_code", "disease"),
    "risk_of_bias": ("ma_id",),
    "amstar2": ("ma_id",),
    "prisma": ("phase", "detail"),
}


def vocabularies(umbrella):
    """Return the vocabularies of an umbrella review's config by their kind."""
    spelt = {kind: umbrella[kind] for kind in VOCABULARIES}
    spelt["outcomes"] = {name: o["spellings"] for name, o in umbrella["outcomes"].items()}
    return {kind: vocabulary(kind, declared) for kind, declared in spelt.items()}


def check_tables(tables, umbrella):
    """Say what of the typed tables can't be used.

    Parameters
    ----------
    tables : dict of str to InputTable
        By name, as in `columns.TYPED`.
    umbrella : dict
        The umbrella review's whole config.

    Returns
    -------
    dict of str to list of Problem
        By table, in row order. A problem with a `reason` may go to the ledger.
    """
    known = [row["ma_id"] for row in tables["meta_analyses"].rows if row["ma_id"]]
    words = vocabularies(umbrella)
    found = {}
    for name, table in tables.items():
        problems = [*table.problems, *_repeats(table.rows, KEYS[name])]
        for row in table.rows:
            problems += _names(row, NAMED.get(name, {}), words)
            problems += _ranges(row)
            if name in IDENTIFIED:
                problems += _strangers(row, known, name)
            if name == "reported_effects":
                problems += _effect(row, known)
            if name == "risk_of_bias":
                problems += _risk(row, "overall_rating", {"risk": umbrella["risk_words"]["risk"]})
            if name == "meta_analyses":
                problems += _risk(row, "rob_overall", umbrella["risk_words"])
            if name == "amstar2":
                problems += _answers(row)
        found[name] = sorted(problems, key=lambda problem: problem.line)
    return found


def risk_word(word, words):
    """Return the scale and the class of a word for risk of bias; (None, None) if not declared."""
    for scale, classes in words.items():
        for name, spellings in classes.items():
            if word in spellings:
                return scale, name
    return None, None


def _repeats(rows, key):
    seen = {}
    for row in rows:
        value = tuple(row.get(column) for column in key)
        if value in seen:
            yield _problem(
                row,
                key[-1],
                f"a value that no other row has; row {seen[value]} has the same",
                "Keep one of the rows, or correct the name.",
            )
        seen.setdefault(value, row["line"])


def _names(row, columns, words):
    for column, kind in columns.items():
        cell = row.get(column)
        parts = (cell or "").split(";") if column in LISTS else [cell]
        for part in filter(None, (part and part.strip() for part in parts)):
            if not words[kind].read(part):
                yield words[kind].problem(row, column, part)


def _ranges(row):
    """I^2 beyond 0 to 100, and lower ends above upper ones."""
    for column in ("i2_low_pct", "i2_high_pct"):
        value = row.get(column)
        if value is not None and not 0 <= value <= 100:
            yield _problem(row, column, "an I² from 0 to 100", "Correct it.", "i2_out_of_range")
    pairs = (("i2_low_pct", "i2_high_pct"), ("ci_lower", "ci_upper"))
    pairs += (("dose_ug_low", "dose_ug_high"), ("particles_low", "particles_high"))
    for low, high in pairs:
        if row.get(low) is not None and row.get(high) is not None and row[low] > row[high]:
            expected = f"at most {high}, which is {row[high]:g}"
            yield _problem(row, low, expected, "Swap or correct them.", "limits_reversed")


def _strangers(row, known, table):
    if row["ma_id"] and row["ma_id"] not in known:
        yield _problem(
            row,
            "ma_id",
            "a review of meta_analyses.csv",
            f"Add the review there, or remove its {IDENTIFIED[table]}."
            f"{closest(row['ma_id'], known)}",
            "review_in_one_table_only",
        )


def _effect(row, known):
    if row["ma_id"] and row["ma_id"] not in known:
        yield _problem(
            row,
            "ma_id",
            "a review of meta_analyses.csv, or an empty cell",
            f"The effect comes from outside the included reviews.{closest(row['ma_id'], known)}",
            "review_not_included",
        )
    if row["estimate"] is None:
        yield _problem(
            row, "estimate", "a number", "Without one nothing can be compared.", "no_estimate"
        )
    if row["measure"] in ("or", "hr", "rr") and (row["estimate"] or 1) <= 0:
        yield _problem(row, "estimate", "a ratio above 0", "Correct it.", "impossible_ratio")


def _risk(row, column, words):
    word = row.get(column)
    if word and risk_word(word, words) == (None, None):
        known = [
            w for classes in words.values() for spellings in classes.values() for w in spellings
        ]
        yield _problem(
            row,
            column,
            "a word declared under `risk_words`",
            f"Declare it, or correct the cell.{closest(word, known)}",
        )


def _answers(row):
    for item in ITEMS:
        answer = row.get(f"item_{item}")
        if answer is not None and answer.casefold() not in ANSWERS:
            yield _problem(
                row,
                f"item_{item}",
                f"one of {', '.join(ANSWERS)}",
                f"Correct the cell.{closest(answer, ANSWERS)}",
            )


def _problem(row, column, expected, remedy, reason=None):
    who = row.get("ma_id") or row.get("effect_id") or row.get("disease") or ""
    return Problem(row["line"], column, row.get(column), expected, remedy, reason, who)
