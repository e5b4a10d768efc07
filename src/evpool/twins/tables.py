"""The files of a twin as a team would have typed them, and the truth that it drew."""

import csv
import io

import numpy as np

from evpool.extraction.simulated import COLUMN
from evpool.studies.risk_tools import TOOLS
from evpool.twins.draw import draw_bars, draw_outcome

MARK = {COLUMN: "true"}  # every row of every table says it
TYPED_AS = {"sd": "sd", "sem": "sem", "sem_as_sd": "sd"}
DIGITS = 4  # significant, of means and error bars


def draw_twin(model, designs):
    """Draw the twin's own data set.

    Parameters
    ----------
    model : TwinModel
    designs : dict of str to Design

    Returns
    -------
    drawn : dict of str to Draws
        By outcome, each of size 1.
    bars : dict of str to str
        What each study's error bars are and are called, one of BARS.
    """
    studies = sorted({study for design in designs.values() for study in design.studies})
    bars = draw_bars(model.bars, studies, model.rng(2))[0]
    drawn = {
        outcome.name: draw_outcome(
            outcome,
            designs[outcome.name],
            model.rng(3, position),
            group_sizes=model.settings.get("group_sizes"),
        )
        for position, outcome in enumerate(model.outcomes)
    }
    return drawn, dict(zip(studies, map(str, bars), strict=True))


def arm_rows(model, designs, drawn, bars):
    """Return the rows of arms.csv: each comparison has its treatment and its control arm."""
    units = {outcome.name: outcome.unit for outcome in model.outcomes}
    rows = []
    for name, design in designs.items():
        for comparison in design.comparisons:
            for role, i in (("treatment", comparison.treated), ("control", comparison.control)):
                rows.append(
                    {"study_id": design.arms[i].study_id, "comparison": comparison.number}
                    | {"outcome": name, "role": role}
                    | _arm(design.arms[i], i, drawn[name], bars)
                    | {"unit": units[name], "source": "drawn from model.yaml"}
                    | MARK
                )
    return rows


def truth_rows(designs, drawn, bars):
    """Return the rows of truth.csv: what each comparison was drawn from."""
    rows = []
    for name, design in designs.items():
        draws = drawn[name]
        for comparison in design.comparisons:
            t, c = comparison.treated, comparison.control
            arm = design.arms[t]
            effect = draws.effect[0, t] - draws.effect[0, c]
            rows.append(
                {"study_id": arm.study_id, "comparison": comparison.number, "outcome": name}
                | {"time": "" if arm.time is None else f"{arm.time:g}"}
                | {"arm": arm.label, "control": design.arms[c].label}
                | {"true_effect": rounded(effect), "true_mean_t": rounded(draws.true_mean[0, t])}
                | {"true_mean_c": rounded(draws.true_mean[0, c])}
                | {"true_sd": rounded(draws.true_sd[0, t])}
                | {"bars_are": bars[arm.study_id].partition("_")[0]}
                | {"bars_typed_as": TYPED_AS[bars[arm.study_id]]}
                | MARK
            )
    return rows


def risk_rows(model, studies):
    """Return SYRCLE judgements of two raters: drawn once, then the second differs now and then."""
    rng, shares = model.rng(4), model.settings["risk_of_bias"]
    levels = list(shares["judgements"])
    chances = list(shares["judgements"].values())
    rows = []
    for study in studies:
        for domain in TOOLS["SYRCLE"].domains:
            first, other = rng.choice(levels, size=2, p=chances)
            differs = rng.random() < shares["disagree"]
            for rater, judgement in (("a", first), ("b", other if differs else first)):
                row = {"study_id": study["study_id"], "domain": domain}
                rows.append(row | {"judgement": str(judgement), "rater": rater} | MARK)
    return rows


def csv_text(rows):
    """Write rows as CSV; the first row gives the columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _arm(arm, i, draws, bars):
    kind = bars[arm.study_id]
    n = int(draws.n[0, i])
    sem = kind != "sd"
    return {
        "arm": arm.label,
        "n": n,
        "mean": rounded(draws.mean[0, i]),
        "error": rounded(draws.sd[0, i] / (np.sqrt(n) if sem else 1.0)),
        "error_type": TYPED_AS[kind],
    }


def rounded(value):
    """Write a number as a digitiser's table shows it."""
    return f"{value:.{DIGITS}g}"
