"""Several arms of one role in a comparison, taken as one group because the review says so."""

from evpool.arms.derived_sd import combine_arms
from evpool.digitisation.reading_shifts import summed
from evpool.history import flagged, noted, shown

COMBINED = "combined"


def combine_declared(arms, declared, key):
    """Combine the arms of one role in each comparison of the declared studies.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED, all of an outcome, in its unit.
    declared : sequence of dict
        `study_id`, `reason`, and optionally the `comparison` that is meant.
    key : callable
        Names the comparison, at one time, to which an arm belongs.

    Returns
    -------
    list of dict
        One arm a role and comparison of these studies, with the row ids joined by ';'; the other
        arms as they are.

    Raises
    ------
    ValueError
        If a declared study has arms, but nowhere two of one role to combine.

    References
    ----------
    Cochrane Handbook 6.4, section 6.5.2.10.
    """
    groups = {}
    for arm in arms:
        item = next((item for item in declared if is_combined(arm, item)), None)
        name = (*key(arm), arm["role"]) if item else arm["row_id"]
        groups.setdefault(name, (item, []))[1].append(arm)
    _refuse_idle(declared, [members for item, members in groups.values() if item])
    return [
        members[0] if len(members) == 1 else _joined(members, item["reason"])
        for item, members in groups.values()
    ]


def is_combined(arm, item):
    """Tell whether an entry of `declared` means an arm."""
    own = arm.get("comparison") or 1
    return (arm["study_id"], own) == (item["study_id"], item.get("comparison", own))


def _refuse_idle(declared, groups):
    for item in declared:
        own = [members for members in groups if is_combined(members[0], item)]
        if own and all(len(members) == 1 for members in own):
            raise ValueError(
                f"`combine` names {item['study_id']}, which has no two arms of one role in a "
                "comparison. Give the arms the same `comparison`, or remove the entry."
            )


def _joined(members, reason):
    """Return one arm in place of several."""
    n = sum(arm["n"] for arm in members)
    values = {"n": n, "error_lower": None, "error_upper": None}
    values["axis"] = None
    if members[0].get("sd") is None:
        values["events"] = sum(arm["events"] for arm in members)
        told = [f"{shown(arm['events'])} of {arm['n']}" for arm in members]
        made = f"{shown(values['events'])} of {n}"
    else:
        means, sds, ns = ([arm[name] for arm in members] for name in ("mean", "sd", "n"))
        group = combine_arms(means, sds, ns)
        values |= {"mean": float(group.mean), "sd": float(group.sd)}
        values |= _reading_errors(members, values)
        told = [_told(arm) for arm in members]
        made = _told(values)
        values["sd_source"] = "; ".join(dict.fromkeys(arm["sd_source"] for arm in members))
    values["row_id"] = ";".join(arm["row_id"] for arm in members)
    values["arm"] = " + ".join(filter(None, (arm["arm"] for arm in members))) or None
    sources = dict.fromkeys(arm["source"] for arm in members if arm.get("source"))
    values["source"] = "; ".join(sources) or None
    history = "\n".join(filter(None, (arm.get("history") for arm in members)))
    whole = noted(
        members[0] | {"history": history},
        "combine",
        f"{' and '.join(told)} -> {made} ({reason})",
        **values,
    )
    for arm in members:
        for flag in filter(None, (arm.get("flags") or "").split("; ")):
            whole = flagged(whole, flag)
    return flagged(whole, COMBINED)


def _reading_errors(members, group):
    """Return what errors of reading the members shift in the group's mean and SD.

    By the derivatives of `combine_arms`: its mean by a mean is n_i / N; its SD by a mean is
    n_i (mean_i - mean) / ((N - 1) SD), by an SD (n_i - 1) SD_i / ((N - 1) SD).
    """
    parts = []
    for arm in members:
        below = (group["n"] - 1) * group["sd"]
        by_mean = arm["n"] * (arm["mean"] - group["mean"]) / below
        by_sd = (arm["n"] - 1) * arm["sd"] / below
        weights = [[arm["n"] / group["n"], 0.0], [by_mean, by_sd]]
        parts.append((arm.get("reading_shifts"), weights))
    dfs = {arm.get("click_df") for arm in members} - {None}
    return {"reading_shifts": summed(parts), "click_df": min(dfs, default=None)}


def _told(arm):
    return f"n {arm['n']}, mean {shown(arm['mean'])}, SD {shown(arm['sd'])}"
