"""Standard deviations that follow from other numbers: t, P, two times, several arms."""

from dataclasses import dataclass

import numpy as np

from evpool.stats.effects import require


def sd_from_t(mean_difference, t, n_t, n_c):
    """Common SD of two groups from the t statistic of their comparison.

    Parameters
    ----------
    mean_difference : array_like
        Difference of the two means, in the outcome's unit; its sign does not matter, nor t's.
    t : array_like
        Student's t (equal variances).
    n_t, n_c : array_like
        Animals per group.

    Returns
    -------
    float or ndarray
        The SD of single animals, the same for both groups, in the outcome's unit.

    Raises
    ------
    ValueError
        If t or the difference is 0 or not finite or an n < 2; with the positions.

    References
    ----------
    Cochrane Handbook 6.4, section 6.5.2.3.
    """
    names = ("mean_difference", "t", "n_t", "n_c")
    given = (np.asarray(x, dtype=float) for x in (mean_difference, t, n_t, n_c))
    difference, t, n_t, n_c = np.broadcast_arrays(*given)
    for name, values in zip(names[:2], (difference, t), strict=True):
        rule = "be finite and not 0, for else it says nothing of the SD"
        require(name, values, np.isfinite(values) & (values != 0), rule)
    for name, values in zip(names[2:], (n_t, n_c), strict=True):
        require(name, values, np.isfinite(values) & (values >= 2), "be >= 2")
    return np.abs(difference / t) / np.sqrt(1 / n_t + 1 / n_c)


def sd_from_p_value(mean_difference, p_value, n_t, n_c):
    """Common SD of two groups from the exact two-sided P value of their t test.

    Parameters
    ----------
    mean_difference : array_like
        Difference of the two means, in the outcome's unit.
    p_value : array_like
        Exact, two-sided, between 0 and 1. A bound ("P < 0.05") gives only an upper bound of the SD.
    n_t, n_c : array_like
        Animals per group.

    Returns
    -------
    float or ndarray
        The SD of single animals, the same for both groups, in the outcome's unit.

    Raises
    ------
    ValueError
        As of `sd_from_t`, or if a P value is not between 0 and 1.

    References
    ----------
    Cochrane Handbook 6.4, section 6.5.2.3; t with n_t + n_c - 2 degrees of freedom.
    """
    p = np.asarray(p_value, dtype=float)
    require("p_value", p, (p > 0) & (p < 1), "lie between 0 and 1")
    from evpool.stats.distributions import t_quantile  # here: half a second to import

    df = np.asarray(n_t, dtype=float) + np.asarray(n_c, dtype=float) - 2
    return sd_from_t(mean_difference, t_quantile(p / 2, df), n_t, n_c)


def sd_of_change(sd_baseline, sd_final, correlation):
    """SD of the change from baseline of single animals.

    Parameters
    ----------
    sd_baseline, sd_final : array_like
        SDs at the two times (> 0), in the outcome's unit.
    correlation : array_like
        Between the two times over the animals of an arm, -1 to 1; there is no default.

    Returns
    -------
    float or ndarray
        0 only for equal SDs and a correlation of 1.

    Raises
    ------
    ValueError
        If an SD is not > 0 or a correlation lies outside -1 to 1; with the positions.

    References
    ----------
    Cochrane Handbook 6.4, section 6.5.2.8.
    """
    before, after, r = (np.asarray(x, dtype=float) for x in (sd_baseline, sd_final, correlation))
    require("sd_baseline", before, np.isfinite(before) & (before > 0), "be > 0")
    require("sd_final", after, np.isfinite(after) & (after > 0), "be > 0")
    require("correlation", r, np.abs(r) <= 1, "lie between -1 and 1")
    return np.sqrt((before - after) ** 2 + 2 * (1 - r) * before * after)


@dataclass(frozen=True)
class CombinedArm:
    """Mean, SD and number of animals of several arms taken as one."""

    mean: np.ndarray
    sd: np.ndarray
    n: np.ndarray


def combine_arms(means, sds, ns):
    """Take several arms as one group, as if its mean and SD had been computed over all animals.

    Parameters
    ----------
    means, sds, ns : array_like, shape (arms,) or (arms, k)
        Means and SDs in the outcome's unit, animals per arm (>= 2).

    Returns
    -------
    CombinedArm
        Each of shape () or (k,).

    Raises
    ------
    ValueError
        If an SD is not > 0, an n < 2 or a mean not finite; with the positions.

    References
    ----------
    Cochrane Handbook 6.4, section 6.5.2.10 (table 6.5.a), written for any number of arms.
    """
    mean, sd, n = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (means, sds, ns)))
    require("means", mean, np.isfinite(mean), "be finite")
    require("sds", sd, np.isfinite(sd) & (sd > 0), "be > 0")
    require("ns", n, np.isfinite(n) & (n >= 2), "be >= 2")
    total = n.sum(axis=0)
    joint = (n * mean).sum(axis=0) / total
    squares = ((n - 1) * sd**2 + n * (mean - joint) ** 2).sum(axis=0)
    return CombinedArm(mean=joint, sd=np.sqrt(squares / (total - 1)), n=total)
