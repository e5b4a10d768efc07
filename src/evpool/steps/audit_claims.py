"""Step 9: is what a paper printed what its own data give, and does it agree with itself?

Every printed number gets a verdict at its printed precision: reproduced, differs or
not_recomputable, with a finding that says why. A claim that names no model is held against both.
Then the printed numbers are held against each other, which needs no data (`evpool.claims`).
"""

import numpy as np

from evpool.cells import NUMBER
from evpool.claims.about import is_about, is_of_a_part, names_in, other_measure
from evpool.claims.between import check_between
from evpool.claims.egger import egger_tests
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
BETWEEN_LEVELS = {"p_subgroup_difference": ("p_between", 1)}
COUNTED = ("k", "n_animals", "q_df")  # the same on every measure
UNSIGNED = ("z",)  # RevMan prints it without its sign
COLUMNS = NUMBERS | BETWEEN_LEVELS
TELLING = ("estimate", "ci_lower", "ci_upper", *BETWEEN_LEVELS)  # by which a result is recognised
ON_EFFECT_SCALE = ("estimate", "ci_low", "ci_high")
RELATIONS = {"p_value": "p_relation", "i2_pct": "i2_relation", "p_het": "p_het_relation"}
RELATIONS |= {name: f"{name}_relation" for name in ("egger_p", "p_subgroup_difference")}
BESIDE_THE_FIT = {"egger_p": "p_value", "egger_t": "statistic"}  # of Egger's test
SYNONYMS = {"fixed": "common"}  # of models
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
    typed = [_with_model(claim) for claim in claims.rows]
    for claim in typed:
        matched = [
            name for name, outcome in outcomes.items() if is_about(claim, outcome["rows"], name)
        ]
        found = [
            row for outcome in matched for row in _audit(claim, outcome, outcomes[outcome], results)
        ]
        if not found:
            why = claim.get("not_recomputable") or _why_not(matched)
            found = [_verdict("claim", None, None, NOT_RECOMPUTABLE, why)]
        rows += [{**_place(claim, review), **row} for row in found]
    return rows + _against_itself(typed, review)


def _with_model(claim):
    model = claim.get("model")
    return claim | {"model": SYNONYMS.get(model, model)}


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
        for name in (*NUMBERS, *BESIDE_THE_FIT, *BETWEEN_LEVELS):
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
    of_a_part = is_of_a_part(claim, settings["rows"])
    rows = [
        *_audit_numbers(claim, own, of_a_part),
        *_audit_egger(claim, own, of_a_part),
        *_audit_between(claim, own),
    ]
    if claim.get("asserts"):
        checked = check_assertion(claim, settings["better"], own, of_a_part=of_a_part)
        rows.append({**checked, "against": "data"})
    return [{"outcome": outcome, **row} for row in rows]


def _audit_numbers(claim, own, of_a_part):
    """Hold the numbers of a pooled result, or of one study, against the one that is meant."""
    quantities = [name for name in NUMBERS if claim.get(name)]
    fits = _candidates(claim, own, of_a_part)
    if not quantities or not fits:
        return [_lost(name, claim, _no_result(claim)) for name in quantities]
    fit, note = _fitting(claim, quantities, fits)
    strange = other_measure(claim, fit["measure"])
    reach = rounding_reach(own["effects"], fit) if "tau2_method" in fit else {}
    rows = []
    for name in quantities:
        if strange and name not in COUNTED:
            rows.append(_lost(name, claim, strange))
            continue
        row = _held(name, claim, fit, reach)
        finding = "; ".join(filter(None, (note, row["finding"], *_remarks(name, claim, fit))))
        rows.append(row | {"model": fit["model"], "finding": finding})
    return rows


def _held(name, claim, fit, reach):
    """Hold one printed number of a claim against a result, which may be off by `reach`."""
    column, factor = COLUMNS[name]
    value = _value(fit, column)
    recomputed = None if value is None else factor * value
    relation = claim.get(RELATIONS.get(name))
    return compare(name, claim[name], recomputed, relation, factor * reach.get(column, 0.0))


def _audit_egger(claim, own, of_a_part):
    """Hold what is printed of Egger's test against it: of two, against the one that agrees."""
    quantities = [name for name in BESIDE_THE_FIT if claim.get(name)]
    if not quantities:
        return []
    measure = next((effect["measure"] for effect in own["effects"]), None)
    strange = measure and other_measure(claim, measure)
    tests = [] if of_a_part or strange else egger_tests(own["effects"], own["bias"])
    if not tests:
        undone = claim.get("not_recomputable") or "Egger's test could not be computed"
        why = strange or (_no_result(claim) if of_a_part else undone)
        return [_lost(name, claim, why) for name in quantities]
    checked = [[_of_egger(name, claim, test) for name in quantities] for test in tests]
    return max(checked, key=_agreeing)


def _of_egger(name, claim, test):
    row = compare(name, claim[name], test[BESIDE_THE_FIT[name]], claim.get(RELATIONS.get(name)))
    return row | {"finding": row["finding"] or test["how"]}


