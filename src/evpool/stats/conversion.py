"""Effects on other measures put onto the scale of standardised mean differences."""

import math

import numpy as np

from evpool.stats.distributions import normal_quantile, normal_two_sided_p

LOGISTIC = math.sqrt(3.0) / math.pi  # SD of a standard normal over that of a standard logistic


def smd_from_log_odds(log_or):
    """Standardised mean difference that a log odds ratio stands for.

    Parameters
    ----------
    log_or : array_like
        Log odds ratios, their standard errors or the limits of their intervals: all scale alike.

    Returns
    -------
    ndarray
        In SD units of a logistic outcome behind the event.

    References
    ----------
    Hasselblad & Hedges (1995), doi:10.1037/0033-2909.117.1.167; Chinn (2000),
    doi:10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M.
    """
    return LOGISTIC * np.asarray(log_or, dtype=float)


def smd_from_mean_difference(difference, sd):
    """Standardised mean difference of a pooled mean difference whose outcome's SD is known.

    Parameters
    ----------
    difference : array_like
        Mean differences, or the limits of their intervals, in the outcome's unit.
    sd : array_like
        The outcome's standard deviation, taken as known (Cochrane Handbook 15.5.3.2).

    Returns
    -------
    ndarray
        In SD units.

    Raises
    ------
    ValueError
        If an SD is not above 0.
    """
    sd = np.asarray(sd, dtype=float)
    if (sd <= 0).any():
        raise ValueError(f"sd must be > 0; got {sd[sd <= 0].min():g}")
    return np.asarray(difference, dtype=float) / sd


def p_from_interval(estimate, ci_low, ci_high, level=0.95):
    """Two-sided P value that a normal confidence interval implies.

    Parameters
    ----------
    estimate, ci_low, ci_high : float
        On the scale on which the interval is symmetric: ratios as logarithms.
    level : float
        Confidence level of the interval.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the interval is empty or does not hold its estimate.

    References
    ----------
    Altman & Bland (2011), doi:10.1136/bmj.d2304.
    """
    if not ci_low <= estimate <= ci_high or ci_low == ci_high:
        raise ValueError(f"the interval {ci_low:g} to {ci_high:g} does not hold {estimate:g}")
    se = (ci_high - ci_low) / (2 * normal_quantile(0.5 + level / 2))
    return float(normal_two_sided_p(estimate / se))
