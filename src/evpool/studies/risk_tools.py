"""The tools by which the risk of bias of single studies is judged: domains and judgements."""

from dataclasses import dataclass

from evpool.errors import closest

# Judgement -> the sign that stands for it in a figure, beside its colour.
SIGNS = {
    "low": "+",
    "yes": "+",
    "unclear": "?",
    "some concerns": "!",
    "high": "\N{MINUS SIGN}",
    "no": "\N{MINUS SIGN}",
    "disagreement": "\N{NOT EQUAL TO}",
    "not judged": "",
}
GOOD = ("low", "yes")
# What is shown where nobody typed a judgement that could be taken.
DISAGREEMENT, NOT_JUDGED = "disagreement", "not judged"


@dataclass(frozen=True)
class Tool:
    """A tool.

    Attributes
    ----------
    name : str
        As papers name it.
    reference : str
        Its source.
    domains : dict of str to str
        Domain id -> what it asks, in the tool's order.
    judgements : tuple of str
        From good to bad.
    """

    name: str
    reference: str
    domains: dict
    judgements: tuple = ("low", "unclear", "high")


TOOLS = {
    "SYRCLE": Tool(
        "SYRCLE's risk of bias tool",
        "Hooijmans et al. 2014, doi:10.1186/1471-2288-14-43",
        {
            "sequence_generation": "Sequence generation (selection bias)",
            "baseline_characteristics": "Baseline characteristics (selection bias)",
            "allocation_concealment": "Allocation concealment (selection bias)",
            "random_housing": "Random housing (performance bias)",
            "blinding_caregivers": "Blinding of caregivers and investigators (performance bias)",
            "random_outcome_assessment": "Random outcome assessment (detection bias)",
            "blinding_outcome_assessment": "Blinding of outcome assessment (detection bias)",
            "incomplete_outcome_data": "Incomplete outcome data (attrition bias)",
            "selective_outcome_reporting": "Selective outcome reporting (reporting bias)",
            "other_bias": "Other sources of bias",
        },
    ),
    "CAMARADES": Tool(
        "the CAMARADES checklist",
        "Macleod et al. 2004, doi:10.1161/01.STR.0000125719.25853.20",
        {
            "peer_reviewed": "Peer-reviewed publication",
            "temperature_control": "Statement of control of temperature",
            "random_allocation": "Random allocation to treatment or control",
            "blinded_induction": "Blinded induction of the model (allocation concealment)",
            "blinded_assessment": "Blinded assessment of outcome",
            "anaesthetic": "Anaesthetic without marked intrinsic protective activity",
            "appropriate_model": "Appropriate animal model (aged, diabetic or hypertensive)",
            "sample_size": "Sample size calculation",
            "animal_welfare": "Compliance with animal welfare regulations",
            "conflict_of_interest": "Statement of potential conflicts of interest",
        },
        ("yes", "unclear", "no"),
    ),
    "COCHRANE": Tool(
        "the Cochrane risk of bias tool of 2011",
        "Higgins et al. 2011, doi:10.1136/bmj.d5928",
        {
            "random_sequence_generation": "Random sequence generation (selection bias)",
            "allocation_concealment": "Allocation concealment (selection bias)",
            "blinding_participants_personnel": "Blinding of participants and personnel "
            "(performance bias)",
            "blinding_outcome_assessment": "Blinding of outcome assessment (detection bias)",
            "incomplete_outcome_data": "Incomplete outcome data (attrition bias)",
            "selective_reporting": "Selective reporting (reporting bias)",
            "other_bias": "Other bias",
        },
    ),
    "ROB2": Tool(
        "the Cochrane tool RoB 2",
        "Sterne et al. 2019, doi:10.1136/bmj.l4898",
        {
            "randomisation": "Bias arising from the randomisation process",
            "deviations": "Bias due to deviations from intended interventions",
            "missing_data": "Bias due to missing outcome data",
            "measurement": "Bias in measurement of the outcome",
            "selection_of_result": "Bias in selection of the reported result",
            "overall": "Overall risk of bias",
        },
        ("low", "some concerns", "high"),
    ),
}


def tool_of(settings):
    """Return the tool that a review names, or the one that it declares.

    Parameters
    ----------
    settings : dict
        The review's `risk_of_bias`: `tool`, and for a tool of its own `name`, `domains` (id ->
        label) and perhaps `judgements` (from good to bad) and `reference`.

    Raises
    ------
    ValueError
        If the tool is not known, or declares no domains or a judgement without a sign.
    """
    named = settings["tool"]
    if named in TOOLS:
        return TOOLS[named]
    if named != "custom":
        raise ValueError(f"risk_of_bias.tool is {named!r}.{closest(named, [*TOOLS, 'custom'])}")
    if not settings.get("domains"):
        raise ValueError("risk_of_bias.domains is missing: a custom tool declares its domains")
    judgements = tuple(settings.get("judgements", ("low", "unclear", "high")))
    strange = [judgement for judgement in judgements if judgement not in SIGNS]
    if strange:
        raise ValueError(f"risk_of_bias.judgements: {strange} have no sign; use {', '.join(SIGNS)}")
    name, reference = settings.get("name", "the review's own tool"), settings.get("reference", "")
    return Tool(name, reference, settings["domains"], judgements)
