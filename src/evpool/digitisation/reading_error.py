"""How far off a digitised number may be, from how far off clicks are."""

from dataclasses import dataclass

import numpy as np

from evpool.stats.effects import require

LN10 = np.log(10.0)
CLICKS = ("mean", "tip", "lower_tip")  # the first sources of error of an arm
CALIBRATION = ("first point", "second point", "direction")  # those that a figure's arms share


@dataclass(frozen=True)
class ValueAxis:
    """A calibrated axis: pixels along it, and values, of its two calibration points.

    Each is a number or an array, one entry an arm; `log` tells a logarithmic axis.

    Raises
    ------
    ValueError
        If the two points share a pixel or a value, a value is not finite, or a value on a log axis
        is not above 0; with the positions.
    """

    pixel_1: float | np.ndarray
    pixel_2: float | np.ndarray
    value_1: float | np.ndarray
    value_2: float | np.ndarray
    log: bool | np.ndarray = False

    def __post_init__(self):
        for name in ("pixel_1", "pixel_2", "value_1", "value_2"):
            values = np.asarray(getattr(self, name), dtype=float)
            require(name, values, np.isfinite(values), "be finite")
            if name.startswith("value"):
                sound = ~np.asarray(self.log) | (values > 0)
                require(name, np.broadcast_to(values, sound.shape), sound, "be > 0 on a log axis")
            object.__setattr__(self, name, values)  # the one way to fill a frozen field
        for name in ("pixel", "value"):
            one, two = getattr(self, f"{name}_1"), getattr(self, f"{name}_2")
            require(f"{name}_2", two + 0 * one, one != two, f"differ from {name}_1")

    def read(self, pixel):
        """Value at a pixel along the axis."""
        return self._value(self._fraction(pixel))

    def slopes(self, pixel):
        """Derivatives of the value read at a pixel: by that pixel, pixel_1 and pixel_2."""
        t = self._fraction(pixel)
        low, high = self._ends()
        by_fraction = (high - low) * np.where(self.log, self._value(t) * LN10, 1.0)
        by_pixel = by_fraction / (self.pixel_2 - self.pixel_1)
        return by_pixel, by_pixel * (t - 1), -by_pixel * t

    def _fraction(self, pixel):
        return (np.asarray(pixel, dtype=float) - self.pixel_1) / (self.pixel_2 - self.pixel_1)

    def _ends(self):
        return tuple(
            np.where(self.log, np.log10(np.where(self.log, value, 1.0)), value)
            for value in (self.value_1, self.value_2)
        )

    def _value(self, t):
        low, high = self._ends()
        scaled = low + t * (high - low)
        return np.where(self.log, 10.0 ** np.where(self.log, scaled, 0.0), scaled)[()]


@dataclass(frozen=True)
class ReadingErrors:
    """What one SD of each source of error shifts in the arms' means and SDs.

    Attributes
    ----------
    mean_shifts, sd_shifts : ndarray, shape (A, S)
        In the outcome's unit; of `reading_errors` the columns are CLICKS, then CALIBRATION. A
        source may move a mean and its SD together; the sources of one arm are different ones.
    source : ndarray of int, shape (A, S)
        Equal numbers are one source, drawn once: arms of one figure share its calibration, two
        comparisons the clicks on the control that they share.
    df : float, optional
        Degrees of freedom behind the click error, where it is an estimate; None where it is known.
    """

    mean_shifts: np.ndarray
    sd_shifts: np.ndarray
    source: np.ndarray
    df: float | None = None

    @property
    def mean_se(self):
        """Standard error of each mean due to reading, shape (A,)."""
        return np.sqrt((self.mean_shifts**2).sum(axis=1))

    @property
    def sd_se(self):
        """Standard error of each SD due to reading, shape (A,)."""
        return np.sqrt((self.sd_shifts**2).sum(axis=1))


def independent_errors(mean_se, sd_se):
    """Reading errors of which only the standard errors are known; 0 for a typed number.

    Parameters
    ----------
    mean_se, sd_se : array_like, shape (A,)

    Returns
    -------
    ReadingErrors

    Raises
    ------
    ValueError
        If one is negative or not finite; with the positions.
    """
    mean_se, sd_se = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (mean_se, sd_se)))
    for name, values in (("mean_se", mean_se), ("sd_se", sd_se)):
        require(name, values, np.isfinite(values) & (values >= 0), "be >= 0")
    nothing = np.zeros(mean_se.shape)
    return ReadingErrors(
        mean_shifts=np.stack([mean_se, nothing], axis=-1),
        sd_shifts=np.stack([nothing, sd_se], axis=-1),
        source=np.arange(2 * mean_se.size).reshape(-1, 2),
    )


