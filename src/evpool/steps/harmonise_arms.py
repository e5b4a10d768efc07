"""Step 2: one unit, one kind of spread, one pair of arms a comparison; the rest on the ledger."""

from statistics import median

from evpool.arm_checks import RESOLVED_BY
from evpool.columns import CONTRAST
from evpool.dispersion import to_sd
from evpool.history import noted, shown
from evpool.shared_control import split_shared_controls
from evpool.timepoints import choose_timepoints

NOT_KEPT = ("error", "error_type", "unusable", "detail")
TOO_SMALL = (
    "divided among the comparisons that share it, the control has fewer than 2 animals for each; "
    "pool fewer of these comparisons (`rows`), or let it count in full (`shared_control: none`)"
)
ASSUMED = {"assume_sem": "sem", "assume_sd": "sd"}


def harmonise_arms(
    arms,
    exclude=(),
    *,
    timepoint="all",
    sd_rule="exclude",
    shared_control="none",
    keep_sham=False,
):
    """Convert every arm's error to an SD, choose the time points, set aside what can't be pooled.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE.
    exclude : sequence of dict
        The review's exclusions: `study_id` and `reason`.
    timepoint : str or dict
        As in `timepoints.choose_timepoints`.
    sd_rule : {'exclude', 'assume_sem', 'assume_sd', 'impute_cv'}
        What to do without a known SD: set the arm aside; read an unknown error bar as SEM or as
        SD; take the median coefficient of variation of the outcome's other arms of that role.
    shared_control : {'none', 'split'}
        Whether a control that several comparisons share counts in full in each, or is divided:
        `shared_control.split_shared_controls`.
    keep_sham : bool
        Whether the measure needs the sham arm.

    Returns
    -------
    harmonised, ledger : lists of dict
        Rows of HARMONISED (complete comparisons, `sd` in the outcome's unit; published effects) and
        rows of LEDGER. Every arm is in exactly one of the two.
    """
    excluded = {item["study_id"]: item["reason"] for item in exclude}
    ledger, candidates = [], []
    for arm in arms:
        reason = _set_aside(arm, excluded, sd_rule, keep_sham)
        if reason:
            ledger.append(_entry(arm, *reason))
        else:
            candidates.append(arm)
    spread = _typical_cv(candidates) if sd_rule == "impute_cv" else {}
    harmonised = []
    for arm, reason in zip(candidates, choose_timepoints(candidates, timepoint), strict=True):
        ready = None if reason else _with_sd(arm, sd_rule, spread)
        if ready:
            harmonised.append(ready)
        else:
            detail = arm["detail"] or f"timepoint rule: {timepoint}"
            ledger.append(_entry(arm, "harmonise", reason or arm["unusable"], detail))
    complete, ledger = _complete(harmonised, ledger, 3 if keep_sham else 2)
    if shared_control == "none":
        return complete, ledger
    kept, too_small = split_shared_controls(complete)
    ledger += [_entry(arm, "harmonise", "shared_control_too_small", TOO_SMALL) for arm in too_small]
    return kept, ledger


def comparison_key(arm):
    """Name the comparison to which an arm belongs."""
    return tuple(arm[name] for name in ("study_id", "comparison", "timepoint", "time", "time_unit"))


def _set_aside(arm, excluded, sd_rule, keep_sham):
    """Return step, reason and detail where an arm can't go on, else None."""
    if arm["unusable"] and arm["unusable"] not in RESOLVED_BY[sd_rule]:
        return "extract", arm["unusable"], arm["detail"]
    if arm["study_id"] in excluded:
        return "harmonise", "excluded_by_review", excluded[arm["study_id"]]
    if arm["role"] == "sham" and not keep_sham:
        detail = "this outcome's measure compares treatment with control"
        return "harmonise", "sham_not_used", detail
    return None


def _with_sd(arm, sd_rule, spread):
    """Return the arm with its SD and where it comes from; None where no rule gives one."""
    kept = {name: value for name, value in arm.items() if name not in NOT_KEPT}
    if arm["role"] == CONTRAST:
        return kept
    kept["n"] = int(arm["n"])
    if arm["error"] is None and not arm["unusable"]:
        return kept  # counts have no SD
    if not arm["unusable"]:
        source = "stated" if arm["error_type"] == "sd" else f"from_{arm['error_type']}"
        return _converted(kept, arm, arm["error_type"], source)
    if sd_rule in ASSUMED:
        kind = ASSUMED[sd_rule]
        return _converted(kept, arm, kind, f"assumed_{kind}")
    if arm["role"] in spread and arm["mean"] and arm["mean"] > 0:
        cv = spread[arm["role"]]
        text = f"SD imputed from the other arms' median coefficient of variation {shown(cv)}"
        given = {"sd": cv * arm["mean"], "sd_source": "imputed_cv"}
        return noted(kept, "convert", f"{text} -> SD {shown(given['sd'])}", **given)
    return None


def _converted(kept, arm, kind, source):
    sd = to_sd(arm["error"], kind, arm["n"])
    text = f"{arm['error_type'] or 'error'} {shown(arm['error'])} (n {shown(arm['n'])})"
    read = f", read as {kind}" if source.startswith("assumed") else ""
    if kind == "sd" and not read:
        return kept | {"sd": sd, "sd_source": source}
    return noted(kept, "convert", f"{text}{read} -> SD {shown(sd)}", sd=sd, sd_source=source)


def _typical_cv(arms):
    """Return the median coefficient of variation by role, of arms with a known SD and mean > 0."""
    known = {}
    for arm in arms:
        if not arm["unusable"] and arm["error"] is not None and arm["mean"] > 0:
            sd = to_sd(arm["error"], arm["error_type"], arm["n"])
            known.setdefault(arm["role"], []).append(sd / arm["mean"])
    return {role: median(values) for role, values in known.items()}


def _complete(harmonised, ledger, partners):
    """Move arms whose partner was set aside to the ledger."""
    roles = {}
    for arm in harmonised:
        roles.setdefault(comparison_key(arm), set()).add(arm["role"])
    complete = []
    for arm in harmonised:
        present = roles[comparison_key(arm)]
        if arm["role"] == CONTRAST or len(present) == partners:
            complete.append(arm)
        else:
            missing = [r for r in ("treatment", "control", "sham")[:partners] if r not in present]
            detail = f"the {missing[0]} arm of its comparison can't be used"
            ledger.append(_entry(arm, "harmonise", f"{missing[0]}_unusable", detail))
    return complete, ledger


def _entry(arm, step, reason, detail):
    place = ("review", "outcome", "source_file", "row_id", "study_id", "comparison")
    kept = {name: arm[name] for name in (*place, "timepoint", "role", "arm")}
    kept |= {"history": arm.get("history"), "flags": arm.get("flags")}
    entry = {"step": step, "reason": reason, "detail": detail}
    return noted({**kept, **entry}, "ledger", f"set aside, {reason}: {detail}")
