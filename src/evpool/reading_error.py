"""How far off a digitised number may be, and what that does to the pooled estimate."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import ConvergenceError
from evpool.stats.effects import require

LN10 = np.log(10.0)
CLICKS = ("mean", "tip", "lower_tip")  # the columns of the shifts, then the two calibration points


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
    """What one SD of each click and of each calibration point shifts in the arms' means and SDs.

    Attributes
    ----------
    mean_shifts, sd_shifts : ndarray, shape (A, 6)
        In the outcome's unit; columns: click on the mean, the tip, the lower tip, the first and
        second calibration point, and the clicks that fix the axis's direction. The first makes a
        mean and its SD err together.
    figure : ndarray of int, shape (A,)
        Arms of one figure share its calibration error.
    bar : ndarray of int, shape (A,), or None
        Arms that are one drawn bar, such as a control of several comparisons, share their clicks;
        None takes each as a bar of its own.
    """

    mean_shifts: np.ndarray
    sd_shifts: np.ndarray
    figure: np.ndarray
    bar: np.ndarray | None = None

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
        mean_shifts=np.stack([mean_se, *[nothing] * 5], axis=-1),
        sd_shifts=np.stack([nothing, sd_se, *[nothing] * 4], axis=-1),
        figure=np.arange(mean_se.size),
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
    return ReadingErrors(
        mean_shifts=np.stack(mean_slopes, axis=-1) * pixels,
        sd_shifts=np.stack([sign * slope for slope in sd_slopes], axis=-1) * pixels,
        figure=names,
    )


@dataclass(frozen=True)
class DigitisationInterval:
    """Where reading errors alone may have put the pooled estimate.

    Attributes
    ----------
    estimate : float
        Of the values as read.
    median, low, high : float
        Of the pooled estimates over the draws.
    effect_low, effect_high : ndarray, shape (k,)
        The same interval of each effect.
    level : float
    draws, failed : int
        `failed` draws did not converge or gave no estimate; they are left out.
    """

    estimate: float
    median: float
    low: float
    high: float
    effect_low: np.ndarray
    effect_high: np.ndarray
    level: float
    draws: int
    failed: int


def digitisation_interval(
    mean, sd, n, errors, groups, compute, pool, *, rng, draws=10_000, level=0.95
):
    """Shift all readings by their errors many times, pool each time: one batch.

    Parameters
    ----------
    mean, sd, n : array_like, shape (A,)
        Arms as read, in the outcome's unit; n is not read off a figure.
    errors : ReadingErrors
        Of the same arms.
    groups : dict of str to array_like of int, each of shape (k,)
        Position of each comparison's arm by suffix: {'t': ..., 'c': ...}, and 's' for a sham. An
        arm may serve in several comparisons.
    compute : callable
        Takes columns `mean_t`, `sd_t`, `n_t`, `mean_c`, ... as a dict of arrays, (draws, k);
        returns yi and vi of that shape.
    pool : callable
        Takes yi and vi, (draws, k); returns a fit with `estimate`, (draws,), and perhaps
        `converged`.
    rng : numpy.random.Generator
    draws : int
    level : float
        Of the equal-tailed interval.

    Returns
    -------
    DigitisationInterval

    Raises
    ------
    ValueError
        If the arms and their errors differ in number, or draws or level is impossible.
    ConvergenceError
        If no draw gave an estimate.

    Notes
    -----
    Each draw shifts every click and calibration point by a normal error: a mean and its SD err
    together, and arms of one figure share their calibration. A bar's length is taken without sign,
    as a reader would. The interval holds no sampling error: that is the confidence interval's.

    Coverage of the truth, 95% nominal, by seeded simulation (1000 readings of 21 studies whose SEM
    bars are 2 to 11 px long): with clicks off by 0.5 px, 95% for a pooled MD and SMD (random
    effects), 94 to 96% (common effect); with 1 px, 95 and 96% (random), but 99% (MD) and 88% (SMD)
    for a common effect, which such bars are too short for.
    """
    if draws < 1 or not 0 < level < 1:
        raise ValueError(f"draws must be >= 1 and level between 0 and 1; got {draws} and {level}.")
    arms = [np.asarray(x, dtype=float) for x in (mean, sd, n)]
    yi, vi = draw_effects(*arms, errors, groups, compute, rng=rng, draws=draws)
    as_read = pool(*compute(_columns(arms[0][np.newaxis], arms[1][np.newaxis], arms[2], groups)))
    pooled = pool_draws(yi, vi, pool, level)
    effect_low, effect_high = np.quantile(yi, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return DigitisationInterval(
        estimate=float(np.ravel(as_read.estimate)[0]),
        **pooled,
        effect_low=effect_low,
        effect_high=effect_high,
        level=level,
        draws=draws,
    )


def draw_effects(mean, sd, n, errors, groups, compute, *, rng, draws):
    """Compute the effects of many readings of the same figures.

    Parameters
    ----------
    mean, sd, n, errors, groups, compute, rng, draws
        As of `digitisation_interval`.

    Returns
    -------
    yi, vi : ndarray, shape (draws, k)

    Raises
    ------
    ValueError
        If the arms and their errors differ in number, or a drawn arm allows no effect (a ratio
        needs means above 0).
    """
    mean, sd, n = (np.asarray(x, dtype=float) for x in (mean, sd, n))
    if not mean.shape == sd.shape == n.shape == errors.figure.shape:
        raise ValueError(
            f"mean, sd, n and errors must have one entry an arm; got {mean.shape}, {sd.shape}, "
            f"{n.shape} and {errors.figure.shape}."
        )
    means, sds = draw_readings(mean, sd, errors, rng, draws)
    return compute(_columns(means, sds, n, groups))


def pool_draws(yi, vi, pool, level):
    """Pool every draw; return `low`, `median`, `high` of the estimates, and how many `failed`.

    Parameters
    ----------
    yi, vi : ndarray, shape (draws, k)
        As of `draw_effects`.
    pool, level
        As of `digitisation_interval`.

    Raises
    ------
    ConvergenceError
        If no draw gave an estimate.
    """
    fit = pool(yi, vi)
    estimates = np.asarray(fit.estimate)
    usable = np.isfinite(estimates) & getattr(fit, "converged", True)
    if not usable.any():
        raise ConvergenceError(f"none of {len(yi)} draws gave a pooled estimate; see `pool`.")
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    low, median, high = (float(x) for x in np.quantile(estimates[usable], tails))
    return {"low": low, "median": median, "high": high, "failed": int((~usable).sum())}


def draw_readings(mean, sd, errors, rng, draws):
    """Draw means and SDs as other readings of the same figures would give them.

    Parameters
    ----------
    mean, sd : ndarray, shape (A,)
    errors : ReadingErrors
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    ndarray, ndarray, each of shape (draws, A)
    """
    mean_off, sd_off = np.zeros((2, draws, mean.size))
    bar = np.arange(mean.size) if errors.bar is None else errors.bar
    for column in range(errors.mean_shifts.shape[1]):
        shared = bar if column < len(CLICKS) else errors.figure
        z = rng.standard_normal((draws, int(shared.max()) + 1))[:, shared]
        mean_off += z * errors.mean_shifts[:, column]
        sd_off += z * errors.sd_shifts[:, column]
    return mean + mean_off, np.abs(sd + sd_off)


def _columns(means, sds, n, groups):
    columns = {}
    for suffix, index in groups.items():
        index = np.asarray(index, dtype=int)
        columns |= {
            f"mean_{suffix}": means[:, index],
            f"sd_{suffix}": sds[:, index],
            f"n_{suffix}": np.broadcast_to(n[index], (len(means), index.size)),
        }
    return columns
