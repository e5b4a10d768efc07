"""Effect sizes from counts of events in two groups: treated against control."""

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.effects import Need, require, require_all

CORRECTIONS = ("half", "half_all", "treatment_arm", "none")
CORRECT = "be > 0; use a continuity correction"


def two_by_two(events_t, n_t, events_c, n_c, correction):
    """Check counts and apply a continuity correction.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    correction : {"half", "half_all", "treatment_arm", "none"}
        "half" adds 1/2 to the four cells of tables that have an empty cell, "half_all" to those
        of every table; "treatment_arm" adds to the cells of a group, in tables with an empty
        cell, that group's share of all animals; "none" adds nothing.

    Returns
    -------
    dict of str to ndarray, shape (k,)
        a, b: treated with and without the event; c, d: control with and without it.

    Raises
    ------
    ValueError
        If counts are not finite, negative or above their group's size, or n < 1; gives the
        positions. If the correction is unknown.

    References
    ----------
    Sweeting, Sutton & Lambert (2004), doi:10.1002/sim.1761, section 3.2 (treatment arm).
    """
    if correction not in CORRECTIONS:
        raise unknown_name("correction", correction, CORRECTIONS)
    arrays = (np.asarray(values, dtype=float) for values in (events_t, n_t, events_c, n_c))
    events_t, n_t, events_c, n_c = np.broadcast_arrays(*arrays)
    for name, events, n in (("t", events_t, n_t), ("c", events_c, n_c)):
        require(f"n_{name}", n, np.isfinite(n) & (n >= 1), "be >= 1")
        sound = np.isfinite(events) & (events >= 0) & (events <= n)
        require(f"events_{name}", events, sound, f"be between 0 and n_{name}")
    cells = {"a": events_t, "b": n_t - events_t, "c": events_c, "d": n_c - events_c}
    add = 0.0 if correction == "none" else 0.5
    if correction in ("half", "treatment_arm"):
        add = add * (np.minimum.reduce(list(cells.values())) == 0)
    share = n_t / (n_t + n_c) if correction == "treatment_arm" else 0.5
    share_of = {"a": share, "b": share, "c": 1 - share, "d": 1 - share}
    return {name: count + 2 * add * share_of[name] for name, count in cells.items()}


def log_odds_ratio(events_t, n_t, events_c, n_c, correction="half"):
    """Log odds ratio.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    correction : {"half", "half_all", "treatment_arm", "none"}
        Continuity correction, see `two_by_two`.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Log of the treated odds over the control odds; its sampling variance.

    Raises
    ------
    ValueError
        For impossible counts, or an empty cell without correction; gives the positions.

    References
    ----------
    Fleiss & Berlin (2009), in The handbook of research synthesis and meta-analysis, chapter 13.
    """
    t = two_by_two(events_t, n_t, events_c, n_c, correction)
    require_all(odds_needs(t))
    yi = np.log(t["a"] * t["d"] / (t["b"] * t["c"]))
    return yi, 1 / t["a"] + 1 / t["b"] + 1 / t["c"] + 1 / t["d"]


def odds_needs(t):
    """Yield the Need of the odds ratio of corrected tables: no cell is empty."""
    smallest = np.minimum.reduce(list(t.values()))
    yield Need("the smallest cell", smallest, smallest > 0, CORRECT, "empty_cell")


def log_risk_ratio(events_t, n_t, events_c, n_c, correction="half"):
    """Log risk ratio.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    correction : {"half", "half_all", "treatment_arm", "none"}
        Continuity correction, see `two_by_two`.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Log of the treated risk over the control risk; its sampling variance.

    Raises
    ------
    ValueError
        For impossible counts, or a group without events (or both groups all events) without
        correction; gives the positions.

    References
    ----------
    Fleiss & Berlin (2009), in The handbook of research synthesis and meta-analysis, chapter 13.
    """
    t = two_by_two(events_t, n_t, events_c, n_c, correction)
    require_all(risk_needs(t))
    n_t, n_c = t["a"] + t["b"], t["c"] + t["d"]
    vi = t["b"] / (t["a"] * n_t) + t["d"] / (t["c"] * n_c)
    return np.log(t["a"] / n_t) - np.log(t["c"] / n_c), vi


