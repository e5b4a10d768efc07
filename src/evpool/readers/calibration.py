"""From pixels to data units: the exact maps of the digitisers, from their calibration points."""

from dataclasses import dataclass, field

import numpy as np

# Axes that meet at less than about one degree carry no second dimension.
SMALLEST_SINE = 0.02
MARGIN = 0.05  # how far beyond the calibrated range a value may lie, as a part of that range


class CalibrationError(ValueError):
    """Calibration points that fix no axis; the message says which and why."""


@dataclass(frozen=True)
class Scale:
    """A linear or log10 axis; `sign` is -1 for a log axis of negative numbers."""

    log: bool = False
    sign: int = 1

    def linear(self, values):
        """Return what is proportional to pixels: the values, or their decades."""
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.asarray(values, dtype=float)
            return np.log10(self.sign * values) if self.log else values

    def value(self, linear):
        """Return the values of linearised positions."""
        with np.errstate(over="ignore"):
            return self.sign * np.power(10.0, linear) if self.log else np.asarray(linear)


@dataclass(frozen=True, eq=False)
class Calibration:
    """An affine map from pixels to linearised axes.

    Attributes
    ----------
    name : str
        The axes' name in the file.
    matrix, offset : ndarray, shape (2, 2), (2,)
        (u, v) = matrix (px, py) + offset; v is the linearised value, u the linearised x or, beside
        a bar axis, the position in pixels across the bars.
    scales : tuple of Scale
        Of x and of the value.
    limits : ndarray, shape (2, 2)
        Lowest and highest calibrated u and v; NaN where there is no scale.
    lever : ndarray, shape (3,)
        (a, b, c): a px + b py + c tells how far a place is from the value axis, as a part of the
        distance that fixes the axis's direction. A wrong direction shifts values by so much; 0
        where the direction is not clicked.
    clicks : tuple of (float, float, str)
        The calibration points: px, py and what is said of each, as 'Y1 = 0'.
    """

    name: str
    matrix: np.ndarray
    offset: np.ndarray
    scales: tuple
    limits: np.ndarray
    lever: np.ndarray = field(default_factory=lambda: np.zeros(3))
    clicks: tuple = ()

    @property
    def has_x(self):
        """Tell whether x has a scale, or is only a position across the bars."""
        return bool(np.isfinite(self.limits[0]).all())

    @property
    def resolution(self):
        """Value-axis units (decades on a log axis) a pixel: the range over its length."""
        return float(np.hypot(*self.matrix[1]))

    @property
    def length(self):
        """Pixels between the lowest and the highest calibrated value, along the axis."""
        return float(np.ptp(self.limits[1]) / self.resolution)

    @property
    def value_range(self):
        """Highest minus lowest calibrated value, data units."""
        ends = self.scales[1].value(self.limits[1])
        return float(abs(ends[1] - ends[0]))

    def linear(self, px, py):
        """Map pixels to the linearised axes.

        Parameters
        ----------
        px, py : array_like, one shape
            Image pixels, y down.

        Returns
        -------
        ndarray, shape (2, ...)
        """
        pixels = np.stack([np.asarray(px, dtype=float), np.asarray(py, dtype=float)])
        offset = self.offset.reshape(2, *[1] * (pixels.ndim - 1))
        with np.errstate(over="ignore", invalid="ignore"):
            return np.tensordot(self.matrix, pixels, axes=1) + offset

    def values(self, px, py):
        """Map pixels to data units: (x, value); x in pixels beside a bar axis."""
        u, v = self.linear(px, py)
        return self.scales[0].value(u), self.scales[1].value(v)

    def pixels(self, x, y):
        """Map data units back to pixels: (px, py)."""
        linear = np.stack([self.scales[0].linear(x), self.scales[1].linear(y)])
        offset = self.offset.reshape(2, *[1] * (linear.ndim - 1))
        return tuple(np.tensordot(np.linalg.inv(self.matrix), linear - offset, axes=1))

    def places(self, y):
        """Map values to places along the value axis: 0 and 1 at its calibrated ends."""
        low, high = self.limits[1]
        return (self.scales[1].linear(y) - low) / (high - low)

    def leverage(self, px, py):
        """How far a pixel is from the value axis, as `lever` counts."""
        a, b, c = self.lever
        return a * px + b * py + c

    def outside(self, y):
        """Tell whether a value is more than 5 % of the range beyond the calibrated axis."""
        low, high = self.limits[1]
        v, room = self.scales[1].linear(y), MARGIN * (high - low)
        return ~((v >= low - room) & (v <= high + room))


def calibrate_xy(points, *, log=(False, False), no_rotation=False, name="axes"):
    """Map of an x axis and a y axis, each fixed by two clicks.

    Parameters
    ----------
    points : array_like, shape (4, 3)
        (px, py, value) of X1, X2, Y1, Y2.
    log : tuple of bool
        Whether x and y are log10 axes.
    no_rotation : bool
        Take the axes as parallel to the image's edges, whatever the clicks say.
    name : str
        The axes' name.

    Returns
    -------
    Calibration

    Raises
    ------
    CalibrationError
        If points coincide or are collinear, an axis' two values are equal, or a log axis has zero
        or both signs.
    """
    points = np.asarray(points, dtype=float)
    (x1, x2), (y1, y2) = points[:2, :2], points[2:, :2]
    scales = (_scale(points[:2, 2], log[0], "x"), _scale(points[2:, 2], log[1], "y"))
    ends = np.stack([scales[0].linear(points[:2, 2]), scales[1].linear(points[2:, 2])])
    sides = np.stack([x1 - x2, y1 - y2], axis=1)
    _require_plane(sides, "X1, X2, Y1 and Y2")
    shares = np.linalg.inv(sides)
    matrix = np.diag(ends[:, 0] - ends[:, 1]) @ shares
    lever = np.array([*shares[0], -shares[0] @ y1])
    if no_rotation:
        matrix, lever = _straightened(matrix, ends, sides), np.zeros(3)
    offset = ends[:, 0] - np.array([matrix[0] @ x1, matrix[1] @ y1])
    clicks = _named_clicks(("X1", "X2", "Y1", "Y2"), points)
    return Calibration(name, matrix, offset, scales, np.sort(ends, axis=1), lever, clicks)


