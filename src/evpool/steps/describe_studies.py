"""What the studies of a review are, as tables: characteristics, flow, risk of bias, directions."""

from evpool.arms.doses import COLUMNS as DOSE_COLUMNS
from evpool.arms.doses import add_doses
from evpool.errors import InputError
from evpool.studies import characteristics, risk_of_bias, swim
from evpool.studies.flow import build_flow, check_flow
from evpool.studies.risk_tools import GOOD, tool_of
from evpool.studies.settings import MADE_OF_STUDIES


def describe_studies(typed, settings, review, weights=None):
    """Make the tables that say what the studies of a review are.

    Parameters
    ----------
    typed : dict of str to InputTable
        Of studies, prisma, risk_of_bias, risk_counts and changes those that the review has.
    settings : dict
        The review's `characteristics`, `risk_of_bias`, `swim` and `doses`; None where it asks for
        none.
    review : str
        The review's id.
    weights : dict, optional
        Study id -> what it weighs in the pooled estimate that the risk of bias is weighted by.

    Returns
    -------
    dict of str to list of dict
        Rows of CHARACTERISTICS, CHARACTERISTIC_COUNTS, FLOW, FLOW_CHECKS, JUDGEMENTS,
        RISK_SUMMARY, RATER_AGREEMENT, DIRECTIONS, EFFECT_DIRECTIONS, SWIM and STUDY_DOSES; empty
        for what the review does not have.

    Raises
    ------
    InputError
        If a table holds what its schema or tool does not know, or studies.csv what can't be
        read: an outcome is made again only when its own studies change.
    """
    tables = {name: [] for name in MADE_OF_STUDIES}
    studies = typed.get("studies")
    listed = studies.rows if studies else []
    if studies and studies.problems:
        raise InputError(studies.path, [str(problem) for problem in studies.problems])
    if settings["characteristics"] and studies:
        tables |= _characteristics(studies, settings["characteristics"])
    if "prisma" in typed:
        tables["flow"] = build_flow(typed["prisma"])
        tables["flow_checks"] = check_flow(tables["flow"], len(listed) or None)
    if settings["risk_of_bias"]:
        tables |= _risk_of_bias(typed, settings["risk_of_bias"], listed, weights)
    if settings["swim"] and "changes" in typed:
        tables |= _without_pooling(typed["changes"], listed, settings, tables["judgements"])
    if settings["doses"] and studies and settings["doses"]["column"] in studies.header:
        tables["study_doses"] = _doses(listed, settings["doses"])
    return {name: [{"review": review, **row} for row in rows] for name, rows in tables.items()}


def _characteristics(studies, settings):
    """Return the characteristics table and the counts of the chosen columns."""
    columns = settings["columns"]
    # A misnamed one is refused with the config; `evpool check` tells what else is wrong too.
    counted = {name: columns[name] for name in settings.get("counts", []) if name in columns}
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


def _without_pooling(changes, studies, settings, judgements):
    """Return the directions, with each study's domains of low risk of bias, and their summary."""
    swim.check_changes(changes, [row["study_id"] for row in studies])
    low = {}
    for row in judgements:
        if row["study_id"]:
            low[row["study_id"]] = low.get(row["study_id"], 0) + (row["judgement"] in GOOD)
    chosen, doses = settings["swim"], settings["doses"]
    rows = swim.study_rows(changes.rows, studies, chosen, doses, low)
    return {
        "directions": rows,
        "effect_directions": swim.direction_rows(changes.rows),
        "swim": swim.group_rows(rows, chosen),
    }


def _doses(studies, settings):
    """Return each study's dose on its axes, and why one can't be compared."""
    names = ("study_id", "label", *DOSE_COLUMNS)
    return [
        {settings["column"]: row.get(settings["column"]), "role": "treatment"}
        | {name: read[name] for name in names}
        for row, read in zip(studies, add_doses(studies, settings), strict=True)
    ]
