"""Step 5 of an umbrella review: its tables, rebuilt from the data, and the sensitivity summary."""

from evpool.umbrella.columns import PAPER_TABLES

TABLES = tuple(PAPER_TABLES)
KEPT, DROPPED, UNDECIDED = "kept", "dropped", "undecided"


def tabulate_umbrella(tables, agreement, settings):
    """Rebuild the tables of an umbrella review, and say what is left without weak reviews.

    Parameters
    ----------
    tables : dict of str to list of dict
        Rows of REVIEWS, DISEASES, DOSES, SOURCES, RISK and AMSTAR.
    agreement : list of dict
        Rows of AGREEMENT: the labels by rule.
    settings : dict
        `i2_below` (percent) and `critical_flaws_at_most`: which reviews stay in the sensitivity
        summary.

    Returns
    -------
    rebuilt : dict of str to list of dict
        Rows of table_2 to table_6.
    sensitivity : list of dict
        Rows of SENSITIVITY.
    """
    risk = {row["ma_id"]: row for row in tables["risk"]}
    by_rule = {row["disease"]: row for row in agreement}
    reviews = [
        {
            **row,
            "risk_of_bias": risk[row["ma_id"]]["printed_by_review"],
            "tool": risk[row["ma_id"]]["tool_by_review"],
        }
        for row in tables["reviews"]
    ]
    diseases = [
        {
            **row,
            "label_by_rule": by_rule.get(row["disease"], {}).get("by_rule"),
            "possible_by_rule": by_rule.get(row["disease"], {}).get("possible"),
        }
        for row in tables["diseases"]
    ]
    kinds = (reviews, diseases, tables["doses"], tables["sources"], tables["risk"])
    rebuilt = {
        name: [{column.name: row[column.name] for column in PAPER_TABLES[name]} for row in rows]
        for name, rows in zip(TABLES, kinds, strict=True)
    }
    flaws = {row["ma_id"]: row for row in tables["amstar2"]}
    return rebuilt, [_sensitivity(row, flaws, settings) for row in tables["diseases"]]


def _sensitivity(disease, flaws, settings):
    heterogeneous = _too_heterogeneous(disease, settings["i2_below"])
    reviews = [name for name in disease["reviews"].split(";") if name]
    most = settings["critical_flaws_at_most"]
    fates = [_fate(heterogeneous, _flawed(flaws[name], most)) for name in reviews]
    counts = {name: fates.count(name) for name in (KEPT, DROPPED, UNDECIDED)}
    return {
        "disease": disease["disease"],
        "n_reviews": len(reviews),
        **counts,
        "i2_low": disease["i2_low"],
        "i2_high": disease["i2_high"],
        "verdict": _verdict(counts),
        "why": _why(disease, heterogeneous, [flaws[name] for name in reviews], settings),
    }


def _too_heterogeneous(disease, limit):
    """Whether a disease's I^2 is at or above the limit; None if that is not known."""
    low, high = disease["i2_low"], disease["i2_high"]
    if low is None or high is None:
        return None
    return True if low >= limit else False if high < limit else None


def _flawed(row, most):
    """Whether a review has too many critical flaws; None if its answers don't say."""
    if row["source_rows"] is None:
        return None
    flaws = len((row["critical_flaws"] or "").split(", ")) if row["critical_flaws"] else 0
    if flaws > most:
        return True
    return None if row["missing"] else False


def _fate(heterogeneous, flawed):
    if heterogeneous or flawed:
        return DROPPED
    return KEPT if heterogeneous is False and flawed is False else UNDECIDED


def _verdict(counts):
    if not any(counts.values()):
        return "no review"
    if counts[KEPT]:
        return "evidence remains"
    return "can't be decided" if counts[UNDECIDED] else "no evidence remains"


def _why(disease, heterogeneous, flaws, settings):
    low, high, limit = disease["i2_low"], disease["i2_high"], settings["i2_below"]
    if low is None:
        told = "I² not reported"
    else:
        span = f"{low:g} %" if low == high else f"{low:g} to {high:g} %"
        place = {True: "not below", False: "below", None: "on both sides of"}[heterogeneous]
        told = f"I² {span}, {place} {limit:g} %"
    unrated = sum(row["source_rows"] is None for row in flaws)
    return told + (f"; AMSTAR 2 not reported for {unrated} of {len(flaws)}" if unrated else "")
