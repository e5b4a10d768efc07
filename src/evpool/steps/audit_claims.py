"""Step 9: is what a paper printed what its own data give, and does it agree with itself?

Every printed number gets a verdict at its printed precision: reproduced, differs or
not_recomputable, with a finding that says why. A claim that names no model is held against both.
Then the printed numbers are held against each other, which needs no data (`evpool.claims`).
"""

import re

import numpy as np

from evpool.cells import NUMBER
from evpool.claims.between import check_between
from evpool.claims.printed import decimals
from evpool.claims.rounded_inputs import rounding_reach
from evpool.claims.within import check_within
from evpool.errors import InputError, Problem
from evpool.stats.measures import MEASURES
from evpool.steps.assertions import check_assertion

# Claim's column -> (column of POOLED, factor from our scale to the printed one).
NUMBERS = {
    "estimate": ("estimate", 1),
    "ci_lower": ("ci_low", 1),
    "ci_upper": ("ci_high", 1),
    "k": ("k", 1),
    "n_animals": ("animals", 1),
    "p_value": ("p_value", 1),
    "z": ("statistic", 1),
    "i2_pct": ("i2", 100),
    "tau2": ("tau2", 1),
    "q": ("q", 1),
    "q_df": ("q_df", 1),
    "p_het": ("q_p", 1),
}
UNSIGNED = ("z",)  # RevMan prints it without its sign
ON_EFFECT_SCALE = ("estimate", "ci_low", "ci_high")
RELATIONS = {"p_value": "p_relation", "i2_pct": "i2_relation", "p_het": "p_het_relation"}
BESIDE_THE_FIT = {"egger_p": ("egger", "p_value"), "egger_t": ("egger", "statistic")}
PARTIAL = ("subgroup", "sensitivity")  # kinds of result that the overall one does not stand for
REPRODUCED, DIFFERS, NOT_RECOMPUTABLE = "reproduced", "differs", "not_recomputable"


def audit_claims(claims, results, review, outcomes):
    """Hold each claim of a review against the recomputed results.

    Parameters
    ----------
    claims : InputTable
        The review's claims; numbers are kept as printed.
    results : dict
        The rows of `pooled`, `effects`, `subgroups` and `bias` of all the review's outcomes.
    review : str
        The review's id.
    outcomes : dict
        Outcome id -> `rows` (which typed rows belong to it) and `better`.

    Returns
    -------
    list of dict
        Rows of AUDIT: one for each claim, outcome and printed number or assertion (`against`
        'data'), then one for each check of a claim against itself or others (`against` 'itself').

    Raises
    ------
    InputError
        As `check_claims`.
    """
    check_claims(claims)
    rows = []
    for claim in claims.rows:
        matched = [name for name, outcome in outcomes.items() if _is_about(claim, outcome, name)]
        found = [
            row for outcome in matched for row in _audit(claim, outcome, outcomes[outcome], results)
        ]
        if not found:
            why = claim.get("not_recomputable") or _why_not(matched)
            found = [_verdict("claim", None, None, NOT_RECOMPUTABLE, why)]
        rows += [{**_place(claim, review), **row} for row in found]
    return rows + _against_itself(claims.rows, review)


def _against_itself(claims, review):
    """Hold the printed numbers against each other, claim by claim and between claims."""
    pairs = [(claim, row) for claim in claims for row in check_within(claim)]
    pairs += check_between(claims)
    order = {claim["claim_id"]: i for i, claim in enumerate(claims)}
    pairs.sort(key=lambda pair: order[pair[0]["claim_id"]])
    return [{**_place(claim, review), **row} for claim, row in pairs]


