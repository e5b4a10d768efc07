"""Printed summary effects: repeats put together, intervals questioned, one scale where possible."""

import math

from evpool.stats.conversion import p_from_interval, smd_from_log_odds, smd_from_mean_difference

RATIOS = ("OR", "HR", "RR", "ROM")
SIGN = {"higher": 1.0, "lower": -1.0}
SKEW = 0.015  # what rounding to two decimals can move the middle of an interval
SKEW_SHARE = 0.02  # of the interval's width


def merge_effects(rows, words, diseases):
    """Put rows that print the same effect together, and describe each effect once.

    Parameters
    ----------
    rows : list of dict
        Rows of EXTRACTED reported effects.
    words : dict
        Vocabularies by kind.
    diseases : dict of str to dict
        Rows of DISEASES by name: an effect's I^2 lies in its disease's printed range.

    Returns
    -------
    effects : list of dict
        Rows of EFFECTS without `label` and `better`, which the caller knows.
    unused : list of list of dict
        Groups of rows that can't be used: at least one says why in `unusable`.
    """
    groups = _groups([_named(row, words) for row in rows])
    usable = [group for group in groups if not any(row["unusable"] for row in group)]
    unused = [group for group in groups if any(row["unusable"] for row in group)]
    return [_effect(group, diseases) for group in usable], unused


def _named(row, words):
    names = words["diseases"].read(row["disease"]) if row["disease"] else ()
    sources = words["sources"].read(row["source_code"]) if row["source_code"] else ()
    return {
        **row,
        "disease": names[0] if len(names) == 1 else None,
        "several": names if len(names) > 1 else (),
        "outcome": words["outcomes"].read(row["outcome"])[0],
        "source": sources[0] if sources else None,
    }


def _groups(rows):
    """Group the rows that print one number of one outcome, the best described first."""
    order = sorted(range(len(rows)), key=lambda i: (_vagueness(rows[i]), i))
    groups = []
    for i in order:
        homes = [group for group in groups if _same(group, rows[i])]
        if len(homes) == 1:
            homes[0].append(rows[i])
        else:
            groups.append([rows[i]])
    return sorted(groups, key=lambda group: min(row["effect_id"] for row in group))


def _vagueness(row):
    return (row["disease"] is None, row["ci_lower"] is None, row["ma_id"] is None)


def _same(group, row):
    if row["estimate"] is None:
        return False
    must = all(
        other[name] == row[name] for other in group for name in ("outcome", "measure", "estimate")
    )
    may = ("disease", "ma_id", "ci_lower", "ci_upper")
    return must and all(
        None in (other[name], row[name]) or other[name] == row[name]
        for other in group
        for name in may
    )


def _first(group, name):
    return next((row[name] for row in group if row[name] is not None), None)


def _effect(group, diseases):
    names = ("ma_id", "disease", "outcome", "measure", "unit", "estimate", "sd")
    row = {name: _first(group, name) for name in names}
    row |= {"ci_low": _first(group, "ci_lower"), "ci_high": _first(group, "ci_upper")}
    row["flags"] = flags_of(row)
    low, high = _first(group, "i2_low_pct"), _first(group, "i2_high_pct")
    if low is None and row["disease"] in diseases:
        low, high = (diseases[row["disease"]][name] for name in ("i2_low", "i2_high"))
    row |= {"i2_low": low, "i2_high": high, **_p_value(group, row), **convert(row)}
    row["flags"] = "; ".join(row["flags"]) or None
    joined = {"sources": "source", "locations": "location", "printed": "printed"}
    row |= {
        name: ";".join(dict.fromkeys(r[column] for r in group if r[column])) or None
        for name, column in joined.items()
    }
    del row["sd"]
    return row | {
        "effect_id": group[0]["effect_id"],
        "source_rows": ";".join(r["row_id"] for r in group),
    }


