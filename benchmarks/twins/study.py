"""Pool the data sets of many seeds of a twin's generator and hold them against its true model."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from evpool.config import complete_review, read_yaml
from evpool.dispersion_check import check_stated_sds
from evpool.stats.measures import compute_measure
from evpool.stats.pooling import pool
from evpool.twins.draw import contrasts, expected_effects, stated_sds
from evpool.twins.make import read_twin
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
    review = _review(twin)
    data = simulate(model, designs, seeds)
    rows = []
    for outcome in model.outcomes:
        analysis = review["outcomes"][outcome.name]["analysis"]
        named = {"twin": twin, "outcome": outcome.name, "n": seeds}
        named["k"] = len(designs[outcome.name].comparisons)
        measured = measure_outcome(outcome, designs[outcome.name], data[outcome.name], analysis)
        rows += [named | row for row in measured]
    return rows


def simulate(model, designs, seeds):
    """Run the generator once a seed; stack the data sets of each outcome."""
    stacks = {name: [] for name in designs}
    for seed in range(1, seeds + 1):
        drawn, bars = draw_twin(replace(model, seed=seed), designs)
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


def measure_outcome(outcome, design, data, analysis):
    """Yield the figures of one outcome: bias and coverage by reading, and what the check finds."""
    found = check_bars(design, data)
    yield from _check_rows(data, found)
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
    named = {"study_id": [arm.study_id for arm in design.arms]}
    number, role = {}, {}
    for comparison in design.comparisons:
        for its, i in (("treatment", comparison.treated), ("control", comparison.control)):
            number[i], role[i] = comparison.number, its
    used = sorted(number)
    named = {"study_id": [design.arms[i].study_id for i in used]}
    named |= {"comparison": [number[i] for i in used], "role": [role[i] for i in used]}
    found = np.zeros(data.mean.shape, dtype=bool)
    for seed, (mean, sd, n) in enumerate(zip(data.mean, data.typed_sd, data.n, strict=True)):
        verdict = check_stated_sds(mean[used], sd[used], n[used], **named).verdict
        found[seed, used] = verdict == "fits_sem"
    return found & data.stated


def _named(data, sd):
    return ("mean", data.mean), ("sd", sd), ("n", data.n)


def _check_rows(data, found):
    """Shares of the mislabelled arms, and of the sound ones, that the check names."""
    sound = data.stated & ~data.mislabelled
    for figure, among in (("sems_found", data.mislabelled), ("false_alarms", sound)):
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


def write_rows(rows, path):
    """Write rows of COLUMNS as CSV."""
    with open(path, "w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            shown = {name: f"{row[name]:.6g}" for name in ("value", "mcse")}
            writer.writerow({name: row[name] for name in COLUMNS} | shown)


def read_rows(path):
    """Read rows of COLUMNS."""
    with open(path, newline="", encoding="utf-8") as table:
        return [
            row | {"value": float(row["value"]), "mcse": float(row["mcse"])}
            for row in csv.DictReader(table)
        ]
