"""The tables of docs/engine.md."""

import os
import platform
import statistics
from math import floor, log10

import numpy as np
from tasks import MEMORY_GOAL, TASKS

OURS, GOAL_PEER = "evpool", "metafor"


def fill_page(template, samples, memory, versions):
    """Fill the template's placeholders, all of them tables or lists.

    Parameters
    ----------
    template : str
    samples : dict of (str, str) to list of (float, float)
        Seconds and value of each round, by task and package.
    memory : dict of str to float
        Peak MiB of "imports", "DL" and "REML".
    versions : list of str

    Returns
    -------
    str
    """
    return template.format(
        goals="\n".join([*_goal_rows(samples), *_memory_rows(memory)]),
        times=_table(samples, _time),
        ratios=_table(samples, _ratio),
        values=_table(samples, _value),
        parts=_parts(),
        versions=", ".join(versions).replace("=", " "),
        machine=f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()})",
        python=f"Python {platform.python_version()}, NumPy {np.__version__}",
        imports=f"{memory['imports']:.0f}",
    )


def ratios(samples, task, package):
    """How many times longer a package takes than evpool, round by round; empty if unknown."""
    theirs, ours = samples.get((task, package), []), samples.get((task, OURS), [])
    return [their[0] / our[0] for their, our in zip(theirs, ours, strict=False)]


def verdict(found, goal):
    """Say whether the median of the ratios meets a goal and, if not, by how much it misses it."""
    if not found:
        return "not measured"
    ratio = statistics.median(found)
    return "met" if ratio >= goal else f"**missed** by {100 * (1 - ratio / goal):.0f}%"


def _goal_rows(samples):
    yield "| task | goal | median ratio | quartiles over rounds | |"
    yield "|---|---:|---:|---:|---|"
    for task in TASKS:
        if task.goal is not None:
            found = ratios(samples, task.name, GOAL_PEER)
            yield _goal_row(task.label, f"≥ {task.goal}× metafor", found, task.goal)
    for task, package in samples:
        if task == "fit_reml" and package not in (OURS, GOAL_PEER):
            found = ratios(samples, task, package)
            yield _goal_row("one REML fit", f"ahead of {package}", found, 1)


def _goal_row(label, goal, found, least):
    quartiles = statistics.quantiles(found, method="inclusive") if len(found) > 1 else found * 3
    spread = f"{_times(quartiles[0])} to {_times(quartiles[2])}" if found else "–"
    return f"| {label} | {goal} | {_middle(found)} | {spread} | {verdict(found, least)} |"


def _memory_rows(memory):
    for method in ("DL", "REML"):
        met = "met" if memory[method] < MEMORY_GOAL else "**missed**"
        used = f"{memory[method]:.0f} MiB"
        yield f"| peak memory, all subsets, {method} | < 1 GiB | {used} | | {met} |"


def _table(samples, show):
    packages = list(dict.fromkeys(package for _, package in samples))
    lines = [f"| task | {' | '.join(packages)} |", "|---|" + "---:|" * len(packages)]
    for task in TASKS:
        cells = [show(samples, task.name, package) for package in packages]
        lines.append(f"| {task.label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _time(samples, task, package):
    if (task, package) not in samples:
        return "–"
    middle = statistics.median(seconds for seconds, _ in samples[task, package])
    for limit, factor, unit in ((1, 1e3, "ms"), (600, 1, "s"), (7200, 1 / 60, "min")):
        if middle < limit:
            return f"{_digits(middle * factor)} {unit}"
    return f"{_digits(middle / 3600)} h"


def _ratio(samples, task, package):
    return _middle(ratios(samples, task, package))


def _value(samples, task, package):
    found = samples.get((task, package))
    return f"{found[0][1]:.6g}" if found else "–"


def _middle(found):
    return _times(statistics.median(found)) if found else "–"


def _times(ratio):
    return f"{_digits(ratio)}×"


def _digits(number):
    """Three significant digits, without an exponent."""
    places = max(0, 2 - floor(log10(number)))
    return f"{number:,.{places}f}"


def _parts():
    rows = ((task, package, amount) for task in TASKS for package, amount in task.part.items())
    by_task = {}
    for task, package, amount in rows:
        by_task.setdefault(task.label, []).append(f"{package} {amount:,}")
    return "\n".join(f"- {label}: {', '.join(done)}." for label, done in by_task.items())