def flags_of(row):
    """Say what is odd about an effect's interval."""
    if row["ci_low"] is None or row["ci_high"] is None:
        return []
    if not row["ci_low"] <= row["estimate"] <= row["ci_high"]:
        return ["the interval excludes its estimate"]
    estimate, low, high = (_linear(row, row[name]) for name in ("estimate", "ci_low", "ci_high"))
    off = abs((low + high) / 2 - estimate)
    skewed = off > max(SKEW, SKEW_SHARE * (high - low))
    return ["the interval is not symmetric about its estimate"] if skewed else []


def _linear(row, value):
    return math.log(value) if row["measure"] in RATIOS else value


def _p_value(group, row):
    """P value: from the interval if that is sound, else the bound that is printed."""
    sound = "the interval excludes its estimate" not in row["flags"]
    if row["ci_low"] is not None and row["ci_high"] is not None and sound:
        limits = [_linear(row, row[name]) for name in ("estimate", "ci_low", "ci_high")]
        return {"p_value": p_from_interval(*limits), "p_source": "from the interval"}
    printed = next((r for r in group if r["p_value"] is not None), None)
    if printed is None:
        return {"p_value": None, "p_source": None}
    relation = printed["p_relation"] or "="
    return {"p_value": printed["p_value"], "p_source": f"printed: {relation}"}


def convert(row):
    """Put an effect onto the scale of standardised mean differences, if its numbers allow.

    Parameters
    ----------
    row : dict
        `measure`, `estimate`, `ci_low`, `ci_high`, `sd` and `flags`.

    Returns
    -------
    dict
        `smd`, `smd_ci_low`, `smd_ci_high` (None if not possible) and `conversion`, which says how
        it was done or why not.
    """
    values = [row["estimate"], row["ci_low"], row["ci_high"]]
    if "the interval excludes its estimate" in row["flags"]:
        values[1:] = [None, None]
    measure, sd = row["measure"], row["sd"]
    if measure == "SMD":
        return _on_scale(values, "none: it is an SMD", float)
    if measure == "OR":
        how = "ln(OR) × √3/π (Hasselblad and Hedges 1995)"
        return _on_scale(values, how, lambda value: float(smd_from_log_odds(math.log(value))))
    if measure in ("MD", "WMD") and sd:
        how = f"divided by the SD, {sd:g}"
        return _on_scale(values, how, lambda value: float(smd_from_mean_difference(value, sd)))
    why = {
        "HR": "a hazard ratio is left alone: it is no difference of means",
        "MD": "a mean difference without the outcome's SD",
        "WMD": "a mean difference without the outcome's SD",
        None: "no measure is printed",
    }.get(measure, f"no conversion of {measure}")
    return {"smd": None, "smd_ci_low": None, "smd_ci_high": None, "conversion": why}


def _on_scale(values, how, function):
    smd = [None if value is None else function(value) for value in values]
    return dict(zip(("smd", "smd_ci_low", "smd_ci_high"), smd, strict=True)) | {"conversion": how}


def compare(row, better):
    """Say whether an effect can stand beside others, and if not why.

    Returns
    -------
    dict
        `benefit` (the SMD with the sign that makes a benefit positive), `comparable`, `why_not`
        and `flags`.
    """
    sign = SIGN.get(better)
    reasons = [
        text
        for missing, text in (
            (row["smd"] is None, row["conversion"]),
            (row["disease"] is None, "no disease is printed"),
            (sign is None, "no good direction is printed"),
        )
        if missing
    ]
    benefit = None if row["smd"] is None or sign is None else sign * row["smd"]
    flags = [row["flags"]] if row["flags"] else []
    if benefit is not None and benefit < 0:
        flags.append("its sign means harm, the text an improvement")
    return {
        "benefit": benefit,
        "comparable": not reasons,
        "why_not": "; ".join(reasons) or None,
        "flags": "; ".join(flags) or None,
    }


def heterogeneity(row, limit):
    """Say how a disease's printed range of I^2 lies to a limit, in percent."""
    if row["i2_low"] is None or row["i2_high"] is None:
        return "not reported"
    if row["i2_low"] >= limit:
        return "at or above the limit"
    return "below the limit" if row["i2_high"] < limit else "across the limit"
