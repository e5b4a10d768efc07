"""What the report of an umbrella review shows: its tables' columns, its captions, its sentences."""

import re
from collections import Counter

from evpool.report.wording import number, p_value, plural

CAPTIONS = {
    "effects": "All reported summary effects by disease, each printed number once. What can't be "
    "put onto the scale of standardised mean differences is listed with the reason.",
    "effectiveness": "Effectiveness by disease: what is printed, the paper's label, and the label "
    "that its own rule gives.",
    "sources": "Disease by source of the vesicles. Size and shade show the number of reviews; "
    "hollow circles are heterogeneous evidence.",
    "doses": "Doses by review, by mass and by number of particles, on logarithmic axes.",
    "routes": "Routes of administration by disease: the number of reviews that name each.",
    "years": "Reviews by year of publication.",
    "risk_of_bias": "Risk of bias of the primary studies, as the two tables of the paper rate it.",
    "flow": "PRISMA flow: the text prints no more than the number of reviews included.",
    "overlap": "Overlap of primary studies between reviews, by pair.",
}
# Table -> what it is called and its columns: (column, heading, kind).
TABLES = {
    "agreement": (
        "Labels by disease, in the paper and by its rule",
        (
            ("disease", "Disease", "text"),
            ("by_paper", "In the paper", "text"),
            ("by_rule", "By the rule", "text"),
            ("possible", "Possible", "prose"),
            ("verdict", "Verdict", "verdict"),
            ("why", "Why", "rule"),
        ),
    ),
    "classification": (
        "Every label, with what decided it and what is missing",
        (
            ("classification", "Rule", "text"),
            ("unit", "Unit", "text"),
            ("disease", "Disease", "text"),
            ("outcome", "Outcome", "text"),
            ("reviews", "Reviews", "list"),
            ("basis", "Basis", "text"),
            ("label", "Label", "text"),
            ("possible", "Possible", "prose"),
            ("decided_by", "Decided by", "rule"),
            ("missing", "Missing", "rule"),
        ),
    ),
    "effects": (
        "Reported summary effects, each printed number once",
        (
            ("effect_id", "Id", "text"),
            ("disease", "Disease", "text"),
            ("outcome", "Outcome", "text"),
            ("label", "Review", "text"),
            ("measure", "Measure", "text"),
            ("estimate", "Estimate", "number"),
            ("ci_low", "CI from", "number"),
            ("ci_high", "to", "number"),
            ("p_value", "p", "bound"),
            ("smd", "As SMD", "number"),
            ("conversion", "Conversion", "prose"),
            ("flags", "What is odd", "prose"),
            ("locations", "Where printed", "list"),
        ),
    ),
    "reanalysis": (
        "Printed and recomputed estimates",
        (
            ("ma_id", "Review", "text"),
            ("outcome", "Outcome", "text"),
            ("measure", "Measure", "text"),
            ("printed", "Printed", "number"),
            ("estimate", "Recomputed", "number"),
            ("ci_low", "CI from", "number"),
            ("ci_high", "to", "number"),
            ("k", "k", "whole"),
            ("animals", "Animals", "whole"),
            ("p_value", "p", "p"),
            ("i2", "I² (%)", "whole"),
            ("smd", "As SMD", "number"),
            ("smd_i2", "its I² (%)", "whole"),
            ("largest_p", "p of largest study", "p"),
            ("small_study_p", "p of Egger's test", "p"),
            ("excess_p", "p of excess significance", "p"),
            ("verdict", "Verdict", "verdict"),
        ),
    ),
    "sensitivity": (
        "Evidence that remains without heterogeneous and critically flawed reviews",
        (
            ("disease", "Disease", "text"),
            ("n_reviews", "Reviews", "whole"),
            ("kept", "Kept", "whole"),
            ("dropped", "Dropped", "whole"),
            ("undecided", "Undecided", "whole"),
            ("verdict", "Verdict", "text"),
            ("why", "Why", "prose"),
        ),
    ),
    "risk": (
        "Risk of bias in both tables of the paper",
        (
            ("label", "Review", "text"),
            ("printed_by_review", "Table 2", "text"),
            ("printed_by_umbrella", "Table 6", "text"),
            ("agreement", "Agreement", "text"),
            ("tool_by_review", "Tool in Table 2", "list"),
            ("tool_by_umbrella", "Tool in Table 6", "list"),
            ("tools_agree", "Same tool", "text"),
        ),
    ),
    "amstar2": (
        "AMSTAR 2",
        (
            ("label", "Review", "text"),
            ("rating", "Confidence", "text"),
            ("possible", "Possible", "prose"),
            ("critical_flaws", "Critical flaws", "text"),
            ("weaknesses", "Other weaknesses", "text"),
            ("missing", "Items not answered", "text"),
        ),
    ),
    "audit": (
        "Every number and judgement that the paper states, against what its tables give",
        (
            ("claim_id", "Claim", "text"),
            ("location", "Where", "text"),
            ("outcome", "What", "prose"),
            ("printed", "Printed", "text"),
            ("recomputed", "Recomputed", "plain"),
            ("verdict", "Verdict", "verdict"),
            ("finding", "Finding", "prose"),
        ),
    ),
    "overlap": (
        "Corrected covered area, overall and by pair",
        (
            ("scope", "Scope", "text"),
            ("review_a", "Review", "text"),
            ("review_b", "and", "text"),
            ("shared", "In both", "whole"),
            ("inclusions", "N", "whole"),
            ("studies", "r", "whole"),
            ("reviews", "c", "whole"),
            ("cca", "CCA", "percent"),
            ("category", "Overlap", "text"),
            ("cca_adjusted", "CCA, adjusted", "percent"),
        ),
    ),
}
PAPER = {
    "table_2": "Table 2: the reviews",
    "table_3": "Table 3: effectiveness by disease",
    "table_4": "Table 4: doses and routes",
    "table_5": "Table 5: sources of the vesicles",
    "table_6": "Table 6: risk of bias",
}
# The columns of rules of evidence, as a page says them.
WORDS = {
    "abs_smd": "|SMD|",
    "p_value": "P",
    "i2": "I²",
    "largest_p": "P of the largest study",
    "pi_excludes_null": "prediction interval excludes no effect (1: yes)",
    "small_study_p": "P of Egger's test",
    "excess_p": "P of excess significance",
}
BOUNDS = {"<": "<", "<=": "≤", "≤": "≤", ">": ">", ">=": "≥", "≥": "≥"}
SMALLEST = 0.0001  # a P value below it is not written out
LONG = 44  # characters from which a text cell may be broken into lines


