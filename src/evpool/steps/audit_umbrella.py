"""Step 6 of an umbrella review: every count that it states, counted again."""

from evpool.errors import InputError, Problem, closest
from evpool.steps.audit_claims import DIFFERS, NOT_RECOMPUTABLE, REPRODUCED, compare
from evpool.umbrella.quantities import QUANTITIES, is_number, recount

WHY_NOT = {
    "rating": "a judgement in words, with no number behind it in the text",
    "range": "nothing in the tables to count it from",
    "count": "nothing in the tables to count it from",
    "percentage": "a number of the cited review, whose data are not in the text",
    "effect": "a number of the cited review, whose data are not in the text",
}


def audit_umbrella(claims, tables, umbrella):
    """Hold each claim of an umbrella review against what its tables give.

    Parameters
    ----------
    claims : InputTable
        The review's claims; `quantity` names what to count, see `umbrella.quantities`.
    tables : dict
        Rows of the harmonised tables, of `typed_effects` and of `agreement`.
    umbrella : dict
        The umbrella review's whole config.

    Returns
    -------
    list of dict
        Rows of AUDIT: one for each claim and printed number.

    Raises
    ------
    InputError
        If a claim names an unknown quantity.
    """
    check_claims(claims)
    rows = []
    for claim in claims.rows:
        place = {
            "review": umbrella["id"],
            "claim_id": claim["claim_id"],
            "location": claim["location"],
            "outcome": claim["subject"],
            "quote": claim["quote"],
        }
        rows += [{**place, **row} for row in _audited(claim, tables, umbrella)]
    return rows


def check_claims(claims):
    """Raise InputError if a claim can't be read or names an unknown quantity."""
    unknown = [_unknown(row) for row in claims.rows if _is_unknown(row)]
    if claims.problems or unknown:
        raise InputError(claims.path, [*claims.problems, *unknown])


def _audited(claim, tables, umbrella):
    kind = claim["statement_type"] or "claim"
    printed = [value for value in (claim["value"], claim["value2"]) if value]
    shown = " to ".join(printed) or None
    if not claim["quantity"]:
        return [_row(kind, shown, NOT_RECOMPUTABLE, WHY_NOT.get(kind, ""))]
    value, value2, finding = recount(claim["quantity"], tables, umbrella)
    if not all(map(is_number, printed)) or (value is None and value2 is None):
        return [_row(kind, shown, _in_words(claim, finding, tables), finding)]
    rows = []
    for side, text, found in (("", claim["value"], value), (", upper", claim["value2"], value2)):
        if text:
            row = compare(kind + side, text, None if found is None else float(found))
            told = finding if found is not None else WHY_NOT["percentage"]
            rows.append({**row, "finding": told})
    return rows


def _in_words(claim, finding, tables):
    """Judge a claim in words, where the tables settle it."""
    name, _, about = claim["quantity"].partition(" ")
    printed = (claim["value"] or "").casefold()
    if name == "label":
        row = next(row for row in tables["diseases"] if row["disease"] == about)
        return REPRODUCED if (row["effectiveness_label"] or "").casefold() == printed else DIFFERS
    if name == "label_high":
        labels = {(row["effectiveness_label"] or "").casefold() for row in tables["diseases"]}
        return REPRODUCED if printed in labels else DIFFERS
    if name == "risk_moderate_to_high_share":
        wanted = ("moderate", "moderate to high", "high")
        share = sum(row["risk_by_umbrella"] in wanted for row in tables["risk"])
        return REPRODUCED if 2 * share > len(tables["risk"]) else DIFFERS
    if name == "i2_at_least_70_share":
        rows = [row for row in tables["diseases"] if row["i2_high"] is not None]
        reach = sum(row["i2_high"] > 70 for row in rows)
        return REPRODUCED if 2 * reach > len(rows) else DIFFERS
    return NOT_RECOMPUTABLE


def _row(quantity, printed, verdict, finding):
    return {
        "against": "data",
        "quantity": quantity,
        "printed": printed,
        "recomputed": None,
        "verdict": verdict,
        "finding": finding,
    }


def _is_unknown(row):
    return bool(row["quantity"]) and row["quantity"].partition(" ")[0] not in QUANTITIES


def _unknown(row):
    name = row["quantity"].partition(" ")[0]
    return Problem(
        row["line"],
        "quantity",
        row["quantity"],
        f"one of {', '.join(QUANTITIES)}, or an empty cell",
        f"Correct the cell.{closest(name, QUANTITIES)}",
        None,
        row["claim_id"],
    )
