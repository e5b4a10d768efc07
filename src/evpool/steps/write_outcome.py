"""Step 9: the tables and figures of one outcome in one self-contained HTML page."""

from collections import Counter

from evpool import __version__
from evpool.labels import column_name, file_name, in_order, level_name, within_sentence
from evpool.report import inputs, sensitivity, wording
from evpool.report.digitising import digitising
from evpool.report.render import data_uri, render

FIGURES = {
    "forest": "Forest plot: each comparison with its confidence interval and weights, and the "
    "pooled estimates with their prediction interval.",
    "funnel": "Contour-enhanced funnel plot: shading marks where a single study would be "
    "significant; asymmetry may, but need not, mean that studies are missing.",
    "funnel_filled": "Funnel plot with trim and fill: the hollow orange studies were imputed, not "
    "observed; the orange line is the estimate with them.",
    "leave_one_out": "Leave-one-out analysis: the random-effects estimate without each comparison "
    "in turn; the band is the confidence interval of all.",
    "radial": "Radial plot: the slope of a ray is an effect; the band holds 95% of the studies if "
    "the model is right.",
    "influence": "Influence of each comparison: how the random-effects model changes without it; "
    "influential comparisons are orange.",
    "baujat": "Baujat plot: comparisons on the right make the heterogeneity, those at the top move "
    "the estimate.",
    "gosh": "GOSH plot: the pooled estimate and heterogeneity of subsets of the comparisons; "
    "several clumps mean that they estimate several effects. Subsets that hold the comparison with "
    "the largest Cook's distance are orange.",
    "specification_curve": "Specification curve: the estimate with its confidence interval under "
    "every combination of choices, in rising order, and below it the choices.",
}
# A figure whose name starts like this: its caption, with what follows filled in.
FAMILIES = {
    "forest_by_": "Forest plot by {}: subtotals of each level and the test between them.",
    "cumulative_by_": "Cumulative analysis by {}: the random-effects estimate after each "
    "comparison was added; the band is the confidence interval of all.",
    "bubble_": "Meta-regression on {}: each comparison, the fitted line, its confidence band and "
    "the band where a new study's true effect is expected.",
    "specification_curve_": "Specification curve of {}: the estimate with its confidence interval "
    "under every combination of choices, in rising order, and below it the choices.",
}
# Part of the page -> how the names of its figures start; the others stand on top.
PARTS = {
    "subgroups": ("forest_by_",),
    "metaregression": ("bubble_",),
    "leave_one_out": ("leave_one_out",),
    "influence": ("influence", "baujat"),
    "cumulative": ("cumulative",),
    "subsets": ("gosh",),
    "multiverse": ("specification_curve",),
}
# Tables of effects on the measure's scale: ratios are shown as such, not as their logarithms.
ESTIMATES = ("pooled", "effects", "subgroups", "leave_one_out", "leave_sets_out", "cumulative")
ADJUSTED = ("pet", "peese", "pet_peese", "trim_fill", "selection")
WIDE = ("forest", "influence", "specification_curve")
HELPERS = (wording.number, wording.p_value, wording.percent, wording.interval, wording.plural)
HELPERS += (wording.variance, wording.decimals_of, wording.headline, inputs.way_of_sd)
HELPERS += (sensitivity.influence_sentence, sensitivity.multiverse_sentences)
HELPERS += (sensitivity.exclusion_rows, sensitivity.dispersion_sentences)
HELPERS += (level_name, column_name, within_sentence)


def write_outcome(review, outcome, results, drawings, *, overlays=False, synthetic=False):
    """Write the page of one outcome; the page of its review has the same in it.

    Parameters
    ----------
    review : dict
        `title`, `citation`, `doi` and `tables` of the review, and its `words`
        (`labels.words_of`).
    outcome : dict
        The outcome's whole config, and its `id`.
    results : dict
        Rows of the outcome's tables by name: arms, ledger, pooled, effects, subgroups,
        metaregression, leave_one_out, leave_sets_out, influence, cumulative, multiverse, bias,
        dispersion, readings, harmonised, agreement, disagreements, click_error.
    drawings : dict
        Figure name -> SVG as bytes.
    overlays : bool
        The review's digitised figures are drawn in its folder `digitised`.
    synthetic : bool
        Stamp the page SYNTHETIC.

    Returns
    -------
    str
        An HTML page that needs no other file.
    """
    return render(
        "outcome_page.html",
        HELPERS,
        review=review,
        outcome=_shown(outcome, results, drawings, review["words"]),
        words=review["words"],
        bias_tests=wording.BIAS_TESTS,
        predictors=wording.PREDICTORS,
        overlays=overlays,
        synthetic=synthetic,
        version=__version__,
    )


def section_of(page):
    """Cut an outcome's part out of its page, for the page of its review one folder above.

    Parameters
    ----------
    page : str
        What `write_outcome` returned.

    Returns
    -------
    str
        HTML.
    """
    _, _, rest = page.partition("<main>\n")
    section, _, _ = rest.rpartition("</main>")
    return section.replace('href="../', 'href="')


