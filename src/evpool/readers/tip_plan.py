"""Where the tips of error bars are: in a data set's groups, in other data sets, in itself."""

from dataclasses import dataclass
from itertools import pairwise

from evpool.errors import InputError, closest
from evpool.readers.model import Dataset, Report
from evpool.readers.tip_names import stem_of, tips_of

# How many clicks an arm has where means and tips share one data set without groups.
OWN_TIPS = {"upper": 2, "lower": 2, "both": 3}
NEAR = 0.02  # clicks nearer than this part of the data set's span stand at one place


@dataclass(frozen=True)
class Plan:
    """One data set of means and where its tips are.

    `own` is '', or a key of OWN_TIPS; `groups` holds the chosen groups, None meaning all.
    """

    means: Dataset
    tips: tuple = ()
    own: str = ""
    groups: tuple | None = None


def plan_tips(figure, tips=None):
    """Decide, for each data set of a figure, where the tips of its error bars are.

    Parameters
    ----------
    figure : Figure
    tips : None, str, sequence of str, or dict of data set -> those
        'none': every click is a mean. 'dataset:NAME' (once or twice) and 'group:NAME' or
        'group:INDEX': there. 'upper', 'lower', 'both': in the data set itself, beside the means.
        None: in the program's point groups, or in data sets named after those of the means
        ('vehicle', 'vehicle SEM'). A str or sequence holds for every data set of means.

    Returns
    -------
    plans : list of Plan
    reports : list of Report
        Data sets that no rule reaches.

    Raises
    ------
    InputError
        If `tips` names a data set or group that the figure lacks, or says something else.
    """
    chosen = _chosen(figure, tips)
    used = [name for way in chosen.values() for name in _named(way, "dataset")]
    automatic = _tips_by_name(figure, {*chosen, *used})
    plans, reports = [], []
    for dataset in figure.datasets:
        if dataset.name in chosen:
            plans.append(_explicit(figure, dataset, chosen[dataset.name]))
        elif dataset.name in used or any(
            dataset is tip for found in automatic.values() for tip in found
        ):
            continue
        else:
            plan, report = _automatic(dataset, automatic.get(dataset.name, ()))
            plans += [plan] if plan else []
            reports += [report] if report else []
    return plans, reports


def _chosen(figure, tips):
    """Return data set -> ways, as the caller says; raise InputError on what can't be."""
    if tips is None:
        return {}
    if not isinstance(tips, dict):
        named = _named(_ways(tips), "dataset")
        means = [dataset.name for dataset in figure.datasets if dataset.name not in named]
        if len(means) != 1 and named:
            raise _refused(figure, f"tips={tips!r} leaves {len(means)} data sets of means", means)
        tips = dict.fromkeys(means, tips)
    chosen = {name: _ways(way) for name, way in tips.items()}
    names = [dataset.name for dataset in figure.datasets]
    for name in [*chosen, *(n for way in chosen.values() for n in _named(way, "dataset"))]:
        if names.count(name) != 1:
            hint = closest(name, names)
            raise _refused(
                figure, f"{names.count(name)} data sets are named {name!r}.{hint}", names
            )
    return chosen


def _ways(tips):
    return (tips,) if isinstance(tips, str) else tuple(tips)


def _named(ways, kind):
    return [way.split(":", 1)[1] for way in ways if way.startswith(f"{kind}:")]


def _refused(figure, problem, names):
    listed = ", ".join(map(repr, names)) or "none"
    remedy = f"It has: {listed}. Say where the tips are with `tips`, by these names."
    return InputError(figure.path, [Report("its data sets", problem, remedy)])


def _explicit(figure, dataset, ways):
    by_name = {other.name: other for other in figure.datasets}
    named = tuple(by_name[name] for name in _named(ways, "dataset"))
    groups = tuple(_group(figure, dataset, name) for name in _named(ways, "group"))
    if groups and len(groups) == len(ways):
        return Plan(dataset, groups=groups)
    if named and len(named) == len(ways):
        return Plan(dataset, tips=named)
    if ways == ("none",):
        return Plan(dataset, groups=() if dataset.grouped else None)
    if len(ways) == 1 and ways[0] in OWN_TIPS:
        return Plan(dataset, own=ways[0])
    known = "none, upper, lower, both, group:NAME, dataset:NAME"
    remedy = f"Use one of {known}."
    problem = f"tips of {dataset.name!r} can't be {', '.join(map(repr, ways))}"
    raise InputError(figure.path, [Report("tips", problem, remedy)])


def _group(figure, dataset, name):
    names = list(dataset.group_names)
    if names.count(name) == 1:
        return names.index(name)
    known = {point.group for point in dataset.points} | set(range(len(names)))
    if name.isdigit() and int(name) in known:
        return int(name)
    listed = [own or str(index) for index, own in enumerate(names)]
    raise _refused(figure, f"data set {dataset.name!r} has no one group {name!r}", listed)


def _tips_by_name(figure, taken):
    """Return name of the means -> the data sets named as their tips, for those that are clear."""
    free = [d for d in figure.datasets if d.name not in taken and not d.grouped]
    means = [d for d in free if tips_of(d.name) is None]
    found = {}
    for dataset in free:
        stem = tips_of(dataset.name)
        if stem is None:
            continue
        owners = [d for d in means if stem_of(d.name) == stem]
        if not stem and not owners:
            owners = means
        if len(owners) == 1:
            found.setdefault(owners[0].name, []).append(dataset)
    return {name: tuple(tips) for name, tips in found.items() if len(tips) <= 2}


def _automatic(dataset, tips):
    """Return (Plan, None), or (None, Report) where only a person can say."""
    if dataset.grouped or tips:
        return Plan(dataset, tips=tips), None
    if tips_of(dataset.name) is not None:
        problem = "it is named as tips of error bars, and not one data set is named as their means"
    elif dataset.ordered:
        problem = "it lists means and tips by position only"
    elif _coincide(dataset.points):
        problem = "some of its points stand at one place, as means and their tips do"
    else:
        return Plan(dataset), None
    remedy = (
        "Say what its points are with `tips`: none (all are means), upper, lower or both "
        "(means and tips), dataset:NAME (the tips are there)."
    )
    return None, Report(f"data set {dataset.name!r}", problem, remedy, len(dataset.points))


def _coincide(points):
    """Tell whether two points stand at one place; where none has a place, carry one label."""
    places = sorted(point.place for point in points if point.place == point.place)
    labels = [point.label for point in points if point.place != point.place]
    if len(set(labels)) < len(labels):
        return True
    gaps = [b - a for a, b in pairwise(places)]
    return bool(gaps) and min(gaps) <= NEAR * (places[-1] - places[0])