def _audit_between(claim, own):
    """Hold the P value of a difference between subgroups against the test between their levels."""
    (name,) = BETWEEN_LEVELS
    if not claim.get(name):
        return []
    levels = _compared_levels(claim, own["subgroups"])
    fits = list({row["model"]: row for row in levels if _is_of_model(row, claim)}.values())
    strange = other_measure(claim, fits[0]["measure"]) if fits else _not_compared(claim)
    if strange:
        return [_lost(name, claim, strange)]
    if len({row["level"] for row in levels}) == 1:
        return [_lost(name, claim, "there is one level, so no test between levels")]
    fit, note = _fitting(claim, (name,), fits)
    row = _held(name, claim, fit, {})
    finding = "; ".join(filter(None, (note, row["finding"])))
    return [row | {"model": fit["model"], "finding": finding}]


def _compared_levels(claim, subgroups):
    """Return the rows of the one moderator that a claim names, or whose levels it lists."""
    group, known = claim.get("group") or "", {}
    for row in subgroups:
        if row["level"] is not None and not row["tau2_common"]:
            known.setdefault(row["moderator"], []).append(row)
    levels = {name: {row["level"] for row in rows} for name, rows in known.items()}
    moderator, _, listed = group.partition(": ")
    named = names_in(listed)
    if moderator in known:
        own = levels[moderator]
        meant = [moderator] if named == own or (len(named) < 2 and named <= own) else []
    else:
        meant = [name for name, own in levels.items() if own == names_in(group)]
    return known[meant[0]] if len(meant) == 1 else []


def _not_compared(claim):
    if claim.get("not_recomputable"):
        return claim["not_recomputable"]
    if not claim["group"]:
        return "the claim names no groups"
    return f"{claim['group']!r} does not name exactly the levels of one moderator that is compared"


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


def _fitting(claim, quantities, fits):
    """Return the result that a claim is held against, and a note on how it was chosen."""
    if len(fits) == 1:
        return fits[0], ""
    telling = [name for name in quantities if name in TELLING]
    scores = [_agreeing([_held(name, claim, fit, {}) for name in telling]) for fit in fits]
    best = int(np.argmax(scores))
    if claim.get("analysis") == "study":
        return fits[best], f"comparison {best + 1} of the study's {len(fits)}"
    if scores[best] == 0 or scores.count(scores[best]) > 1:
        return fits[-1], "no model is named; held against the random-effects model"
    model = fits[best]["model"]
    return fits[best], f"no model is named; the numbers are those of the {model}-effect model"


def _agreeing(rows):
    return sum(row["verdict"] == REPRODUCED for row in rows)


def _candidates(claim, own, of_a_part):
    """Return the results that a claim may be about; none if it names one that is not computed."""
    if claim.get("analysis") == "study":
        return [
            _single(effect) for effect in own["effects"] if effect["study_id"] == claim["group"]
        ]
    moderator, _, level = (claim.get("group") or "").partition(": ")
    levels = [
        row
        for row in own["subgroups"]
        if (row["moderator"], row["level"]) == (moderator, level) and not row["tau2_common"]
    ]
    fits = [fit for fit in own["pooled"] if fit["analysis"] == "overall"]
    if of_a_part or claim.get("analysis") in PARTIAL:
        fits = []
    return [fit for fit in levels or fits if _is_of_model(fit, claim)]


def _is_of_model(fit, claim):
    return not claim.get("model") or fit["model"] == claim["model"]


def _single(effect):
    """Return one comparison's effect as if it were pooled."""
    names = ("measure", "ci_low", "ci_high", "n_t", "n_c")
    row = dict.fromkeys(set(dict(NUMBERS.values())) | {"model"})
    return row | {name: effect[name] for name in names} | {"estimate": effect["yi"]}


def _value(fit, column):
    """Return a result as papers print it: ratios instead of their logarithms."""
    if column == "animals":
        return None if None in (fit["n_t"], fit["n_c"]) else fit["n_t"] + fit["n_c"]
    value = fit[column]
    if column in ON_EFFECT_SCALE and value is not None and MEASURES[fit["measure"]].log_scale:
        return float(np.exp(value))
    return value


def _remarks(name, claim, fit):
    """Say what else a printed number could be, or why it contradicts its neighbours."""
    if name == "n_animals" and None not in (fit["n_t"], fit["n_c"]):
        for side, who in (("n_t", "treated"), ("n_c", "control")):
            if claim[name] == str(fit[side]):
                total = fit["n_t"] + fit["n_c"]
                yield f"{fit[side]} are the {who} animals alone; both arms have {total}"


def _why_not(matched):
    if matched:
        return "the claim prints no number and nothing that the results could confirm"
    return "no outcome of the review's config holds these rows"


def _no_result(claim):
    """Say why a claim has no result to be held against."""
    if claim.get("not_recomputable"):
        return claim["not_recomputable"]
    if claim["group"]:
        return f"no result of {claim['group']!r} is computed"
    return f"the claim is of kind {claim.get('analysis')!r} and names no group"


def _place(claim, review):
    return {
        "review": review,
        "claim_id": claim["claim_id"],
        "location": claim["location"],
        "outcome": claim["outcome"],
        "quote": claim["quote"],
    }


def _lost(name, claim, why):
    relation = claim.get(RELATIONS.get(name))
    return compare(name, claim[name], None, relation) | {"finding": why}


def _verdict(quantity, printed, recomputed, verdict, finding):
    return {
        "quantity": quantity,
        "printed": printed,
        "recomputed": recomputed,
        "verdict": verdict,
        "finding": finding,
        "against": "data",
    }
