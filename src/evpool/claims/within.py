"""What one printed result says about itself: estimate, interval, P, Q, I^2, k."""

import numpy as np

from evpool.claims.printed import (
    absolute,
    estimate_of,
    finding,
    meet,
    p_range,
    rounded,
    shown,
    spread_of,
    statistic_of,
)
from evpool.stats.distributions import chi2_upper_p, normal_two_sided_p, t_quantile, t_two_sided_p

CONSISTENT, CONTRADICTS, QUESTIONABLE = "consistent", "contradicts_itself", "questionable"
MANY_ANIMALS = 50  # mean animals a comparison that hardly an animal study has
SMALL_SAMPLES = 0.8  # Hedges' correction makes a variance smaller by this at most (10 animals)


def check_within(claim):
    """Return every check that the numbers of one claim allow, each a row of the audit.

    Parameters
    ----------
    claim : dict
        A row of CLAIMS; numbers are kept as printed.

    Returns
    -------
    list of dict
        Verdict 'consistent', 'contradicts_itself' (cannot be, whatever the data) or 'questionable'
        (can be, but asks for an explanation). Every printed number is taken as any that rounds to
        it; intervals as 95% ones.
    """
    checks = (_in_interval, _p_and_interval, _z_and_interval, _p_and_z)
    checks += (_i2_and_q, _p_het, _df_and_k, _tau2_and_i2, _precision)
    return [row for check in checks for row in check(claim)]


def _in_interval(claim):
    """Hold the estimate against its interval: inside, and for known measures in the middle."""
    names = ("estimate", "ci_lower", "ci_upper")
    if not all(claim.get(name) for name in names):
        return
    low, high = rounded(claim["ci_lower"])[0], rounded(claim["ci_upper"])[1]
    inside = meet(rounded(claim["estimate"]), (low, high))
    if low > high or not inside:
        what = "the limits are in the wrong order" if low > high else "the estimate lies outside"
        yield finding("estimate in its interval", shown(claim), None, CONTRADICTS, what)
        return
    ranges = estimate_of(claim)
    if ranges is None:
        yield finding("estimate in its interval", shown(claim), None, CONSISTENT, "inside")
        return
    middle = tuple(np.add(ranges["ci_lower"], ranges["ci_upper"]) / 2)
    centre = _centre(claim)
    if meet(middle, ranges["estimate"]):
        text = f"the middle is {centre:.4g}"
        yield finding("interval centred on its estimate", shown(claim), centre, CONSISTENT, text)
    else:
        text = f"the interval is centred on {centre:.4g}, not on the estimate{_swapped(claim)}"
        yield finding("interval centred on its estimate", shown(claim), centre, CONTRADICTS, text)


def _centre(claim):
    low, high = float(claim["ci_lower"]), float(claim["ci_upper"])
    ratio = (claim.get("measure") or "").upper() in ("OR", "RR", "HR", "ROM", "PETO")
    return float(np.sqrt(low * high)) if ratio else (low + high) / 2


def _swapped(claim):
    """Name the number in which two neighbouring digits would have to change places."""
    for name in ("estimate", "ci_lower", "ci_upper"):
        text = claim[name]
        for i in range(len(text) - 1):
            other = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
            if other != text and text[i].isdigit() and text[i + 1].isdigit():
                ranges = estimate_of(claim | {name: other})
                if ranges and meet(
                    tuple(np.add(ranges["ci_lower"], ranges["ci_upper"]) / 2), ranges["estimate"]
                ):
                    return f"; with {other} for {text} it would be"
    return ""


def _p_and_interval(claim):
    ranges = estimate_of(claim)
    if not claim.get("p_value") or ranges is None:
        return
    printed = rounded(claim["p_value"], claim.get("p_relation"))
    least, most = statistic_of(ranges)
    allowed = [(normal_two_sided_p(most), normal_two_sided_p(least))]
    df = _whole(claim.get("k"))
    if df and df > 1:  # the interval and P may use t with k - 1 df, as Hartung and Knapp's do
        least, most = statistic_of(ranges, t_quantile(0.975, df - 1))
        allowed.append((t_two_sided_p(most, df - 1), t_two_sided_p(least, df - 1)))
    text = f"estimate and interval give P {p_range(allowed[0])}"
    yield _verdict("P against the interval", _p(claim), allowed[0][1], printed, allowed, text)


def _z_and_interval(claim):
    ranges = estimate_of(claim)
    if not claim.get("z") or ranges is None:
        return
    printed = absolute(rounded(claim["z"]))
    least, most = statistic_of(ranges)
    text = f"estimate and interval give Z from {least:.3g} to {most:.3g}"
    yield _verdict("Z against the interval", claim["z"], most, printed, [(least, most)], text)


def _p_and_z(claim):
    if not claim.get("p_value") or not claim.get("z"):
        return
    allowed = tuple(normal_two_sided_p(z) for z in reversed(absolute(rounded(claim["z"]))))
    printed = rounded(claim["p_value"], claim.get("p_relation"))
    text = f"Z = {claim['z']} gives P {p_range(allowed)}"
    yield _verdict("P against Z", _p(claim), allowed[1], printed, [allowed], text)


