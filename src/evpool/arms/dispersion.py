"""The one place where a spread becomes a standard deviation; a spread always says what it is."""

from dataclasses import dataclass

import numpy as np

from evpool.errors import unknown_name
from evpool.stats.effects import require

CONFIDENCE_LEVEL = {"ci95": 0.95, "ci90": 0.90}
# Kinds that one half length and n turn into an SD; an IQR or a range needs both of its ends.
CONVERTIBLE = ("sd", "sem", *CONFIDENCE_LEVEL)
KINDS = (*CONVERTIBLE, "ci", "iqr", "range")
NEED_BOTH_ENDS = ("iqr", "range")


@dataclass(frozen=True)
class Dispersion:
    """A spread that knows its kind. It has no arithmetic: ask it for its SD.

    Parameters
    ----------
    kind : {'sd', 'sem', 'ci95', 'ci90', 'ci', 'iqr', 'range'}
        What is stated; 'ci' is a confidence interval of the mean of any `level`.
    value : array_like, optional
        Half length of the error bar (> 0), in the outcome's unit. Not for iqr and range, where one
        number may be the width or half of it.
    lower, upper : array_like, optional
        Instead of `value`: where the two ends are, in the outcome's unit (linear axis).
    level : float, optional
        Confidence level, 0 to 1; needed for 'ci', known for 'ci95' and 'ci90'.
    n : array_like, optional
        Animals in the arm (>= 2); needed for every kind but sd.

    Raises
    ------
    ValueError
        If the kind is unknown, something it needs is missing or is stated twice, or a value is
        impossible; with the positions.
    """

    kind: str
    value: float | np.ndarray | None = None
    lower: float | np.ndarray | None = None
    upper: float | np.ndarray | None = None
    level: float | None = None
    n: float | np.ndarray | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise unknown_name("kind of dispersion", self.kind, KINDS)
        self._check_ends()
        self._check_level()
        if self.kind != "sd" and self.n is None:
            raise ValueError(f"a dispersion of kind {self.kind!r} needs n, the animals in the arm.")
        if self.n is not None:
            n = np.asarray(self.n, dtype=float)
            require("n", n, np.isfinite(n) & (n >= 2), "be >= 2")

    def _check_ends(self):
        ends = [end is not None for end in (self.lower, self.upper)]
        if any(ends) != all(ends) or any(ends) == (self.value is not None):
            raise ValueError(
                f"a dispersion of kind {self.kind!r} needs either value or both lower and upper; "
                f"got value={self.value!r}, lower={self.lower!r}, upper={self.upper!r}."
            )
        if self.kind in NEED_BOTH_ENDS and self.value is not None:
            raise ValueError(
                f"a dispersion of kind {self.kind!r} needs lower and upper; got only "
                f"value={self.value!r}, which may be the width or half of it. State both ends."
            )
        half = np.asarray(self.half_length, dtype=float)
        name = "value" if self.value is not None else "half of upper - lower"
        require(f"{self.kind}: {name}", half, np.isfinite(half) & (half > 0), "be > 0")

    def _check_level(self):
        known = CONFIDENCE_LEVEL.get(self.kind)
        level = known if self.level is None else self.level
        if self.kind == "ci":
            sound, wanted = level is not None and 0 < level < 1, "between 0 and 1"
        else:
            sound, wanted = level == known, known
        if not sound:
            raise ValueError(
                f"level of a dispersion of kind {self.kind!r} must be {wanted}; got {self.level!r}."
            )
        object.__setattr__(self, "level", level)  # the one way to fill a frozen field

    @property
    def half_length(self):
        """Half the distance between the two ends, in the outcome's unit."""
        if self.value is not None:
            return self.value
        return (np.asarray(self.upper, dtype=float) - np.asarray(self.lower, dtype=float))[()] / 2

    def to_sd(self):
        """Standard deviation of single animals.

        Returns
        -------
        float or ndarray
            In the outcome's unit.

        References
        ----------
        Cochrane Handbook 6.4, section 6.5.2.2: SD = SE sqrt(n); a confidence interval is divided by
        the t quantile with n - 1 degrees of freedom, because animal groups are small. IQR and
        range: Wan et al. (2014), doi:10.1186/1471-2288-14-135, eqs. 16 and 9.
        """
        if self.kind == "sd":
            return self.half_length
        n = np.asarray(self.n, dtype=float)[()]
        if self.kind == "sem":
            return self.half_length * np.sqrt(n)
        if self.kind == "iqr":
            return self.half_length / _normal_quartile(n)
        if self.kind == "range":
            return self.half_length / _normal_extreme(n)
        # Imported here: most tables state SDs, and scipy.special costs half a second.
        from evpool.stats.distributions import t_quantile

        return self.half_length / t_quantile((1 + self.level) / 2, n - 1) * np.sqrt(n)


