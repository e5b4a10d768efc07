"""Numbers and sentences of the report: never more than the tables say."""

import math

from evpool.labels import column_name, level_name, within_sentence
from evpool.stats.measures import MEASURES

PREDICTORS = {
    "sei": "standard error",
    "vi": "variance",
    "ni": "n",
    "ninv": "1/n",
    "sqrtni": "\N{SQUARE ROOT}n",
    "sqrtninv": "1/\N{SQUARE ROOT}n",
}
# Test -> its name in tables, and in the methods with its source.
BIAS_TESTS = {
    "egger": ("Egger's test (slope)", "Egger's regression test (Egger et al. 1997)"),
    "begg": ("Begg's test (Kendall's \u03c4)", "Begg's rank correlation (Begg and Mazumdar 1994)"),
    "pet": ("PET", "the precision-effect test"),
    "peese": ("PEESE", "the precision-effect estimate with standard error"),
    "pet_peese": ("PET-PEESE", "PET-PEESE (Stanley and Doucouliagos 2014)"),
    "trim_fill": ("Trim and fill", "trim and fill (Duval and Tweedie 2000)"),
    "selection": ("Selection model", "a step-function selection model (Vevea and Hedges 1995)"),
    "fail_safe": ("Fail-safe N", "fail-safe N (Rosenthal 1979, Rosenberg 2005)"),
    "excess_significance": (
        "Excess significance",
        "the test of excess significance (Ioannidis and Trikalinos 2007)",
    ),
    "p_curve": ("p-curve", "the p-curve (Simonsohn et al. 2014, 2015)"),
}
MINUS = "\N{MINUS SIGN}"
I2 = "I\N{SUPERSCRIPT TWO}"
TAU_SQUARED = "\N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO}"
EFFECTS = ("estimate", "yi", "ci_low", "ci_high", "pi_low", "pi_high")
EFFECTS += ("digitisation_low", "digitisation_high")
# The columns of POOLED that `headline` reads, and those that tell its rows apart.
HEADLINE = ("outcome", "analysis", "model", "measure", "estimate", "ci_level", "ci_low", "ci_high")
HEADLINE += ("pi_low", "pi_high", "i2", "tau2", "k", "n_t", "n_c")
MEASURE_NAMES = {
    "MD": "mean difference",
    "SMD": "standardised mean difference (Hedges' g)",
    "COHEN_D": "standardised mean difference (Cohen's d)",
    "SMD1": "standardised mean difference (Glass's delta)",
    "SMDH": "standardised mean difference with unequal variances",
    "ROM": "log ratio of means",
    "VR": "log variability ratio",
    "CVR": "log coefficient-of-variation ratio",
    "NMD": "normalised mean difference (Vesterinen et al. 2014)",
    "OR": "log odds ratio",
    "RR": "log risk ratio",
    "RD": "risk difference",
    "AS": "arcsine-transformed risk difference",
    "PETO": "log odds ratio by Peto's method",
    "HR": "log hazard ratio",
    "GEN": "effect as published",
}
TAU2 = {
    "DL": "DerSimonian and Laird (1986)",
    "DL2": "the two-step DerSimonian-Laird estimator (DerSimonian and Kacker 2007)",
    "HE": "Hedges and Olkin (1985)",
    "HS": "Hunter and Schmidt (2004)",
    "HSk": "Hunter and Schmidt with small-sample correction (Brannick et al. 2019)",
    "SJ": "Sidik and Jonkman (2005)",
    "ML": "maximum likelihood (Hardy and Thompson 1996)",
    "REML": "restricted maximum likelihood (Viechtbauer 2005)",
    "EB": "empirical Bayes (Morris 1983)",
    "PM": "Paule and Mandel (1982)",
    "PMM": "the median-unbiased Paule-Mandel estimator (Viechtbauer 2021)",
}
INTERVALS = {
    "wald": "Wald-type confidence intervals (normal quantiles)",
    "t": "confidence intervals with t quantiles (k \N{MINUS SIGN} 1 df)",
    "hksj": "Hartung-Knapp-Sidik-Jonkman confidence intervals (IntHout et al. 2014)",
    "hksj_adhoc": "Hartung-Knapp-Sidik-Jonkman confidence intervals, never narrower than Wald's",
    "profile": "profile-likelihood confidence intervals (Hardy and Thompson 1996)",
}
PREDICTION = {
    "normal": "normal quantiles",
    "t_k1": "t quantiles with k \N{MINUS SIGN} 1 df",
    "t_k2": "t quantiles with k \N{MINUS SIGN} 2 df (Higgins et al. 2009)",
    "hksj": "the Hartung-Knapp standard error and t quantiles (Partlett and Riley 2017)",
}
TAU2_INTERVALS = {
    "q_profile": "the Q-profile method (Viechtbauer 2007)",
    "profile_likelihood": "profile likelihood (Hardy and Thompson 1996)",
}
I2_INTERVALS = {
    "from_tau2": f"from that of {TAU_SQUARED}",
    "test_based": "test-based (Higgins and Thompson 2002)",
}
EGGER = {
    "by_measure": "the standard error (1/\N{SQUARE ROOT}n for standardised measures, "
    "Zwetsloot et al. 2017)",
    "sei": "the standard error",
    "vi": "the sampling variance",
    "ni": "the number of animals",
    "ninv": "1/n",
    "sqrtni": "\N{SQUARE ROOT}n",
    "sqrtninv": "1/\N{SQUARE ROOT}n (Zwetsloot et al. 2017)",
}