def _i2_and_q(claim):
    if not all(claim.get(name) for name in ("i2_pct", "q", "q_df")):
        return
    df = float(claim["q_df"])
    low, high = (100 * max(0.0, 1 - df / max(q, 1e-12)) for q in rounded(claim["q"]))
    printed = rounded(claim["i2_pct"], claim.get("i2_relation"))
    text = f"Q = {claim['q']} with {claim['q_df']} df gives I\u00b2 from {low:.1f}% to {high:.1f}%"
    yield _verdict("I\u00b2 against Q", f"{claim['i2_pct']}%", high, printed, [(low, high)], text)


def _p_het(claim):
    """Hold the P value of heterogeneity against Q, or where Q is not printed against I^2 and k."""
    if not claim.get("p_het"):
        return
    printed = rounded(claim["p_het"], claim.get("p_het_relation"))
    if claim.get("q") and claim.get("q_df"):
        df, source, worst = float(claim["q_df"]), f"Q = {claim['q']}", CONTRADICTS
        q = rounded(claim["q"])
    elif _whole(claim.get("k")) and claim.get("i2_pct") and not claim.get("i2_relation"):
        df = float(claim["k"]) - 1
        shares = [value / 100 for value in rounded(claim["i2_pct"])]
        if df < 1 or shares[1] >= 1:
            return
        # I^2 of tau^2, as metafor prints it, is another number than that of Q.
        source, worst = f"I\u00b2 = {claim['i2_pct']}% of {claim['k']} studies", QUESTIONABLE
        q = (0.0 if shares[0] <= 0 else df / (1 - shares[0])), df / (1 - shares[1])
    else:
        return
    allowed = chi2_upper_p(q[1], df), chi2_upper_p(max(q[0], 0.0), df)
    text = f"{source} gives P {p_range(allowed)}"
    relation = claim.get("p_het_relation") or "="
    shown_p = f"{relation} {claim['p_het']}"
    yield _verdict("P of heterogeneity", shown_p, allowed[1], printed, [allowed], text, worst=worst)


def _df_and_k(claim):
    k, df = _whole(claim.get("k")), _whole(claim.get("q_df"))
    if k and df is not None:
        verdict = CONSISTENT if df == k - 1 else CONTRADICTS
        text = f"{k} studies have {k - 1} degrees of freedom"
        yield finding("df against k", str(df), float(k - 1), verdict, text)


def _tau2_and_i2(claim):
    if not claim.get("tau2") or not claim.get("i2_pct") or claim.get("i2_relation"):
        return
    tau2, i2 = rounded(claim["tau2"]), rounded(claim["i2_pct"])
    one_is_zero = (float(claim["tau2"]) == 0 and i2[0] > 0) or (i2[1] <= 0 < tau2[0])
    text = "tau\u00b2 and I\u00b2 are both above 0 or both 0"
    if one_is_zero:
        text = "one of tau\u00b2 and I\u00b2 is 0 and the other is not"
    verdict = QUESTIONABLE if one_is_zero else CONSISTENT
    shown_both = f"{claim['tau2']}; {claim['i2_pct']}%"
    yield finding("tau\u00b2 and I\u00b2", shown_both, None, verdict, text)


def _precision(claim):
    """Count the animals that the standard error of a pooled SMD needs at least.

    The variance of one SMD is no less than 4 / N + g^2 / (2 N) but for the small-sample correction
    (Hedges 1982, doi:10.1037/0033-2909.92.2.490); a common effect adds up these N, random effects
    need more.
    """
    ranges = estimate_of(claim)
    if ranges is None or claim["measure"].upper() != "SMD":
        return
    effect = min(abs(value) for value in ranges["estimate"])
    needed = SMALL_SAMPLES * (4 + effect**2 / 2) / spread_of(ranges)[1] ** 2
    animals, k = _whole(claim.get("n_animals")), _whole(claim.get("k"))
    text = f"so narrow an interval needs {needed:.0f} animals or more"
    if animals:
        verdict = CONTRADICTS if animals < needed else CONSISTENT
        text += f"; {animals} are printed"
    elif k:
        verdict = QUESTIONABLE if needed / k > MANY_ANIMALS else CONSISTENT
        text += f", {needed / k:.0f} in each of {k} studies"
    else:
        return
    yield finding("precision", shown(claim), needed, verdict, text)


def _verdict(quantity, printed_text, recomputed, printed, allowed, text, worst=CONTRADICTS):
    holds = any(meet(printed, one) for one in allowed)
    verdict = CONSISTENT if holds else worst
    return finding(quantity, printed_text, float(recomputed), verdict, text)


def _p(claim):
    return f"{claim.get('p_relation') or '='} {claim['p_value']}"


def _whole(text):
    return int(float(text)) if text and float(text).is_integer() else None
