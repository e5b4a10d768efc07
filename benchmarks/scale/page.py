"""The tables of docs/performance.md, from the measured rows."""


def fill_page(template, rows):
    """Fill {costs} and {reruns} of the template.

    Parameters
    ----------
    template : str
        Markdown with the two placeholders.
    rows : list of dict
        The rows of scale.csv.

    Returns
    -------
    str
    """
    sizes = sorted({int(row["outcomes"]) for row in rows})
    found = {(int(row["outcomes"]), row["run"]): row for row in rows}
    costs = [
        "| outcomes | jobs | planning, s | full run, s | processor, s | per outcome, s "
        "| largest process, MiB | floor, s | full run / floor | processor / floor's |",
        "|" + "---:|" * 10,
    ]
    reruns = [
        "| outcomes | jobs after one study was added | s | processor, s | s with nothing to do |",
        "|" + "---:|" * 5,
    ]
    for size in sizes:
        costs.append(_cost_line(size, found))
        added, idle = found[size, "one study added"], found[size, "nothing to do"]
        cells = [f"{size:,}", added["jobs"], *_seconds(added), *_seconds(idle)[:1]]
        reruns.append(_line(cells))
    return template.format(costs="\n".join(costs), reruns="\n".join(reruns))


def _cost_line(size, found):
    plan, full, floor = (found.get((size, run)) for run in ("plan", "full", "floor"))
    per_outcome = f"{float(full['cpu']) / size:.1f}"
    memory = f"{float(full['memory']):.0f}"
    cells = [f"{size:,}", f"{int(full['jobs']):,}", _seconds(plan)[0], *_seconds(full), per_outcome]
    if not floor:
        return _line([*cells, memory, "not run", "", ""])
    ratios = [f"{float(full[key]) / float(floor[key]):.2f}" for key in ("wall", "cpu")]
    return _line([*cells, memory, _seconds(floor)[0], *ratios])


def _seconds(row):
    return [f"{float(row[key]):,.1f}" for key in ("wall", "cpu")]


def _line(cells):
    return f"| {' | '.join(cells)} |"
