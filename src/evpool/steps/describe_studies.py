"""What the studies of a review are: characteristics, flow and risk of bias, as tables."""

from evpool.errors import InputError
from evpool.studies import characteristics, risk_of_bias
from evpool.studies.flow import build_flow, check_flow
from evpool.studies.risk_tools import tool_of
from evpool.studies.settings import MADE_OF_STUDIES


def describe_studies(typed, settings, review, weights=None):
    """Make the tables that say what the studies of a review are.

    Parameters
    ----------
    typed : dict of str to InputTable
        Of studies, prisma, risk_of_bias and risk_counts those that the review has.
    settings : dict
        The review's `characteristics` and `risk_of_bias`; None where it asks for none.
    review : str
        The review's id.
    weights : dict, optional
        Study id -> what it weighs in the pooled estimate that the risk of bias is weighted by.

    Returns
    -------
    dict of str to list of dict
        Rows of CHARACTERISTICS, CHARACTERISTIC_COUNTS, FLOW, FLOW_CHECKS, JUDGEMENTS,
        RISK_SUMMARY and RATER_AGREEMENT; empty for what the review does not have.

    Raises
    ------
    InputError
        If a table holds what its schema or tool does not know.
    """
    tables = {name: [] for name in MADE_OF_STUDIES}
    studies = typed.get("studies")
    listed = studies.rows if studies else []
    if settings["characteristics"] and studies:
        tables |= _characteristics(studies, settings["characteristics"])
    if "prisma" in typed:
        tables["flow"] = build_flow(typed["prisma"])
        tables["flow_checks"] = check_flow(tables["flow"], len(listed) or None)
    if settings["risk_of_bias"]:
        tables |= _risk_of_bias(typed, settings["risk_of_bias"], listed, weights)
    return {name: [{"review": review, **row} for row in rows] for name, rows in tables.items()}


def _characteristics(studies, settings):
    """Return the characteristics table and the counts of the chosen columns."""
    if studies.problems:
        raise InputError(studies.path, [str(problem) for problem in studies.problems])
    columns = settings["columns"]
    counted = {name: columns[name] for name in settings.get("counts", [])}
    return {
        "characteristics": characteristics.tabulate(studies.rows, columns),
        "characteristic_counts": characteristics.count_levels(studies.rows, counted),
    }


def _risk_of_bias(typed, settings, studies, weights):
    """Return the settled judgements, their summary and the agreement of the raters."""
    tool = tool_of(settings)
    known = [row["study_id"] for row in studies]
    table, counts = typed.get("risk_of_bias"), typed.get("risk_counts")
    made = {"judgements": [], "rater_agreement": [], "risk_summary": []}
    if table:
        rows = risk_of_bias.check_judgements(table, tool, known)
        labels = {row["study_id"]: row.get("label") for row in studies}
        settled = risk_of_bias.settle(rows, tool, known)
        settled = [row | {"label": labels.get(row["study_id"]) or row["label"]} for row in settled]
        made["judgements"] = settled
        made["rater_agreement"] = risk_of_bias.agreement(rows, tool)
        summary = risk_of_bias.summarise(settled, tool, weights)
        basis = settings["weights"] if weights else "studies"
    elif counts:
        summary, basis = risk_of_bias.summarise_printed(counts, tool, len(known)), "printed"
    else:
        return made
    made["risk_summary"] = [row | {"basis": basis} for row in summary]
    for name in ("judgements", "risk_summary"):
        made[name] = [row | {"domain_label": tool.domains[row["domain"]]} for row in made[name]]
    return made
