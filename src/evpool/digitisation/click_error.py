"""How far off one click is, from what two people clicked on the same figure."""

from dataclasses import dataclass

import numpy as np

from evpool.stats.distributions import normal_quantile
from evpool.stats.effects import require

EFFICIENCY = 0.3675  # of the median absolute difference, for normal errors


@dataclass(frozen=True)
class ClickError:
    """SD of one click about the true position, and median shift of the first digitiser; pixels.

    `df` says how well the SD is known: it has the relative error of one with so many degrees of
    freedom, 0.37 a pair.
    """

    sd: float
    bias: float
    pairs: int

    @property
    def df(self):
        """Degrees of freedom of the SD."""
        return EFFICIENCY * self.pairs


def click_error_from_pairs(first, second, calibration=0.0):
    """Click error of one digitiser from positions that two clicked independently.

    Parameters
    ----------
    first, second : array_like, shape (pairs,)
        Pixels along the value axis; at least 2.
    calibration : array_like, shape (pairs,)
        What the clicks on the calibration points add to the variance of a position, in variances of
        one click, where positions are counted from those points: see `calibration_share`. 0 where
        positions are raw pixels of one image.

    Returns
    -------
    ClickError
        `sd` comes from the median absolute difference, so that misreadings (another bar, a wrong
        tip), which are for adjudication, don't count as click error. A constant shift between the
        two digitisers is part of it, and told in `bias`.

    Raises
    ------
    ValueError
        If the lists differ in length, are too short or not finite (with the positions).

    References
    ----------
    Two clicks with one error: Dahlberg (1940), Statistical methods for medical and biological
    students, ch. 9, about zero; the median in place of the mean square: Hampel (1974),
    doi:10.1080/01621459.1974.10482962; its efficiency: Rousseeuw & Croux (1993),
    doi:10.1080/01621459.1993.10476408.
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.shape != second.shape or first.ndim != 1 or first.size < 2:
        raise ValueError(
            f"two lists of one length, 2 or more clicks each, are needed; "
            f"got shapes {first.shape} and {second.shape}."
        )
    difference = first - second
    require("difference of clicks", difference, np.isfinite(difference), "be finite")
    alone = np.abs(difference) / np.sqrt(2 * (1 + np.asarray(calibration, dtype=float)))
    sd = np.median(alone) / normal_quantile(0.75)
    return ClickError(float(sd), float(np.median(difference)), first.size)


def calibration_share(place, lever=0.0):
    """Variance of a value due to the calibration clicks, in variances of one click.

    Parameters
    ----------
    place : array_like
        Where on the axis, 0 and 1 being its calibration points.
    lever : array_like
        How far from the axis, in distances that fix its direction (two clicks, X1 and X2).

    Returns
    -------
    ndarray
        (1 - t)^2 + t^2 + 2 u^2: an affine map through clicked points weighs their errors so.
    """
    place, lever = np.asarray(place, dtype=float), np.asarray(lever, dtype=float)
    return (1 - place) ** 2 + place**2 + 2 * lever**2
