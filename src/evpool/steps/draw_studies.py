"""The figures of what the studies of a review are, drawn by one process."""

from evpool.plots.characteristics import draw_characteristics
from evpool.plots.flow import draw_flow
from evpool.plots.risk_summary import draw_risk_summary
from evpool.plots.tables import records
from evpool.plots.traffic_light import draw_traffic_light
from evpool.studies.flow import flow_findings


def draw_studies(tables, *, synthetic=False):
    """Draw the figures that a review's tables of studies allow, one after the other.

    Parameters
    ----------
    tables : dict of pyarrow.Table
        characteristic_counts, flow, flow_checks, judgements, risk_summary; those without rows
        are passed over.
    synthetic : bool
        Stamp every figure SYNTHETIC.

    Yields
    ------
    name : str
        characteristics, flow, risk_of_bias, risk_summary.
    figure : matplotlib.figure.Figure
    """
    stamp = {"synthetic": synthetic}
    if tables["characteristic_counts"].num_rows:
        yield "characteristics", draw_characteristics(tables["characteristic_counts"], **stamp)
    if tables["flow"].num_rows:
        notes = flow_findings(records(tables["flow_checks"]))
        yield "flow", draw_flow(tables["flow"], notes=notes, **stamp)
    if tables["judgements"].num_rows:
        yield "risk_of_bias", draw_traffic_light(tables["judgements"], **stamp)
    if tables["risk_summary"].num_rows:
        yield "risk_summary", draw_risk_summary(tables["risk_summary"], **stamp)
