"""Step 9: one page across all reviews, those of simulated data apart from those of papers."""

from evpool import __version__
from evpool.report import wording
from evpool.report.render import render
from evpool.studies.swim import ALL

VERDICTS = ("reproduced", "differs", "not_recomputable", "contradicts_itself", "questionable")


def write_index(evidence, audit, directions, reviews):
    """Write the page that leads to every review's report.

    Parameters
    ----------
    evidence, audit : list of dict
        Rows of EVIDENCE and AUDIT of all reviews.
    directions : list of dict
        Rows of SWIM of all reviews.
    reviews : dict
        Review id -> `title`, `citation`, `synthetic`, `outcomes` and, if it is one, `umbrella`.

    Returns
    -------
    str
        An HTML page; its links lead to <review>/report.html beside it.
    """
    cards = [_card(name, review, evidence, audit, directions) for name, review in reviews.items()]
    return render(
        "index.html",
        (wording.plural,),
        papers=[card for card in cards if not card["synthetic"]],
        twins=[card for card in cards if card["synthetic"]],
        synthetic=False,
        version=__version__,
    )


def _card(name, review, evidence, audit, directions):
    fits = [
        row
        for row in evidence
        if (row["review"], row["analysis"], row["model"]) == (name, "overall", "random")
    ]
    counts = [
        (verdict, sum(row["review"] == name and row["verdict"] == verdict for row in audit))
        for verdict in VERDICTS
    ]
    votes = [row for row in directions if row["review"] == name and row["grouped_by"] == ALL]
    return {
        "id": name,
        **{key: review[key] for key in ("title", "citation", "synthetic")},
        "umbrella": review.get("umbrella", False),
        "results": [
            {"id": row["outcome"], "label": row["label"], "text": wording.headline(row, row)}
            for row in fits
        ],
        "swim": _votes(votes[0]) if votes else None,
        "verdicts": [pair for pair in counts if pair[1]],
    }


def _votes(row):
    counted = wording.plural(row["benefit"] + row["harm"], "study")
    return (
        f"Without meta-analysis: {row['benefit']} of {counted} with a direction favour treatment "
        f"(exact 95% CI {wording.percent(row['share_low'])} to "
        f"{wording.percent(row['share_high'])})."
    )
