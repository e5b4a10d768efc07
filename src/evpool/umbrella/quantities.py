"""The numbers that an umbrella review states, counted again from its own tables.

Each function returns what a claim's `value` and `value2` should be, None where that can't be
counted, and a finding that says more.
"""

import re
from collections import Counter

from evpool.umbrella.effects import heterogeneity


def recount(quantity, tables, umbrella):
    """Count a named quantity.

    Parameters
    ----------
    quantity : str
        A name of `QUANTITIES`, followed by a space and what it is asked of, if it needs that.
    tables : dict
        Rows of the harmonised tables, of `typed_effects` and of `agreement`.
    umbrella : dict
        The umbrella review's whole config.

    Returns
    -------
    (value, value2, finding), or None for an unknown quantity.
    """
    name, _, about = quantity.partition(" ")
    function = QUANTITIES.get(name)
    return function(tables, about, umbrella) if function else None


def _reviews(tables, about, umbrella):
    studies = sum(row["n_studies"] or 0 for row in tables["reviews"])
    return len(tables["reviews"]), None, f"their rows state {studies} studies, repeats not removed"


def _diseases(tables, about, umbrella):
    printed = [row for row in tables["diseases"] if row["n_reviews_printed"] is not None]
    stated = sum(row["n_reviews_printed"] for row in printed)
    placed = sum(row["n_reviews"] for row in tables["diseases"])
    other = [row["disease"] for row in tables["diseases"] if row["n_reviews_printed"] is None]
    finding = f"Table 3 counts {stated} reviews, the reviews' own rows {placed} placements"
    if other:
        finding += f"; reviewed but not in Table 3: {', '.join(other)}"
    return len(printed), None, finding


def _years(tables, about, umbrella):
    years = [row["year"] for row in tables["reviews"]]
    return min(years), max(years), ""


def _source_studies(tables, about, umbrella):
    row = next(row for row in tables["sources"] if row["source_code"] == about)
    naming = [r for r in tables["reviews"] if about in r["sources"].split(";")]
    studies = sum(review["n_studies"] or 0 for review in naming)
    finding = (
        f"as Table 5 prints; {len(naming)} reviews of {studies} studies in all name the source"
    )
    return row["n_studies_printed"], None, finding


def _dose_response_share(tables, about, umbrella):
    answers = Counter(row["dose_response_studied"] for row in tables["doses"])
    total, yes, partly = len(tables["doses"]), answers["yes"], answers["partially"]
    share = 100 * (yes + partly) / total
    finding = f"{yes} of {total} reviews did ({100 * yes / total:.1f} %), {partly} more in part "
    return 100 * yes / total, None, finding + f"({share:.1f} % with them)"


def _range(tables, low, high, key):
    rows = [row for row in tables["doses"] if row[low] is not None or row[high] is not None]
    least = min((row for row in rows if row[low] is not None), key=lambda row: row[low])
    most = max((row for row in rows if row[high] is not None), key=lambda row: row[high])
    finding = f"lowest in {least['label']}, highest in {most['label']}"
    return least[low], most[high], finding


def _dose_ug(tables, about, umbrella):
    return _range(tables, "ug_low", "ug_high", "µg")


def _dose_ug_most(tables, about, umbrella):
    _, most, finding = _dose_ug(tables, about, umbrella)
    return most, None, finding.partition(", ")[2]


def _particles(tables, about, umbrella):
    return _range(tables, "particles_low", "particles_high", "particles")


def _singled_out_most(tables, about, umbrella):
    amounts = Counter(row["ug_singled_out"] for row in tables["doses"] if row["ug_singled_out"])
    if not amounts:
        return None, None, "no review's row singles out an amount"
    amount, count = amounts.most_common(1)[0]
    finding = f"{count} of {len(tables['doses'])} rows name this amount by itself"
    return amount, None, finding + "; the rest print ranges only"


def _numbered(tables):
    return [row for row in tables["diseases"] if row["i2_low"] is not None]


def _i2_low(tables, about, umbrella):
    rows = _numbered(tables)
    high = sum(heterogeneity(row, 70) == "at or above the limit" for row in rows)
    finding = f"{high} of {len(rows)} diseases with a number lie at 70 % or more throughout"
    return min(row["i2_low"] for row in rows), None, finding


def _i2_range(tables, about, umbrella):
    row = next(row for row in tables["diseases"] if row["disease"] == about)
    return row["i2_low"], row["i2_high"], "as Table 3 prints"


def _i2_range_all(tables, about, umbrella):
    return _span(_numbered(tables))


def _i2_range_moderate(tables, about, umbrella):
    rows = [row for row in _numbered(tables) if row["consistency_label"] == "Moderate"]
    return _span(rows)


