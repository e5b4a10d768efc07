"""One row for every pooled estimate of every review."""

from evpool.stats.measures import MEASURES

BENEFIT = {"higher": 1.0, "lower": -1.0}


def collect_evidence(pooled, reviews):
    """Put every review's pooled estimates into one table, with what they are estimates of.

    Parameters
    ----------
    pooled : list of dict
        Rows of POOLED of all reviews.
    reviews : dict
        Review id -> `title`, `synthetic` and `outcomes` (id -> `label`, `unit`, `better`).

    Returns
    -------
    list of dict
        Rows of EVIDENCE; `benefit` is the estimate with the sign that makes a benefit positive;
        a ratio of spreads has none.
    """
    rows = []
    for row in pooled:
        estimate = row["estimate"]  # none where a named analysis could not be made
        unclear = estimate is None or MEASURES[row["measure"]].of_spread
        review = reviews[row["review"]]
        outcome = review["outcomes"][row["outcome"]]
        rows.append(
            {
                **row,
                "title": review["title"],
                "synthetic": review["synthetic"],
                **{name: outcome[name] for name in ("label", "unit", "better")},
                "benefit": None if unclear else BENEFIT[outcome["better"]] * estimate,
            }
        )
    return rows
