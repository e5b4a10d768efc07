"""Step 3 of an umbrella review: reviews of this workflow enter with their recomputed estimate."""

import numpy as np

from evpool.claims.printed import most_decimals
from evpool.stats.distributions import normal_two_sided_p
from evpool.stats.measures import MEASURES, compute_measure
from evpool.stats.pooling import pool
from evpool.steps.audit_claims import compare
from evpool.steps.compute_effects import summaries
from evpool.steps.rows import pooling

ESTIMATE = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "p_value", "k", "measure")


def reanalyse_reviews(printed, results, reanalyses):
    """Put the recomputed estimate of each re-analysed review beside the printed one.

    Parameters
    ----------
    printed : list of dict
        The umbrella review's rows of EFFECTS.
    results : dict
        Rows of the pooled review's `effects`, `pooled` and `bias`, of all re-analysed outcomes.
    reanalyses : dict
        Name -> `ma_id`, `review`, `outcome` and `effect`, the id of the printed effect.

    Returns
    -------
    list of dict
        Rows of REANALYSIS; ratios as ratios.

    Raises
    ------
    ValueError
        If a re-analysis names an effect that is not among the harmonised ones.
    """
    by_id = {row["effect_id"]: row for row in printed}
    rows = []
    for name, again in reanalyses.items():
        if again["effect"] not in by_id:
            raise ValueError(
                f"reanalyses.{name} names the effect {again['effect']!r}, which is not among the "
                f"harmonised effects: {', '.join(by_id)}. Correct it in the review's config; an "
                "effect that repeats another goes under the other's id."
            )
        own = {
            table: [
                row
                for row in found
                if (row["review"], row["outcome"]) == (again["review"], again["outcome"])
            ]
            for table, found in results.items()
        }
        rows.append(_reanalysed(name, again, by_id[again["effect"]], own))
    return rows


def _reanalysed(name, again, effect, own):
    fit = next(
        row for row in own["pooled"] if (row["analysis"], row["model"]) == ("overall", "random")
    )
    row = {column: fit[column] for column in ESTIMATE}
    if MEASURES[fit["measure"]].log_scale:
        for column in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
            row[column] = None if row[column] is None else float(np.exp(row[column]))
    animals = None if fit["n_t"] is None or fit["n_c"] is None else fit["n_t"] + fit["n_c"]
    # The numbers were read as floats: 1.30 as 1.3.
    printed = [effect[column] for column in ("estimate", "ci_low", "ci_high")]
    shown = f"{effect['estimate']:.{most_decimals(printed)}f}"
    check = compare("estimate", shown, row["estimate"])
    return {
        "reanalysis": name,
        **{column: again[column] for column in ("ma_id", "review", "outcome")},
        "effect_id": again["effect"],
        "disease": effect["disease"],
        "printed": effect["estimate"],
        "printed_ci_low": effect["ci_low"],
        "printed_ci_high": effect["ci_high"],
        **row,
        "animals": animals,
        "i2": None if fit["i2"] is None else 100 * fit["i2"],
        "largest_p": _largest_p(own["effects"]),
        "small_study_p": _bias_p(own["bias"], "egger"),
        "excess_p": _bias_p(own["bias"], "excess_significance"),
        "verdict": check["verdict"],
        **_as_smd(own["effects"], fit),
    }


def _as_smd(effects, fit):
    """Pool the same comparisons as Hedges' g: exact where every study's SDs are known."""
    columns = summaries(effects)
    needed = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
    if any(np.isnan(columns[name]).any() for name in needed):
        return {}
    yi, vi = compute_measure("SMD", {name: columns[name] for name in needed})
    again = pool(yi, vi, **pooling(fit, "random"))
    return {
        "smd": again.estimate[0],
        "smd_ci_low": again.ci_low[0],
        "smd_ci_high": again.ci_high[0],
        "smd_i2": 100 * again.i2[0],
    }


def _largest_p(effects):
    """P value of the largest comparison: the most animals, else the smallest variance."""
    known = all(row["n_t"] is not None and row["n_c"] is not None for row in effects)
    size = [row["n_t"] + row["n_c"] if known else -row["vi"] for row in effects]
    largest = effects[int(np.argmax(size))]
    return float(normal_two_sided_p(largest["yi"] / largest["sei"]))


def _bias_p(rows, test):
    return next((row["p_value"] for row in rows if row["test"] == test), None)
