"""Step 4 of an umbrella review: evidence classified by declared rules, held against labels."""

import math

from evpool.stats.evidence import classify
from evpool.umbrella.config import RULE_COLUMNS

AGREES, DIFFERS, OPEN, UNLABELLED = "agrees", "differs", "open", "the paper gives no label"
PRINTED, RECOMPUTED = "as printed", "re-analysed"


def classify_evidence(tables, reanalysis, classifications):
    """Classify every effect, outcome and disease by every declared rule.

    Parameters
    ----------
    tables : dict of str to list of dict
        Rows of EFFECTS, DISEASES and REVIEWS.
    reanalysis : list of dict
        Rows of REANALYSIS: where there is one, it stands in for the printed effect in its outcome.
    classifications : dict
        Name -> `units` (effect, outcome, disease) and `labels`, as of `stats.evidence.classify`.

    Returns
    -------
    classified, agreement : lists of dict
        Rows of CLASSIFICATION and of AGREEMENT.
    """
    units = _units(tables, reanalysis)
    classified = [
        _classified(name, unit, rule["labels"])
        for name, rule in classifications.items()
        for unit in units
        if unit["unit"] in rule["units"]
    ]
    agreement = [
        row
        for name, rule in classifications.items()
        if rule.get("compare_with")
        for row in _agreement(name, rule["compare_with"], classified, tables["diseases"])
    ]
    return classified, agreement


def _classified(name, unit, labels):
    verdict = classify(unit["values"], labels)
    return {
        "classification": name,
        **{key: value for key, value in unit.items() if key != "values"},
        "label": verdict.label,
        "possible": "; ".join(verdict.possible),
        "decided_by": "; ".join(verdict.decided_by) or None,
        "missing": "; ".join(verdict.missing) or None,
    }


def _units(tables, reanalysis):
    again = {row["effect_id"]: row for row in reanalysis}
    studies = {row["ma_id"]: row["n_studies"] for row in tables["reviews"]}
    printed, current = [], []
    for effect in tables["effects"]:
        unit = _effect_unit(effect, studies)
        printed.append(unit)
        if effect["effect_id"] in again:
            unit = _reanalysed_unit(unit, again[effect["effect_id"]])
            printed.append(unit)
        current.append(unit)
    diseases = {row["disease"]: row for row in tables["diseases"]}
    outcomes = {}
    for unit in current:
        if unit["disease"]:
            outcomes.setdefault((unit["disease"], unit["outcome"]), []).append(unit)
    grouped = [
        _joined(units, "outcome", diseases[disease], outcome)
        for (disease, outcome), units in outcomes.items()
    ]
    whole = [
        _joined([u for u in current if u["disease"] == name], "disease", row, None)
        for name, row in diseases.items()
    ]
    return [*printed, *grouped, *whole]


def _effect_unit(effect, studies):
    """An effect as printed; a review's studies bound those behind one of its effects."""
    values = dict.fromkeys(RULE_COLUMNS)
    if effect["smd"] is not None:
        values["abs_smd"] = _exact(abs(effect["smd"]))
    if effect["p_value"] is not None:
        below = (effect["p_source"] or "").endswith(("<", "<="))
        values["p_value"] = (0.0, effect["p_value"]) if below else _exact(effect["p_value"])
    if effect["i2_low"] is not None and effect["i2_high"] is not None:
        values["i2"] = (effect["i2_low"], effect["i2_high"])
    if studies.get(effect["ma_id"]):
        values["k"] = (1, studies[effect["ma_id"]])
    values["reviews"] = (1, 1)
    place = {name: effect[name] for name in ("disease", "outcome", "effect_id")}
    return {
        "unit": "effect",
        **place,
        "reviews": effect["ma_id"],
        "basis": PRINTED,
        "values": values,
    }


def _reanalysed_unit(unit, row):
    values = dict.fromkeys(RULE_COLUMNS)
    for column in ("p_value", "i2", "k", "animals", "largest_p", "small_study_p", "excess_p"):
        if row[column] is not None:
            values[column] = _exact(row[column])
    if row["smd"] is not None:
        values["abs_smd"] = _exact(abs(row["smd"]))
    if row["pi_low"] is not None and row["pi_high"] is not None:
        null = 1.0 if row["measure"] in ("OR", "HR", "RR", "ROM") else 0.0
        values["pi_excludes_null"] = _exact(float(not row["pi_low"] <= null <= row["pi_high"]))
    values["reviews"] = (1, 1)
    return {**unit, "basis": RECOMPUTED, "values": values}


def _joined(units, kind, disease, outcome):
    """Join the effects of an outcome or of a disease: bounds that hold all their known values.

    Only reviews whose SMD is known surely support it; any review of the disease may.
    """
    values = dict.fromkeys(RULE_COLUMNS)
    for column in ("abs_smd", "p_value", "i2"):
        known = [unit["values"][column] for unit in units if unit["values"][column] is not None]
        if known:
            values[column] = (min(low for low, _ in known), max(high for _, high in known))
    if kind == "disease" or values["i2"] is None:
        low, high = disease["i2_low"], disease["i2_high"]
        values["i2"] = None if low is None or high is None else (low, high)
    names = {u["reviews"] for u in units if u["reviews"] and u["values"]["abs_smd"] is not None}
    some = int(any(unit["values"]["abs_smd"] is not None for unit in units))
    surely = max(len(names), some)
    values["reviews"] = (surely, max(surely, disease["n_reviews"]))
    recomputed = any(unit["basis"] == RECOMPUTED for unit in units)
    listed = disease["reviews"] if kind == "disease" else ";".join(_listed(units))
    return {
        "unit": kind,
        "disease": disease["disease"],
        "outcome": outcome,
        "effect_id": None,
        "reviews": listed or None,
        "basis": RECOMPUTED if recomputed else PRINTED,
        "values": values,
    }


def _listed(units):
    return dict.fromkeys(unit["reviews"] for unit in units if unit["reviews"])


def _exact(value):
    return (float(value), float(value)) if math.isfinite(value) else None


def _agreement(name, column, classified, diseases):
    by_rule = {
        row["disease"]: row
        for row in classified
        if (row["classification"], row["unit"]) == (name, "disease")
    }
    for disease in diseases:
        if disease["disease"] in by_rule:
            row, printed = by_rule[disease["disease"]], disease[column]
            verdict = _verdict(printed, row)
            yield {
                "classification": name,
                "disease": disease["disease"],
                "by_paper": printed,
                "by_rule": row["label"],
                "possible": row["possible"],
                "verdict": verdict,
                "why": _why(verdict, printed, row),
            }


def _verdict(printed, row):
    if printed is None:
        return UNLABELLED
    if row["label"] is None:
        return OPEN if printed in row["possible"].split("; ") else DIFFERS
    return AGREES if row["label"] == printed else DIFFERS


def _why(verdict, printed, row):
    if verdict == AGREES:
        return row["decided_by"]
    if verdict == OPEN:
        return f"what is printed leaves it open: it hangs on {row['missing']}"
    if verdict == UNLABELLED:
        return "the disease has no row in the paper's table of diseases"
    return f"the rule does not allow {printed}: {row['decided_by']}"
