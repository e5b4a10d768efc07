"""The twin of the disc degeneration review: its design, its units and its digitised figures."""

import re

import numpy as np

from evpool.extraction.simulated import COLUMN
from evpool.twins.clicks import BOTTOM, TOP, click
from evpool.twins.draw import CARRIER, TREATED, VEHICLE, Arm, Comparison, Design
from evpool.twins.projects import project
from evpool.twins.tables import TYPED_AS, rounded

KINDS = {"exo": TREATED, "exo-hydrogel": TREATED, "hydrogel": CARRIER, "PBS": VEHICLE}
# What each way of delivery compares: treated arm, control arm.
PAIRS = {
    "non_hydrogel": (("exo", "PBS"),),
    "hydrogel": (("exo-hydrogel", "PBS"), ("exo-hydrogel", "hydrogel")),
}
PAIRS["both"] = (*PAIRS["non_hydrogel"], *PAIRS["hydrogel"])
BASELINE_UNITS = {"ratio": 1.0, "%": 100.0}  # one ratio of disc to vertebra in this unit
STREAMS = {"gauges": 10, "second": 11, "units": 12, "clicks": 13}


def lay_out(model, studies):
    """Lay out the twin: as `designs.osteoporosis`, with arms that share their controls.

    The studies have the injured level and a drawn needle gauge more; a study has arms of exosomes,
    hydrogel, both and PBS at each week at which it measured the outcome.
    """
    rng = model.rng(STREAMS["gauges"])
    gauges = rng.choice(model.settings["needle_gauges"], size=len(studies))
    about = [
        study | {"injury_level": injury_level(study["site"]), "needle_gauge": str(gauge)}
        for study, gauge in zip(studies, gauges, strict=True)
    ]
    designs = {outcome.name: _design(model, outcome.name, about) for outcome in model.outcomes}
    return [{k: v for k, v in study.items() if k != "delivery"} for study in about], designs


def injury_level(site):
    """Return the first coccygeal level of 'Co6/7;Co7/8' as text; empty if none is named."""
    found = re.search(r"Co(\d+)/", site or "")
    return found[1] if found else ""


def weeks_of(model, study, outcome):
    """Return the weeks at which a study measured an outcome."""
    printed = study[f"{outcome}_weeks"]
    if outcome == "dhi" and study["study_id"] in model.settings["unit_unknown"]:
        printed = study["mri_weeks"]
    return [float(week) for week in printed.split(";") if week]


def _design(model, outcome, studies):
    arms, comparisons = [], []
    for study in studies:
        pairs = PAIRS[study["delivery"]]
        labels = [label for label in KINDS if any(label in pair for pair in pairs)]
        for week in weeks_of(model, study, outcome):
            place = {label: len(arms) + i for i, label in enumerate(labels)}
            arms += [_arm(study, label, week) for label in labels]
            comparisons += [
                Comparison(place[treated], place[control], number)
                for number, (treated, control) in enumerate(pairs, 1)
            ]
    return Design(tuple(arms), tuple(comparisons))


def _arm(study, label, week):
    delivery = "hydrogel" if "hydrogel" in label else "non_hydrogel"
    about = study | {"delivery": delivery}
    return Arm(study["study_id"], label, KINDS[label], int(study["n_animals"]), week, about)


# Readings -----------------------------------------------------------------------------------------


def units_of(model, designs):
    """Draw the unit in which each study prints its disc height index, and its baseline ratio.

    Returns
    -------
    dict of str to (str, float)
        Study id -> unit, empty where the study states none, and baseline ratio of disc to vertebra.
    """
    rng = model.rng(STREAMS["units"])
    shares = model.settings["dhi_units"]
    middle, spread = model.settings["dhi_baseline"]
    units = {}
    for study in designs["dhi"].studies:
        unit = str(rng.choice(list(shares), p=list(shares.values())))
        base = round(middle + spread * rng.standard_normal(), 3)
        units[study] = ("" if study in model.settings["unit_unknown"] else unit, base)
    return units


def printed_per_unit(model, designs, outcome):
    """Return how many of the printed unit one of the outcome's unit is: (arms,)."""
    arms = designs[outcome].arms
    if outcome != "dhi":
        return np.ones(len(arms))
    units = units_of(model, designs)
    return np.array([_per_percent(*units[arm.study_id]) for arm in arms])


def _per_percent(unit, base):
    """One percent of baseline in a printed unit; where none is stated it is the ratio."""
    return 1.0 if unit == "% of baseline" else BASELINE_UNITS[unit or "ratio"] * base / 100