def shown_table(name, rows):
    """Prepare a table for the page.

    Returns
    -------
    dict
        `id`, `title`, `heads` and `rows`: heads and cells as (class, text).
    """
    title, columns = TABLES.get(name) or (PAPER[name], _paper_columns(rows))
    return {
        "id": name,
        "title": title,
        "heads": [(_side(kind), heading) for _, heading, kind in columns],
        "rows": [[_shown(row, column, kind) for column, _, kind in columns] for row in rows],
    }


def _paper_columns(rows):
    kinds = {}
    for row in rows:
        for column, value in row.items():
            if value is not None:
                kinds.setdefault(column, "plain" if isinstance(value, int | float) else "list")
    return [(column, column.replace("_", " "), kinds.get(column, "text")) for column in rows[0]]


def _side(kind):
    return "" if kind in ("number", "whole", "p", "bound", "percent", "plain") else "text"


def _shown(row, column, kind):
    if kind == "bound":
        return "", printed_p(row[column], row["p_source"])
    return _cell(row[column], kind)


def printed_p(value, source):
    """Write the P value of an effect; a bound that a paper prints stays one, with its digits."""
    sign = BOUNDS.get((source or "").removeprefix("printed: "))
    return f"{sign} {value:g}" if sign and value >= SMALLEST else p_value(value)


