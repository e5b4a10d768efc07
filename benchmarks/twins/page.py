"""The tables of docs/twins.md, from the rows of the study."""

from frame import with_error

INTERVALS = (
    ("bias", "own"),
    ("ci_coverage", "own"),
    ("ci_coverage", "hksj"),
    ("pi_coverage", "own"),
    ("pi_coverage", "hksj"),
)
HEAD = "| outcome | k | bias | CI | CI, HK | PI | PI, HK |\n|---|---:|---:|---:|---:|---:|---:|"
READINGS = ("true_bars", "as_typed", "re_read")


def fill_page(template, rows):
    """Fill {<twin>_<reading>}, {checks} and {n} of the template.

    Parameters
    ----------
    template : str
        Markdown.
    rows : list of dict
        The rows of the study's CSV.

    Returns
    -------
    str
    """
    found = {(r["twin"], r["outcome"], r["figure"], r["method"]): r for r in rows}
    outcomes = dict.fromkeys((row["twin"], row["outcome"], row["k"]) for row in rows)
    tables = {"checks": _checks(found, outcomes), "n": f"{rows[0]['n']:,}"}
    for twin in dict.fromkeys(twin for twin, _, _ in outcomes):
        own = [(outcome, k) for its, outcome, k in outcomes if its == twin]
        for reading in READINGS:
            tables[f"{twin}_{reading}"] = _intervals(found, twin, own, reading)
    return template.format(**tables)


def _intervals(found, twin, outcomes, reading):
    lines = [HEAD]
    for outcome, k in outcomes:
        cells = [
            _cell(found.get((twin, outcome, figure, f"{reading}, {method}")), figure)
            for figure, method in INTERVALS
        ]
        lines.append(f"| {outcome} | {k} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _checks(found, outcomes):
    lines = ["| twin | outcome | k | SEMs found | false alarms |", "|---|---|---:|---:|---:|"]
    for twin, outcome, k in outcomes:
        cells = [
            _cell(found[twin, outcome, figure, "check"], figure)
            for figure in ("sems_found", "false_alarms")
        ]
        lines.append(f"| {twin} | {outcome} | {k} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(row, figure):
    """Shares in percent."""
    if row is None:
        return "–"
    return with_error(row, "+.3f") if figure == "bias" else with_error(row, ".1f", 100)
