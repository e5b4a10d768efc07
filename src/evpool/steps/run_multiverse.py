"""Step 6: the pooled estimate under every combination of the choices a review could have made."""

import numpy as np

from evpool.arms.checks import RESOLVED_BY, UNKNOWN_BAR
from evpool.columns import CHOICES
from evpool.stats.measures import MEASURES
from evpool.stats.multiverse import data_variant, enumerate_specifications, fit_multiverse
from evpool.steps.compute_effects import compute_effects
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.leave_one_out import set_problem
from evpool.steps.rows import effect_arrays, finite

NO_SET = "none"
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high", "statistic", "p_value")
NUMBERS += ("tau2", "i2", "i2_tau2")


def run_multiverse(arms, choices, own, harmonisation, sets):
    """Pool one outcome by random effects in every combination of choices.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE: the data are harmonised anew for every choice that changes them.
    choices : dict of str to list, or None
        The options of any of CHOICES; where one is not listed the review's own holds. None pools
        nothing. Where an error bar is of unknown kind, every `sd_rule` is tried, listed or not.
    own : dict
        The outcome's analysis: its own option of every choice, `measure_options`, `pi_method`
        and `ci_level`.
    harmonisation : dict
        How the review harmonises the outcome's arms: the arguments of `harmonise_arms`.
    sets : dict of str to list of str
        The study ids that each exclusion set leaves out.

    Returns
    -------
    list of dict
        Rows of MULTIVERSE, one a specification; one that can't be computed has a `warning` that
        says why, and no estimate.
    """
    choices = _with_sd_rules(arms, choices or {}, harmonisation.get("exclude", ()))
    if not choices or not arms:
        return []
    own = {**own, "exclusion_set": NO_SET}
    options = {name: choices.get(name, [own[name]]) for name in CHOICES}
    rules = {timepoint_name(rule): rule for rule in options["timepoint"]}
    listed = {**options, "timepoint": list(rules), "pi_method": [own["pi_method"]]}
    specifications = enumerate_specifications(listed)
    variants = {}
    for specification in specifications:
        if data_variant(specification) not in variants:
            way = {**specification, "timepoint": rules[specification["timepoint"]]}
            variants[data_variant(specification)] = _effects(arms, way, own, harmonisation, sets)
    fits = fit_multiverse(specifications, variants, ci_level=own["ci_level"])
    place = {"review": arms[0]["review"], "outcome": arms[0]["outcome"]}
    return [place | _row(fits, i, own) for i in range(len(specifications))]


def _with_sd_rules(arms, choices, exclude):
    """Add the rules for unknown error bars that are not listed, if there are such bars."""
    excluded = {item["study_id"] for item in exclude}
    unknown = any(
        arm["unusable"] == UNKNOWN_BAR and arm["study_id"] not in excluded for arm in arms
    )
    if not unknown:
        return choices
    return choices | {"sd_rule": list(dict.fromkeys([*choices.get("sd_rule", ()), *RESOLVED_BY]))}


def _row(fits, index, own):
    specification = fits.specifications[index]
    as_own = {**own, "timepoint": timepoint_name(own["timepoint"])}
    row = {**specification, "ci_level": own["ci_level"], "k": int(fits.k[index])}
    row |= {name: getattr(fits, name)[index] for name in NUMBERS}
    row |= {"df": finite(fits.df[index]), "warning": fits.problem[index]}
    return row | {"is_own": all(specification[name] == as_own[name] for name in CHOICES)}


def timepoint_name(rule):
    """Name a time-point rule in one cell: 'latest', 'nearest 28 d in 21 to 35, earlier'."""
    if isinstance(rule, str):
        return rule
    unit = f" {rule['unit']}" if "unit" in rule else ""
    parts = [f"{rule['rule']} {rule['anchor']:g}{unit}" if "anchor" in rule else rule["rule"]]
    if "window" in rule:
        low, high = rule["window"]
        parts.append(f"in {low:g} to {high:g}")
    return " ".join(parts) + (f", {rule['tie']}" if "tie" in rule else "")


def _effects(arms, choice, own, harmonisation, sets):
    """Return yi and vi of one data variant, or the reason why there are none."""
    measure = choice["measure"]
    options = own["measure_options"] if measure == own["measure"] else {}
    way = {name: choice[name] for name in ("timepoint", "sd_rule", "shared_control")}
    way |= {"keep_sham": measure == "NMD"}
    if harmonisation.get("units"):
        way["units"] = harmonisation["units"] | {"needed": MEASURES[measure].in_outcome_units}
    if harmonisation.get("effect"):
        way["effect"] = harmonisation["effect"] | {"measure": measure, "options": options}
    try:
        always = harmonisation.get("exclude", [])
        left_out = _left_out(arms, choice["exclusion_set"], always, sets)
        kept, _ = harmonise_arms(arms, **(harmonisation | way | {"exclude": left_out}))
        yi, vi = effect_arrays(compute_effects(kept, measure, own["ci_level"], options))
    except ValueError as error:
        return " ".join(str(error).split())  # of an InputError, each problem is a line
    if not (np.isfinite(yi) & np.isfinite(vi) & (vi > 0)).all():
        return f"an effect or its variance by {measure} is not finite"
    return yi, vi


def _left_out(arms, name, exclude, sets):
    """Return the exclusions that hold with a named set; raises ValueError where it is no use."""
    if name == NO_SET:
        return exclude
    present = {arm["study_id"] for arm in arms} - {item["study_id"] for item in exclude}
    studies = sorted(present & set(sets[name]))
    problem = set_problem(studies, present)
    if problem:
        raise ValueError(f"exclusion set {name!r}: {problem}")
    return [*exclude, *({"study_id": study, "reason": name} for study in studies)]
