"""Sentences of the report on what the result hangs on: influence, exclusions, choices."""

from collections import Counter

from evpool.labels import level_name
from evpool.report.wording import as_shown, interval, number, plural


def influence_sentence(rows):
    """Say which comparisons are influential.

    Parameters
    ----------
    rows : list of dict
        Rows of INFLUENCE of one outcome.
    """
    found = [row["label"] for row in rows if row["influential"]]
    if not found:
        return (
            "No comparison passes a threshold of influence (DFFITS, Cook's distance, hat value, "
            "DFBETAS; Viechtbauer and Cheung 2010)."
        )
    return (
        f"{len(found)} of {plural(len(rows), 'comparison')} "
        f"{'passes' if len(found) == 1 else 'pass'} a threshold of influence: {', '.join(found)}."
    )


def dispersion_sentences(checked, readings):
    """Say which stated SDs fit standard errors better, and what that would change.

    Parameters
    ----------
    checked, readings : lists of dict
        Rows of DISPERSION and READINGS of one outcome.
    """
    suspects = _studies(checked, "fits_sem")
    if not checked:
        return
    if not suspects:
        yield "No stated SD fits a standard error better than an SD."
    for arm in suspects.values():
        yield (
            f"{arm['label']}: its stated SDs are {number(arm['ratio'], 1)} times smaller than "
            f"those of the other studies, \N{SQUARE ROOT}n is {number(arm['sqrt_n'], 1)}; they fit "
            "standard errors better."
        )
    seen = {
        row["reading"]: as_shown(row, row["measure"])
        for row in readings
        if row["model"] == "random"
    }
    if "re_read_as_sem" in seen:
        again, stated = seen["re_read_as_sem"], seen["as_stated"]
        yield (
            f"Re-read so, the random-effects estimate is {number(again['estimate'])} "
            f"({interval(again['ci_low'], again['ci_high'])}) instead of "
            f"{number(stated['estimate'])} ({interval(stated['ci_low'], stated['ci_high'])})."
        )
    unsure = [arm["label"] for arm in _studies(checked, "undecided").values()]
    if unsure:
        yield f"Can't be decided: {', '.join(unsure)}."


def _studies(checked, verdict):
    """The first arm of each study with this verdict."""
    found = {}
    for arm in checked:
        if arm["verdict"] == verdict:
            found.setdefault(arm["study_id"], arm)
    return found


def multiverse_sentences(rows, overall):
    """Say how far the result depends on the choices that the review lists.

    Parameters
    ----------
    rows : list of dict
        Rows of MULTIVERSE of one outcome.
    overall : dict
        The row of POOLED that is the review's own random-effects estimate.
    """
    known = [row for row in rows if row["estimate"] is not None]
    lost = Counter(row["warning"] for row in rows if row["estimate"] is None)
    yield f"The multiverse has {plural(len(rows), 'specification')}."
    for reason, count in lost.items():
        yield f"{count} could not be computed: {reason}."
    if not known:
        return
    same = [row for row in known if row["estimate"] * overall["estimate"] > 0]
    alpha = 1 - overall["ci_level"]
    clear = [row for row in same if row["p_value"] is not None and row["p_value"] < alpha]
    yield (
        f"{len(same)} of {len(known)} estimates have the direction of the review's own, "
        f"{len(clear)} of {len(known)} have it with p < {alpha:.2g}."
    )
    for measure in dict.fromkeys(row["measure"] for row in known):
        own = [as_shown(row, measure) for row in known if row["measure"] == measure]
        values = [row["estimate"] for row in own]
        yield f"{measure}: estimates from {interval(min(values), max(values))}."


def exclusion_rows(rows, words):
    """Return the random-effects rows of LEAVE_SETS_OUT with what to write of each set."""
    for row in rows:
        if row["model"] == "random":
            count = len((row["excluded"] or "").split("; "))
            label = level_name(words, "exclusion_set", row["exclusion_set"])
            yield f"{label} ({plural(count, 'study')})" if row["excluded"] else label, row
