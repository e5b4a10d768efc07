"""Numbers and sentences of the report: never more than the tables say."""

MINUS = "\N{MINUS SIGN}"
I2 = "I\N{SUPERSCRIPT TWO}"
TAU_SQUARED = "\N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO}"
MEASURES = {
    "MD": "mean difference",
    "SMD": "standardised mean difference (Hedges' g)",
    "COHEN_D": "standardised mean difference (Cohen's d)",
    "SMD1": "standardised mean difference (Glass's delta)",
    "SMDH": "standardised mean difference with unequal variances",
    "ROM": "log ratio of means",
    "VR": "log variability ratio",
    "CVR": "log coefficient-of-variation ratio",
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


def headline(fit, outcome):
    """Say in two or three sentences what the random-effects model gives for an outcome.

    Parameters
    ----------
    fit : dict
        A row of POOLED.
    outcome : dict
        `unit` and `better` of the outcome.
    """
    level = f"{100 * fit['ci_level']:g}%"
    unit = f" {outcome['unit']}" if outcome["unit"] and fit["measure"] == "MD" else ""
    estimate = (
        f"{fit['measure']} {number(fit['estimate'])}{unit} "
        f"({level} CI {interval(fit['ci_low'], fit['ci_high'])}; "
        f"{plural(fit['k'], 'comparison')}{_animals(fit)}): {_direction(fit, outcome['better'])}."
    )
    return " ".join([estimate, *_spread(fit, level, outcome["better"])])


def _animals(fit):
    return "" if fit["n_t"] is None else f", {fit['n_t'] + fit['n_c']} animals"


def _direction(fit, better):
    if fit["ci_low"] <= 0 <= fit["ci_high"]:
        return "the interval includes no difference"
    good = (fit["estimate"] > 0) == (better == "higher")
    return "favours treatment" if good else "favours control"


def _spread(fit, level, better):
    if fit["pi_low"] is not None:
        wide = fit["pi_low"] <= 0 <= fit["pi_high"]
        comment = "includes" if wide else "does not include"
        yield (
            f"A new study's true effect is expected between {number(fit['pi_low'])} and "
            f"{number(fit['pi_high'])} ({level} prediction interval), which {comment} no "
            "difference."
        )
    if fit["i2"] is not None:
        yield f"Heterogeneity: {I2} {percent(fit['i2'])}, {TAU_SQUARED} {number(fit['tau2'], 4)}."


def methods(review, version):
    """Describe what was done, naming every choice and its source.

    Parameters
    ----------
    review : dict
        The review's whole config.
    version : str
        The version of evpool.

    Returns
    -------
    list of (heading, sentences)
        One paragraph for all outcomes that share their choices.
    """
    groups = {}
    for outcome in review["outcomes"].values():
        text = " ".join(_paragraph(outcome["analysis"]))
        groups.setdefault(text, []).append(outcome["label"])
    end = f"Computed with evpool {version}."
    return [(", ".join(labels), f"{text} {end}") for text, labels in groups.items()]


def _paragraph(analysis):
    measure = MEASURES.get(analysis["measure"], analysis["measure"])
    yield f"The effect measure is the {measure}, treatment minus control."
    yield (
        "Effects were pooled by inverse variance under the common-effect and the random-effects "
        f"model; {TAU_SQUARED} was estimated by {TAU2[analysis['tau2_method']]}, with "
        f"{INTERVALS[analysis['ci_method']]} at {100 * analysis['ci_level']:g}%."
    )
    yield f"Prediction intervals use {PREDICTION[analysis['pi_method']]}."
    yield (
        f"{I2} comes from Cochran's Q (Higgins and Thompson 2002); the interval of "
        f"{TAU_SQUARED} from {TAU2_INTERVALS[analysis['tau2_ci_method']]}."
    )
    if analysis["subgroups"]:
        named = ", ".join(analysis["subgroups"])
        yield (
            f"Subgroups ({named}) were compared by the Q test between the pooled estimates, with "
            f"separate and with common {TAU_SQUARED} (Borenstein et al. 2009)."
        )
    if analysis["metaregression"]:
        named = "; ".join(analysis["metaregression"])
        tests = {"wald": "Wald tests", "knha": "the tests of Knapp and Hartung (2003)"}
        test = tests[analysis["metaregression_test"]]
        yield f"Mixed-effects meta-regression on {named} used {test}."
    yield (
        "Each study was left out in turn. Small-study effects were assessed by Egger's regression "
        f"(Egger et al. 1997) on {EGGER[analysis['egger_predictor']]}, and by PET-PEESE "
        "(Stanley and Doucouliagos 2014)."
    )
