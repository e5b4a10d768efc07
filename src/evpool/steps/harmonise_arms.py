"""Step 2: one unit, one kind of spread, one pair of arms a comparison; the rest on the ledger."""

from evpool.arms.checks import RESOLVED_BY
from evpool.arms.combined import combine_declared
from evpool.arms.imputed_sd import typical_cvs, with_imputed_sd
from evpool.arms.pairs import comparison_key
from evpool.arms.possible import divide_possible
from evpool.arms.published import read_published
from evpool.arms.scale_check import flag_other_scales
from evpool.arms.shared_control import split_shared_controls
from evpool.arms.spread import (
    as_change,
    from_error,
    from_test,
    source_of_sd,
    tells_by_test,
    with_sd,
)
from evpool.arms.timepoints import choose_timepoints
from evpool.arms.units import UnitMismatchError, UnitUnknownError, in_target_unit
from evpool.columns import CONTRAST, PIXELS
from evpool.digitisation.reading_shifts import told
from evpool.errors import InputError
from evpool.history import noted

NOT_KEPT = ("error", "error_type", "median", "q1", "q3", "min", "max", "t_value", "value_type")
NOT_KEPT += ("baseline_mean", "baseline_sd", "baseline_unit", "unusable", "detail")
NOT_KEPT += ("error_reading_se", *(column.name for column in PIXELS))
TOO_SMALL = (
    "divided among the comparisons that share it, the control has fewer than 2 animals for each; "
    "pool fewer of these comparisons (`rows`), or let it count in full (`shared_control: none`)"
)
NO_TEST = "the t or P value of its comparison gives an SD only with two means that differ"
ASSUMED = {"assume_sem": "sem", "assume_sd": "sd"}
UNIT_REASONS = {UnitUnknownError: "unit_unknown", UnitMismatchError: "unit_mismatch"}


def harmonise_arms(
    arms,
    exclude=(),
    *,
    timepoint="all",
    sd_rule="exclude",
    shared_control="none",
    keep_sham=False,
    units=None,
    change=None,
    combine=(),
    effect=None,
):
    """Give every arm an SD and the outcome's unit, choose times, set aside what can't be pooled.

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
    units : dict, optional
        `target`, the outcome's unit; `needed`, whether the effects are in that unit; `mismatch`,
        'stop' or 'ledger'; `declared` and `missing` as in `units.in_target_unit`. Without it, or
        with an empty target, units are left alone.
    change : dict, optional
        The `correlation` by which final values become changes from baseline.
    combine : sequence of dict
        As `declared` in `combined_arms.combine_declared`.
    effect : dict, optional
        `measure` and its `options`; `impossible`, 'stop' or 'ledger': what to do with comparisons
        that it can't be computed from. Without it, they are not looked for.

    Returns
    -------
    harmonised, ledger : lists of dict
        Rows of HARMONISED (complete comparisons, `sd` in the outcome's unit; published effects) and
        rows of LEDGER. Every arm is in exactly one of the two.

    Raises
    ------
    InputError
        If units can't be converted that have to be: every such row. If the measure can't be
        computed from some comparisons: every one.
    """
    excluded = {item["study_id"]: item["reason"] for item in exclude}
    kept, ledger = _divide(arms, lambda arm: _set_aside(arm, excluded, sd_rule, keep_sham))
    known = [arm for arm in kept if not arm["unusable"] and source_of_sd(arm)]
    cv = typical_cvs(map(with_sd, known)) if sd_rule == "impute_cv" else {}
    kept = _at_times(kept, timepoint, ledger)
    kept = _with_sds(kept, sd_rule, cv, ledger)
    kept = _as_changes(kept, change, ledger) if change else kept
    kept = _in_unit(kept, units, ledger) if units and units["target"] else kept
    kept = [read_published(arm) if arm["role"] == CONTRAST else arm for arm in kept]
    kept = _complete(kept, ledger, 3 if keep_sham else 2)
    kept = combine_declared(kept, combine, comparison_key) if combine else kept
    kept = _possible(kept, effect, ledger)
    if shared_control == "split":  # a share may be too small where the whole control was not
        kept = _possible(_divided(kept, ledger), effect, ledger)
    return [_without(told(arm), NOT_KEPT) for arm in flag_other_scales(kept)], ledger


def _divide(arms, why):
    """Return the arms to go on with, and the ledger's entries of those that `why` sets aside."""
    kept, ledger = [], []
    for arm in arms:
        reason = why(arm)
        if reason:
            ledger.append(_entry(arm, *reason))
        else:
            kept.append(arm)
    return kept, ledger


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


def _at_times(arms, rule, ledger):
    kept = []
    for arm, reason in zip(arms, choose_timepoints(arms, rule), strict=True):
        if reason:
            ledger.append(_entry(arm, "harmonise", reason, f"timepoint rule: {rule}"))
        else:
            kept.append(arm)
    return kept


def _with_sds(arms, sd_rule, cv, ledger):
    """Give each arm its own SD, or the one that its comparison's test or a rule gives."""
    own = [with_sd(arm) if source_of_sd(arm) and not arm["unusable"] else arm for arm in arms]
    controls = {comparison_key(arm): arm for arm in own if arm["role"] == "control"}
    tested = {comparison_key(arm): arm for arm in own if _is_tested(arm)}
    kept = []
    for arm in own:
        key = comparison_key(arm)
        treated = arm if _is_tested(arm) else tested.get(key)
        if arm["unusable"]:
            ready = _by_rule(arm, sd_rule, cv)
        elif arm.get("sd") is not None or arm.get("mean") is None or arm["role"] == CONTRAST:
            ready = arm  # counts and published effects need no SD
        else:
            ready = _by_test(arm, treated, controls.get(key))
        if ready:
            kept.append(ready if arm["role"] == CONTRAST else ready | {"n": int(arm["n"])})
        else:
            reason = arm["unusable"] or "test_unusable"
            ledger.append(_entry(arm, "harmonise", reason, arm["detail"] or NO_TEST))
    return kept


