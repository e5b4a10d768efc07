"""What the report says of the typed data: what is unknown in them, and what was made of that."""

from evpool.arms.checks import N_RANGE, UNKNOWN_BAR
from evpool.arms.combined import COMBINED
from evpool.arms.doses import AMOUNTS
from evpool.arms.scale_check import OTHER_SCALE
from evpool.arms.spread import SKEWED
from evpool.arms.units import UNIT_ASSUMED
from evpool.columns import CHOICES, CONTRAST
from evpool.report.wording import as_shown, interval, number

RULES = {
    "exclude": "left out",
    "assume_sem": "read as SEM",
    "assume_sd": "read as SD",
    "impute_cv": "given an SD imputed from the median coefficient of variation",
}
CAUTIONS = {
    SKEWED: "Median and quartiles or extremes are too lopsided for the SD made of them",
    N_RANGE: "The number of animals is stated as a range and its lower end was taken",
    COMBINED: "Arms were combined into one, as the review declares",
    OTHER_SCALE: "The control means are an order of magnitude off the other studies'; another unit "
    "is suspected, and the study is pooled as stated",
    UNIT_ASSUMED: "No unit is stated; the outcome's was assumed",
}
SOURCES = {
    "from_sem": "SEM times the root of n",
    "from_ci95": "95% confidence interval, by t",
    "from_ci90": "90% confidence interval, by t",
    "from_iqr": "Quartiles (Wan et al. 2014)",
    "from_range": "Range (Wan et al. 2014)",
    "from_q1_median_q3": "Median and quartiles (Luo et al. 2018, Wan et al. 2014)",
    "from_min_median_max": "Median and range (Luo et al. 2018, Wan et al. 2014)",
    "from_five_numbers": "Median, quartiles and range (Luo et al. 2018, Shi et al. 2020)",
    "from_t": "The comparison's t statistic, one SD for both arms",
    "from_p": "The comparison's P value, one SD for both arms",
    "assumed_sem": "Bar of unknown kind, read as SEM",
    "assumed_sd": "Bar of unknown kind, read as SD",
    "imputed_cv": "Imputed from the median coefficient of variation",
}
SHORT = {
    "from_sem": "from SEM",
    "from_ci95": "from 95% CI",
    "from_ci90": "from 90% CI",
    "from_iqr": "from quartiles",
    "from_q1_median_q3": "from quartiles",
    "from_min_median_max": "from range",
    "from_t": "from t",
    "from_p": "from P value",
    "assumed_sem": "unknown bar, as SEM",
    "assumed_sd": "unknown bar, as SD",
    "imputed_cv": "imputed",
}
FROM_UNKNOWN = ("assumed_sem", "assumed_sd", "imputed_cv")


def unknown_bars(multiverse, harmonised, ledger, labels=None):
    """Tell what an outcome's result is under each rule for error bars of unknown kind.

    Parameters
    ----------
    multiverse, harmonised, ledger : lists of dict
        Rows of MULTIVERSE, HARMONISED and LEDGER of one outcome.
    labels : dict, optional
        Study id -> label; a study without one is named by its id.

    Returns
    -------
    dict or None
        The labels of the `studies` with such bars, the review's `rule` in words, and `results`:
        pairs of a rule and its random-effects estimate in words, all other choices as the review
        makes them. None where no error bar is of unknown kind.
    """
    own = next((row for row in multiverse if row["is_own"]), None)
    studies = [row["study_id"] for row in harmonised if row.get("sd_source") in FROM_UNKNOWN]
    studies += [row["study_id"] for row in ledger if row["reason"] == UNKNOWN_BAR]
    if not own or not studies:
        return None
    fixed = [name for name in CHOICES if name != "sd_rule"]
    alike = [row for row in multiverse if all(row[name] == own[name] for name in fixed)]
    return {
        "studies": [(labels or {}).get(study, study) for study in dict.fromkeys(studies)],
        "rule": RULES[own["sd_rule"]],
        "results": [(RULES[row["sd_rule"]], _result(row)) for row in alike],
    }


def cautions(harmonised):
    """Say once for each kind of caution which studies' arms carry it.

    Parameters
    ----------
    harmonised : list of dict
        Rows of HARMONISED of one outcome.
    """
    found = {}
    for row in harmonised:
        for flag in filter(None, (row.get("flags") or "").split("; ")):
            found.setdefault(flag, {})[row["label"]] = None
    return [
        f"{CAUTIONS.get(flag, flag.replace('_', ' '))}: {', '.join(labels)}."
        for flag, labels in sorted(found.items())
    ]


def sources_of_sds(harmonised):
    """Say for each way in which an SD was found, other than stated, in which studies.

    Parameters
    ----------
    harmonised : list of dict
        Rows of HARMONISED of one outcome.
    """
    found = {}
    for row in harmonised:
        # Arms that were combined may have several; of a change, what its final SD is from.
        for source in filter(None, (row.get("sd_source") or "").split("; ")):
            way = source.removeprefix("change_")
            found.setdefault(way, {})[row["label"]] = None
    return [
        f"{SOURCES[way]}: {', '.join(labels)}." for way, labels in found.items() if way in SOURCES
    ]


def way_of_sd(source):
    """Say in a word or two how an effect's SDs were found, as `sd_source` codes it."""
    ways = dict.fromkeys(part.removeprefix("change_") for part in (source or "").split("; "))
    return "; ".join(SHORT.get(way) or way.replace("_", " ") for way in ways)


def _result(row):
    if row["estimate"] is None:
        return f"not computed ({row['warning']})"
    seen = as_shown(row, row["measure"])
    limits = interval(seen["ci_low"], seen["ci_high"])
    return f"{number(seen['estimate'])} ({limits}), k = {row['k']}"


def dose_rows(harmonised, settings):
    """Return each treated group's typed dose once: as typed, on its axes, what was done or can't.

    Parameters
    ----------
    harmonised : list of dict
        Rows of HARMONISED of all outcomes.
    settings : dict or None
        The review's `doses`; without them there are no rows.
    """
    if not settings:
        return []
    found = {}
    for row in harmonised:
        if row["role"] in ("treatment", CONTRAST):
            typed = row.get(settings["column"])
            amounts = [_amount(row[name]) for name in AMOUNTS]
            seen = {name: row[name] for name in ("label", "dose_axis", "dose_note")}
            found[row["study_id"], typed, *amounts] = {"typed": typed, "amounts": amounts, **seen}
    return list(found.values())


def _amount(value):
    """Write a dose: plainly up to a million, above that as a power of ten."""
    if value is None:
        return ""
    if value < 1e6:
        return f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"
    mantissa, exponent = f"{value:.2e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = str(int(exponent)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{power}"
