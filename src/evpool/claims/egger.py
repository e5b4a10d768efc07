"""Egger's test as papers run it, beside the one that a review runs."""

import numpy as np

from evpool.stats.bias import egger_test

USUAL = "sei"
WORDS = {"sqrtninv": "1/\N{SQUARE ROOT}n", "sei": "the standard error"}


def egger_tests(effects, bias):
    """Return the results of Egger's test that a claim may be about, the usual one first.

    Papers regress on the standard error, whatever the measure; a review's own test may have another
    predictor or model, as it has by default for standardised measures.

    Parameters
    ----------
    effects, bias : lists of dict
        Rows of EFFECTS and BIAS of one outcome.

    Returns
    -------
    list of dict
        `statistic`, `p_value`, `k`, and `how`: which test it is, and what the other one gives;
        empty if the review runs the usual one. No row if neither can be done.

    References
    ----------
    Egger et al. (1997), doi:10.1136/bmj.315.7109.629.
    """
    own = [row for row in bias if row["test"] == "egger" and row["p_value"] is not None]
    if own and own[0]["variant"] == USUAL:
        return [own[0] | {"how": ""}]
    tests = [*_usual(effects), *own]
    return [test | {"how": _told(test, tests)} for test in tests]


def _usual(effects):
    yi, vi = (np.array([effect[name] for effect in effects]) for name in ("yi", "vi"))
    try:
        found = egger_test(yi, vi, predictor=USUAL)
    except ValueError:  # too few effects, or all of one precision
        return []
    numbers = {name: float(getattr(found, name)[0]) for name in ("statistic", "p_value")}
    return [{"variant": USUAL, "k": len(effects), **numbers}]


def _told(test, tests):
    """Name a test's predictor, and say what the others give."""
    others = [f"on {_words(o)} P is {o['p_value']:.2g}" for o in tests if o is not test]
    return "; ".join((f"regressed on {_words(test)}", *others))


def _words(test):
    text = test["variant"]
    for code, words in WORDS.items():
        text = text.replace(code, words)
    return text
