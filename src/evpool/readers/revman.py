"""Cochrane RevMan 5 reviews (.rm5): the continuous outcomes, two arms a study."""

import re
from collections import Counter
from dataclasses import replace

from evpool.readers.model import ArmReading, Readings, Report, add_flags, value_flags
from evpool.readers.source import number

PROGRAM = "RevMan"
ROLES = {"1": "treatment", "2": "control"}


def recognises(source):
    """Tell a review by its root element."""
    return b"<COCHRANE_REVIEW" in source.data[:2000]


def read(source):
    """Read both arms of every continuous data row.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Readings
        Other outcomes are reported as skipped, two arms a row.
    """
    names = {s.get("ID"): (s.get("NAME"), s.get("YEAR")) for s in source.xml.iter("STUDY")}
    arms, reports = [], []
    for comparison in source.xml.iter("COMPARISON"):
        for outcome in comparison:
            rows = [node for node in outcome.iter() if node.tag.endswith("_DATA")]
            numbers = comparison.get("NO"), outcome.get("NO")
            item = f"comparison {numbers[0]}, outcome {numbers[1]}"
            if outcome.tag == "CONT_OUTCOME":
                found, left = _outcome(source, item, ".".join(map(str, numbers)), outcome, names)
                arms += found
                reports += left
            elif rows:
                problem = f"{plain_text(outcome, 'NAME')!r} is a {outcome.tag}, not continuous"
                reports.append(Report(item, problem, "It is not read.", 2 * len(rows), True))
    return Readings(source.path, PROGRAM, mark_shared(arms), tuple(reports))


def plain_text(node, tag):
    """Return the text of a child element without HTML tags."""
    return re.sub(r"<[^>]+>", "", node.findtext(tag, "")).strip()


def _outcome(source, item, analysis, outcome, names):
    arms, reports = [], []
    labels = {side: plain_text(outcome, f"GROUP_LABEL_{side}") for side in ROLES}
    for parent in (outcome, *outcome.findall("CONT_SUBGROUP")):
        subgroup = plain_text(parent, "NAME") if parent is not outcome else ""
        group = f", subgroup {subgroup}" if subgroup else ""
        for row in parent.findall("CONT_DATA"):
            place = f"{item}{group}, study {row.get('STUDY_ID')!r}"
            study, year = names.get(row.get("STUDY_ID"), (None, None))
            if study is None:
                remedy = "Add it to the included studies in RevMan."
                reports.append(Report(place, "the review has no such study", remedy, 2))
                continue
            cells = {
                (name, side): row.get(f"{name}_{side}")
                for name in ("MEAN", "SD", "TOTAL")
                for side in ROLES
            }
            found = two_arms(source, place, cells, labels, row.get("ESTIMABLE") != "NO")
            if isinstance(found, Report):
                reports.append(found)
                continue
            about = (("analysis", analysis), ("subgroup", subgroup), ("year", year or ""))
            named = {"study": study, "outcome": plain_text(outcome, "NAME"), "about": about}
            arms += [replace(arm, **named) for arm in found]
    return arms, reports


def two_arms(source, item, cells, labels, estimable=True):
    """Return the two arms of a RevMan data row.

    Parameters
    ----------
    source : Source
    item : str
        Where the row stands.
    cells : dict
        ('MEAN' | 'SD' | 'TOTAL', '1' | '2') -> text; 1 is experimental, 2 is control.
    labels : dict
        '1' | '2' -> the arm's label.
    estimable : bool
        False if the row is marked as not estimable.

    Returns
    -------
    list of ArmReading, or Report
        An SD of zero means that none was reported.
    """
    numbers = {key: number(text) for key, text in cells.items()}
    for (name, side), value in numbers.items():
        if value is None:
            problem = f"{name}_{side} is {cells[name, side]!r}, not a number"
            return Report(item, problem, "Correct it in RevMan and export again.", 2)
    return [_arm(source, item, numbers, side, labels, estimable) for side in ROLES]


def _arm(source, item, numbers, side, labels, estimable):
    mean, sd, n = (numbers[name, side] for name in ("MEAN", "SD", "TOTAL"))
    known = estimable and sd != 0
    flags = {*source.flags} if known else {*source.flags, "not_estimable"}
    if n == 0:
        n, flags = None, flags | {"n_sentinel"}
    return ArmReading(
        source.path,
        f"{item}, {ROLES[side]} arm",
        mean,
        arm=labels[side],
        label=labels[side],
        role=ROLES[side],
        n=n,
        centre_type="mean",
        error=sd if known else None,
        error_type="sd" if known else None,
        flags=value_flags(mean, sd if known else None, flags),
    )


def mark_shared(arms):
    """Flag control arms that occur again in their study, so that n is not counted twice."""
    keys = [(arm.study, arm.outcome, arm.role, arm.centre, arm.error, arm.n) for arm in arms]
    times = Counter(keys)
    return tuple(
        replace(arm, flags=add_flags(arm.flags, "shared_control"))
        if arm.role == "control" and times[key] > 1
        else arm
        for arm, key in zip(arms, keys, strict=True)
    )