# What the options of a multiverse are called.
OPTIONS = {
    "ci_method": {
        "wald": "Wald",
        "hksj": "Hartung-Knapp-Sidik-Jonkman",
        "hksj_adhoc": "Hartung-Knapp-Sidik-Jonkman, never narrower than Wald",
        "profile": "profile likelihood",
    },
    "sd_rule": {
        "exclude": "left out",
        "assume_sem": "read as SEM",
        "assume_sd": "read as SD",
        "impute_cv": "imputed",
    },
}


def number(value, decimals=2):
    """Return a number as text with a true minus sign; a dash where there is none."""
    if value is None:
        return "\N{EN DASH}"
    if value != 0 and abs(value) < 0.5 * 10.0**-decimals:
        text = f"{value:.1g}"
        text = text if "e" not in text else f"{value:.0e}"
    else:
        text = f"{value:.{decimals}f}"
    return text.replace("-", MINUS)


def decimals_of(*values):
    """Return the decimals at which each of some values shows three digits: two or more."""
    sizes = [abs(value) for value in values if value]
    return min(max(2, 2 - math.floor(math.log10(min(sizes)))), 9) if sizes else 2


def variance(value):
    """Return a variance between studies as text: four decimals, two from 10 on, none of 0."""
    return "0" if value == 0 else number(value, 4 if value is None or value < 10 else 2)


def p_value(p):
    """Return a P value as papers print it."""
    if p is None:
        return "\N{EN DASH}"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def percent(share):
    """Return a share of 0 to 1 as a whole percentage."""
    return "\N{EN DASH}" if share is None else f"{100 * share:.0f}%"


def interval(low, high, decimals=2):
    """Return an interval as 'low to high'."""
    if low is None or high is None:
        return "\N{EN DASH}"
    return f"{number(low, decimals)} to {number(high, decimals)}"


def plural(count, noun):
    """Return '1 study' or '21 studies'."""
    if count == 1:
        return f"{count} {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def as_shown(row, measure):
    """Return a row with its effects as they are shown: ratios instead of their logarithms."""
    if not MEASURES[measure].log_scale:
        return row
    known = [name for name in EFFECTS if row.get(name) is not None]
    return {**row, **{name: math.exp(row[name]) for name in known}}


def headline(fit, outcome):
    """Say in two or three sentences what the random-effects model gives for an outcome.

    Parameters
    ----------
    fit : dict
        A row of POOLED; the columns HEADLINE are enough.
    outcome : dict
        `unit` and `better` of the outcome.
    """
    level = f"{100 * fit['ci_level']:g}%"
    seen = as_shown(fit, fit["measure"])
    unit = f" {outcome['unit']}" if outcome["unit"] and fit["measure"] == "MD" else ""
    counted = plural(fit["k"], "comparison") + _animals(fit)
    if fit["ci_low"] is not None:
        counted = f"{level} CI {interval(seen['ci_low'], seen['ci_high'])}; {counted}"
    estimate = (
        f"{fit['measure']} {number(seen['estimate'])}{unit} ({counted}): "
        f"{_direction(fit, outcome['better'])}."
    )
    return " ".join([estimate, *_spread(fit, level, outcome["better"])])


def _animals(fit):
    sides = fit["n_t"], fit["n_c"]
    return "" if None in sides else f", {sum(sides)} animals"


def _direction(fit, better):
    if fit["ci_low"] is None:  # one comparison, and a method with k - 1 degrees of freedom
        return "no confidence interval can be given"
    if fit["ci_low"] <= 0 <= fit["ci_high"]:
        return "the interval includes no difference"
    return _side(fit, fit["estimate"], better, "favours {}", "{}")