def to_sd(error, error_type, n):
    """Standard deviation of one arm from the half length of its error bar.

    Parameters
    ----------
    error : float
        The half length of the error bar, in the outcome's unit.
    error_type : {'sd', 'sem', 'ci95', 'ci90'}
        What the bar shows.
    n : int
        Animals in the arm.

    Returns
    -------
    float
        The SD in the outcome's unit.

    Raises
    ------
    ValueError
        For any other kind of error: it can't be converted without knowing more. For an error that
        is not above 0.

    References
    ----------
    As of `Dispersion.to_sd`.
    """
    if error_type not in CONVERTIBLE:
        raise ValueError(
            f"an error of type {error_type!r} can't be converted to an SD; "
            f"expected one of {', '.join(CONVERTIBLE)}"
        )
    return Dispersion(error_type, error, n=None if error_type == "sd" else n).to_sd()


def _normal_extreme(n):
    """Blom's expected largest of n standard normal values."""
    from evpool.stats.distributions import normal_quantile  # see Dispersion.to_sd

    return normal_quantile((n - 0.375) / (n + 0.25))


def _normal_quartile(n):
    """Blom's expected upper quartile of n standard normal values."""
    from evpool.stats.distributions import normal_quantile  # see Dispersion.to_sd

    return normal_quantile((0.75 * n - 0.125) / (n + 0.25))


@dataclass(frozen=True)
class FiveNumberEstimate:
    """Mean and SD estimated from order statistics, each of shape (k,).

    `scenario` names the numbers used: 'min_median_max', 'q1_median_q3' or 'five_numbers'; `skewed`
    tells that the numbers are too lopsided for a normal sample of that size (5% level), so that
    mean and SD are not to be trusted. Both are sums of the numbers, from the minimum to the
    maximum, with weights of shape (k, 5) that depend on n and the scenario alone.
    """

    mean: np.ndarray
    sd: np.ndarray
    skewed: np.ndarray
    scenario: np.ndarray
    mean_weights: np.ndarray
    sd_weights: np.ndarray