def check_claims(claims):
    """Raise InputError if a printed number is no number or a claim is listed twice.

    Parameters
    ----------
    claims : InputTable
        The review's claims.
    """
    problems, seen = list(claims.problems), {}
    for claim in claims.rows:
        for name in (*NUMBERS, *BESIDE_THE_FIT):
            text = claim.get(name)
            if text and not NUMBER.match(text):
                remedy = "Write the number alone; a '<' belongs into the column of its relation."
                problems.append(
                    Problem(claim.get("line"), name, text, "a number as printed", remedy)
                )
        first = seen.setdefault(claim["claim_id"], claim.get("line"))
        if first != claim.get("line"):
            expected = f"a claim once, but row {first} has it too"
            problems.append(
                Problem(claim.get("line"), "claim_id", claim["claim_id"], expected, "Rename one.")
            )
    if problems:
        raise InputError(claims.path, sorted(problems, key=lambda problem: problem.line))


def _audit(claim, outcome, settings, results):
    own = {
        name: [row for row in rows if row["outcome"] == outcome] for name, rows in results.items()
    }
    place = {"outcome": outcome}
    rows = [{**place, **row} for row in _audit_numbers(claim, own)]
    if claim.get("asserts"):
        checked = check_assertion(claim, settings["better"], own)
        rows.append({**place, **checked, "against": "data"})
    return rows


def _audit_numbers(claim, own):
    quantities = [name for name in NUMBERS if claim.get(name)]
    rows = []
    if quantities and not _candidates(claim, own):
        why = claim.get("not_recomputable") or f"no result of {claim['group']!r} is computed"
        rows += [_verdict(name, claim[name], None, NOT_RECOMPUTABLE, why) for name in quantities]
    elif quantities:
        fit, note = _fitting_model(claim, quantities, own)
        reach = rounding_reach(own["effects"], fit) if "tau2_method" in fit else {}
        for name in quantities:
            column, factor = NUMBERS[name]
            value = _value(fit, column)
            recomputed = None if value is None else factor * value
            allowed = factor * reach.get(column, 0.0)
            row = compare(name, claim[name], recomputed, claim.get(RELATIONS.get(name)), allowed)
            finding = "; ".join(filter(None, (note, row["finding"], *_remarks(name, claim, fit))))
            rows.append({**row, "model": fit["model"], "finding": finding})
    for name, (test, column) in BESIDE_THE_FIT.items():
        if claim.get(name):
            value = next((row[column] for row in own["bias"] if row["test"] == test), None)
            rows.append(compare(name, claim[name], value, claim.get(f"{name}_relation")))
    return rows


def compare(quantity, printed, recomputed, relation=None, allowed=0.0):
    """Compare a printed number with the recomputed one, at the printed precision.

    Parameters
    ----------
    quantity : str
        What the number is.
    printed : str
        As printed, so that its decimals say how precise it is.
    recomputed : float or None
        None if it can't be recomputed.
    relation : {None, '=', '<', '>', '<=', '>='}
        How the paper prints it, e.g. 'p < 0.01'.
    allowed : float
        How far the recomputed number may be off because its own input is printed rounded.

    Returns
    -------
    dict
        `quantity`, `printed`, `recomputed`, `verdict`, `finding`.
    """
    text = f"{relation} {printed}" if relation and relation != "=" else printed
    if recomputed is None or np.isnan(recomputed):
        return _verdict(quantity, text, None, NOT_RECOMPUTABLE, "not among the results")
    value = float(printed)
    if relation in ("<", "<=", ">", ">="):
        holds = recomputed <= value if relation[0] == "<" else recomputed >= value
        return _verdict(quantity, text, recomputed, REPRODUCED if holds else DIFFERS, "")
    half_unit = 0.5 * 10.0 ** -decimals(printed)
    off = abs(recomputed - value)
    unsigned = quantity in UNSIGNED and recomputed * value < 0
    if unsigned:
        off = abs(recomputed + value)
    equal = off <= half_unit * (1 + 1e-9) + allowed
    notes = []
    if equal and unsigned:
        notes.append("but for the sign, which is often left out")
    if equal and off > half_unit * (1 + 1e-9):
        notes.append("within what the rounding of the printed effects allows")
    return _verdict(quantity, text, recomputed, REPRODUCED if equal else DIFFERS, "; ".join(notes))


