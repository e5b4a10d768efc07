"""The figures of what the studies of a review are, drawn by one process."""

import numpy as np

from evpool.columns import CHARACTERISTIC_COUNTS, DIRECTIONS, EFFECT_DIRECTIONS
from evpool.labels import NO_WORDS, level_name
from evpool.plots.characteristics import draw_characteristics
from evpool.plots.dose_change import draw_dose_change
from evpool.plots.effect_direction import draw_effect_direction
from evpool.plots.flow import draw_flow
from evpool.plots.harvest import draw_harvest
from evpool.plots.numbers import power_label
from evpool.plots.risk_summary import draw_risk_summary
from evpool.plots.tables import distinct, numbers, records
from evpool.plots.traffic_light import draw_traffic_light
from evpool.studies.characteristics import NOT_REPORTED
from evpool.studies.flow import flow_findings
from evpool.tables import as_table


def draw_studies(tables, swim=None, words=NO_WORDS, *, synthetic=False):
    """Draw the figures that a review's tables of studies allow, one after the other.

    Parameters
    ----------
    tables : dict of pyarrow.Table
        characteristic_counts, flow, flow_checks, judgements, risk_summary, directions and
        effect_directions; those without rows are passed over.
    swim : dict, optional
        The review's `swim`.
    words : dict
        How the review calls its columns and their levels (`labels.words_of`).
    synthetic : bool
        Stamp every figure SYNTHETIC.

    Yields
    ------
    name : str
        characteristics, flow, risk_of_bias, risk_summary, effect_direction, harvest, dose_change.
    figure : matplotlib.figure.Figure
    """
    stamp = {"synthetic": synthetic}
    if tables["characteristic_counts"].num_rows:
        counts = [
            row | {"level": level_name(words, row["characteristic"], row["level"])}
            if row["level"] != NOT_REPORTED
            else row
            for row in records(tables["characteristic_counts"])
        ]
        shown = as_table(counts, CHARACTERISTIC_COUNTS)
        yield "characteristics", draw_characteristics(shown, **stamp)
    if tables["flow"].num_rows:
        notes = flow_findings(records(tables["flow_checks"]))
        yield "flow", draw_flow(tables["flow"], notes=notes, **stamp)
    if tables["judgements"].num_rows:
        yield "risk_of_bias", draw_traffic_light(tables["judgements"], **stamp)
    if tables["risk_summary"].num_rows:
        yield "risk_summary", draw_risk_summary(tables["risk_summary"], **stamp)
    if swim and tables["directions"].num_rows:
        yield from _draw_directions(tables, swim, words, stamp)


def _draw_directions(tables, swim, words, stamp):
    """Draw what stands in for a pooled effect where there is none."""
    group, threshold = swim.get("harvest", swim["groups"][0]), swim.get("threshold")
    rows = records(tables["directions"])
    named = [row | {group: row[group] and level_name(words, group, row[group])} for row in rows]
    directions = as_table(named, DIRECTIONS)
    domains = [
        row | {"domain": level_name(words, "domain", row["domain"])}
        for row in records(tables["effect_directions"])
    ]
    shown = as_table(domains, EFFECT_DIRECTIONS)
    yield "effect_direction", draw_effect_direction(shown, directions, **stamp)
    unit = f" {swim['dose_unit']}" if swim.get("dose_unit") else ""
    chosen = {"threshold": threshold, **stamp}
    label = f"{power_label(threshold)}{unit}" if threshold else ""
    domains = len(distinct(tables["judgements"], "domain")) or None
    shown = {"dose_label": label, "most_domains": domains, **chosen}
    yield "harvest", draw_harvest(directions, group, **shown)
    both = (numbers(directions, "dose") > 0) & ~np.isnan(numbers(directions, "change_pct"))
    if both.any():
        axis = f"Dose,{unit}" if unit else "Dose"
        yield "dose_change", draw_dose_change(directions, group, dose_label=axis, **chosen)
