"""Step 2: one unit, one kind of spread, one pair of arms a comparison; the rest on the ledger."""

from evpool.dispersion import to_sd


def harmonise_arms(arms, exclude=()):
    """Convert every arm's error to an SD and set aside what can't be pooled.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE.
    exclude : sequence of dict
        The review's exclusions: `study_id` and `reason`.

    Returns
    -------
    harmonised, ledger : lists of dict
        Rows of HARMONISED (treatment and control arms of complete comparisons, `sd` in the
        outcome's unit) and rows of LEDGER. Every arm is in exactly one of the two.
    """
    excluded = {item["study_id"]: item["reason"] for item in exclude}
    harmonised, ledger = [], []
    for arm in arms:
        if arm["unusable"]:
            ledger.append(_entry(arm, "extract", arm["unusable"], arm["detail"]))
        elif arm["study_id"] in excluded:
            ledger.append(_entry(arm, "harmonise", "excluded_by_review", excluded[arm["study_id"]]))
        elif arm["role"] == "sham":
            detail = "this outcome's measure compares treatment with control"
            ledger.append(_entry(arm, "harmonise", "sham_not_used", detail))
        else:
            harmonised.append(_with_sd(arm))
    return _complete(harmonised, ledger)


def _with_sd(arm):
    kept = {
        name: arm[name] for name in arm if name not in ("error", "error_type", "unusable", "detail")
    }
    source = "stated" if arm["error_type"] == "sd" else f"from_{arm['error_type']}"
    sd = to_sd(arm["error"], arm["error_type"], arm["n"])
    return {**kept, "n": int(arm["n"]), "sd": sd, "sd_source": source}


def _complete(harmonised, ledger):
    """Move arms whose partner was set aside to the ledger."""
    roles = {}
    for arm in harmonised:
        roles.setdefault(comparison_key(arm), set()).add(arm["role"])
    complete = []
    for arm in harmonised:
        if roles[comparison_key(arm)] == {"treatment", "control"}:
            complete.append(arm)
        else:
            other = "control" if arm["role"] == "treatment" else "treatment"
            detail = f"the {other} arm of its comparison can't be used"
            ledger.append(_entry(arm, "harmonise", f"{other}_unusable", detail))
    return complete, ledger


def comparison_key(arm):
    """Name the comparison to which an arm belongs."""
    return (arm["study_id"], arm["comparison"], arm["timepoint"])


def _entry(arm, step, reason, detail):
    place = ("review", "outcome", "source_file", "row_id", "study_id", "comparison")
    kept = {name: arm[name] for name in (*place, "timepoint", "role", "arm")}
    return {**kept, "step": step, "reason": reason, "detail": detail}
