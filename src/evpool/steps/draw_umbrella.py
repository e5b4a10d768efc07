"""Step 7 of an umbrella review: its figures."""

from evpool.plots.flow import draw_flow
from evpool.plots.umbrella_charts import draw_doses, draw_effects, draw_risks, draw_years
from evpool.plots.umbrella_maps import (
    draw_effectiveness,
    draw_overlap,
    draw_routes,
    draw_sources,
)
from evpool.tables import as_table
from evpool.umbrella.columns import FLOW


def draw_umbrella(tables, settings, synthetic=frozenset()):
    """Draw the figures of an umbrella review, one after the other.

    Parameters
    ----------
    tables : dict of str to list of dict
        Rows of the harmonised tables, of `agreement`, `reanalysis` and `overlap`.
    settings : dict
        `sources` and `routes` (in the order of the columns), `i2_limit` and `optimum_ug`.
    synthetic : collection of str
        The tables that hold simulated or made-up data: their figures are stamped.

    Yields
    ------
    name : str
    figure : matplotlib.figure.Figure
    """
    names = [row["disease"] for row in tables["diseases"]]
    stamp = {"synthetic": "reviews" in synthetic}
    yield "effects", draw_effects(tables["effects"], tables["reanalysis"], names, **stamp)
    agreement = tables["agreement"]
    first = [row for row in agreement if row["classification"] == agreement[0]["classification"]]
    parts = tables["diseases"], tables["effects"], first
    yield "effectiveness", draw_effectiveness(*parts, **stamp)
    limit = {"limit": settings["i2_limit"]}
    pairs = tables["pairs"]
    if pairs:
        yield "sources", draw_sources(pairs, names, settings["sources"], **limit, **stamp)
    if any(row["ug_low"] or row["particles_low"] for row in tables["doses"]):
        yield "doses", draw_doses(tables["doses"], optimum=settings["optimum_ug"], **stamp)
    if any(row["routes"] for row in tables["doses"]):
        yield "routes", draw_routes(tables["doses"], names, settings["routes"], **stamp)
    if tables["flow"]:
        flow = as_table(tables["flow"], FLOW)
        note = "A count that is not in the paper's text is left open."
        yield "flow", draw_flow(flow, notes=[note], **stamp)
    yield "years", draw_years(tables["reviews"], **stamp)
    yield "risk_of_bias", draw_risks(tables["risk"], **stamp)
    if tables["overlap"]:
        yield "overlap", draw_overlap(tables["overlap"], synthetic="overlap" in synthetic)
