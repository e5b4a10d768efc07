"""What the report says of the studies: characteristics, flow, risk of bias."""

from evpool.labels import level_name
from evpool.report.wording import number, percent, plural
from evpool.studies.flow import flow_findings
from evpool.studies.risk_tools import tool_of

CAPTIONS = {
    "characteristics": "How many studies have each level of the chosen characteristics.",
    "flow": "PRISMA 2020 flow diagram (Page et al. 2021), with the counts as printed.",
    "risk_of_bias": "Risk of bias of each study, by {tool}.",
    "risk_summary": "Share of each judgement by domain; {basis}.",
}
WIDE = ("characteristics",)
COLLAPSED = (
    0.2  # kappa this far below the observed agreement says more of prevalence than of raters
)


def describe(review, results, drawings):
    """Gather what the template shows of a review's studies.

    Parameters
    ----------
    review : dict
        The review's whole config.
    results : dict
        Rows of the review's tables of studies by name.
    drawings : dict
        Figure name -> image as data URI.

    Returns
    -------
    dict
        `headings`, `characteristics`, `flow_notes`, `risk` (sentences), `agreement` (rows) and
        `figures` (name -> list of one figure, or none).
    """
    settings = review["risk_of_bias"]
    tool = tool_of(settings) if settings else None
    basis = _basis(review, results["risk_summary"])
    captions = {
        name: text.format(tool=tool.name if tool else "", basis=basis)
        for name, text in CAPTIONS.items()
    }
    notes = flow_findings(results["flow_checks"])
    captions["flow"] = " ".join([captions["flow"], *notes])
    return {
        "headings": (review["characteristics"] or {"columns": {}})["columns"],
        "characteristics": results["characteristics"],
        "flow": results["flow"],
        "risk": list(_risk_sentences(results, tool, basis)) if tool else [],
        "agreement": _agreement(results["rater_agreement"], tool),
        "agreement_notes": agreement_notes(results["rater_agreement"]),
        "figures": {
            name: [{"image": drawings[name], "caption": captions[name], "wide": name in WIDE}]
            if name in drawings
            else []
            for name in CAPTIONS
        },
    }


def _basis(review, summary):
    """Say what the shares of the summary are shares of."""
    basis = summary[0]["basis"] if summary else "studies"
    if basis == "studies":
        return "each study counts once"
    if basis == "printed":
        return "as far as the paper prints it; the rest has no judgement"
    label = review["outcomes"][basis]["label"]
    return f"weighted by the random-effects weights of: {label}; studies not pooled weigh nothing"


def _risk_sentences(results, tool, basis):
    if not results["risk_summary"]:
        yield "No judgement of the risk of bias is in the review's tables."
        return
    source = f" ({tool.reference})" if tool.reference else ""
    studies = len({(row["study_id"], row["label"]) for row in results["judgements"]})
    judged = f" of {plural(studies, 'study')}" if studies else ""
    yield f"Risk of bias{judged} by {tool.name}{source}, {len(tool.domains)} domains; {basis}."
    strangers = [row["label"] for row in results["judgements"] if row["study_id"] is None]
    if strangers:
        named = "; ".join(dict.fromkeys(strangers))
        yield f"Judged, but no study of the study table: {named}."


def _agreement(rows, tool):
    names = tool.domains if tool else {}
    return [row | {"domain": names.get(row["domain"], "All domains")} for row in rows]


def as_typed(cell, column, words):
    """Return a cell as typed: a dash where empty, commas in long numbers, labels for codes."""
    if cell is None:
        return "\N{EN DASH}"
    if cell.isdigit() and len(cell) > 6:
        return f"{int(cell):,}"
    return "; ".join(level_name(words, column, part.strip()) for part in cell.split(";"))


def agreement_notes(rows):
    """Warn where kappa is low only because nearly all judgements are alike.

    Parameters
    ----------
    rows : list of dict
        Rows of RATER_AGREEMENT.

    Returns
    -------
    list of str
    """
    fallen = [
        row
        for row in rows
        if row["domain"] == "all" and (row["kappa"] is None or _falls(row["kappa"], row["ac1"]))
    ]
    return [
        f"{row['raters'].capitalize()}: the raters agree on {percent(row['observed'])} of the "
        f"cells, yet kappa is {number(row['kappa'])}. Kappa collapses where nearly all judgements "
        "are alike; PABAK and Gwet's AC1 do not."
        for row in fallen
    ]


def _falls(kappa, ac1):
    return ac1 is not None and ac1 - kappa > COLLAPSED
