"""What the report says of a synthesis without meta-analysis."""

from evpool.labels import column_name, level_name, within_sentence, words_of
from evpool.plots.numbers import power_label
from evpool.report.wording import interval, number, p_value, percent, plural
from evpool.studies.swim import ALL

NOT_POOLED = (
    "This is not a pooled effect: no variances are known, so the direction of each study counts "
    "and not its size, and neither a mean effect nor its precision can be given."
)
CAPTIONS = {
    "effect_direction": "Effect-direction plot (Boon and Thomson 2021): a triangle up favours "
    "treatment; a number says how many outcomes a sign stands for.",
    "harvest": "Harvest plot (Ogilvie et al. 2008): one bar a study, in the row of its {group} and "
    "the column of its direction{height}.",
    "dose_change": "Percent change of each study's first outcome against its dose{threshold}. "
    "Studies of one dose are set apart sideways. The outcomes differ between studies, so heights "
    "are not comparable as effects.",
}


def describe(review, results, drawings):
    """Gather what the template shows of a synthesis without meta-analysis.

    Parameters
    ----------
    review : dict
        The review's whole config.
    results : dict
        Rows of the review's tables by name.
    drawings : dict
        Figure name -> image as data URI.

    Returns
    -------
    dict or None
        `sentences`, `rows` (cells of the table) and `figures`; None if nothing was synthesised so.
    """
    settings, rows = review["swim"], results["swim"]
    if not settings or not rows:
        return None
    words = words_of(review)
    captions = _captions(settings, results, words)
    return {
        "sentences": list(_sentences(rows, results)),
        "rows": [_cells(row, words) for row in rows],
        "figures": [
            {"image": drawings[name], "caption": captions[name], "wide": name == "effect_direction"}
            for name in CAPTIONS
            if name in drawings
        ],
    }


def _sentences(rows, results):
    whole = rows[0]
    yield NOT_POOLED
    counted = whole["benefit"] + whole["harm"]
    yield (
        f"{whole['benefit']} of {plural(counted, 'study')} with a direction favour treatment "
        f"({percent(whole['share'])}; exact 95% CI {percent(whole['share_low'])} to "
        f"{percent(whole['share_high'])}; sign test p {_equals(whole['p_value'])})."
    )
    without = whole["k"] - counted
    if without:
        yield f"{plural(without, 'study')} without a direction, or with conflicting outcomes."
    if whole["k_change"]:
        yield (
            f"Median percent change of the outcome that each study names first: "
            f"{number(whole['change_median'], 0)}% (quartiles "
            f"{interval(whole['change_q1'], whole['change_q3'], 0)}, {whole['k_change']} studies; "
            "a benefit is positive)."
        )
    lost = [row["label"] for row in results["directions"] if row["dose"] is None]
    if lost and len(lost) < len(results["directions"]):
        yield f"Without a dose that can be compared: {', '.join(lost)}."


def _equals(p):
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _cells(row, words):
    group = column_name(words, row["grouped_by"])
    change = ""
    if row["k_change"]:
        change = f"{number(row['change_median'], 0)} ({number(row['change_q1'], 0)} to "
        change += f"{number(row['change_q3'], 0)})"
    return {
        "group": "" if row["grouped_by"] == ALL else group,
        "level": level_name(words, row["grouped_by"], row["level"]),
        "counts": [row[n] for n in ("k", "benefit", "harm", "no_difference", "conflicting")],
        "share": percent(row["share"]),
        "ci": f"{percent(row['share_low'])} to {percent(row['share_high'])}"
        if row["share"] is not None
        else "\N{EN DASH}",
        "p": p_value(row["p_value"]),
        "change": change,
    }


def _captions(settings, results, words):
    group = within_sentence(column_name(words, settings.get("harvest", settings["groups"][0])))
    height = ""
    if results["judgements"]:
        height = "; it is as high as the number above it, of domains with a low risk of bias"
        height += " (? where there is no judgement)"
    threshold = ""
    if settings.get("threshold"):
        unit = f" {settings['dose_unit']}" if settings.get("dose_unit") else ""
        threshold = (
            f", with the medians below and from {power_label(settings['threshold'])}{unit} on"
        )
    return {
        name: text.format(group=group, height=height, threshold=threshold)
        for name, text in CAPTIONS.items()
    }
