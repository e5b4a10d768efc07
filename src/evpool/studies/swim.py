"""Synthesis without meta-analysis: directions, percent changes and medians; nothing is pooled.

Reporting follows Campbell et al. (2020), doi:10.1136/bmj.l6890; how a study with several outcomes
gets one direction, Boon and Thomson (2021), doi:10.1002/jrsm.1458.
"""

import numpy as np

from evpool.arms.doses import add_doses
from evpool.errors import InputError, Problem, closest
from evpool.stats.sign_test import sign_test

BENEFIT, HARM, NEITHER, CONFLICT = "benefit", "harm", "no difference", "conflicting"
AGREE = 0.7  # share of a study's outcomes in one direction that gives the study that direction
ALL = "all studies"
NO_GROUP = "no group"  # a study whose cell of the column is empty
FAVOURS = {"higher": 1.0, "lower": -1.0}


def check_changes(table, studies):
    """Raise InputError for every row of changes.csv without a direction or a known study.

    Parameters
    ----------
    table : InputTable
    studies : sequence of str
        Known study ids.
    """
    problems = list(table.problems)
    for row in table.rows:
        if row["study_id"] not in studies:
            remedy = f"Correct it, or add the study.{closest(row['study_id'], studies)}"
            expected = "a study of the study table"
            problems.append(Problem(row["line"], "study_id", row["study_id"], expected, remedy))
        known = row.get("change_pct") is not None and row.get("better")
        if not known and not row.get("direction"):
            expected = "a direction, or change_pct with better"
            remedy = "Fill in one of them, or remove the row."
            who = row["study_id"]
            problems.append(Problem(row["line"], "direction", None, expected, remedy, who=who))
    if problems:
        raise InputError(table.path, [str(p) for p in sorted(problems, key=lambda p: p.line)])


def direction_rows(changes):
    """Return one direction for every study and domain.

    Parameters
    ----------
    changes : list of dict
        Checked rows of changes.csv.

    Returns
    -------
    list of dict
        `study_id`, `domain`, `direction`, `outcomes` (count), `printed`.
    """
    cells = {}
    for row in changes:
        cells.setdefault((row["study_id"], row.get("domain") or row["outcome"]), []).append(row)
    return [
        {
            "study_id": study,
            "domain": domain,
            "direction": _one_direction(rows),
            "outcomes": len(rows),
            "printed": "; ".join(row.get("printed") or row["outcome"] for row in rows),
        }
        for (study, domain), rows in cells.items()
    ]


def study_rows(changes, studies, settings, doses=None, low_risk=None):
    """Return one row a study: its direction, its first percent change, its dose and its groups.

    Parameters
    ----------
    changes : list of dict
        Checked rows of changes.csv.
    studies : list of dict
        Rows of the study table.
    settings : dict
        The review's `swim`: `groups` (columns), perhaps `dose` (a column) and `threshold`.
    doses : dict, optional
        How doses are read (the review's `doses`).
    low_risk : dict, optional
        Study id -> in how many domains its risk of bias is low.

    Returns
    -------
    list of dict
        Rows of DIRECTIONS plus the columns of `groups`. `change_pct` is the change of the outcome
        that the study's first row names, with the sign that makes a benefit positive. A dose that
        is no number on the asked axis is None.
    """
    own = {}
    for row in changes:
        own.setdefault(row["study_id"], []).append(row)
    with_doses = add_doses(studies, doses) if doses else studies
    return [
        {
            "study_id": study["study_id"],
            "label": study.get("label"),
            "outcomes": len(own[study["study_id"]]),
            "direction": _one_direction(own[study["study_id"]]),
            **_first_change(own[study["study_id"]]),
            "dose": _dose(study, settings),
            "low_risk_domains": (low_risk or {}).get(study["study_id"]),
            **{name: study.get(name) for name in settings.get("groups", [])},
        }
        for study in with_doses
        if study["study_id"] in own
    ]


def group_rows(rows, settings, ci_level=0.95):
    """Summarise the studies: all, by each column of `groups`, and by the dose's threshold.

    Parameters
    ----------
    rows : list of dict
        As `study_rows` returns them.
    settings : dict
        The review's `swim`.
    ci_level : float

    Returns
    -------
    list of dict
        Rows of SWIM: how many studies have each direction, the sign test, and median and quartiles
        (linear interpolation) of the first percent changes.
    """
    made = [_summary(ALL, ALL, rows, ci_level)]
    for column in settings.get("groups", []):
        levels = {}
        for row in rows:
            levels.setdefault(row[column] or NO_GROUP, []).append(row)
        made += [_summary(column, level, own, ci_level) for level, own in levels.items()]
    if settings.get("threshold"):
        names = {True: "at or above the threshold", False: "below", None: "no comparable dose"}
        for above, name in names.items():
            own = [row for row in rows if is_high(row["dose"], settings) is above]
            if own:
                made.append(_summary("dose", name, own, ci_level))
    return made


def is_high(dose, settings):
    """Tell whether a dose reaches the threshold; None where there is no dose to compare."""
    return None if dose is None else dose >= float(settings["threshold"])


def _summary(column, level, rows, ci_level):
    counts = {name: sum(row["direction"] == name for row in rows) for name in
              (BENEFIT, HARM, NEITHER, CONFLICT)}  # fmt: skip
    test = sign_test(counts[BENEFIT], counts[HARM], ci_level=ci_level)
    changes = [row["change_pct"] for row in rows if row["change_pct"] is not None]
    spread = np.percentile(changes, [0, 25, 50, 75, 100]) if changes else [None] * 5
    names = ("change_min", "change_q1", "change_median", "change_q3", "change_max")
    return {
        "grouped_by": column,
        "level": level,
        "k": len(rows),
        **{name.replace(" ", "_"): count for name, count in counts.items()},
        "share": test.share,
        "share_low": test.low,
        "share_high": test.high,
        "p_value": test.p_value,
        "k_change": len(changes),
        **dict(zip(names, spread, strict=True)),
    }


def _direction(row):
    if row.get("direction"):
        return row["direction"]
    sign = np.sign(row["change_pct"]) * FAVOURS[row["better"]]
    return {1.0: BENEFIT, -1.0: HARM}.get(sign, NEITHER)


def _one_direction(rows):
    """Return the direction that enough of a study's outcomes share, else 'conflicting'."""
    found = [_direction(row) for row in rows]
    most = max(dict.fromkeys(found), key=found.count)
    return most if found.count(most) >= AGREE * len(found) else CONFLICT


def _first_change(rows):
    first = rows[0]
    if first.get("change_pct") is None or not first.get("better"):
        return {"first_outcome": first["outcome"], "change_pct": None}
    change = float(first["change_pct"]) * FAVOURS[first["better"]]
    return {"first_outcome": first["outcome"], "change_pct": change}


def _dose(study, settings):
    value = study.get(settings.get("dose"))
    try:
        return None if value is None else float(value)
    except ValueError:  # typed text that no declaration of `doses` reads: not comparable
        return None