def _side(fit, value, better, favoured, varying):
    """Say on which side a value is: what it favours, or whether treated animals vary more."""
    if MEASURES[fit["measure"]].of_spread:
        relative = " relative to their mean" if fit["measure"] == "CVR" else ""
        return varying.format(f"treated animals vary {'more' if value > 0 else 'less'}{relative}")
    return favoured.format("treatment" if (value > 0) == (better == "higher") else "control")


def _spread(fit, level, better):
    seen = as_shown(fit, fit["measure"])
    if fit["pi_low"] is not None:
        wide = fit["pi_low"] <= 0 <= fit["pi_high"]
        side = _side(fit, fit["pi_low"], better, "all in favour of {}", "where {} throughout")
        yield (
            f"A new study's true effect is expected between {number(seen['pi_low'])} and "
            f"{number(seen['pi_high'])} ({level} prediction interval), "
            f"{'which includes no difference' if wide else side}."
        )
    if fit["i2"] is not None:
        yield f"Heterogeneity: {I2} {percent(fit['i2'])}, {TAU_SQUARED} {variance(fit['tau2'])}."


def statistics(analysis, words, labels):
    """Describe the statistical choices of an outcome, a sentence each.

    Parameters
    ----------
    analysis : dict
        The outcome's whole `analysis`.
    words : dict
        How the review calls columns and levels (`labels.words_of`).
    labels : dict
        Study id -> label.
    """
    yield (
        "Effects were pooled by inverse variance under the common-effect and the random-effects "
        f"model; {TAU_SQUARED} was estimated by {TAU2[analysis['tau2_method']]}, with "
        f"{INTERVALS[analysis['ci_method']]} at {100 * analysis['ci_level']:g}%"
        f"{beside_random_effects(analysis['ci_method'])}."
    )
    yield f"Prediction intervals use {PREDICTION[analysis['pi_method']]}."
    yield (
        f"{I2} comes from Cochran's Q (Higgins and Thompson 2002); the interval of "
        f"{TAU_SQUARED} from {TAU2_INTERVALS[analysis['tau2_ci_method']]}, that of {I2} "
        f"{I2_INTERVALS[analysis['i2_ci_method']]}."
    )
    if analysis["shared_control"] == "split":
        yield (
            "The animals of a control group that several comparisons share were divided evenly "
            "among them (Cochrane Handbook, section 23.3.4)."
        )
    yield from _moderator_sentences(analysis, words)
    yield from _sensitivity_sentences(analysis, words, labels)
    yield from _bias_sentences(analysis["bias"])
    few = _fewest_sentence(analysis)
    if few:
        yield few


def beside_random_effects(ci_method):
    """Say which interval a common effect has where `ci_method` is one of random effects alone."""
    # Imported here: only the methods of a review ask, and it loads scipy.
    from evpool.stats.pooling import OF_RANDOM_EFFECTS

    named = ", and Wald-type ones for the common effect"
    return named if ci_method in OF_RANDOM_EFFECTS else ""


def _moderator_sentences(analysis, words):
    """Describe the comparison of subgroups and the meta-regressions."""
    if analysis["subgroups"]:
        named = ", ".join(_headings(analysis["subgroups"], words))
        yield (
            f"Subgroups ({named}) were compared by the Q test between the pooled estimates, with "
            f"separate and with common {TAU_SQUARED} (Borenstein et al. 2009)."
        )
    if analysis["metaregression"]:
        named = "; ".join(_headings(analysis["metaregression"], words))
        tests = {"wald": "Wald tests", "knha": "the tests of Knapp and Hartung (2003)"}
        test = tests[analysis["metaregression_test"]]
        yield f"Mixed-effects meta-regression on {named} used {test}."
        if analysis["permutations"]:
            yield _permutation_sentence(analysis)


def _fewest_sentence(analysis):
    """Say below how many studies a step was left out; None where it never is."""
    steps = {"subgroups": "subgroups were not compared", "bias": "no test of bias was done"}
    steps["metaregression"] = "no meta-regression was fitted"
    said = [
        f"fewer than {analysis[f'fewest_for_{step}']} studies, {what}"
        for step, what in steps.items()
        if analysis[f"fewest_for_{step}"] > 1
    ]
    return f"With {'; with '.join(said)}." if said else None


