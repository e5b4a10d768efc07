"""The methods of a review in words: every setting that it used, with its source."""

from evpool.arms.sentinels import CODES
from evpool.labels import column_name, level_name, within_sentence, words_of
from evpool.plots.numbers import power_label
from evpool.report.wording import (
    I2_INTERVALS,
    INTERVALS,
    MEASURE_NAMES,
    PREDICTION,
    TAU2,
    TAU2_INTERVALS,
    TAU_SQUARED,
    beside_random_effects,
    statistics,
)
from evpool.stats.measures import MEASURES, published_options
from evpool.studies.risk_tools import tool_of
from evpool.studies.swim import AGREE

MEASURE_SOURCES = {
    "SMD": "Hedges 1981",
    "COHEN_D": "Cohen 1988",
    "SMD1": "Glass 1976",
    "SMDH": "Bonett 2009",
    "ROM": "Hedges, Gurevitch and Curtis 1999; bias correction by Lajeunesse 2015",
    "VR": "Nakagawa et al. 2015",
    "CVR": "Nakagawa et al. 2015",
    "OR": "Woolf 1955",
    "AS": "R\u00fccker et al. 2009",
    "PETO": "Yusuf et al. 1985",
}
ORIGINS = {
    "arms": "Groups were entered as printed, with n, mean and spread, or events",
    "figures": "Groups were read from digitised figures, their calibration recomputed",
    "estimates": "Effects were taken as published, with the standard error from its interval, "
    "variance or P value where none is printed",
}
BY_T = (
    "The intervals and P values were read by Student's t where the sizes of both groups are "
    "known, else by the normal distribution (Cochrane Handbook 6.5.2.3)."
)
SD_RULES = {
    "exclude": "An arm whose SD is unknown was left out.",
    "assume_sem": "Error bars of unknown kind were read as standard errors.",
    "assume_sd": "Error bars of unknown kind were read as SDs.",
    "impute_cv": "An unknown SD was imputed from the median coefficient of variation of the "
    "outcome's other arms.",
}
TIMES = {
    "all": "All measurements of a comparison were used.",
    "earliest": "Of several measurements of a comparison the earliest was used.",
    "latest": "Of several measurements of a comparison the latest was used.",
}
COUNTS = {
    "mantel_haenszel": "pools the 2x2 tables (Mantel and Haenszel 1959)",
    "peto": "pools the 2x2 tables by Peto's method (Yusuf et al. 1985)",
}


def methods(review, version, made=(), labels=None):
    """Describe what was done, naming every choice and its source.

    Parameters
    ----------
    review : dict
        The review's whole config.
    version : str
        The version of evpool.
    made : collection of str
        The tables of the studies, and 'audit', that have rows.
    labels : dict, optional
        Study id -> label; a study without one is named by its id.

    Returns
    -------
    list of (heading, text)
        A paragraph on the studies, and one for all outcomes that share their choices.
    """
    groups = {}
    for outcome in review["outcomes"].values():
        groups.setdefault(" ".join(_outcome(review, outcome, labels or {})), []).append(outcome)
    end = f"Computed with evpool {version}."
    parts = [
        (", ".join(one["label"] for one in alike), f"{_rows(alike)} {text} {end}")
        for text, alike in groups.items()
    ]
    studies = " ".join(_studies(review, made))
    if studies:
        parts.insert(0, ("Studies and claims", studies if parts else f"{studies} {end}"))
    return parts


def _outcome(review, outcome, labels):
    analysis, words = outcome["analysis"], words_of(review)
    yield from _data(review, outcome, labels)
    name, source = analysis["measure"], MEASURE_SOURCES.get(analysis["measure"])
    cited = f" ({source})" if source else ""
    yield f"The effect measure is the {MEASURE_NAMES[name]}{cited}, treatment minus control."
    options = analysis["measure_options"]
    if outcome["table"] == "estimates":
        heard = published_options(name, options)
        options = {key: value for key, value in options.items() if key in heard}
    if options:
        yield f"Its options: {_pairs(options)}."
    yield from statistics(analysis, words, labels)
    for label, changes in analysis["analyses"].items():
        if not changes.get("robust"):
            yield f"{_named(words, label)} {_differs(changes, words, labels)}."