def _straightened(matrix, ends, sides):
    upright = abs(matrix[0, 0] * matrix[1, 1]) > abs(matrix[0, 1] * matrix[1, 0])
    lengths = sides[[0, 1], [0, 1]] if upright else sides[[1, 0], [0, 1]]
    steps = (ends[:, 0] - ends[:, 1]) / lengths
    return np.diag(steps) if upright else np.array([[0.0, steps[0]], [steps[1], 0.0]])


def calibrate_bar(points, *, log=False, rotated=False, name="axes"):
    """Map of a value axis fixed by two clicks, for bars.

    Parameters
    ----------
    points : array_like, shape (2, 3)
        (px, py, value) of P1 and P2.
    log : bool
        Whether it is a log10 axis.
    rotated : bool
        False: make the axis exactly horizontal if it is within 30 degrees of that, else vertical.
    name : str
        The axes' name.

    Returns
    -------
    Calibration
        Its u is the position across the bars in pixels.

    Raises
    ------
    CalibrationError
        As for `calibrate_xy`.
    """
    points = np.asarray(points, dtype=float)
    start, step = points[0, :2], points[1, :2] - points[0, :2]
    scale = _scale(points[:, 2], log, "value")
    ends = scale.linear(points[:, 2])
    if not rotated:
        slope = np.degrees(np.arctan2(abs(step[1]), abs(step[0])))
        step = np.where(np.array([True, False]) == (slope < 30), step, 0.0)
    length = np.hypot(*step)
    if not length > 0:
        raise CalibrationError("P1 and P2 are at the same place")
    along, across = step / length, np.array([-step[1], step[0]]) / length
    matrix = np.stack([across, along * (ends[1] - ends[0]) / length])
    offset = np.array([0.0, ends[0] - matrix[1] @ start])
    limits = np.stack([np.full(2, np.nan), np.sort(ends)])
    lever = np.array([*across, -across @ start]) / length if rotated else np.zeros(3)
    clicks = _named_clicks(("P1", "P2"), points)
    return Calibration(name, matrix, offset, (Scale(), scale), limits, lever, clicks)


def calibrate_three_points(points, *, log=(False, False), name="axes"):
    """Map fixed by three clicks of known x and y.

    Parameters
    ----------
    points : array_like, shape (3, 4)
        (px, py, x, y).
    log : tuple of bool
        Whether x and y are log10 axes.
    name : str
        The axes' name.

    Returns
    -------
    Calibration

    Raises
    ------
    CalibrationError
        As for `calibrate_xy`.
    """
    points = np.asarray(points, dtype=float)
    scales = tuple(_scale(points[:, 2 + i], log[i], "xy"[i]) for i in (0, 1))
    known = np.stack([scale.linear(points[:, 2 + i]) for i, scale in enumerate(scales)])
    sides = (points[1:, :2] - points[0, :2]).T
    _require_plane(sides, "the three axis points")
    steps = known[:, 1:] - known[:, :1]
    _require_plane(steps / np.ptp(known, axis=1, keepdims=True), "the values of the axis points")
    matrix = steps @ np.linalg.inv(sides)
    offset = known[:, 0] - matrix @ points[0, :2]
    limits = np.sort(known, axis=1)[:, [0, -1]]
    lever = np.array([*matrix[0], offset[0] - limits[0, 0]]) / np.ptp(limits[0])
    clicks = tuple((float(px), float(py), f"({x:g}, {y:g})") for px, py, x, y in points)
    return Calibration(name, matrix, offset, scales, limits, lever, clicks)


def _named_clicks(names, points):
    told = zip(names, points, strict=True)
    return tuple((float(px), float(py), f"{name} = {value:g}") for name, (px, py, value) in told)


def _scale(values, log, axis):
    if np.ptp(values) == 0:
        raise CalibrationError(f"the {axis} axis has the value {values[0]:g} at both of its points")
    if not log:
        return Scale()
    if (values > 0).all():
        return Scale(log=True)
    if (values < 0).all():
        return Scale(log=True, sign=-1)
    listed = ", ".join(f"{value:g}" for value in values)
    raise CalibrationError(f"the {axis} axis is a log axis, but is calibrated at {listed}")


def _require_plane(sides, which):
    lengths = np.hypot(*sides)
    if not (lengths > 0).all():
        raise CalibrationError(f"two of {which} coincide")
    scaled = sides / np.max(np.abs(sides), axis=0)
    sine = abs(np.linalg.det(scaled)) / np.prod(np.hypot(*scaled))
    if sine < SMALLEST_SINE:
        raise CalibrationError(f"{which} are collinear")
