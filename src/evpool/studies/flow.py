"""The PRISMA 2020 flow diagram from the counts that a review prints, and whether they add up."""

from evpool.errors import InputError

# What a rule adds and takes away must give the count on its right; reports where they are printed.
DATABASES = (
    ("identified", ("duplicates", "automation", "removed_other_reasons"), ("screened",)),
    ("screened", ("excluded",), ("sought", "assessed")),
    ("sought", ("not_retrieved",), ("assessed",)),
)
OTHER_ROUTES = (
    ("identified_other", (), ("sought_other",)),
    ("sought_other", ("not_retrieved_other",), ("assessed_other",)),
)
IN_WORDS = {
    "identified": "records identified",
    "duplicates": "duplicates removed",
    "automation": "records removed by automation tools",
    "removed_other_reasons": "records removed for other reasons",
    "screened": "records screened",
    "excluded": "records excluded at screening",
    "sought": "reports sought",
    "not_retrieved": "reports not retrieved",
    "assessed": "reports assessed for eligibility",
    "excluded_full_text": "reports excluded after full text",
    "included_reports": "reports included",
    "included_new": "new studies included",
    "previous": "studies of the previous version",
    "included": "studies included",
    "pooled": "studies in the meta-analysis",
}


def build_flow(table):
    """Return the boxes of the flow diagram.

    Parameters
    ----------
    table : InputTable
        prisma.csv. A row without a `phase` is a count of something else; one with a `detail` is a
        part of its phase (a database, a reason), one without is the phase's total.

    Returns
    -------
    list of dict
        `phase`, `detail` (None for the total), `count` (None if not printed), `printed` (all the
        different counts that the paper prints), `locations`, `computed` (the total is the sum of
        its parts: the paper does not print it).

    Raises
    ------
    InputError
        If a cell can't be used or no row has a phase.
    """
    if table.problems:
        raise InputError(table.path, [str(problem) for problem in table.problems])
    used = [row for row in table.rows if row.get("phase")]
    if not used:
        raise InputError(table.path, ["no row has a `phase`; say which box each count belongs to"])
    groups = {}
    for row in used:
        groups.setdefault((row["phase"], row.get("detail")), []).append(row)
    boxes = [_box(*key, rows) for key, rows in groups.items()]
    totals = {box["phase"] for box in boxes if box["detail"] is None}
    for phase in dict.fromkeys(box["phase"] for box in boxes):
        if phase not in totals:
            parts = [box["count"] for box in boxes if box["phase"] == phase]
            known = None if None in parts else sum(parts)
            sums = {"count": known, "printed": None, "locations": None, "computed": True}
            boxes.append({"phase": phase, "detail": None, **sums})
    return boxes


def check_flow(boxes, studies=None):
    """Check the arithmetic of a flow diagram.

    Parameters
    ----------
    boxes : list of dict
        As `build_flow` returns them.
    studies : int, optional
        How many studies the study table has.

    Returns
    -------
    list of dict
        `rule`, `holds` (None where a count is not printed) and `finding`: a sentence.
    """
    totals = {box["phase"]: box["count"] for box in boxes if box["detail"] is None}
    checks = [_printed_twice(box) for box in boxes if ";" in (box["printed"] or "")]
    checks += _check_parts(boxes, totals)
    routes = (*DATABASES, *(OTHER_ROUTES if any(p.endswith("_other") for p in totals) else ()))
    checks += [found for rule in routes for found in _check_step(rule, totals)]
    checks += _check_end(totals, studies)
    return checks


def flow_findings(checks):
    """Return the sentences that a caption says: what doesn't add up, what can't be checked."""
    said = [check["finding"] for check in checks if check["holds"] is False]
    tested = sum(check["holds"] is True for check in checks)
    unknown = sum(check["holds"] is None for check in checks)
    if said:
        said.insert(0, "These counts don't add up:")
    elif tested:
        said.append(f"What is printed adds up ({tested} checks).")
    if unknown:
        steps = "step" if unknown == 1 else "steps"
        said.append(f"{unknown} {steps} can't be checked: not every count is printed.")
    return said


def _box(phase, detail, rows):
    counts = list(dict.fromkeys(row["count"] for row in rows if row["count"] is not None))
    places = list(dict.fromkeys(row["location"] for row in rows if row.get("location")))
    return {
        "phase": phase,
        "detail": detail,
        "count": counts[0] if counts else None,
        "printed": "; ".join(map(str, counts)) or None,
        "locations": "; ".join(places) or None,
        "computed": False,
    }


