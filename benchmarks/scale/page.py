"""The tables of docs/performance.md, from the measured rows."""

import os
import platform


def fill_page(template, rows):
    """Fill {machine}, {costs}, {starts} and {reruns} of the template.

    Parameters
    ----------
    template : str
        Markdown with the placeholders.
    rows : list of dict
        The rows of scale.csv.

    Returns
    -------
    str
    """
    found = {}
    for row in rows:
        numbers = {name: float(row[name]) for name in row if name not in ("outcomes", "run")}
        found.setdefault(int(row["outcomes"]), {})[row["run"]] = numbers
    sizes = sorted(found.items())
    cold = [(size, runs) for size, runs in sizes if "cold" in runs]
    return template.format(
        machine=f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        costs=_table(COSTS, (_costs(size, **runs) for size, runs in sizes)),
        starts=_table(STARTS, (_starts(size, runs["full"], runs["cold"]) for size, runs in cold)),
        reruns=_table(RERUNS, (_reruns(size, runs, found[1]["full"]) for size, runs in sizes)),
    )


COSTS = ("outcomes", "jobs", "planning, s", "full run, s", "processor, s", "the same per outcome")
COSTS += ("largest process, MiB", "floor, s", "full run / floor", "processor / floor's")
STARTS = ("outcomes", "warm, s", "cold, s", "warm / cold", "processor, warm / cold")
RERUNS = ("outcomes", "jobs", "planning, s", "whole rerun, s", "rerun / (one outcome + planning)")
RERUNS += ("the same, its own planning taken off", "nothing to do, s")


def _costs(size, full, floor=None, **_):
    cells = [f"{size:,}", f"{full['jobs']:,.0f}", *_seconds(full, "planning", "wall", "cpu")]
    cells += [f"{full['cpu'] / size:.1f}", f"{full['memory']:.0f}"]
    if not floor:
        return [*cells, "not run", "", ""]
    return [*cells, *_seconds(floor, "wall"), *_ratios(full, floor)]


def _starts(size, warm, cold):
    return [f"{size:,}", *_seconds(warm, "wall"), *_seconds(cold, "wall"), *_ratios(warm, cold)]


def _reruns(size, runs, one):
    added = runs["one study added"]
    whole = one["wall"] + added["planning"]
    ratios = [f"{added['wall'] / alone:.2f}" for alone in (whole, whole - one["planning"])]
    cells = [f"{size:,}", f"{added['jobs']:.0f}", *_seconds(added, "planning", "wall"), *ratios]
    return [*cells, *_seconds(runs["nothing to do"], "wall")]


def _seconds(run, *names):
    return [f"{run[name]:,.1f}" for name in names]


def _ratios(run, other):
    return [f"{run[name] / other[name]:.2f}" for name in ("wall", "cpu")]


def _table(head, lines):
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---:"] * len(head), *lines))
