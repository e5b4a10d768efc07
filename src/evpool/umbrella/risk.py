"""Risk of bias as the reviews rate it and as the umbrella review repeats it; AMSTAR 2."""

from evpool.stats.amstar2 import ITEMS, rate_amstar2
from evpool.umbrella.inputs import risk_word

SAME, DIFFERENT = "same", "different"
OTHER_SCALE, ONLY_UMBRELLA = "quality turned into risk", "only the umbrella review rates"
ONLY_REVIEW = "only the review's row rates"


def compare_risk(reviews, ratings, words):
    """Hold the two tables' ratings of each review against each other.

    Parameters
    ----------
    reviews : list of dict
        Rows of EXTRACTED meta-analyses.
    ratings : list of dict
        Usable rows of EXTRACTED risk of bias.
    words : dict
        `risk_words` of the config.

    Returns
    -------
    list of dict
        Rows of RISK without `label`; `agreement` compares risk with risk only.
    """
    by_id = {row["ma_id"]: row for row in ratings}
    return [_compared(review, by_id.get(review["ma_id"]), words) for review in reviews]


def _compared(review, rating, words):
    scale, own = risk_word(review["rob_overall"], words)
    again = risk_word(rating and rating["overall_rating"], {"risk": words["risk"]})[1]
    return {
        "ma_id": review["ma_id"],
        "printed_by_review": review["rob_overall"],
        "scale": scale,
        "risk_by_review": own,
        "printed_by_umbrella": rating and rating["overall_rating"],
        "risk_by_umbrella": again,
        "agreement": _agreement(scale, own, again),
        "tool_by_review": review["rob_tool"],
        "tool_by_umbrella": rating and rating["tool"],
        "tools_agree": _tools_agree(review["rob_tool"], rating and rating["tool"]),
        "common_biases": rating and rating["common_biases"],
        "source_rows": ";".join(row["row_id"] for row in (review, rating) if row),
    }


def _agreement(scale, own, again):
    if own is None or again is None:
        return ONLY_UMBRELLA if again else ONLY_REVIEW if own else None
    if scale == "quality":
        return OTHER_SCALE
    return SAME if own == again else DIFFERENT


def _tools_agree(own, again):
    if not own or not again:
        return None
    return "yes" if _tools(own) == _tools(again) else "no"


def _tools(cell):
    return {part.strip().casefold().replace("_", " ") for part in cell.split(";")}


def rate_reviews(reviews, answers, critical):
    """Rate each review by AMSTAR 2; one without answers has no rating.

    Returns
    -------
    list of dict
        Rows of AMSTAR without `label`.
    """
    by_id = {row["ma_id"]: row for row in answers}
    rows = []
    for review in reviews:
        typed = by_id.get(review["ma_id"])
        row = dict.fromkeys(("rating", "possible", "critical_flaws", "weaknesses", "missing"))
        row |= {"ma_id": review["ma_id"], "source_rows": typed and typed["row_id"]}
        if typed:
            given = {item: (typed.get(f"item_{item}") or "").casefold() or None for item in ITEMS}
            rated = rate_amstar2(given, critical)
            row |= {"rating": rated.rating, "possible": "; ".join(rated.possible)}
            row |= {
                name: ", ".join(map(str, getattr(rated, name))) or None
                for name in ("critical_flaws", "weaknesses", "missing")
            }
        rows.append(row)
    return rows
