"""What the printed results of one paper say about each other."""

from itertools import combinations

import numpy as np

from evpool.claims.printed import (
    absolute,
    estimate_of,
    finding,
    meet,
    p_range,
    rounded,
    same,
    shown,
    spread_of,
)
from evpool.claims.within import CONSISTENT, CONTRADICTS, QUESTIONABLE
from evpool.stats.distributions import chi2_upper_p

REPEATED = ("k", "n_animals", "estimate", "ci_lower", "ci_upper", "i2_pct", "tau2", "q", "q_df")
REPEATED += ("z", "p_value", "p_het", "egger_p", "egger_t", "p_subgroup_difference")
RELATIONS = {"i2_pct": "i2_relation", "p_value": "p_relation", "p_het": "p_het_relation"}
RELATIONS |= {name: f"{name}_relation" for name in ("egger_p", "p_subgroup_difference")}
MAJORITY = 0.5
ALPHA = 0.05
EVERY = "all outcomes"  # the outcome of a claim about all that the paper has


def check_between(claims):
    """Return what the claims of a review say about each other.

    Parameters
    ----------
    claims : list of dict
        Rows of CLAIMS.

    Returns
    -------
    list of (claim, row)
        The claim that a check is about, and its row of the audit.
    """
    checks = (_printed_twice, _same_numbers, _parts_of_the_whole, _difference_of_two)
    checks += (_said_of_heterogeneity,)
    return [pair for check in checks for pair in check(claims)]


def _printed_twice(claims):
    """One result printed in several places must have the same numbers."""
    groups = {}
    for claim in claims:
        key = tuple(claim.get(name) or "" for name in ("outcome", "analysis", "group", "model"))
        groups.setdefault((*key, claim.get("asserts") or ""), []).append(claim)
    for group in groups.values():
        for name in REPEATED:
            stated = [claim for claim in group if claim.get(name)]
            stated = [c for c in stated if (c.get(RELATIONS.get(name)) or "=") == "="]
            for claim in stated[1:]:
                first = stated[0]
                alike = same(rounded(first[name]), rounded(claim[name]))
                text = f"{first['location']} prints {first[name]} ({first['claim_id']})"
                verdict = CONSISTENT if alike else CONTRADICTS
                quantity = f"{name} printed twice"
                value = float(first[name])
                yield claim, finding(quantity, claim[name], value, verdict, text)


def _same_numbers(claims):
    """Two groups of studies hardly have the same estimate and the same interval."""
    full = [claim for claim in claims if estimate_of(claim) and claim.get("group")]
    said = set()
    for first, second in combinations(full, 2):
        place = [(c["outcome"], c.get("analysis"), shown(c)) for c in (first, second)]
        groups = [c["group"].strip() for c in (first, second)]
        key = (first["outcome"], *sorted(groups))
        if place[0] == place[1] and groups[0] != groups[1] and key not in said:
            said.add(key)
            text = f"{first['claim_id']} prints the same for {groups[0]}; this is {groups[1]}"
            yield second, finding("same numbers twice", shown(second), None, QUESTIONABLE, text)


def _parts_of_the_whole(claims):
    """Hold each subgroup against the overall result of the same outcome."""
    for part in claims:
        if part.get("analysis") != "subgroup" or not part.get("k"):
            continue
        for whole in _overall(part, claims):
            k, of = int(float(part["k"])), int(float(whole["k"]))
            if k > of:
                text = f"{k} studies are more than the {of} of {whole['claim_id']}"
                yield part, finding("k of a subgroup", part["k"], float(of), CONTRADICTS, text)
            elif estimate_of(part) and estimate_of(whole):
                yield part, _against_whole(part, whole, k, of)


def _overall(part, claims):
    """Return the first overall result of the outcome that prints k and an interval."""
    alike = ("outcome", "measure", "model")
    found = [
        claim
        for claim in claims
        if claim.get("analysis") == "overall"
        and claim.get("k")
        and estimate_of(claim)
        and all(claim.get(name) == part.get(name) for name in alike)
    ]
    return found[:1]