def _sensitivity_sentences(analysis, words, labels):
    """Describe the sensitivity analyses that an outcome's choices ask for, a sentence each."""
    for name, changes in analysis["analyses"].items():
        if changes.get("robust"):
            alpha = changes["robust"].get("alpha", 0.3) if changes["robust"] is not True else 0.3
            yield (
                f"The analysis \u2018{level_name(words, 'analysis', name)}\u2019 minimises the "
                f"density power divergence with alpha = {alpha:g}, which gives outliers little "
                "weight (Noma et al. 2024)."
            )
    yield (
        "Each comparison was left out in turn; influence was judged by studentised deleted "
        "residuals, DFFITS, Cook's distance, covariance ratios, hat values and DFBETAS "
        "(Viechtbauer and Cheung 2010) and by Baujat's coordinates (Baujat et al. 2002)."
    )
    if analysis["cumulative"]:
        columns = " and by ".join(_headings(analysis["cumulative"], words))
        yield f"Comparisons were added one by one, by {columns} (Lau et al. 1992)."
    if analysis["exclusion_sets"]:
        sets = [
            _set_in_words(level_name(words, "exclusion_set", name), _named(studies, labels))
            for name, studies in analysis["exclusion_sets"].items()
        ]
        yield f"Sets of studies were left out together: {'; '.join(sets)}."
    if analysis["gosh"]:
        yield _gosh(analysis["gosh"], analysis["seed"])
    if analysis["multiverse"]:
        yield _multiverse(analysis["multiverse"], words)


def _permutation_sentence(analysis):
    return (
        f"Their permutation P values come from {analysis['permutations']} random arrangements "
        f"(seed {analysis['seed']}), or are exact where there are no more than 50,000 arrangements "
        "(Higgins and Thompson 2004)."
    )


def _gosh(settings, seed):
    subsets = settings.get("subsets", "all")
    if subsets == "all":
        which = f"All subsets (above 21 comparisons 1,000,000 random ones, seed {seed})"
    else:
        which = f"Random subsets ({subsets:,}, or all if there are no more; seed {seed})"
    how = "a common effect"
    if settings["model"] != "common":
        how = f"random effects with {TAU_SQUARED} by {TAU2[settings['model']]}"
    return f"{which} of the comparisons were pooled by {how} (GOSH, Olkin et al. 2012)."


def _headings(columns, words):
    return [within_sentence(column_name(words, name)) for name in columns]


def _set_in_words(name, studies):
    return name if name == studies else f"{name} ({studies})"


def _named(studies, labels):
    return ", ".join(labels.get(study, study) for study in studies)


def _multiverse(choices, words):
    named = {"measure": "measure", "timepoint": "time point", "exclusion_set": "exclusion set"}
    named |= {"sd_rule": "rule for unknown SDs", "tau2_method": f"estimator of {TAU_SQUARED}"}
    named |= {"ci_method": "confidence interval", "shared_control": "shared controls"}
    listed = [
        f"{named[name]} ({', '.join(_option(words, name, option) for option in options)})"
        for name, options in choices.items()
    ]
    return (
        f"Every combination of {', '.join(listed)} was pooled by random effects "
        "(multiverse analysis, Steegen et al. 2016; Simonsohn et al. 2020)."
    )


def _option(words, name, option):
    if isinstance(option, dict):  # a rule that chooses a time point
        return " ".join(f"{key} {value}" for key, value in option.items())
    spoken = OPTIONS.get(name, {}).get(option)
    return spoken or level_name(words, name, option)


def _bias_sentences(bias):
    named = [BIAS_TESTS[test][1] for test in bias["tests"]]
    if not named:
        return
    yield f"Small-study effects and publication bias were assessed by {'; '.join(named)}."
    if "egger" in bias["tests"]:
        model = {"lm": "weighted least squares", "mixed": "a mixed-effects model"}
        predictor = EGGER[bias["egger_predictor"]]
        yield f"Egger's regression used {predictor} as predictor and {model[bias['egger_model']]}."
    if "trim_fill" in bias["tests"]:
        side = bias["trim_fill_side"]
        told = "on the side that Egger's slope shows" if side == "auto" else f"on the {side}"
        yield (
            f"Trim and fill used the estimator {bias['trim_fill_estimator']} and looked for "
            f"missing studies {told}."
        )
    if "selection" in bias["tests"]:
        steps = ", ".join(f"{step:g}" for step in bias["selection_steps"])
        favoured = {"by_direction": "beneficial", "greater": "positive", "less": "negative"}
        yield (
            f"The selection model has steps at one-sided p = {steps}, in favour of "
            f"{favoured[bias['selection_alternative']]} effects."
        )
