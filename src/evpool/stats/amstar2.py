"""AMSTAR 2: confidence in a review from its sixteen answers."""

from dataclasses import dataclass

ITEMS = tuple(range(1, 17))
CRITICAL = (2, 4, 7, 9, 11, 13, 15)  # Shea et al. (2017), box 1
ANSWERS = ("yes", "partial yes", "no", "no meta-analysis")
RATINGS = ("critically low", "low", "moderate", "high")


@dataclass(frozen=True)
class Confidence:
    """The rating of one review.

    Attributes
    ----------
    rating : str or None
        One of RATINGS; None if items without an answer leave it open.
    possible : tuple of str
        The ratings that the missing items allow, worst first.
    critical_flaws, weaknesses : tuple of int
        Critical and other items answered no.
    missing : tuple of int
        Items without an answer.
    """

    rating: str | None
    possible: tuple
    critical_flaws: tuple
    weaknesses: tuple
    missing: tuple


def rate_amstar2(answers, critical=CRITICAL):
    """Rate the confidence in a review's results.

    Parameters
    ----------
    answers : dict of int to str
        Item -> one of ANSWERS; an item that is absent or None has no answer. A partial yes is no
        weakness; 'no meta-analysis' takes an item out of the count.
    critical : collection of int
        The critical items.

    Returns
    -------
    Confidence
        High with at most one non-critical weakness, moderate with more, low with one critical
        flaw, critically low with more.

    Raises
    ------
    ValueError
        For an unknown item or answer.

    References
    ----------
    Shea et al. (2017), doi:10.1136/bmj.j4008, table 2.
    """
    _check(answers)
    given = {item: answers.get(item) for item in ITEMS}
    flaws = tuple(item for item in ITEMS if given[item] == "no" and item in critical)
    weak = tuple(item for item in ITEMS if given[item] == "no" and item not in critical)
    missing = tuple(item for item in ITEMS if given[item] is None)
    open_flaws = sum(item in critical for item in missing)
    best = _rating(len(flaws), len(weak))
    worst = _rating(len(flaws) + open_flaws, len(weak) + len(missing) - open_flaws)
    possible = RATINGS[RATINGS.index(worst) : RATINGS.index(best) + 1]
    reachable = tuple(
        name for name in possible if _reachable(name, flaws, weak, open_flaws, missing)
    )
    return Confidence(
        reachable[0] if len(reachable) == 1 else None, reachable, flaws, weak, missing
    )


def _rating(flaws, weaknesses):
    if flaws:
        return "low" if flaws == 1 else "critically low"
    return "high" if weaknesses <= 1 else "moderate"


def _reachable(name, flaws, weak, open_flaws, missing):
    """Tell whether some answers to the missing items give this rating."""
    open_weak = len(missing) - open_flaws
    return any(
        _rating(len(flaws) + extra, len(weak) + more) == name
        for extra in range(open_flaws + 1)
        for more in range(open_weak + 1)
    )


def _check(answers):
    for item, answer in answers.items():
        if item not in ITEMS:
            raise ValueError(f"AMSTAR 2 has items 1 to 16; got {item!r}")
        if answer is not None and answer not in ANSWERS:
            raise ValueError(f"item {item} must be one of {', '.join(ANSWERS)}; got {answer!r}")