def _cell(value, kind):
    if value is None:
        return ("text" if _side(kind) else "", "")
    if kind == "number":
        return "", number(value)
    if kind == "whole":
        return "", number(value, 0)
    if kind == "plain":
        return "", f"{value:g}".replace("-", "−").replace("e+", "e")
    if kind == "p":
        return "", p_value(value)
    if kind == "percent":
        return "", f"{100 * value:.1f}%"
    if kind == "rule":
        return "prose", in_words(value)
    if kind == "verdict":
        return f"text verdict {value.replace(' ', '_')}", value.replace("_", " ")
    text = (
        value.replace(";", "; ").replace("  ", " ").replace("_", " ") if kind == "list" else value
    )
    return "prose" if kind == "prose" or len(text) > LONG else "text", text


def in_words(text):
    """Write the columns of a rule as a page says them."""
    return re.sub(r"\b\w+\b", lambda word: WORDS.get(word[0], word[0]), text)


def summary(tables, umbrella):
    """Say in a few sentences what the umbrella review found."""
    reviews, diseases = tables["reviews"], tables["diseases"]
    years = [row["year"] for row in reviews]
    yield (
        f"{len(reviews)} meta-analyses of {min(years)} to "
        f"{max(years)} on {plural(len(diseases), 'disease')}."
    )
    counts = Counter(row["verdict"] for row in tables["agreement"])
    labelled = sum(row["by_paper"] is not None for row in tables["agreement"])
    yield (
        f"Of the paper's {labelled} labels of effectiveness its own rule confirms "
        f"{counts['agrees']}, contradicts {counts['differs']} and leaves {counts['open']} open, "
        "since the numbers that would decide are not printed."
    )
    usable = sum(row["comparable"] for row in tables["effects"])
    yield (
        f"{plural(len(tables['effects']), 'different summary effect')} are printed; {usable} can "
        "be compared as standardised mean differences."
    )
    kept = Counter(row["verdict"] for row in tables["sensitivity"])
    limit = umbrella["sensitivity"]["i2_below"]
    flaws = critical_flaws(umbrella["sensitivity"]["critical_flaws_at_most"])
    yield (
        f"With I² below {limit:g}% and {flaws}, evidence surely remains for "
        f"{plural(kept['evidence remains'], 'disease')}, for {kept['no evidence remains']} none "
        f"does, and for {kept[CANT]} it can't be decided."
    )


def critical_flaws(most):
    """Say how many critical flaws a review may have: none, or at most so many."""
    return f"at most {plural(most, 'critical flaw')}" if most else "no critical flaw"


CANT = "can't be decided"


def reanalysis_sentences(rows, effects):
    """Say how each re-analysed review compares with what it printed."""
    by_id = {row["effect_id"]: row for row in effects}
    for row in rows:
        effect = by_id[row["effect_id"]]
        says = {"reproduced": "is reproduced", "differs": "differs"}.get(row["verdict"], "stands")
        yield (
            f"{effect['label']}, {effect['outcome']}: the printed {row['measure']} of "
            f"{number(row['printed'])} {says}; recomputed from {plural(row['k'], 'comparison')} it "
            f"is {number(row['estimate'])} ({number(row['ci_low'])} to {number(row['ci_high'])}), "
            f"I² {number(row['i2'], 0)}%."
            + (
                f" As a standardised mean difference it is {number(row['smd'])} with I² "
                f"{number(row['smd_i2'], 0)}%."
                if row["smd"] is not None
                else ""
            )
        )


def rule_lines(classifications):
    """Say each declared rule of evidence in words: title, then label and conditions."""
    signs = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤"}
    for rule in classifications.values():
        lines = []
        for label in rule["labels"]:
            parts = []
            for part, joint in (("all", " and "), ("any", " or ")):
                told = [
                    " and ".join(
                        f"{condition['column']} {sign} {condition[name]:g}"
                        for name, sign in signs.items()
                        if name in condition
                    )
                    for condition in label.get(part, ())
                ]
                if told:
                    parts.append(joint.join(told))
            lines.append((label["label"], in_words("; ".join(parts))))
        yield rule["title"], lines
