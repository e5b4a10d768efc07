"""Step 9: a review's tables and figures in one self-contained HTML page."""

from collections import Counter

from evpool import __version__
from evpool.labels import words_of
from evpool.report import inputs, studies, swim, wording
from evpool.report.methods import methods
from evpool.report.render import data_uri, render
from evpool.studies.settings import MADE_OF_STUDIES

# With more outcomes, each stays on a page of its own: a browser can't show hundreds on one.
MOST_ON_ONE_PAGE = 40
HELPERS = (wording.number, wording.p_value, wording.percent, wording.interval, wording.plural)
HELPERS += (wording.headline, studies.as_typed)
ACROSS = ("audit", "ledger", *MADE_OF_STUDIES)


def write_report(review, results, sections, studies_drawings=(), *, synthetic=False):
    """Write the report of one review.

    Parameters
    ----------
    review : dict
        The review's whole config.
    results : dict
        Rows of the review's tables by name: pooled, harmonised (read where doses are asked for),
        audit, ledger, and those of its studies.
    sections : dict
        Outcome id -> HTML, what `section_of` returned; an outcome without one is linked.
    studies_drawings : dict
        Figure name -> SVG as bytes, of the studies.
    synthetic : bool
        Stamp the page SYNTHETIC.

    Returns
    -------
    str
        An HTML page that needs no other file to be read.
    """
    of_studies = {name: data_uri(svg) for name, svg in dict(studies_drawings).items()}
    overall = {
        row["outcome"]: row
        for row in results["pooled"]
        if (row["analysis"], row["model"]) == ("overall", "random")
    }
    labels = {row["study_id"]: row["label"] for row in results["characteristics"]}
    return render(
        "page.html",
        HELPERS,
        review=review,
        outcomes=[
            {"id": name, **outcome, "random": overall[name], "section": sections.get(name)}
            for name, outcome in review["outcomes"].items()
        ],
        doses=inputs.dose_rows(
            results["study_doses"] or results["harmonised"], review.get("doses")
        ),
        studies=studies.describe(review, results, of_studies),
        swim=swim.describe(review, results, of_studies),
        audit=results["audit"],
        verdicts=Counter(row["verdict"] for row in results["audit"]),
        ledger=results["ledger"],
        study_labels=labels,
        outcome_labels={name: own["label"] for name, own in review["outcomes"].items()},
        words=words_of(review),
        reasons=Counter(row["reason"] for row in results["ledger"]),
        methods=methods(review, __version__, {name for name in ACROSS if results[name]}, labels),
        synthetic=synthetic,
        version=__version__,
    )
