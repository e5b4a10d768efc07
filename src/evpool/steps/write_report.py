"""Step 9: a review's tables and figures in one self-contained HTML page."""

from collections import Counter

from evpool import __version__
from evpool.report import inputs, sensitivity, studies, swim, wording
from evpool.report.digitising import digitising
from evpool.report.methods import methods
from evpool.report.render import data_uri, render
from evpool.studies.settings import MADE_OF_STUDIES

FIGURES = {
    "forest": "Forest plot: each comparison with its confidence interval and weights, and the "
    "pooled estimates with their prediction interval.",
    "funnel": "Contour-enhanced funnel plot: shading marks where a single study would be "
    "significant; asymmetry may, but need not, mean that studies are missing.",
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
    "metaregression": ("bubble_",),
    "leave_one_out": ("leave_one_out",),
    "influence": ("influence", "baujat"),
    "cumulative": ("cumulative",),
    "subsets": ("gosh",),
    "multiverse": ("specification_curve",),
}
# Tables of effects on the measure's scale: ratios are shown as such, not as their logarithms.
ESTIMATES = ("pooled", "effects", "subgroups", "leave_one_out", "leave_sets_out", "cumulative")
ADJUSTED = ("pet", "peese", "pet_peese", "trim_fill")
WIDE = ("forest", "influence", "specification_curve")
HELPERS = (wording.number, wording.p_value, wording.percent, wording.interval, wording.plural)
HELPERS += (
    wording.variance,
    wording.decimals_of,
    wording.headline,
    studies.as_typed,
    inputs.way_of_sd,
)
HELPERS += (sensitivity.influence_sentence, sensitivity.multiverse_sentences)
HELPERS += (sensitivity.exclusion_rows, sensitivity.dispersion_sentences)
ACROSS = ("audit", "ledger", *MADE_OF_STUDIES)


def write_report(
    review, results, drawings, studies_drawings=(), *, overlays=False, synthetic=False
):
    """Write the report of one review.

    Parameters
    ----------
    review : dict
        The review's whole config.
    results : dict
        Rows of the review's tables by name: pooled, effects, subgroups, metaregression,
        leave_one_out, leave_sets_out, influence, cumulative, multiverse, bias, dispersion,
        readings, harmonised, agreement, disagreements, click_error, audit, ledger, and those of its
        studies.
    drawings : dict
        Outcome id -> figure name -> SVG as bytes.
    studies_drawings : dict
        Figure name -> SVG as bytes, of the studies.
    overlays : bool
        The digitised figures are drawn in the folder `digitised` beside the page.
    synthetic : bool
        Stamp the page SYNTHETIC.

    Returns
    -------
    str
        An HTML page that needs no other file.
    """
    of_studies = {name: data_uri(svg) for name, svg in dict(studies_drawings).items()}
    return render(
        "page.html",
        HELPERS,
        review=review,
        outcomes=[
            _outcome(name, outcome, results, drawings.get(name, {}))
            for name, outcome in review["outcomes"].items()
        ],
        doses=inputs.dose_rows(
            results["study_doses"] or results["harmonised"], review.get("doses")
        ),
        studies=studies.describe(review, results, of_studies),
        swim=swim.describe(review, results, of_studies),
        audit=results["audit"],
        bias_tests=wording.BIAS_TESTS,
        predictors=wording.PREDICTORS,
        verdicts=Counter(row["verdict"] for row in results["audit"]),
        ledger=results["ledger"],
        reasons=Counter(row["reason"] for row in results["ledger"]),
        methods=methods(review, __version__, {name for name in ACROSS if results[name]}),
        overlays=overlays,
        synthetic=synthetic,
        version=__version__,
    )


def _outcome(name, outcome, results, drawings):
    own = {
        table: [row for row in rows if row.get("outcome") == name]
        for table, rows in results.items()
        if table not in ACROSS
    }
    labels = {row["study_id"]: row["label"] for row in results["harmonised"]}
    set_aside = [row for row in results["ledger"] if row["outcome"] == name]
    overall = {row["model"]: row for row in own["pooled"] if row["analysis"] == "overall"}
    measure = outcome["analysis"]["measure"]
    seen = {name: [wording.as_shown(row, measure) for row in own[name]] for name in ESTIMATES}
    seen["bias"] = [
        wording.as_shown(row, measure) if row["test"] in ADJUSTED else row for row in own["bias"]
    ]
    return {
        "id": name,
        **outcome,
        **own,
        **seen,
        "overall": overall,
        "unknown_bars": inputs.unknown_bars(
            own["multiverse"], own["harmonised"], set_aside, labels
        ),
        "cautions": inputs.cautions(own["harmonised"]),
        "sources_of_sds": inputs.sources_of_sds(own["harmonised"]),
        "digitising": digitising(
            *(own[name] for name in ("click_error", "agreement", "disagreements", "harmonised")),
            [{**row, "label": labels.get(row["study_id"], row["study_id"])} for row in set_aside],
        ),
        "moderators": _moderators(seen["subgroups"]),
        "bias_notes": _bias_notes(own["bias"]),
        "repeated": _repeated(own["effects"], labels),
        "divided": _divided(own["effects"], labels),
        "not_compared": {r["moderator"]: r["warning"] for r in own["subgroups"] if r["warning"]},
        "permuted": any(row["permutations"] for row in own["metaregression"]),
        "figures": _figures(drawings),
    }


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


def _figures(drawings):
    """Sort the figures into the parts of the page."""
    sorted_in = {part: [] for part in ("main", *PARTS)}
    for name, svg in sorted(drawings.items()):
        part = next((part for part, starts in PARTS.items() if name.startswith(starts)), "main")
        figure = {"name": name, "image": data_uri(svg), "caption": _caption(name)}
        figure["wide"] = name.startswith(WIDE)
        sorted_in[part].append(figure)
    for part, starts in PARTS.items():
        sorted_in[part].sort(key=lambda figure: [not figure["name"].startswith(s) for s in starts])
    return sorted_in


def _caption(figure):
    if figure in FIGURES:
        return FIGURES[figure]
    for start, text in FAMILIES.items():
        if figure.startswith(start):
            rest = figure.removeprefix(start)
            measure = start == "specification_curve_"
            return text.format(rest.upper() if measure else rest.replace("_", " "))
    return figure.replace("_", " ")