def estimate_from_five_numbers(median, n, *, minimum=None, q1=None, q3=None, maximum=None):
    """Mean and SD of a normal sample from its median and quartiles or extremes or both.

    Parameters
    ----------
    median : array_like, shape (k,)
    n : array_like, shape (k,)
        Animals, at least 2.
    minimum, q1, q3, maximum : array_like, shape (k,), optional
        NaN where not stated. Each row needs both quartiles or both extremes; with both pairs all
        five numbers are used.

    Returns
    -------
    FiveNumberEstimate

    Raises
    ------
    ValueError
        If a row has neither pair, half a pair only, numbers out of order or without spread, or an
        n below 2; with the positions.

    References
    ----------
    Mean: Luo et al. (2018), doi:10.1177/0962280216669183, eqs. 7, 11, 15. SD: Wan et al. (2014),
    doi:10.1186/1471-2288-14-135, eqs. 9 and 16; with five numbers Shi et al. (2020),
    doi:10.1002/jrsm.1429. Skewness: Shi et al. (2023), doi:10.1177/09622802231172043.
    """
    given = [np.nan if x is None else x for x in (minimum, q1, median, q3, maximum)]
    arrays = (np.atleast_1d(np.asarray(x, dtype=float)) for x in (*given, n))
    a, q1, m, q3, b, n = np.broadcast_arrays(*arrays)
    extremes, quartiles = _stated_pairs(a, q1, m, q3, b, n)
    # Where a pair is not stated, the median stands in for it and its weight is 0.
    a, b = np.where(extremes, a, m), np.where(extremes, b, m)
    q1, q3 = np.where(quartiles, q1, m), np.where(quartiles, q3, m)
    both = extremes & quartiles
    w_extremes, w_quartiles = _luo_weights(n, both, extremes, quartiles)
    middle = 1 - w_extremes - w_quartiles
    halves = w_extremes / 2, w_quartiles / 2
    mean_weights = np.stack([*halves, middle, *halves[::-1]], axis=-1)
    w_range = np.where(both, 1 / (1 + 0.07 * n**0.6), extremes)
    by_range, by_quartiles = w_range / _normal_extreme(n), (1 - w_range) / _normal_quartile(n)
    sides = by_range / 2, by_quartiles / 2
    sd_weights = np.stack([-sides[0], -sides[1], 0 * middle, sides[1], sides[0]], axis=-1)
    numbers = np.stack([a, q1, m, q3, b], axis=-1)
    names = np.where(extremes, "min_median_max", "q1_median_q3")
    return FiveNumberEstimate(
        mean=(mean_weights * numbers).sum(axis=-1),
        sd=(sd_weights * numbers).sum(axis=-1),
        skewed=_too_skewed(a + b - 2 * m, b - a, q1 + q3 - 2 * m, q3 - q1, n),
        scenario=np.where(both, "five_numbers", names),
        mean_weights=mean_weights,
        sd_weights=sd_weights,
    )


def _stated_pairs(a, q1, m, q3, b, n):
    """Check order statistics; tell which rows state both extremes and which both quartiles."""
    require("n", n, np.isfinite(n) & (n >= 2), "be >= 2")
    require("median", m, np.isfinite(m), "be finite")
    extremes, quartiles = np.isfinite(a) & np.isfinite(b), np.isfinite(q1) & np.isfinite(q3)
    half = (np.isfinite(a) != np.isfinite(b)) | (np.isfinite(q1) != np.isfinite(q3))
    rule = "come with minimum and maximum, or q1 and q3, or both pairs, none of them halved"
    require("median", m, (extremes | quartiles) & ~half, rule)
    in_order = np.ones(m.shape, dtype=bool)
    for low, high in ((a, q1), (q1, m), (a, m), (m, q3), (m, b), (q3, b)):
        in_order &= ~(low > high)
    require("median", m, in_order, "lie in order: minimum <= q1 <= median <= q3 <= maximum")
    spread = ~(a == b) & ~(q1 == q3)
    require("median", m, spread, "lie between two different numbers; equal ones give no SD")
    return extremes, quartiles


def _luo_weights(n, both, extremes, quartiles):
    """Weights of the midpoints of the extremes and of the quartiles in the mean."""
    w_extremes = np.where(both, 2.2 / (2.2 + n**0.75), 4 / (4 + n**0.75)) * extremes
    w_quartiles = np.where(both, 0.7 - 0.72 / n**0.55, 0.7 + 0.39 / n) * quartiles
    return w_extremes, w_quartiles


def _too_skewed(extremes_off, extremes_apart, quartiles_off, quartiles_apart, n):
    """Whether the midpoints lie too far off the median; False for n < 5, which can't tell."""
    with np.errstate(invalid="ignore"):  # a pair that is not stated gives 0 / 0: never too far
        by_extremes = np.abs(extremes_off) / extremes_apart
        by_quartiles = np.abs(quartiles_off) / quartiles_apart
    largest = np.fmax(2.65 * np.log(0.6 * n) / np.sqrt(n) * by_extremes, by_quartiles)
    skewed = np.where(
        np.isnan(by_quartiles),
        by_extremes > 1.01 / np.log(n + 9) + 2.43 / (n + 1),
        by_quartiles > 2.66 / np.sqrt(n) - 5.92 / n**2,
    )
    both = ~np.isnan(by_extremes) & ~np.isnan(by_quartiles)
    return np.where(both, largest > 3 / np.sqrt(n) - 40 / n**3, skewed) & (n >= 5)
