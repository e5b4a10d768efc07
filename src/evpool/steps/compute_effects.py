"""Step 3: one effect, with its variance and its moderators, for each comparison."""

from statistics import NormalDist

import numpy as np

from evpool.arms.pairs import DIVIDED, SIDES, SUMMARIES, pair_arms, shared_by, summary_columns
from evpool.arms.published import published_columns
from evpool.claims.printed import most_decimals
from evpool.columns import ARM_TABLE, CONTRAST, HARMONISED
from evpool.stats.measures import compute_measure, measure_of, published_options

ARM_COLUMNS = {column.name for column in (*HARMONISED, *ARM_TABLE)}


def compute_effects(arms, measure, ci_level, options=None):
    """Compute yi and vi of every comparison of one outcome.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED: the arms of each comparison, or published effects.
    measure : str
        A code of `measures.MEASURES`; differences are treatment minus control.
    ci_level : float
        Level of each comparison's own confidence interval (normal).
    options : dict, optional
        The measure's options, e.g. the variance formula of Hedges' g; of published effects only
        those of `measures.published_options` matter.

    Returns
    -------
    list of dict
        Rows of EFFECTS, in the order of the arms; columns of HARMONISED that are not declared
        there are moderators, taken from the treatment arm.

    Raises
    ------
    ValueError
        If there is no comparison, or a published effect is of another measure.
    """
    pairs = pair_arms(arms)
    if not pairs:
        raise ValueError(
            "no comparison is left to pool: every row is on the ledger. Correct the rows, or the "
            "outcome's `exclude`, `timepoint`, `sd_rule` or `measure`."
        )
    if CONTRAST in pairs[0]:
        columns = _published([pair[CONTRAST] for pair in pairs], measure)
        yi, vi = compute_measure("GEN", columns, **published_options(measure, options or {}))
    else:
        _require_summaries(measure)
        columns = summary_columns(pairs)
        yi, vi = compute_measure(measure, columns, **(options or {}))
    half = NormalDist().inv_cdf((1 + ci_level) / 2) * np.sqrt(vi)
    several, names = _several_times(pairs), _names_within_studies(pairs)
    rows = [_place(pair, measure, several, names) for pair in pairs]
    for i, row in enumerate(rows):
        row |= {"yi": yi[i], "vi": vi[i], "sei": np.sqrt(vi[i])}
        row |= {"ci_low": yi[i] - half[i], "ci_high": yi[i] + half[i]}
    return rows


def _require_summaries(measure):
    if measure_of(measure).inputs[0] == "estimate":
        raise ValueError(
            f"measure {measure} pools published effects, but the outcome's rows are arms. Give "
            "`table: estimates`, or a measure of means or counts, in the review's config."
        )


def summaries(effects):
    """Return mean, SD, n and events of both sides as arrays, (k,); NaN where one is unknown.

    n and events of a control that comparisons share are each one's part of them.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS.
    """
    names = [f"{name}_{side}" for side in ("t", "c") for name in SUMMARIES]
    found = {name: np.array([effect[name] for effect in effects], dtype=float) for name in names}
    shares = np.array([effect["control_shared_by"] or 1 for effect in effects])
    return found | {name: found[name] / shares for name in DIVIDED}


def _published(contrasts, measure):
    strangers = {c["study_id"]: c["measure"] for c in contrasts if c["measure"] != measure}
    if strangers:
        listed = ", ".join(f"{study} has {code}" for study, code in strangers.items())
        raise ValueError(
            f"the outcome pools {measure}, but {listed}. Select by `rows: {{measure: ...}}`, or "
            "give another `measure` in the review's config."
        )
    return published_columns(contrasts, measure)


def _several_times(pairs):
    """Return the comparisons that are measured at more than one time."""
    seen = {}
    for pair in pairs:
        arm = next(iter(pair.values()))
        seen.setdefault((arm["study_id"], arm["comparison"]), []).append(pair)
    return {key for key, found in seen.items() if len(found) > 1}


def _names_within_studies(pairs):
    """Name the comparisons of studies that have several, by the first way that tells them apart."""
    studies = {}
    for pair in pairs:
        first = pair.get("treatment") or pair[CONTRAST]
        ways = _ways_to_name(first, pair.get("control", {}))
        studies.setdefault(first["study_id"], {})[first["comparison"]] = ways
    return {
        (study, number): name
        for study, found in studies.items()
        if len(found) > 1
        for number, name in zip(found, _telling(found.values()), strict=True)
    }


def _ways_to_name(treated, control):
    """Return the treated arm, both arms, and the number of a comparison."""
    arm, other = treated.get("arm"), control.get("arm")
    both = f"{arm} vs {other}" if arm and other else None
    return arm, both, f"comparison {treated['comparison']}"


def _telling(comparisons):
    return next(
        names
        for names in zip(*comparisons, strict=True)
        if None not in names and len(set(names)) == len(names)
    )


def _place(pair, measure, several, names):
    first = pair.get("treatment") or pair[CONTRAST]
    key = (first["study_id"], first["comparison"])
    when = first["timepoint"] or f"{first['time']:g} {first['time_unit']}" if key in several else ""
    sources = dict.fromkeys(arm.get("sd_source") or "" for arm in pair.values())
    row = {
        "review": first["review"],
        "outcome": first["outcome"],
        "effect_id": ":".join(filter(None, (key[0], str(key[1]), when))),
        "study_id": first["study_id"],
        "label": ", ".join(filter(None, (first["label"], names.get(key), when))),
        "comparison": first["comparison"],
        "measure": measure,
        "sd_source": "; ".join(filter(None, sources)) or None,
        "timepoint": first["timepoint"],
        "source_rows": ";".join(arm["row_id"] for arm in pair.values()),
        **{name: value for name, value in first.items() if name not in ARM_COLUMNS},
    }
    if CONTRAST in pair:
        sizes = {side: _whole(first[side]) for side in ("n_t", "n_c")}
        decimals = most_decimals(first[name] for name in ("estimate", "ci_low", "ci_high"))
        return row | sizes | {"control_shared_by": 1, "decimals": decimals}
    for side in ("t", "c"):
        arm = pair[SIDES[side]]
        row |= {f"{name}_{side}": arm.get(name) for name in SUMMARIES}
    return row | {"control_shared_by": shared_by(pair)}


def _whole(value):
    return None if value is None else int(value)
