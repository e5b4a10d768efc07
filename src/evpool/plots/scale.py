"""The effect axis: its limits, its ticks, and how a value is printed, plain or back-transformed."""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from evpool.plots.numbers import (
    decimals_for,
    fixed,
    is_missing,
    median,
    scientific,
    significant,
)

LARGEST_EXPONENT = 700.0  # exp() of more overflows
MOST_TICK_DECIMALS = 4
LARGEST_PLAIN = 1e7  # ticks from here on are powers of ten
_TICK_BASES = (
    (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0),
    (1.0, 2.0, 3.0, 5.0),
    (1.0, 2.0, 5.0),
    (1.0, 3.0),
)


@dataclass(frozen=True)
class EffectScale:
    """How effects are shown. Drawn coordinates are always those of the table.

    Attributes
    ----------
    log_scale : bool
        Effects are logarithms: ticks and texts show exp(value).
    null_value : float
        Value of no effect, in the table's scale.
    decimals : int
        Decimals of printed effects.
    """

    log_scale: bool
    null_value: float
    decimals: int

    def show(self, value):
        """Format one effect."""
        if is_missing(value) or not self.log_scale:
            return fixed(value, self.decimals)
        shown = math.exp(min(value, LARGEST_EXPONENT))
        if shown < 0.1:
            return significant(shown, self.decimals)
        fewer = max(math.floor(math.log10(shown)) - 1, 0)
        return fixed(shown, max(self.decimals - fewer, 0))

    def ticks(self, low, high, most=5):
        """Round tick values between the limits, and their labels."""
        if self.log_scale:
            return _ratio_ticks(low, high, most)
        return linear_ticks(low, high, most)


SMALLEST = 1e-300  # shares of a span below it are lost


def effect_scale(standard_errors, *, log_scale=False, null_value=0.0, decimals=None):
    """Choose the decimals of printed effects from their standard errors.

    Parameters
    ----------
    standard_errors : sequence of float
    log_scale : bool
    null_value : float
    decimals : int, optional
        Use these instead.

    Returns
    -------
    EffectScale
    """
    if decimals is None:
        decimals = 2 if log_scale else decimals_for(median(standard_errors))
    return EffectScale(log_scale, null_value, decimals)


def linear_ticks(low, high, most=5, *, whole=False):
    """Round tick values (`whole` numbers) between the limits, about `most` steps, and labels."""
    locator = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], integer=whole)
    values = locator.tick_values(low, high)
    slack = 1e-9 * (high - low)
    inside = values[(values >= low - slack) & (values <= high + slack)]
    step = values[1] - values[0] if len(values) > 1 else 1.0
    decimals = next((d for d in range(10) if abs(round(step, d) - step) < 1e-6 * step), 10)
    inside = np.where(np.abs(inside) < 1e-9 * step, 0.0, inside)
    if decimals > MOST_TICK_DECIMALS or max(abs(low), abs(high)) >= LARGEST_PLAIN:
        return inside, [scientific(value, None) if value else "0" for value in inside]
    return inside, [fixed(value, decimals) for value in inside]


def _ratio_ticks(low, high, most):
    """Ticks of a logarithmic axis, in log units: steps of 1, 2, 5 or of whole powers of ten."""
    decade = math.log(10)
    span = (high - low) / decade
    if span < 0.4:
        values, labels = linear_ticks(math.exp(low), math.exp(high), most)
        return np.log(values), labels
    powers = range(math.floor(low / decade), math.ceil(high / decade) + 1)
    step = max(math.ceil(span / most), 1)
    for bases in (*_TICK_BASES, (1.0,)):
        kept = [power for power in powers if len(bases) > 1 or power % step == 0]
        values = np.array([math.log(base) + power * decade for power in kept for base in bases])
        values = values[(values >= low - 1e-9) & (values <= high + 1e-9)]
        if len(values) <= most + 1:
            break
    return values, [_ratio_label(math.exp(value)) for value in values]


def _ratio_label(value):
    """Format a ratio with as few digits as it needs: 0.05, 1.5, 20, 2×10⁻⁵."""
    if value < 9e-5:
        return scientific(value, None)
    return f"{value:.2g}" if value < 99 else fixed(value, 0)


def axis_limits(points, lows, highs, *, allowance=0.6, edge=0.04):
    """Limits that hold all points, and intervals as far as they don't squeeze the points.

    Parameters
    ----------
    points : sequence of float
        What must be inside: estimates, pooled intervals, the null value.
    lows, highs : sequence of float
        Interval ends; beyond `allowance` times the points' span they are cut (arrowheads).
    allowance, edge : float
        Shares of the span.

    Returns
    -------
    low, high : float
    """
    points = np.asarray([value for value in points if not is_missing(value)], dtype=float)
    points = points[np.isfinite(points)]
    if not len(points):
        return -1.0, 1.0
    first, last = points.min(), points.max()
    span = (last - first) or abs(last)
    span = span if span > SMALLEST else 1.0
    low = max(_least(lows, first), first - allowance * span)
    high = min(-_least(-np.asarray(highs, dtype=float), -last), last + allowance * span)
    edge = edge * (high - low) or 0.5 * span * (low == high)
    return float(low - edge), float(high + edge)


def _least(values, otherwise):
    """Return the smallest finite number of `values` and `otherwise`."""
    values = np.asarray(values, dtype=float)
    return min(values[np.isfinite(values)].min(initial=otherwise), otherwise)
