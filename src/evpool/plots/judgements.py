"""How judgements of the risk of bias look: a colour and a sign each, the same in every figure."""

from evpool.plots.chart import Key
from evpool.plots.style import INK
from evpool.studies.risk_tools import SIGNS

# Okabe and Ito's palette: apart with any colour vision and, by lightness, in grey.
COLOURS = {
    "low": "#56b4e9",
    "yes": "#56b4e9",
    "unclear": "#f0e442",
    "some concerns": "#f0e442",
    "high": "#d55e00",
    "no": "#d55e00",
    "disagreement": "#cc79a7",
    "not judged": "#ffffff",
}
NAMES = {
    "low": "Low risk",
    "yes": "Yes",
    "unclear": "Unclear",
    "some concerns": "Some concerns",
    "high": "High risk",
    "no": "No",
    "disagreement": "Raters disagree",
    "not judged": "No judgement",
}


def judgement_keys(judgements, kind="point"):
    """Return the legend entries of judgements: the sign, then the name."""
    return [
        Key(f"{SIGNS[name]} {NAMES[name]}".strip(), kind, COLOURS[name], INK, "o")
        for name in NAMES
        if name in judgements
    ]