def _data(review, outcome, labels):
    """Say where the rows are from, which were not used, and what was done to them."""
    yield f"{ORIGINS[outcome['table']]}."
    if outcome["table"] == "estimates" and MEASURES[outcome["analysis"]["measure"]].tested_by_t:
        yield BY_T
    yield _time(outcome["analysis"]["timepoint"])
    if outcome["table"] != "estimates":
        if "sd_t" in MEASURES[outcome["analysis"]["measure"]].inputs:
            yield SD_RULES[outcome["analysis"]["sd_rule"]]
        yield from _units(outcome)
    if outcome["table"] == "figures":
        yield from _reading(outcome["analysis"]["reading"], outcome["analysis"]["ci_level"])
    if outcome["change"]:
        yield (
            "Changes from baseline were pooled, with a correlation between baseline and final "
            f"values of {outcome['change']['correlation']:g} ({outcome['change']['reason']})."
        )
    for entry in outcome["combine"]:
        which = f", comparison {entry['comparison']}" if "comparison" in entry else ""
        yield f"Arms of {_study(labels, entry)}{which} were combined ({entry['reason']})."
    left = [f"{_study(labels, entry)} ({entry['reason']})" for entry in outcome["exclude"]]
    if left:
        yield f"Left out: {', '.join(left)}."
    if review["unusable_rows"] == "ledger":
        yield "Rows that can't be pooled are on the ledger, with the reason."


def _study(labels, entry):
    return labels.get(entry["study_id"], entry["study_id"])


def _reading(reading, level):
    """Say how two people's readings were held against each other, and what reading error is."""
    yield (
        "Where two people read an arm, their mean or the adjudicated value was used; readings that "
        f"differ by more than {reading['disagreement_percent']:g}% of their mean and "
        f"{reading['disagreement_pixels']:g} pixels are listed (Bland and Altman 1986 for limits "
        "of agreement, Shrout and Fleiss 1979 for ICC(2,1))."
    )
    if reading["click_error"] is None:
        yield "The error of a click is estimated from double readings; without, none is carried."
    else:
        yield (
            "The error of a click was estimated from double readings where there are enough, else "
            f"taken to have an SD of {reading['click_error']:g} pixels."
        )
    if reading["calibration_error"] is not None:
        yield f"That of a calibration point has an SD of {reading['calibration_error']:g} pixels."
    yield (
        f"Digitisation intervals hold {100 * level:g}% of {reading['draws']:,} pooled estimates, "
        "each of the figures as they might have been read; reading errors went through all "
        "conversions by the delta method."
    )


def _rows(outcomes):
    """Say which rows each of some outcomes takes."""
    said = []
    for outcome in outcomes:
        wanted = [f"{column} {_listed(value)}" for column, value in outcome["rows"].items()]
        unit = f", means in {outcome['unit']}" if outcome["unit"] else ""
        said.append(f"{outcome['label']}: rows with {' and '.join(wanted)}{unit}")
    return f"{'; '.join(said)}."


def _units(outcome):
    units = outcome["units"]
    if units.get("missing") == "exclude":
        yield "An arm without a unit was left out."
    elif outcome["unit"]:
        yield "An arm without a unit was taken to be in that of the outcome."
    for rule in units.get("conversions", []):
        plus = f" + {rule['add']:g}" if rule.get("add") else ""
        yield f"Values in {rule['from']} were taken × {rule['factor']:g}{plus} ({rule['reason']})."


def _time(rule):
    if isinstance(rule, str):
        return TIMES[rule]
    unit = f" {rule['unit']}" if rule.get("unit") else ""
    window = ""
    if rule.get("window"):
        low, high = rule["window"]
        window = f", within {low:g} to {high:g}{unit}"
    if rule["rule"] != "nearest":
        return f"{TIMES[rule['rule']][:-1]}{window}."
    tie = f"; of two equally near the {rule['tie']} one" if rule.get("tie") else ""
    return f"The measurement nearest to {rule['anchor']:g}{unit} was used{window}{tie}."


def _named(words, label):
    return f"The analysis \u2018{level_name(words, 'analysis', label)}\u2019"


def _differs(changes, words, labels):
    """Say in what a named analysis differs from the review's own choices."""
    sentences = {
        "tau2_method": lambda x: f"estimates {TAU_SQUARED} by {TAU2[x]}",
        "ci_method": lambda x: f"has {INTERVALS[x]}{beside_random_effects(x)}",
        "pi_method": lambda x: f"has prediction intervals by {PREDICTION[x]}",
        "ci_level": lambda x: f"has intervals at {100 * x:g}%",
        "tau2_ci_method": lambda x: f"has the interval of {TAU_SQUARED} from {TAU2_INTERVALS[x]}",
        "i2_ci_method": lambda x: f"has the interval of I\u00b2 {I2_INTERVALS[x]}",
        "counts": lambda x: COUNTS[x],
        "exclude": lambda x: f"leaves out {', '.join(labels.get(study, study) for study in x)}",
        "only": lambda x: f"keeps the comparisons with {_kept(x, words)}",
    }
    said = [sentences[key](value) for key, value in changes.items() if key in sentences]
    return " and ".join(said)


