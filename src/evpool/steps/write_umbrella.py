"""Step 8 of an umbrella review: its report, one self-contained HTML page."""

from collections import Counter
from importlib.resources import files

from evpool import __version__
from evpool.report import umbrella as shown
from evpool.report import wording
from evpool.report.render import data_uri, render

EVIDENCE = ("agreement", "classification")
HELPERS = (wording.number, wording.p_value, wording.percent, wording.plural)
HELPERS += (shown.critical_flaws,)


def write_umbrella(umbrella, tables, drawings, synthetic=frozenset()):
    """Write the report of an umbrella review.

    Parameters
    ----------
    umbrella : dict
        The umbrella review's whole config.
    tables : dict of str to list of dict
        The rows of every table of `umbrella.config.REPORTED`.
    drawings : dict of str to bytes
        Figure name -> SVG.
    synthetic : collection of str
        The tables that hold simulated or made-up data: their parts of the page are stamped.

    Returns
    -------
    str
        An HTML page that needs no other file.
    """
    parts = (*shown.TABLES, *shown.PAPER)
    return render(
        "umbrella.html",
        HELPERS,
        script=(files("evpool.report") / "search.js").read_text("utf-8"),
        review=umbrella,
        summary=list(shown.summary(tables, umbrella)),
        reanalysis=list(shown.reanalysis_sentences(tables["reanalysis"], tables["effects"])),
        tables={name: shown.shown_table(name, tables[name]) for name in parts if tables[name]},
        paper=[name for name in shown.PAPER if tables[name]],
        figures={name: _figure(name, svg) for name, svg in drawings.items()},
        rules=list(shown.rule_lines(umbrella["classifications"])),
        rated=any(row["rating"] or row["possible"] for row in tables["amstar2"]),
        audit=tables["audit"],
        verdicts=Counter(row["verdict"] for row in tables["audit"]),
        ledger=tables["ledger"],
        study_labels={},
        outcome_labels={},
        reasons=Counter(row["reason"] for row in tables["ledger"]),
        synthetic="reviews" in synthetic,
        made_up="overlap" in synthetic,
        version=__version__,
    )


def _figure(name, svg):
    return {
        "image": data_uri(svg),
        "caption": shown.CAPTIONS.get(name, name.replace("_", " ")),
        "wide": name not in ("years", "overlap", "flow"),
    }
