"""Effect sizes that compare groups by ratios: of means, of variability, and against a sham."""

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.effects import Need, check_groups, require_all

ROM_VARIANCES = ("LS", "LS2")


def log_response_ratio(mean_t, sd_t, n_t, mean_c, sd_c, n_c, bias_correction=False, variance="LS"):
    """Log ratio of means (ROM).

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means (> 0: the outcome has a true zero) and standard deviations, in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.
    bias_correction : bool
        Whether to add the second-order term of the delta method to yi.
    variance : {"LS", "LS2"}
        First-order variance, or with the second-order term that belongs to the corrected yi.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        log(mean_t / mean_c); its sampling variance.

    Raises
    ------
    ValueError
        If any mean <= 0, sd <= 0 or n < 2 or a value is not finite (gives the positions), or
        `variance` is unknown.

    References
    ----------
    Hedges, Gurevitch & Curtis (1999), doi:10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2, eq. 1.
    Second order: Lajeunesse (2015), doi:10.1890/14-2402.1, eqs. 8 (yi) and 9 (vi).
    """
    if variance not in ROM_VARIANCES:
        raise unknown_name("variance", variance, ROM_VARIANCES)
    g = check_groups(mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    require_all(ratio_needs(g))
    part_t, part_c = _relative_variance(g, "t"), _relative_variance(g, "c")
    yi = np.log(g["mean_t"] / g["mean_c"])
    vi = part_t + part_c
    if bias_correction:
        yi = yi + (part_t - part_c) / 2
    return yi, vi if variance == "LS" else vi + (part_t**2 + part_c**2) / 2


def ratio_needs(columns, **_):
    """Yield the Needs of a ratio of means, whatever its options: the outcome has a true zero."""
    for name in ("mean_t", "mean_c"):
        mean = columns[name]
        yield Need(name, mean, mean > 0, "be > 0 for a ratio of means", "mean_not_positive")


def _relative_variance(g, side):
    """Squared coefficient of variation of a group's mean."""
    return g[f"sd_{side}"] ** 2 / (g[f"n_{side}"] * g[f"mean_{side}"] ** 2)


def log_variability_ratio(sd_t, n_t, sd_c, n_c):
    """Log ratio of standard deviations (lnVR).

    Parameters
    ----------
    sd_t, sd_c : array_like, shape (k,)
        Standard deviations (not standard errors), in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        log(sd_t / sd_c), corrected for small samples; its sampling variance.

    Raises
    ------
    ValueError
        If any sd <= 0 or n < 2 or a value is not finite; gives the positions.

    References
    ----------
    Nakagawa et al. (2015), doi:10.1111/2041-210X.12309 (lnVR).
    """
    g = check_groups(sd_t=sd_t, n_t=n_t, sd_c=sd_c, n_c=n_c)
    half_t, half_c = 0.5 / (g["n_t"] - 1), 0.5 / (g["n_c"] - 1)
    return np.log(g["sd_t"] / g["sd_c"]) + half_t - half_c, half_t + half_c


def log_cv_ratio(mean_t, sd_t, n_t, mean_c, sd_c, n_c, bias_correction=False):
    """Log ratio of coefficients of variation (lnCVR).

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means (> 0: the outcome has a true zero) and standard deviations, in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.
    bias_correction : bool
        Whether to correct the ratio of means within it, as `log_response_ratio` does.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        log of the ratio of sd / mean, corrected for small samples; its sampling variance, with
        means and standard deviations taken as uncorrelated.

    Raises
    ------
    ValueError
        If any mean <= 0, sd <= 0 or n < 2 or a value is not finite; gives the positions.

    References
    ----------
    Nakagawa et al. (2015), doi:10.1111/2041-210X.12309 (lnCVR).
    """
    means, means_variance = log_response_ratio(
        mean_t, sd_t, n_t, mean_c, sd_c, n_c, bias_correction
    )
    spread, spread_variance = log_variability_ratio(sd_t, n_t, sd_c, n_c)
    return spread - means, spread_variance + means_variance


def normalised_mean_difference(mean_t, sd_t, n_t, mean_c, sd_c, n_c, mean_s):
    """Difference of means in percent of the difference the lesion makes (NMD).

    Parameters
    ----------
    mean_t, sd_t, mean_c, sd_c : array_like, shape (k,)
        Means and standard deviations (not standard errors), in the outcome's unit.
    n_t, n_c : array_like, shape (k,)
        Animals per group.
    mean_s : array_like, shape (k,)
        Mean of unlesioned (sham) animals, or what a normal animal is known to score.

    Returns
    -------
    yi, vi : ndarray, shape (k,)
        100 (mean_t - mean_c) / abs(mean_c - mean_s): treated minus control, in percent, so that
        its sign is the mean difference's (Vesterinen divides by mean_c - mean_s with its sign,
        which makes every improvement positive); its sampling variance, in percent squared, with
        the lesion's effect taken as known.

    Raises
    ------
    ValueError
        If any sd <= 0 or n < 2, a value is not finite, or mean_c equals mean_s; gives the
        positions.

    References
    ----------
    Vesterinen et al. (2014), doi:10.1016/j.jneumeth.2013.09.010, normalised mean
    difference.
    """
    g = check_groups(
        mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c, mean_s=mean_s
    )
    lesion = np.abs(g["mean_c"] - g["mean_s"])
    require_all(lesion_needs(g))
    yi = 100.0 * (g["mean_t"] - g["mean_c"]) / lesion
    variance = g["sd_t"] ** 2 / g["n_t"] + g["sd_c"] ** 2 / g["n_c"]
    return yi, variance * (100.0 / lesion) ** 2


def lesion_needs(columns):
    """Yield the Need of a normalised difference: the lesion makes one."""
    sham, apart = columns["mean_s"], columns["mean_s"] != columns["mean_c"]
    yield Need("mean_s", sham, apart, "differ from mean_c", "sham_equals_control")