def _shown(outcome, own, drawings, words):
    """Gather what the template shows of an outcome."""
    labels = {row["study_id"]: row["label"] for row in own["arms"]}
    overall = {row["model"]: row for row in own["pooled"] if row["analysis"] == "overall"}
    measure = outcome["analysis"]["measure"]
    seen = {name: [wording.as_shown(row, measure) for row in own[name]] for name in ESTIMATES}
    seen["bias"] = [
        wording.as_shown(row, measure) if _is_effect(row) else row for row in own["bias"]
    ]
    return {
        **outcome,
        **own,
        **seen,
        "overall": overall,
        "unknown_bars": inputs.unknown_bars(
            own["multiverse"], own["harmonised"], own["ledger"], labels
        ),
        "cautions": inputs.cautions(own["harmonised"]),
        "sources_of_sds": inputs.sources_of_sds(own["harmonised"]),
        "digitising": digitising(
            *(own[name] for name in ("click_error", "agreement", "disagreements", "harmonised")),
            [
                {**row, "label": labels.get(row["study_id"], row["study_id"])}
                for row in own["ledger"]
            ],
        ),
        "moderators": _moderators(seen["subgroups"], words),
        "bias_notes": _bias_notes(own["bias"]),
        "repeated": _repeated(own["effects"], labels),
        "divided": _divided(own["effects"], labels),
        "not_compared": _not_compared(own["subgroups"]),
        "permuted": any(row["permutations"] for row in own["metaregression"]),
        "figures": _figures(drawings, words, [row["analysis"] for row in own["metaregression"]]),
    }


def _is_effect(row):
    """Tell an adjusted estimate from a slope, and from the weights of a selection model."""
    weight = (row["variant"] or "").startswith("weight of p")
    return row["test"] in ADJUSTED and not weight


def _bias_notes(rows):
    """Each warning once, with the names of the tests that give it."""
    notes = {}
    for row in rows:
        if row["warning"]:
            name = wording.BIAS_TESTS[row["test"]][0]
            notes.setdefault(row["warning"], {})[name] = None
    return {note: list(names) for note, names in notes.items()}


def _repeated(effects, labels):
    """Name the studies that give several comparisons."""
    counts = Counter(row["study_id"] for row in effects)
    return _counted(counts, labels, "{}: {}")


def _divided(effects, labels):
    """Name the studies whose control is divided, with the comparisons that share it."""
    shared = {row["study_id"]: row["control_shared_by"] for row in effects}
    return _counted(shared, labels, "{}: by {}")


def _counted(counts, labels, words):
    named = ((labels.get(study, study), count) for study, count in counts.items() if count > 1)
    return ", ".join(words.format(label, count) for label, count in named)


def _moderators(rows, words):
    """Group the subgroup rows by moderator and by model, levels in the order of their labels."""
    titles = {
        ("random", False): "random effects, separate \u03c4\N{SUPERSCRIPT TWO}",
        ("random", True): "random effects, common \u03c4\N{SUPERSCRIPT TWO}",
        ("common", False): "common effect",
    }
    grouped = {}
    for key, title in titles.items():
        for row in rows:
            if (row["model"], row["tau2_common"]) == key and row["level"] is not None:
                grouped.setdefault(row["moderator"], {}).setdefault(title, []).append(row)
    return {
        moderator: {title: in_order(words, moderator, own) for title, own in models.items()}
        for moderator, models in grouped.items()
    }


def _not_compared(rows):
    """Each moderator with a reason why its levels were not compared, each pair once."""
    return list(dict.fromkeys((row["moderator"], row["warning"]) for row in rows if row["warning"]))


def _figures(drawings, words, formulas):
    """Sort the figures into the parts of the page."""
    sorted_in = {part: [] for part in ("main", *PARTS)}
    formulas = {file_name(formula): formula for formula in formulas}
    for name, svg in sorted(drawings.items()):
        part = next((part for part, starts in PARTS.items() if name.startswith(starts)), "main")
        figure = {"name": name, "image": data_uri(svg), "caption": _caption(name, words, formulas)}
        figure["wide"] = name.startswith(WIDE)
        sorted_in[part].append(figure)
    for part, starts in PARTS.items():
        sorted_in[part].sort(key=lambda figure: [not figure["name"].startswith(s) for s in starts])
    return sorted_in


def _caption(figure, words, formulas):
    if figure in FIGURES:
        return FIGURES[figure]
    for start, text in FAMILIES.items():
        if figure.startswith(start):
            rest = figure.removeprefix(start)
            rest = formulas.get(rest, rest)
            measure = start == "specification_curve_"
            named = rest.upper() if measure else within_sentence(column_name(words, rest))
            return text.format(named)
    return figure.replace("_", " ")