def _printed_twice(box):
    words = in_words(box["phase"])
    counts = box["printed"].replace("; ", " and ")
    finding = f"The number of {words} is printed as {counts} ({box['locations']})."
    return {"rule": f"{box['phase']} printed once", "holds": False, "finding": finding}


def _check_parts(boxes, totals):
    for total in [box for box in boxes if box["detail"] is None and not box["computed"]]:
        phase = total["phase"]
        parts = [box["count"] for box in boxes if box["phase"] == phase and box["detail"]]
        if parts and totals[phase] is not None and None not in parts:
            given = " + ".join(map(str, parts))
            said = f"{given} = {sum(parts)}"
            holds = sum(parts) == totals[phase]
            rest = "" if holds else f", but {totals[phase]} are printed"
            finding = f"{_capital(in_words(phase))} by part: {said}{rest}."
            yield {"rule": f"parts of {phase}", "holds": holds, "finding": finding}


def _check_step(rule, totals):
    """Compare start - removed with what comes next, where all three are known."""
    start, removed, following = rule
    end = next((phase for phase in following if totals.get(phase) is not None), None)
    left = [phase for phase in removed if totals.get(phase) is not None]
    name = " - ".join([start, *removed[:1]]) + f" = {end or following[0]}"
    if totals.get(start) is None or end is None or (removed and not left):
        if start != "sought" or start in totals:  # most papers leave retrieval out
            finding = f"Not every count of this step is printed ({name.replace('_', ' ')})."
            yield {"rule": name, "holds": None, "finding": finding}
        return
    yield _difference(name, totals, start, left, end)


def _difference(name, totals, start, left, end):
    expected = totals[start] - sum(totals[phase] for phase in left)
    terms = [f"{totals[start]} {in_words(start)}"]
    terms += [f"{totals[phase]} {in_words(phase)}" for phase in left]
    said = " \N{MINUS SIGN} ".join(terms) + f" = {expected}"
    holds = expected == totals[end]
    rest = "" if holds else f", but {totals[end]} {in_words(end)}"
    return {"rule": name, "holds": holds, "finding": f"{_capital(said)}{rest}."}


def _check_end(totals, studies):
    """Check what is left after full text: reports where they are counted, else studies."""
    ends = ("included_reports", "included_new", "included")
    end = next((phase for phase in ends if totals.get(phase) is not None), "included")
    routes = [route for route in ("", "_other") if totals.get(f"assessed{route}") is not None]
    starts, removed = [f"assessed{r}" for r in routes], [f"excluded_full_text{r}" for r in routes]
    known = starts and all(totals.get(phase) is not None for phase in (*removed, end))
    if known:
        merged = dict(totals)
        merged["assessed"] = sum(totals[phase] for phase in starts)
        merged["excluded_full_text"] = sum(totals[phase] for phase in removed)
        name = f"assessed - excluded_full_text = {end}"
        yield _difference(name, merged, "assessed", ["excluded_full_text"], end)
    if all(totals.get(phase) is not None for phase in ("previous", "included_new", "included")):
        expected = totals["previous"] + totals["included_new"]
        holds = expected == totals["included"]
        said = f"{totals['previous']} + {totals['included_new']} = {expected}"
        rest = "" if holds else f", but {totals['included']} studies are included"
        finding = f"Studies of the previous version and new ones: {said}{rest}."
        yield {"rule": "previous + included_new = included", "holds": holds, "finding": finding}
    if studies and totals.get("included") is not None:
        holds = totals["included"] == studies
        finding = f"{totals['included']} studies are included; the study table has {studies}."
        yield {"rule": "included = study table", "holds": holds, "finding": finding}
    if totals.get("pooled") is not None and totals.get("included") is not None:
        holds = totals["pooled"] <= totals["included"]
        finding = f"{totals['pooled']} of {totals['included']} included studies are pooled."
        yield {"rule": "pooled <= included", "holds": holds, "finding": finding}


def in_words(phase):
    """Return what a phase counts, e.g. 'records screened'."""
    route = " by other methods" if phase.endswith("_other") else ""
    return IN_WORDS[phase.removesuffix("_other")] + route


def _capital(text):
    return text[:1].upper() + text[1:]
