"""Step 9: a review's tables and figures in one self-contained HTML page."""

import base64
from collections import Counter
from importlib.resources import files

from evpool import __version__
from evpool.report import wording

FIGURES = {
    "forest": "Forest plot: each comparison with its confidence interval and weights, and the "
    "pooled estimates with their prediction interval.",
    "funnel": "Contour-enhanced funnel plot: shading marks where a single study would be "
    "significant; asymmetry may, but need not, mean that studies are missing.",
    "leave_one_out": "Leave-one-out analysis: the random-effects estimate without each comparison "
    "in turn; the band is the confidence interval of all.",
}
SUBGROUPS = "Forest plot by {}: subtotals of each level and the test between them."


def write_report(review, results, drawings, *, synthetic=False):
    """Write the report of one review.

    Parameters
    ----------
    review : dict
        The review's whole config.
    results : dict
        Rows of the review's tables by name: pooled, effects, subgroups, metaregression,
        leave_one_out, bias, audit, ledger.
    drawings : dict
        Outcome id -> figure name -> SVG as bytes.
    synthetic : bool
        Stamp the page SYNTHETIC.

    Returns
    -------
    str
        An HTML page that needs no other file.
    """
    # Imported here so that the sentences can be used without a template engine.
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    helpers = ("number", "p_value", "percent", "interval", "plural", "headline")
    environment.globals |= {name: getattr(wording, name) for name in helpers}
    folder = files("evpool.report")
    template = environment.from_string((folder / "page.html").read_text("utf-8"))
    return template.render(
        style=(folder / "page.css").read_text("utf-8"),
        review=review,
        outcomes=[
            _outcome(name, outcome, results, drawings.get(name, {}))
            for name, outcome in review["outcomes"].items()
        ],
        audit=results["audit"],
        verdicts=Counter(row["verdict"] for row in results["audit"]),
        ledger=results["ledger"],
        reasons=Counter(row["reason"] for row in results["ledger"]),
        methods=wording.methods(review, __version__),
        synthetic=synthetic,
        version=__version__,
    )


def _outcome(name, outcome, results, drawings):
    own = {
        table: [row for row in rows if row.get("outcome") == name]
        for table, rows in results.items()
        if table not in ("audit", "ledger")
    }
    overall = {row["model"]: row for row in own["pooled"] if row["analysis"] == "overall"}
    return {
        "id": name,
        **outcome,
        **own,
        "overall": overall,
        "moderators": _moderators(own["subgroups"]),
        "figures": [
            {"name": figure, "image": _data_uri(svg), "caption": _caption(figure)}
            for figure, svg in drawings.items()
        ],
    }


def _moderators(rows):
    """Group the subgroup rows by moderator and by model."""
    titles = {
        ("random", False): "random effects, separate \u03c4\N{SUPERSCRIPT TWO}",
        ("random", True): "random effects, common \u03c4\N{SUPERSCRIPT TWO}",
        ("common", False): "common effect",
    }
    grouped = {}
    for key, title in titles.items():
        for row in rows:
            if (row["model"], row["tau2_common"]) == key:
                grouped.setdefault(row["moderator"], {}).setdefault(title, []).append(row)
    return grouped


def _caption(figure):
    if figure.startswith("forest_by_"):
        return SUBGROUPS.format(figure.removeprefix("forest_by_").replace("_", " "))
    return FIGURES.get(figure, figure.replace("_", " "))


def _data_uri(svg):
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
