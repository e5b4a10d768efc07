"""Pool the data sets of many seeds of a twin's generator and hold them against its true model."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from evpool.arms.dispersion_check import check_stated_sds
from evpool.config import complete_review, read_yaml
from evpool.stats.measures import compute_measure
from evpool.stats.pooling import pool
from evpool.twins import discs
from evpool.twins.draw import contrasts, expected_effects, stated_sds
from evpool.twins.make import DIGITISED, read_twin
from evpool.twins.tables import draw_twin

ROOT = Path(__file__).parents[2]
READINGS = ("true_bars", "as_typed", "re_read")
INTERVALS = {"own": {}, "hksj": {"tau2_method": "REML", "ci_method": "hksj", "pi_method": "hksj"}}
COLUMNS = ("twin", "outcome", "k", "figure", "method", "value", "mcse", "n")
METHOD = ("tau2_method", "ci_method", "pi_method", "ci_level")


@dataclass(frozen=True)
class Simulated:
    """The data sets of all seeds of one outcome.

    Attributes
    ----------
    mean, sd, n : ndarray, shape (seeds, arms)
        As observed; `sd` is the true reading of the bars.
    typed_sd : ndarray, shape (seeds, arms)
        What the table makes of them: an SEM called SD stays an SEM.
    mislabelled, stated : ndarray of bool, shape (seeds, arms)
        Whether the arm's SEM is called SD; whether its bar is called SD at all.
    """

    mean: np.ndarray
    sd: np.ndarray
    n: np.ndarray
    typed_sd: np.ndarray
    mislabelled: np.ndarray
    stated: np.ndarray


def measure_twin(twin, seeds):
    """Return rows of COLUMNS for every outcome of a twin.

    Parameters
    ----------
    twin : str
    seeds : int
        The generator is run with the seeds 1, 2, ..., seeds; the design stays as committed.
    """
    model, _, designs = read_twin(ROOT / "resources", twin)
    data = simulate(model, designs, seeds)
    models = {outcome.name: outcome for outcome in model.outcomes}
    rows = []
    for name, outcome in _review(twin)["outcomes"].items():
        measured = outcome["rows"]["outcome"]
        design = pooled_design(model, designs[measured], outcome)
        named = {"twin": twin, "outcome": name, "n": seeds, "k": len(design.comparisons)}
        found = measure_outcome(models[measured], design, data[measured], outcome["analysis"])
        rows += [named | row for row in found]
    return rows


def pooled_design(model, design, outcome):
    """Return the design with the comparisons that an outcome of the review pools.

    Parameters
    ----------
    model : TwinModel
    design : Design
    outcome : dict
        The outcome's config: of `rows` the keys contrast, delivery and time count, of `analysis`
        time point and shared control.
    """
    rows, analysis = outcome["rows"], outcome["analysis"]
    kept = [pair for pair in design.comparisons if _wanted(model, design, pair, rows)]
    if isinstance(analysis["timepoint"], dict):
        anchor = analysis["timepoint"]["anchor"]
        near = {}
        for pair in kept:
            arm = design.arms[pair.treated]
            key = (arm.study_id, pair.number)
            if key not in near or abs(arm.time - anchor) < abs(near[key][0] - anchor):
                near[key] = (arm.time, pair)
        kept = [pair for _, pair in near.values()]
    control = [pair.control for pair in kept]
    share = 1 if analysis["shared_control"] == "none" else 0
    return replace(
        design,
        comparisons=tuple(
            pair
            for pair in kept
            # Below two animals each the workflow sets the comparisons aside.
            if (design.arms[pair.control].n or 99) / max(share, control.count(pair.control)) >= 2
        ),
    )


def _wanted(model, design, pair, rows):
    treated, control = design.arms[pair.treated], design.arms[pair.control]
    against = "vs_hydrogel" if control.label == "hydrogel" else "vs_pbs"
    unclear = model.settings.get("unit_unknown", ()) if rows["outcome"] == "dhi" else ()
    return (
        rows.get("contrast", against) == against
        and rows.get("delivery", treated.about.get("delivery")) == treated.about.get("delivery")
        and float(rows.get("time", treated.time or 0)) == (treated.time or 0)
        and treated.study_id not in unclear
    )


def simulate(model, designs, seeds):
    """Run the generator once a seed; stack the data sets of each outcome."""
    stacks = {name: [] for name in designs}
    for seed in range(1, seeds + 1):
        seeded = replace(model, seed=seed)
        drawn, bars = draw_twin(seeded, designs)
        if model.twin in DIGITISED:
            drawn = as_digitised(seeded, designs, drawn, bars)
        for name, design in designs.items():
            draws = drawn[name]
            kinds = np.array([[bars[arm.study_id] for arm in design.arms]])
            typed = stated_sds(draws, kinds, range(len(design.arms)))
            mislabelled, stated = kinds == "sem_as_sd", kinds != "sem"
            stacks[name].append((draws.mean, draws.sd, draws.n, typed, mislabelled, stated))
    return {
        name: Simulated(*(np.concatenate(arrays) for arrays in zip(*stack, strict=True)))
        for name, stack in stacks.items()
    }


def as_digitised(model, designs, drawn, bars):
    """Return the draws with mean and SD as the workflow takes them, in the outcome's unit."""
    clicks = discs.read_figures(model, designs, drawn, bars)
    read = {}
    for name, design in designs.items():
        scale = discs.printed_per_unit(model, designs, name)
        sem = np.array([bars[arm.study_id] != "sd" for arm in design.arms])
        mean, error = (values / scale for values in reconciled(model, designs, clicks, name))
        sd = np.where(sem, error * np.sqrt(drawn[name].n), error)
        read[name] = replace(drawn[name], mean=mean, sd=sd)
    return read


