"""What a paper says in words, held against the numbers."""

import numpy as np

from evpool.claims.egger import egger_tests

ALPHA = 0.05
OF_THE_WHOLE = ("asymmetry", "no_asymmetry", "heterogeneity", "no_heterogeneity")


def check_assertion(claim, better, own, *, of_a_part=False):
    """Check what a claim asserts of one outcome.

    Parameters
    ----------
    claim : dict
        A row of CLAIMS with `asserts`.
    better : {'higher', 'lower'}
        The outcome's good direction.
    own : dict
        The outcome's rows of `pooled`, `effects`, `subgroups` and `bias`.
    of_a_part : bool
        Whether the claim is about a part of the outcome.

    Returns
    -------
    dict
        `quantity`, `printed`, `recomputed`, `model`, `verdict`, `finding`.
    """
    asserted = claim["asserts"]
    check = {
        "asymmetry": _asymmetry,
        "no_asymmetry": _asymmetry,
        "subgroup_difference": _difference,
        "no_subgroup_difference": _difference,
        "largest_level": _largest_level,
        "measure": _measure,
        "heterogeneity": _heterogeneity,
        "no_heterogeneity": _heterogeneity,
    }[asserted]
    if of_a_part and asserted in OF_THE_WHOLE:
        finding = f"it is not computed for {claim['group']!r} alone"
        holds, recomputed, model = None, None, None
    else:
        holds, recomputed, finding, model = check(claim, better, own)
    verdict = "not_recomputable" if holds is None else "reproduced" if holds else "differs"
    return {
        "quantity": asserted.removeprefix("no_"),
        "printed": asserted.replace("_", " "),
        "recomputed": recomputed,
        "model": model,
        "verdict": verdict,
        "finding": finding,
    }


def _asymmetry(claim, better, own):
    tests = egger_tests(own["effects"], own["bias"])
    if not tests:
        return None, None, "Egger's test could not be computed", None
    p = tests[0]["p_value"]
    found = p < ALPHA
    sign = "a sign" if found else "no sign"
    finding = f"Egger's test: p = {p:.2g}, k = {tests[0]['k']}: {sign} of asymmetry at {ALPHA}"
    finding = "; ".join(filter(None, (finding, tests[0]["how"])))
    return found == (claim["asserts"] == "asymmetry"), p, finding, None


def _heterogeneity(claim, better, own):
    fits = [
        row for row in own["pooled"] if (row["analysis"], row["model"]) == ("overall", "random")
    ]
    p = fits[0]["q_p"] if fits else None
    if p is None:
        return None, None, "Q has no P value: fewer than two comparisons", None
    finding = f"Q test: p = {p:.2g}, k = {fits[0]['k']}"
    return (p < ALPHA) == (claim["asserts"] == "heterogeneity"), p, finding, None


def _levels(claim, own):
    moderator = (claim["group"] or "").partition(": ")[0]
    return [
        row
        for row in own["subgroups"]
        if row["moderator"] == moderator and row["model"] == "random" and not row["tau2_common"]
        # A model that was not fitted has a row without a level.
        if row["level"] is not None
    ]


def _difference(claim, better, own):
    levels = _levels(claim, own)
    if not levels:
        return None, None, _absent(claim, "these subgroups are"), None
    p, df = levels[0].get("p_between"), levels[0].get("df_between")
    if p is None:
        one = "there is one level, so no test between levels"
        finding = one if len(levels) == 1 else "the test between levels could not be computed"
        return None, None, finding, None
    found = p < ALPHA
    finding = (
        f"test between {len(levels)} levels: Q = {levels[0]['q_between']:.2f}, df = {df:.0f}, "
        f"p = {p:.2g}; {'a' if found else 'no'} difference at {ALPHA}"
    )
    return found == (claim["asserts"] == "subgroup_difference"), p, finding, "random"


def _largest_level(claim, better, own):
    levels = [row for row in _levels(claim, own) if row["estimate"] is not None]
    named = (claim["group"] or "").partition(": ")[2]
    if named not in {row["level"] for row in levels}:
        return None, None, _absent(claim, "this level is"), None
    ranked = sorted(levels, key=lambda row: row["estimate"], reverse=better == "higher")
    rank = [row["level"] for row in ranked].index(named)
    estimates = ", ".join(f"{row['level']} {row['estimate']:.2f} (k {row['k']})" for row in ranked)
    finding = f"number {rank + 1} of {len(ranked)}: {estimates}"
    return rank == 0, ranked[rank]["estimate"], finding, "random"


def _absent(claim, what):
    return f"{what} not among the results" if claim["group"] else "the claim names no group"


def _measure(claim, better, own):
    """The claimed measure against the one that the review pools."""
    # Imported here: only this assertion fits a model anew.
    from evpool.stats.measures import MEASURES, compute_measure
    from evpool.stats.pooling import pool
    from evpool.steps.compute_effects import summaries

    fit = next(row for row in own["pooled"] if row["analysis"] == "overall")
    if claim["measure"] not in MEASURES:
        return None, None, f"{claim['measure']!r} is no measure that is computed", None
    columns = summaries(own["effects"])
    if np.isnan(columns["sd_t"]).any():
        return None, None, "the effects carry no means and SDs", None
    yi, vi = compute_measure(claim["measure"], columns)
    other = pool(yi, vi, model="common").estimate[0]
    finding = (
        f"the results are {fit['measure']}s: common-effect {fit['estimate']:.2f}; "
        f"as {claim['measure']} it would be {other:.2f}"
    )
    return fit["measure"] == claim["measure"], other, finding, "common"