def risk_needs(t):
    """Yield the Needs of the risk ratio: both groups have events, and one has more than events."""
    fewer, without = np.minimum(t["a"], t["c"]), t["b"] + t["d"]
    yield Need("the smaller number of events", fewer, fewer > 0, CORRECT, "empty_cell")
    yield Need("the number without the event", without, without > 0, CORRECT, "empty_cell")


def risk_difference(events_t, n_t, events_c, n_c, correction="half"):
    """Difference of risks.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    correction : {"half", "half_all", "treatment_arm", "none"}
        Continuity correction, see `two_by_two`.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Treated risk minus control risk; its sampling variance.

    Raises
    ------
    ValueError
        For impossible counts, or a variance of 0 without correction; gives the positions.

    References
    ----------
    Fleiss & Berlin (2009), in The handbook of research synthesis and meta-analysis, chapter 13.
    """
    t = two_by_two(events_t, n_t, events_c, n_c, correction)
    require_all(difference_needs(t))
    n_t, n_c = t["a"] + t["b"], t["c"] + t["d"]
    return t["a"] / n_t - t["c"] / n_c, _variance_of_difference(t)


def difference_needs(t):
    """Yield the Need of the risk difference: one group has animals with and without the event."""
    variance = _variance_of_difference(t)
    yield Need("vi", variance, variance > 0, CORRECT, "empty_cell")


def _variance_of_difference(t):
    n_t, n_c = t["a"] + t["b"], t["c"] + t["d"]
    return t["a"] * t["b"] / n_t**3 + t["c"] * t["d"] / n_c**3


def arcsine_difference(events_t, n_t, events_c, n_c, correction="none"):
    """Difference of arcsine square-root transformed risks (AS).

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    correction : {"half", "half_all", "treatment_arm", "none"}
        Continuity correction, see `two_by_two`; none is needed.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        Treated minus control, in radians; its sampling variance.

    Raises
    ------
    ValueError
        For impossible counts; gives the positions.

    References
    ----------
    Rücker et al. (2009), doi:10.1002/sim.3511.
    """
    t = two_by_two(events_t, n_t, events_c, n_c, correction)
    n_t, n_c = t["a"] + t["b"], t["c"] + t["d"]
    yi = np.arcsin(np.sqrt(t["a"] / n_t)) - np.arcsin(np.sqrt(t["c"] / n_c))
    return yi, 1 / (4 * n_t) + 1 / (4 * n_c)


def peto_log_odds_ratio(events_t, n_t, events_c, n_c, correction="none"):
    """Log odds ratio by Peto's one-step method.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array_like, shape (k,)
        Animals with the event and all animals, per group.
    correction : {"half", "half_all", "treatment_arm", "none"}
        Continuity correction, see `two_by_two`; one empty cell needs none.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        (observed - expected) / V and 1 / V, V the hypergeometric variance of the treated events.

    Raises
    ------
    ValueError
        For impossible counts, or V = 0 (no events at all, or nothing but events); gives the
        positions.

    References
    ----------
    Yusuf et al. (1985), doi:10.1016/S0033-0620(85)80003-7, statistical appendix.
    """
    t = two_by_two(events_t, n_t, events_c, n_c, correction)
    require_all(peto_needs(t))
    difference, information = observed_minus_expected(t)
    return difference / information, 1 / information


def peto_needs(t):
    """Yield the Need of Peto's method: a table without events, or with nothing else, is silent."""
    information, rule = observed_minus_expected(t)[1], "be > 0: no animal, or all, had the event"
    yield Need("V", information, information > 0, rule, "no_information")


def observed_minus_expected(t):
    """Return observed minus expected treated events and their hypergeometric variance."""
    n_t, n_c = t["a"] + t["b"], t["c"] + t["d"]
    total, events = n_t + n_c, t["a"] + t["c"]
    expected = n_t * events / total
    variance = expected * (n_c / total) * (total - events) / (total - 1)
    return t["a"] - expected, variance