def reconciled(model, designs, clicks, outcome):
    """Return mean and half bar: the first reading, the mean of two, or the third person's."""
    second = discs.second_studies(model, designs)
    twice = np.array([arm.study_id in second for arm in designs[outcome].arms])
    one, other, third = clicks[outcome]
    mean, error = (
        np.where(twice, (first + again) / 2, first)
        for first, again in zip(one.values(), other.values(), strict=True)
    )
    settled = twice & discs.disputed(one, other, **model.settings["settle"])
    return mean, np.where(settled, third.values()[1], error)


def measure_outcome(outcome, design, data, analysis):
    """Yield the figures of one outcome: bias and coverage by reading, and what the check finds."""
    found = check_bars(design, data)
    used = [i for pair in design.comparisons for i in (pair.treated, pair.control)]
    pooled = np.isin(np.arange(data.n.shape[1]), used)
    yield from _check_rows(data, found, pooled)
    means = contrasts(design, expected_effects(outcome, design))
    spread = np.sqrt(outcome.tau2_study + outcome.tau2_arm)
    sds = {"true_bars": data.sd, "as_typed": data.typed_sd}
    sds["re_read"] = np.where(found, data.typed_sd * np.sqrt(data.n), data.typed_sd)
    for reading in READINGS:
        yi, vi = effects(design, data, sds[reading], analysis)
        for name, changes in INTERVALS.items():
            method = {key: analysis[key] for key in METHOD} | changes
            yield from _fit_rows(yi, vi, method, means, spread, f"{reading}, {name}")


def effects(design, data, sd, analysis):
    """Return yi and vi of every data set by the review's measure: (seeds, comparisons)."""
    treated = [comparison.treated for comparison in design.comparisons]
    control = [comparison.control for comparison in design.comparisons]
    shared = np.array([control.count(i) for i in control])
    if analysis["shared_control"] == "none":
        shared = np.ones_like(shared)
    columns = {f"{name}_t": values[:, treated] for name, values in _named(data, sd)}
    columns |= {f"{name}_c": values[:, control] for name, values in _named(data, sd)}
    columns["n_c"] = columns["n_c"] / shared
    return compute_measure(analysis["measure"], columns, **analysis["measure_options"])


def check_bars(design, data):
    """Return which arms the check of stated SDs would re-read as SEMs: (seeds, arms)."""
    rows = [i for pair in design.comparisons for i in (pair.treated, pair.control)]
    named = {"study_id": [design.arms[i].study_id for i in rows]}
    named["comparison"] = [number for number, _ in enumerate(design.comparisons) for _ in "tc"]
    named["role"] = ["treatment", "control"] * len(design.comparisons)
    found = np.zeros(data.mean.shape, dtype=bool)
    for seed, (mean, sd, n) in enumerate(zip(data.mean, data.typed_sd, data.n, strict=True)):
        verdict = check_stated_sds(mean[rows], sd[rows], n[rows], **named).verdict
        found[seed, rows] = verdict == "fits_sem"
    return found & data.stated


def _named(data, sd):
    return ("mean", data.mean), ("sd", sd), ("n", data.n)


def _check_rows(data, found, pooled):
    """Shares of the mislabelled arms, and of the sound ones, that the check names."""
    sound = data.stated & ~data.mislabelled
    for figure, kind in (("sems_found", data.mislabelled), ("false_alarms", sound)):
        among = kind & pooled
        # Arms of one study share their bars: the data set is the unit of the error.
        if not among.any():
            continue
        hits, all_of_them = (found & among).sum(axis=1), among.sum(axis=1)
        share = hits.sum() / all_of_them.sum()
        residual = hits - share * all_of_them
        mcse = residual.std(ddof=1) / np.sqrt(len(hits)) / all_of_them.mean()
        yield {"figure": figure, "method": "check", "value": share, "mcse": mcse}


def _fit_rows(yi, vi, method, means, spread, name):
    """Bias of the estimate, coverage of the mean and of a new study's true effect."""
    fit = pool(yi, vi, **method)
    truth = means.mean()
    error = fit.estimate - truth
    held = (fit.ci_low <= truth) & (truth <= fit.ci_high)
    figures = {"bias": error, "ci_coverage": held.astype(float)}
    if np.isfinite(fit.pi_low).any():
        low, high = fit.pi_low[:, np.newaxis], fit.pi_high[:, np.newaxis]
        # Exact: the new study is like one of these, with a true effect of its own.
        inside = ndtr((high - means) / spread) - ndtr((low - means) / spread)
        figures["pi_coverage"] = inside.mean(axis=1)
    for figure, values in figures.items():
        values = values[fit.converged & np.isfinite(values)]
        mcse = values.std(ddof=1) / np.sqrt(len(values))
        yield {"figure": figure, "method": name, "value": values.mean(), "mcse": mcse}


def _review(twin):
    document = read_yaml(ROOT / "config/reviews" / f"{twin}.yaml")
    return complete_review(document, twin, read_yaml(ROOT / "config/config.yaml")["analysis"])