def _fitting_model(claim, quantities, own):
    """Return the pooled row that a claim is held against, and a note on how it was chosen."""
    overall = _candidates(claim, own)
    named = [fit for fit in overall if fit["model"] == claim.get("model")]
    if named:
        return named[0], ""
    scores = [
        sum(
            _agrees(claim, name, fit)
            for name in quantities
            if name in ("estimate", "ci_lower", "ci_upper")
        )
        for fit in overall
    ]
    best = int(np.argmax(scores))
    if scores[best] == 0 or scores.count(scores[best]) > 1:
        return overall[-1], "no model is named; held against the random-effects model"
    return overall[
        best
    ], f"no model is named; the numbers are those of the {overall[best]['model']}-effect model"


def _candidates(claim, own):
    """Return the results that a claim may be about; none if it names one that is not computed."""
    if claim.get("analysis") == "study":
        return [
            _single(effect) for effect in own["effects"] if effect["study_id"] == claim["group"]
        ]
    moderator, _, level = (claim.get("group") or "").partition(": ")
    if level and ";" not in level:
        levels = [
            row
            for row in own["subgroups"]
            if row["moderator"] == moderator and row["level"] == level and not row["tau2_common"]
        ]
        if levels:
            return levels
    if claim.get("analysis") in PARTIAL:
        return []
    return [fit for fit in own["pooled"] if fit["analysis"] == "overall"]


def _single(effect):
    """Return one comparison's effect as if it were pooled."""
    names = ("measure", "ci_low", "ci_high", "n_t", "n_c")
    row = dict.fromkeys(set(dict(NUMBERS.values())) | {"model"})
    return row | {name: effect[name] for name in names} | {"estimate": effect["yi"]}


def _agrees(claim, name, fit):
    column, factor = NUMBERS[name]
    value = _value(fit, column)
    return value is not None and compare(name, claim[name], factor * value)["verdict"] == REPRODUCED


def _value(fit, column):
    """Return a result as papers print it: ratios instead of their logarithms."""
    if column == "animals":
        return None if fit["n_t"] is None else fit["n_t"] + fit["n_c"]
    value = fit[column]
    if column in ON_EFFECT_SCALE and value is not None and MEASURES[fit["measure"]].log_scale:
        return float(np.exp(value))
    return value


def _remarks(name, claim, fit):
    """Say what else a printed number could be, or why it contradicts its neighbours."""
    if name == "n_animals" and fit["n_t"] is not None:
        for side, who in (("n_t", "treated"), ("n_c", "control")):
            if claim[name] == str(fit[side]):
                total = fit["n_t"] + fit["n_c"]
                yield f"{fit[side]} are the {who} animals alone; both arms have {total}"


def _is_about(claim, outcome, name):
    if claim["outcome"] == name:
        return True
    values = {
        str(v)
        for value in outcome["rows"].values()
        for v in (value if isinstance(value, list) else [value])
    }
    if claim["outcome"] not in values:
        return False
    group = claim.get("group") or ""
    if claim.get("analysis") == "study":
        return True
    return ": " in group or not group or bool(values & set(re.split(r"\s*;\s*", group)))


def _why_not(matched):
    if matched:
        return "the claim prints no number and nothing that the results could confirm"
    return "no outcome of the review's config holds these rows"


def _place(claim, review):
    return {
        "review": review,
        "claim_id": claim["claim_id"],
        "location": claim["location"],
        "outcome": claim["outcome"],
        "quote": claim["quote"],
    }


def _verdict(quantity, printed, recomputed, verdict, finding):
    return {
        "quantity": quantity,
        "printed": printed,
        "recomputed": recomputed,
        "verdict": verdict,
        "finding": finding,
        "against": "data",
    }