def reading_errors(
    axis,
    mean,
    tip,
    *,
    sd_per_length,
    click_sd,
    calibration_sd=0.0,
    lower_tip=None,
    lever=0.0,
    figure=None,
):
    """Reading errors of means and SDs, by the delta method through the axis.

    Parameters
    ----------
    axis : ValueAxis
        Of each arm, or one for all.
    mean, tip : array_like, shape (A,)
        Pixels along the axis of the mean (bar end, symbol) and of the error bar's tip.
    sd_per_length : array_like, shape (A,)
        SD over half length of the error bar: `Dispersion(kind, 1.0, n=n).to_sd()`.
    click_sd : array_like
        SD of one click in pixels (>= 0): a setting, or of `click_error.click_error_from_pairs`.
    calibration_sd : array_like
        The same of a click on a calibration point.
    lower_tip : array_like, shape (A,), optional
        The other tip where both were clicked (the half length is half their distance); else NaN.
    lever : array_like
        How far the arm is from the axis, in distances that fix the axis's direction: two clicks,
        each with the calibration's error. 0 where the direction is not clicked.
    figure : array_like, shape (A,), optional
        Which figure each arm is from; None takes each arm from one of its own.

    Returns
    -------
    ReadingErrors

    Raises
    ------
    ValueError
        If a pixel is not finite, a bar has no length, or an SD of clicks is negative; with the
        positions.

    References
    ----------
    First-order propagation, Var f(x) = sum (df/dx)^2 Var(x): JCGM 100:2008 (GUM), eq. 10. The means
    of a linear axis have the click's variance times (range / length)^2, plus the calibration's
    times that of `click_error.calibration_share`.
    """
    lower = np.nan if lower_tip is None else lower_tip
    given = (mean, tip, lower, sd_per_length, click_sd, calibration_sd, lever)
    arrays = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in given))
    mean, tip, lower, per_length, click_sd, calibration_sd, lever = map(np.atleast_1d, arrays)
    for name, values in (("mean", mean), ("tip", tip), ("sd_per_length", per_length)):
        require(name, values, np.isfinite(values), "be finite")
    for name, values in (("click_sd", click_sd), ("calibration_sd", calibration_sd)):
        require(name, values, np.isfinite(values) & (values >= 0), "be >= 0")
    both_tips = np.isfinite(lower)
    other = np.where(both_tips, lower, mean)
    require(
        "tip", tip, tip != other, "differ from the mean or the other tip; the bar has no length"
    )
    sign = np.sign(axis.read(tip) - axis.read(other)) * np.where(both_tips, 0.5, 1.0) * per_length
    by_mean, by_tip, by_other = (np.array(axis.slopes(x)) for x in (mean, tip, other))
    nothing = np.zeros(mean.shape)
    clicked = [np.where(both_tips, 0.0, by_other[0]), np.where(both_tips, by_other[0], 0.0)]
    turned = np.sqrt(2) * lever
    sd_slopes = [-clicked[0], by_tip[0] + nothing, -clicked[1], *(by_tip - by_other)[1:]]
    sd_slopes.append((by_tip - by_other)[0] * turned)
    mean_slopes = [by_mean[0] + nothing, nothing, nothing, *by_mean[1:], by_mean[0] * turned]
    pixels = np.stack([click_sd] * 3 + [calibration_sd] * 3, axis=-1)
    names = np.arange(mean.size) if figure is None else np.unique(figure, return_inverse=True)[1]
    own, shared = np.arange(len(CLICKS)), np.arange(len(CALIBRATION))
    clicks = len(CLICKS) * np.arange(mean.size)[:, np.newaxis] + own
    points = clicks.size + len(CALIBRATION) * names[:, np.newaxis] + shared
    return ReadingErrors(
        mean_shifts=np.stack(mean_slopes, axis=-1) * pixels,
        sd_shifts=np.stack([sign * slope for slope in sd_slopes], axis=-1) * pixels,
        source=np.concatenate([clicks, points], axis=1),
    )
