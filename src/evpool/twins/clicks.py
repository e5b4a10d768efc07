"""Draw bars on an axis and click on them, as a team does with a digitiser: with pixel noise."""

from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 800, 600  # of the image, pixels
LEFT, RIGHT, TOP, BOTTOM = 120.0, 760.0, 42.0, 510.0  # of the plot in it
SHORTEST_BAR = 3.0  # pixels: below that a bar is drawn as long as its caps are thick
CLOSEST_CLICKS = 0.5  # pixels between mean and tip


@dataclass(frozen=True)
class Clicks:
    """What one digitiser clicked in the figures of one outcome; arrays are (size, arms).

    Attributes
    ----------
    mean_y, tip_y : ndarray
        Pixels from the top, of each bar's mean and of the upper tip of its error bar.
    low_y, high_y : ndarray
        Pixels of the two calibration clicks of the arm's figure.
    high : ndarray
        The value at the upper calibration point; the lower one is 0.
    """

    mean_y: np.ndarray
    tip_y: np.ndarray
    low_y: np.ndarray
    high_y: np.ndarray
    high: np.ndarray

    def values(self):
        """Return mean and half length of the bar that the clicks decode to, on the axis's scale."""
        scale = self.high / (self.high_y - self.low_y)
        mean = (self.mean_y - self.low_y) * scale
        return mean, (self.tip_y - self.mean_y) * scale


def click(mean, error, figure, rng, *, noise, axis_noise):
    """Draw the bars of each figure on an axis from 0, and click on them.

    Parameters
    ----------
    mean, error : ndarray, shape (size, arms)
        Mean and half length of each bar, in the figure's unit; means above 0.
    figure : ndarray of int, shape (arms,)
        Which figure shows the arm.
    rng : numpy.random.Generator
    noise, axis_noise : float
        SD of a click on a bar, and on a calibration point, in pixels.

    Returns
    -------
    Clicks
    """
    high = axis_ends(mean + error, figure)
    height = BOTTOM - TOP
    mean_true = BOTTOM - height * mean / high
    length = np.maximum(height * error / high, SHORTEST_BAR)
    mean_y = mean_true + noise * rng.standard_normal(mean.shape)
    tip_y = mean_true - length + noise * rng.standard_normal(mean.shape)
    low_y, high_y = (
        end + axis_noise * rng.standard_normal((len(mean), figure.max() + 1))[:, figure]
        for end in (BOTTOM, TOP)
    )
    tip_y = np.minimum(tip_y, mean_y - CLOSEST_CLICKS)
    return Clicks(mean_y=mean_y, tip_y=tip_y, low_y=low_y, high_y=high_y, high=high)


def axis_ends(tops, figure):
    """Return the upper end of each arm's axis: a round number above all tips of its figure."""
    highest = np.zeros((len(tops), figure.max() + 1))
    for arm, its in enumerate(figure):
        highest[:, its] = np.maximum(highest[:, its], tops[:, arm])
    step = 10.0 ** np.floor(np.log10(1.05 * highest)) / 2
    # 12 digits, so that 0.30000000000000004 is written as what it is.
    ends = np.ceil(1.05 * highest / step) * step
    return np.round(ends, 12)[:, figure]