def _kept(only, words):
    """Say of each column which of its levels stay."""
    said = []
    for column, value in only.items():
        values = value if isinstance(value, list) else [value]
        levels = " or ".join(level_name(words, column, level) for level in values)
        said.append(f"{_heading(words, column)}: {levels}")
    return " and ".join(said)


def _studies(review, made):
    """Describe what was done beside pooling."""
    if review["synthetic"]:
        yield "The data are simulated."
    if "flow" in made:
        yield (
            "The flow of records to studies is drawn as in PRISMA 2020 (Page et al. 2021); every "
            "sum in it was checked."
        )
    if review["risk_of_bias"]:
        yield from _risk(review, made)
    codes = [f"{code:g}" for code in review["missing_codes"]]
    if codes and set(review["missing_codes"]) != set(CODES):
        yield f"Of the typed numbers, {', '.join(codes)} were refused as codes for missing values."
    elif not codes:
        yield "No typed number was taken for a code for a missing value."
    if review["doses"]:
        yield from _doses(review["doses"])
    if review["swim"] and "swim" in made:
        yield from _swim(review["swim"], words_of(review))
    if "audit" in made:
        yield (
            "Published claims were held against the recomputed results at the printed precision, "
            "and against each other by interval arithmetic on their rounding."
        )


def _risk(review, made):
    settings = review["risk_of_bias"]
    tool = tool_of(settings)
    source = f" ({tool.reference})" if tool.reference else ""
    domains = "" if settings["tool"] != "custom" else f": {'; '.join(tool.domains.values())}"
    yield (
        f"Risk of bias was judged by {tool.name}{source}{domains}, as {', '.join(tool.judgements)}."
    )
    if settings.get("weights"):
        weigh = review["outcomes"][settings["weights"]]["label"]
        yield f"Its summary weighs the studies by their random-effects weights of: {weigh}."
    if "rater_agreement" in made:
        yield (
            "Agreement of the raters is given as Cohen's kappa (Cohen 1960), PABAK (Byrt et al. "
            "1993) and Gwet's AC1 (Gwet 2008); where they differ and no consensus is typed, the "
            "cell says so."
        )


def _doses(settings):
    unit = f", in {settings['unit']} unless it names a unit" if settings.get("unit") else ""
    yield (
        f"Doses were read from {settings['column']}{unit}; mass, particles and cell equivalents "
        "were never turned into each other but by a declared ratio."
    )
    if settings.get("body_weight"):
        weight = settings.get("body_weight_unit", "g")
        yield (
            f"Doses per animal and per kg follow from each other by {settings['body_weight']} (in "
            f"{weight} unless it names a unit)."
        )
    for ratio in settings.get("ratios", []):
        yield (
            f"One unit of {ratio['from']} was taken as {ratio['value']:g} of {ratio['to']} "
            f"({ratio['low']:g} to {ratio['high']:g}; {ratio['reason']})."
        )


def _swim(settings, words):
    """Say what the SWiM guideline asks for: grouping, metric, method and presentation."""
    called = {name: _heading(words, name) for name in settings["groups"]}
    groups = ", ".join(called.values())
    yield (
        "Without variances nothing was pooled; the synthesis follows SWiM (Campbell et al. 2020). "
        f"Studies were grouped by {groups}. The metric is the direction of effect: a study has one "
        f"if at least {100 * AGREE:.0f}% of its outcomes share it (Boon and Thomson 2021). Shares "
        "of studies that favour treatment were tested by the sign test, with exact intervals "
        "(Clopper and Pearson 1934); studies without a direction are not counted. Percent changes "
        "of the outcome that a study names first are given as median and quartiles."
    )
    yield (
        "Directions are shown in an effect-direction plot and in a harvest plot (Ogilvie et al. "
        f"2008) by {called[settings.get('harvest', settings['groups'][0])]}. Certainty "
        "was not graded."
    )
    if settings.get("dose"):
        unit = f" {settings['dose_unit']}" if settings.get("dose_unit") else ""
        cut = settings.get("threshold")
        at = f", with a threshold at {power_label(cut)}{unit}" if cut else unit and f", in{unit}"
        yield f"Percent changes are shown against {_heading(words, settings['dose'])}{at}."


def _heading(words, column):
    return within_sentence(column_name(words, column))


def _listed(value):
    values = value if isinstance(value, list) else [value]
    return " or ".join(f"\u2018{one}\u2019" for one in values)


def _pairs(options):
    return ", ".join(f"{name.replace('_', ' ')} = {value}" for name, value in options.items())
