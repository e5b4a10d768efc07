"""Complete and check the config of an umbrella review."""

from evpool.errors import InputError, closest
from evpool.stats.amstar2 import CRITICAL
from evpool.stats.evidence import columns_of
from evpool.umbrella.columns import TYPED
from evpool.umbrella.vocabulary import alike_names, unknown_choice

KIND = "umbrella"
VOCABULARIES = ("diseases", "sources", "routes")
# What a rule of evidence may ask of a unit; I^2 in percent.
RULE_COLUMNS = (
    "abs_smd",
    "p_value",
    "i2",
    "reviews",
    "k",
    "animals",
    "largest_p",
    "pi_excludes_null",
    "small_study_p",
    "excess_p",
)
# What the steps need of the config: a change of anything else reruns none of them.
EXTRACTION = ("id", "unusable_rows", *VOCABULARIES, "outcomes", "risk_words")
HARMONISATION = (*EXTRACTION, "amstar2", "sensitivity")
AUDIT = ("id", "amstar2", "sensitivity", "classifications")
# The tables that the report shows.
REPORTED = (
    *("reviews", "effects", "diseases", "risk", "amstar2", "flow", "ledger", "reanalysis"),
    *("classification", "agreement", "overlap", "sensitivity", "audit"),
    *("table_2", "table_3", "table_4", "table_5", "table_6"),
)


def is_umbrella(document):
    """Tell whether a review's document is that of an umbrella review."""
    return isinstance(document, dict) and document.get("kind") == KIND


def complete_umbrella(document, review):
    """Fill a checked umbrella review with what holds unless it says otherwise.

    Parameters
    ----------
    document : dict
        What `config.read_review` returned.
    review : str
        The review's id.

    Returns
    -------
    dict
    """
    given = document.get("tables", {})
    names = (*TYPED, "claims")
    outcomes = {
        name: {"better": outcome["better"], "spellings": outcome.get("spellings", [])}
        for name, outcome in document["outcomes"].items()
    }
    overlap = document.get("overlap", {})
    return {
        "id": review,
        "kind": KIND,
        "title": document["title"],
        "citation": document.get("citation", ""),
        "doi": document.get("doi", ""),
        "synthetic": document.get("synthetic", False),
        "unusable_rows": document.get("unusable_rows", "stop"),
        "tables": {name: given.get(name, f"resources/{review}/{name}.csv") for name in names},
        **{name: document.get(name, {}) for name in VOCABULARIES},
        "outcomes": outcomes,
        "risk_words": document.get("risk_words", {"risk": {}, "quality": {}}),
        "amstar2": {"critical": list(CRITICAL), **document.get("amstar2", {})},
        "classifications": document.get("classifications", {}),
        "sensitivity": {
            "i2_below": 70,
            "critical_flaws_at_most": 0,
            **document.get("sensitivity", {}),
        },
        "doses": {"optimum_ug": None, **document.get("doses", {})},
        "reanalyses": document.get("reanalyses", {}),
        "overlap": {"table": overlap.get("table"), "synthetic": overlap.get("synthetic", False)},
    }


def check_umbrella(umbrella, reviews):
    """Raise InputError for what a schema can't say: unknown columns, reviews and outcomes.

    Parameters
    ----------
    umbrella : dict
        What `complete_umbrella` returned.
    reviews : dict
        The pooled reviews that run, by id.
    """
    problems = [
        message for kind in VOCABULARIES[:1] for message in alike_names(kind, [*umbrella[kind]])
    ]
    for name, rule in umbrella["classifications"].items():
        problems += [
            unknown_choice(f"classifications.{name}: the column", column, RULE_COLUMNS)
            for column in columns_of(rule["labels"])
            if column not in RULE_COLUMNS
        ]
    for name, again in umbrella["reanalyses"].items():
        where = f"reanalyses.{name}"
        if again["review"] not in reviews:
            problems.append(
                f"{where}.review is {again['review']!r}, which is no pooled review of this run."
                f"{closest(again['review'], reviews)} Add it to `reviews` in config/config.yaml, "
                "mend it, or remove the entry"
            )
        elif again["outcome"] not in reviews[again["review"]]["outcomes"]:
            known = reviews[again["review"]]["outcomes"]
            problems.append(unknown_choice(f"{where}.outcome", again["outcome"], known))
    if problems:
        raise InputError(f"config/reviews/{umbrella['id']}.yaml", problems)


def figure_settings(umbrella):
    """Return what the figures need beside the tables: orders, the limit of I^2, the optimum."""
    return {
        "sources": [*umbrella["sources"]],
        "routes": [*umbrella["routes"]],
        "i2_limit": umbrella["sensitivity"]["i2_below"],
        "optimum_ug": umbrella["doses"]["optimum_ug"],
    }