def read_figures(model, designs, drawn, bars):
    """Click on the figures of every outcome: two people, and a third where they disagree.

    Parameters
    ----------
    model : TwinModel
    designs : dict of str to Design
    drawn : dict of str to Draws
    bars : dict of str to str
        What each study's error bars are, one of model.BARS.

    Returns
    -------
    dict of str to list of Clicks
        By outcome: what each of the three would have clicked in every figure, in the printed unit.
    """
    noise = {name: model.settings[f"{name}_noise"] for name in ("click", "axis")}
    clicks = {}
    for position, (name, design) in enumerate(designs.items()):
        draws = drawn[name]
        sem = np.array([bars[arm.study_id] != "sd" for arm in design.arms])
        error = np.where(sem, draws.sd / np.sqrt(draws.n), draws.sd)
        scale = printed_per_unit(model, designs, name)
        clicks[name] = [
            click(
                draws.mean * scale,
                error * scale,
                figure_numbers(design),
                model.rng(STREAMS["clicks"], position, person),
                noise=noise["click"],
                axis_noise=noise["axis"],
            )
            for person in range(3)
        ]
    return clicks


def second_studies(model, designs):
    """Return the studies that two people digitise."""
    studies = sorted({study for design in designs.values() for study in design.studies})
    count = round(model.settings["second_digitiser"] * len(studies))
    chosen = model.rng(STREAMS["second"]).choice(len(studies), size=count, replace=False)
    return {studies[i] for i in chosen}


def figure_numbers(design):
    """One figure a study: (arms,)."""
    order = {study: i for i, study in enumerate(design.studies)}
    return np.array([order[arm.study_id] for arm in design.arms])


def disputed(first, second, percent, pixels):
    """Return which error bars two people read too differently: (size, arms).

    Parameters
    ----------
    first, second : Clicks
    percent, pixels : float
        They differ by more than both: in percent of their mean length, and along the first's axis.
    """
    (_, one), (_, other) = first.values(), second.values()
    apart = np.abs(one - other)
    distance = apart / first.high * (BOTTOM - TOP)
    return (apart > percent / 100 * (one + other) / 2) & (distance > pixels)


# Files --------------------------------------------------------------------------------------------


def figure_files(model, designs, clicks, bars):
    """Return figures.csv's rows, and the text of each digitiser project by its path."""
    second, units = second_studies(model, designs), units_of(model, designs)
    rows, files = [], {}
    for name, design in designs.items():
        for person, digitiser in enumerate("ab"):
            for study in design.studies:
                if person and study not in second:
                    continue
                file = f"{study}_{name}{'_b' if person else ''}.json"
                own = [i for i, arm in enumerate(design.arms) if arm.study_id == study]
                labels = [_label(design.arms[i]) for i in own]
                files[f"figures/{file}"] = project(clicks[name][person], own, labels)
                about = {"file": file, "outcome": name, "digitiser": digitiser}
                about |= _unit(model, name, units.get(study))
                rows += _figure_rows(design, own, about, bars[study])
    return rows, files


def _label(arm):
    return f"{arm.label}, {arm.time:g} wk"


def _unit(model, outcome, printed):
    if outcome == "dhi":
        unit, base = printed
        given = unit in BASELINE_UNITS
        return {
            "unit": unit,
            "baseline_mean": f"{base * BASELINE_UNITS[unit]:g}" if given else "",
        }
    (unit,) = (its.unit for its in model.outcomes if its.name == outcome)
    return {"unit": unit, "baseline_mean": ""}


def _figure_rows(design, own, about, bars):
    return [
        {"file": about["file"], "label": _label(design.arms[i])}
        | _place(design, comparison, role, i, about["outcome"])
        | {"n": design.arms[i].n, "error_type": TYPED_AS[bars], "unit": about["unit"]}
        | {"baseline_mean": about["baseline_mean"], "digitiser": about["digitiser"]}
        | {"source": "clicked in a simulated figure", COLUMN: "true"}
        for comparison, role, i in _sides(design, own)
    ]


def _sides(design, own):
    """Yield each comparison's two arms among `own`: the comparison, the role, the arm."""
    for comparison in design.comparisons:
        if comparison.treated in own:
            yield comparison, "treatment", comparison.treated
            yield comparison, "control", comparison.control


def _place(design, comparison, role, i, outcome):
    """Return the columns that say which arm of which comparison a row is about."""
    arm, treated = design.arms[i], design.arms[comparison.treated]
    against = design.arms[comparison.control].label
    return {
        "study_id": arm.study_id,
        "comparison": comparison.number,
        "outcome": outcome,
        "time": f"{arm.time:g}",
        "time_unit": "wk",
        "role": role,
        "arm": arm.label,
        "delivery": treated.about["delivery"],
        "contrast": "vs_hydrogel" if against == "hydrogel" else "vs_pbs",
    }


def settled_rows(model, designs, clicks):
    """Return adjudication.csv's rows: the third person's length of each disputed error bar."""
    second, threshold = second_studies(model, designs), model.settings["settle"]
    rows = []
    for name, design in designs.items():
        open_bars = disputed(*clicks[name][:2], **threshold)[0]
        _, lengths = clicks[name][2].values()
        for comparison, role, i in _sides(design, range(len(design.arms))):
            if open_bars[i] and design.arms[i].study_id in second:
                rows.append(
                    _place(design, comparison, role, i, name)
                    | {"error": rounded(lengths[0, i]), "adjudicator": "c", COLUMN: "true"}
                )
    return rows