def _span(rows):
    least = min(rows, key=lambda row: row["i2_low"])
    most = max(rows, key=lambda row: row["i2_high"])
    finding = f"lowest for {least['disease']}, highest for {most['disease']}"
    return least["i2_low"], most["i2_high"], f"{finding}, of {len(rows)} diseases"


def _i2_at_least_70_share(tables, about, umbrella):
    rows = _numbered(tables)
    reach = sum(row["i2_high"] > 70 for row in rows)
    return None, None, f"the printed range reaches above 70 % in {reach} of {len(rows)} diseases"


def _amstar2_items(tables, about, umbrella):
    return 16, None, "the checklist has 16 items"


def _amstar2_critical_flaws(tables, about, umbrella):
    items = ", ".join(map(str, umbrella["amstar2"]["critical"]))
    return 1, None, f"one flaw gives low; critical here: {items} (Shea et al. 2017 have 13 as well)"


def _threshold(tables, about, umbrella):
    place, *rest = about.split("/")
    if place == "sensitivity":
        return umbrella["sensitivity"]["i2_below"], None, "the review's config"
    label, column = rest
    rules = umbrella["classifications"][place]["labels"]
    rule = next(rule for rule in rules if rule["label"] == label)
    condition = next(
        condition
        for part in ("all", "any")
        for condition in rule.get(part, ())
        if condition["column"] == column
    )
    limits = [value for key, value in condition.items() if key != "column"]
    return limits[0], limits[1] if len(limits) > 1 else None, "the rule that is applied here"


def _effect(tables, about, umbrella):
    row = next(row for row in tables["typed_effects"] if row["effect_id"] == about)
    return row["estimate"], None, f"as {row['location']} prints"


def _studies(tables, about, umbrella):
    row = next(row for row in tables["reviews"] if row["ma_id"] == about)
    return None, row["n_studies"], "the total is the review's number of studies"


def _risk_share(tables, about, umbrella):
    """Reviews at moderate or high risk, by the umbrella review's table and by the reviews' rows."""
    wanted = ("moderate", "moderate to high", "high")
    total = len(tables["risk"])
    again = sum(row["risk_by_umbrella"] in wanted for row in tables["risk"])
    own = sum(row["scale"] == "risk" and row["risk_by_review"] in wanted for row in tables["risk"])
    finding = f"{again} of {total} by Table 6 ({100 * again / total:.1f} %), "
    return (
        None,
        None,
        finding + f"{own} by the words about risk in Table 2 ({100 * own / total:.1f} %)",
    )


def _label_high(tables, about, umbrella):
    printed = Counter(row["effectiveness_label"] for row in tables["diseases"])
    counts = ", ".join(f"{count} {label}" for label, count in printed.items() if label)
    could = sum("High" in row["possible"].split("; ") for row in tables["agreement"])
    sure = sum(row["by_rule"] == "High" for row in tables["agreement"])
    return None, None, f"Table 3 labels {counts}; by the rule {sure} are High and {could} could be"


def _label(tables, about, umbrella):
    row = next(row for row in tables["diseases"] if row["disease"] == about)
    rule = next((r["possible"] for r in tables["agreement"] if r["disease"] == about), "none")
    return None, None, f"Table 3 labels it {row['effectiveness_label']}; by the rule: {rule}"


def _amstar2(tables, about, umbrella):
    rated = Counter(row["rating"] for row in tables["amstar2"] if row["rating"])
    if rated:
        return None, None, ", ".join(f"{count} {rating}" for rating, count in rated.items())
    finding = "the answers to the items are not printed; the text rates all reviews moderate "
    return None, None, finding + "(3.3, 4.5) and several low or critically low (4.6)"


QUANTITIES = {
    "reviews": _reviews,
    "diseases": _diseases,
    "years": _years,
    "source_studies": _source_studies,
    "dose_response_share": _dose_response_share,
    "dose_ug": _dose_ug,
    "dose_ug_most": _dose_ug_most,
    "particles": _particles,
    "singled_out_most": _singled_out_most,
    "i2_low": _i2_low,
    "i2_range": _i2_range,
    "i2_range_all": _i2_range_all,
    "i2_range_moderate": _i2_range_moderate,
    "i2_at_least_70_share": _i2_at_least_70_share,
    "amstar2_items": _amstar2_items,
    "amstar2_critical_flaws": _amstar2_critical_flaws,
    "threshold": _threshold,
    "effect": _effect,
    "studies": _studies,
    "risk_moderate_to_high_share": _risk_share,
    "label_high": _label_high,
    "label": _label,
    "amstar2_all_moderate": _amstar2,
    "amstar2_several_low": _amstar2,
}


def is_number(text):
    """Tell whether a claim's printed value is a number."""
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text or ""))