def _is_tested(arm):
    return arm["role"] == "treatment" and tells_by_test(arm)


def _by_test(arm, treated, control):
    """Return the arm with the SD that its comparison's test gives; None where it gives none."""
    if not treated or not control or control["unusable"]:
        return None
    means = {treated.get("mean"), control.get("mean")}
    return from_test(arm, treated, control) if len(means - {None}) == 2 else None


def _by_rule(arm, sd_rule, cv):
    """Return the arm with the SD that the review's rule gives; None where it gives none."""
    if sd_rule in ASSUMED:
        return from_error(arm, ASSUMED[sd_rule], assumed=True)
    if arm["role"] in cv and arm["mean"] and arm["mean"] > 0:
        return with_imputed_sd(arm, cv[arm["role"]])
    return None


def _as_changes(arms, change, ledger):
    kept = []
    for arm in arms:
        try:
            kept.append(as_change(arm, change["correlation"]))
        except UnitMismatchError as error:
            ledger.append(_entry(arm, "harmonise", "baseline_unit_differs", str(error)))
        except ValueError as error:
            ledger.append(_entry(arm, "harmonise", "baseline_missing", str(error)))
    return kept


def _in_unit(arms, units, ledger):
    """Convert each arm to the outcome's unit; refuse, set aside or pass on what can't be."""
    # A table without units is in the outcome's; a gap among stated units is a caution.
    how = {"flag_missing": any(arm.get("unit") for arm in arms)}
    how |= {"declared": units["declared"], "missing": units["missing"]}
    kept, stopping = [], []
    for arm in arms:
        if arm.get("mean") is None:
            kept.append(arm)  # counts and published effects
            continue
        try:
            kept.append(in_target_unit(arm, units["target"], **how))
        except (UnitUnknownError, UnitMismatchError) as error:
            reason = UNIT_REASONS[type(error)]
            if not units["needed"] and arm.get("unit"):
                kept.append(noted(arm, "units", f"kept in {arm['unit']}: {error}"))
            elif reason == "unit_mismatch" and units["mismatch"] == "stop":
                stopping.append((arm, error))
            else:
                ledger.append(_entry(arm, "harmonise", reason, str(error)))
    if stopping:
        raise _mismatches(stopping, units["target"])
    return kept


def _mismatches(stopping, target):
    remedy = (
        "Correct the unit, declare the conversion under the outcome's `units: {conversions: ...}`, "
        "or set `unusable_rows: ledger`."
    )
    problems = [
        f"{arm['study_id']}, comparison {arm['comparison']}, {arm['role']}, column 'unit' is "
        f"{arm['unit']!r}: expected a unit that becomes {target!r} ({error}). {remedy}"
        for arm, error in stopping
    ]
    return InputError(stopping[0][0]["source_file"], problems)


def _complete(arms, ledger, partners):
    """Set aside arms whose partner was, and comparisons whose arms are in different units."""
    members = {}
    for arm in arms:
        members.setdefault(comparison_key(arm), []).append(arm)
    complete = []
    for arm in arms:
        present = {other["role"] for other in members[comparison_key(arm)]}
        scales = {other.get("unit") for other in members[comparison_key(arm)]}
        if arm["role"] != CONTRAST and len(present) < partners:
            missing = [r for r in ("treatment", "control", "sham")[:partners] if r not in present]
            detail = f"the {missing[0]} arm of its comparison can't be used"
            ledger.append(_entry(arm, "harmonise", f"{missing[0]}_unusable", detail))
        elif len(scales) > 1:
            named = " and ".join(sorted(str(unit or "no unit") for unit in scales))
            detail = f"the arms of its comparison are in {named}"
            ledger.append(_entry(arm, "harmonise", "units_differ", detail))
        else:
            complete.append(arm)
    return complete


def _possible(arms, effect, ledger):
    if not effect:
        return arms
    kept, aside = divide_possible(arms, effect["measure"], effect["options"], effect["impossible"])
    for arm, reason, detail in aside:
        ledger += _entries(arm, reason, detail)
    return kept


def _divided(arms, ledger):
    kept, too_small = split_shared_controls(arms)
    for arm in too_small:
        ledger += _entries(arm, "shared_control_too_small", TOO_SMALL)
    return kept


def _entries(arm, reason, detail):
    """Enter an arm; of a combined group, each arm."""
    return [
        _entry(arm | {"row_id": row_id}, "harmonise", reason, detail)
        for row_id in arm["row_id"].split(";")
    ]


def _without(arm, names):
    return {name: value for name, value in arm.items() if name not in names}


def _entry(arm, step, reason, detail):
    place = ("review", "outcome", "source_file", "row_id", "study_id", "comparison")
    kept = {name: arm[name] for name in (*place, "timepoint", "role", "arm")}
    kept |= {name: arm.get(name) for name in ("history", "flags", "reading_flags")}
    entry = {"step": step, "reason": reason, "detail": detail}
    return noted({**kept, **entry}, "ledger", f"set aside, {reason}: {detail}")
