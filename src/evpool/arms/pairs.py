"""The arms of each comparison beside each other, as an effect measure takes them."""

import numpy as np

SUMMARIES = ("mean", "sd", "n", "events")
SIDES = {"t": "treatment", "c": "control", "s": "sham"}
DIVIDED = ("n_c", "events_c")  # of a control that several comparisons share


def comparison_key(arm):
    """Name the comparison to which an arm belongs."""
    return tuple(arm[name] for name in ("study_id", "comparison", "timepoint", "time", "time_unit"))


def pair_arms(arms):
    """Group the arms by comparison, in their order: one dict a comparison, role -> arm.

    Raises
    ------
    ValueError
        If two arms of a comparison have one role, of which one would go lost.
    """
    pairs, doubled = {}, {}
    for arm in arms:
        pair = pairs.setdefault(comparison_key(arm), {})
        if pair.setdefault(arm["role"], arm) is not arm:
            doubled[f"{arm['study_id']}, comparison {arm['comparison']}: {arm['role']}"] = None
    if doubled:
        raise ValueError(
            f"a comparison has two arms of one role: {'; '.join(doubled)}. Number the "
            "`comparison`s of the study, or take fewer rows by the outcome's `rows`."
        )
    return list(pairs.values())


def shared_by(pair):
    """Return among how many comparisons the control of one is divided."""
    return pair["control"].get("control_shared_by") or 1


def summary_columns(pairs):
    """Return the arrays, (k,), that a measure takes: n (and events) of a shared control divided."""
    sides = [side for side, role in SIDES.items() if role in pairs[0]]
    columns = {
        f"{name}_{side}": np.array([pair[SIDES[side]].get(name) for pair in pairs], dtype=float)
        for side in sides
        for name in SUMMARIES
    }
    shares = np.array([shared_by(pair) for pair in pairs])
    return columns | {name: columns[name] / shares for name in DIVIDED}