def _against_whole(part, whole, k, of):
    """Say what the studies outside a subgroup would have to be, by inverse variance."""
    a, b = estimate_of(part), estimate_of(whole)
    apart = a["ci_lower"][0] > b["ci_upper"][1] or a["ci_upper"][1] < b["ci_lower"][0]
    text = f"{k} of {of} studies; {shown(whole)} overall"
    odd = apart and k / of > MAJORITY and k < of
    if odd:
        weight = (np.mean(spread_of(b)) / np.mean(spread_of(a))) ** 2
        text = (
            f"{k} of {of} studies lie wholly outside the overall {shown(whole)}: by inverse "
            f"variance they would carry {100 * weight:.0f}% of the weight"
        )
        if weight < 1:
            rest = (np.mean(b["estimate"]) - weight * np.mean(a["estimate"])) / (1 - weight)
            text += f" and the other {of - k} average {rest:.2f}"
    verdict = QUESTIONABLE if odd else CONSISTENT
    return finding("subgroup against overall", shown(part), None, verdict, text)


def _difference_of_two(claims):
    """Hold a P value between two subgroups against the Q test between their estimates."""
    for claim in claims:
        levels = [level.strip() for level in (claim.get("group") or "").split(" vs ")]
        if len(levels) != 2 or not claim.get("p_subgroup_difference"):
            continue
        sides = [_level(claims, claim["outcome"], level) for level in levels]
        if all(sides):
            low, high = _q_range(*(estimate_of(side) for side in sides))
            allowed = float(chi2_upper_p(high, 1)), float(chi2_upper_p(low, 1))
            relation = claim.get("p_subgroup_difference_relation")
            holds = meet(rounded(claim["p_subgroup_difference"], relation), allowed)
            text = (
                f"{shown(sides[0])} and {shown(sides[1])} give P {p_range(allowed)} by the Q test "
                "between them"
            )
            # A test with common tau^2 gives another P, so no contradiction is proven.
            verdict = CONSISTENT if holds else QUESTIONABLE
            printed = claim["p_subgroup_difference"]
            row = finding("P between subgroups", printed, allowed[1], verdict, text)
            yield claim, row


def _level(claims, outcome, level):
    found = [
        claim
        for claim in claims
        if claim["outcome"] == outcome and claim.get("group") == level and estimate_of(claim)
    ]
    return found[0] if found else None


def _q_range(a, b):
    """Return the range of Q between two printed estimates."""
    gaps = [x - y for x in a["estimate"] for y in b["estimate"]]
    least, far = absolute((min(gaps), max(gaps)))
    narrow, wide = (np.hypot(spread_of(a)[i], spread_of(b)[i]) for i in (0, 1))
    most = np.inf if narrow == 0 else (far / narrow) ** 2
    return (least / wide) ** 2, most


def _said_of_heterogeneity(claims):
    """Hold a sentence about heterogeneity against the P values that the paper prints of it."""
    for claim in claims:
        if claim.get("asserts") not in ("heterogeneity", "no_heterogeneity"):
            continue
        named = {name.strip() for name in claim["outcome"].split(";")}
        printed = {}
        for other in claims:
            about = EVERY in named or other["outcome"] in named
            if about and other.get("analysis") == "overall" and other.get("p_het"):
                low, high = rounded(other["p_het"], other.get("p_het_relation"))
                there = True if high < ALPHA else False if low > ALPHA else None
                printed.setdefault(other["outcome"], (there, other))
        against = [
            f"{outcome}: P {other.get('p_het_relation') or '='} {other['p_het']}"
            for outcome, (there, other) in printed.items()
            if there is (claim["asserts"] != "heterogeneity")
        ]
        if printed:
            text = f"the paper prints {'; '.join(against)}" if against else "as printed elsewhere"
            verdict = CONTRADICTS if against else CONSISTENT
            words = claim["asserts"].replace("_", " ")
            yield claim, finding("heterogeneity, in words", words, None, verdict, text)
