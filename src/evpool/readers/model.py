"""What every reader returns: clicks, data sets, figures, and the arms read from them."""

from dataclasses import dataclass, field

NAN = float("nan")
# What a flag on a reading means. A flag never changes a number.
FLAGS = {
    "asymmetric": "the two ends of the bar are unequal beyond click error: a log scale or a range?",
    "automatic_bars": "found by juicr itself; caps of neighbouring bars can be mixed up",
    "bar_short": "the error bar is less than five click errors long, too short to tell its SD well",
    "converted": "the program had already converted what was drawn into this SD",
    "equal_errors": "all bars of the figure are equally long: often whole pixels",
    "error_large": "the error is more than three times the mean",
    "error_negative": "the error is negative",
    "error_zero": "the error bar has no length: mostly 'not reported'",
    "estimated": "mean and SD were estimated from a box plot",
    "iqr_width_unclear": "one number for an IQR: its width or half of it",
    "latin1": "the file is not UTF-8 and was read as Latin-1",
    "log_axis": "read on a log axis: lengths above and below the mean differ",
    "n_counted": "n was counted from the bars of a histogram",
    "n_sentinel": "n is a stand-in for 'unknown' (999, 9999, 0, -1)",
    "not_estimable": "the SD is zero or the row is marked as not estimable",
    "not_positive_on_log_axis": "a value at or below zero on a log axis",
    "outside_calibrated_range": "more than 5 % beyond the calibrated part of the axis",
    "override": "a person typed this value over the clicked one",
    "paired_by_order": "mean and tip were told apart by value, and paired by the program's order",
    "placeholder_calibration": "the calibration points sit at 25 % and 75 % of the image",
    "reconciled": "a reconciled row",
    "role_unclear": "treatment and control are mixed in this arm: its role needs a person",
    "shared_control": "the same control arm occurs again in this study: count its n once",
    "superseded": "a later reconciled row replaces this one",
    "tip_above_mean": "the lower tip is above the mean",
    "tip_below_mean": "the upper tip is below the mean",
    "tip_missing": "no error bar, although other arms of the data set have one",
    "tips_same_side": "both tips are on one side of the mean",
    "value_mismatch": "the stored value disagrees with the file's own calibration",
}


@dataclass(frozen=True)
class Point:
    """One click.

    Attributes
    ----------
    item : str
        Where it stands in the file.
    x, y : float
        Data units; `x` is NaN where the axis only has categories.
    px, py : float
        Image pixels, origin at the top left; NaN where the file holds none.
    place : float
        Position along the category axis, for pairing: linearised x, or pixels beside a bar axis.
    label : str
        The bar's label, if any.
    tuple_, group : int or None
        The arm and the part of it (mean, tip) that the program filed the click under.
    """

    item: str
    x: float
    y: float
    px: float = NAN
    py: float = NAN
    place: float = NAN
    label: str = ""
    tuple_: int | None = None
    group: int | None = None
    flags: tuple = ()


@dataclass(frozen=True)
class Dataset:
    """The clicks of one series; `ordered` means that file order is order along the axis."""

    name: str
    points: tuple
    group_names: tuple = ()
    calibration: object = None
    ordered: bool = False

    @property
    def grouped(self):
        """Tell whether the program filed the clicks as means and tips of arms."""
        return bool(self.group_names) or any(p.tuple_ is not None for p in self.points)


@dataclass(frozen=True)
class Report:
    """Something in a file that no arm holds: what, why and how to mend it, and its clicks.

    `skipped` is what evpool does not read, such as an outcome of another type: no fault.
    """

    item: str
    problem: str
    remedy: str
    points: int = 0
    skipped: bool = False

    def __str__(self):
        problem = self.problem.rstrip(".")
        return f"{self.item}: {problem}{'' if problem.endswith('?') else '.'} {self.remedy}"


@dataclass(frozen=True)
class Figure:
    """The clicks of one file, before means and tips are paired."""

    path: str
    program: str
    datasets: tuple
    reported: tuple = ()
    flags: tuple = ()


@dataclass(frozen=True)
class ArmReading:
    """One arm as the file has it; None is what the file does not say.

    Attributes
    ----------
    centre, error : float
        Mean (or median), and half length of the error bar, both in data units.
    error_lower, error_upper : float
        Where the ends of the bar are, in data units.
    error_type : str
        'unknown' unless the file itself says what was drawn.
    centre_px, lower_px, upper_px : tuple of float
        (x, y) of the clicks, image pixels.
    resolution : float
        Data units (on a log axis: decades) a pixel.
    calibration : Calibration
        The axes that it was read from.
    points : int
        Clicks, or rows, that this arm was read from.
    about : tuple of (str, str)
        What a review program says of the arm's study and analysis beside these: name, value.
    """

    source_file: str
    source_item: str
    centre: float
    study: str | None = None
    outcome: str | None = None
    time: float | None = None
    arm: str | None = None
    role: str | None = None
    n: float | None = None
    centre_type: str | None = None
    error: float | None = None
    error_type: str | None = "unknown"
    error_lower: float | None = None
    error_upper: float | None = None
    unit: str | None = None
    digitiser: str | None = None
    dataset: str | None = None
    label: str = ""
    x: float | None = None
    tuple_: int | None = None
    centre_px: tuple | None = None
    lower_px: tuple | None = None
    upper_px: tuple | None = None
    resolution: float | None = None
    calibration: object = field(default=None, compare=False, repr=False)
    points: int = 1
    flags: tuple = ()
    about: tuple = ()


@dataclass(frozen=True)
class Readings:
    """Everything one file gave: its arms, what was not used and why, its axes and its clicks."""

    path: str
    program: str
    arms: tuple
    reported: tuple = ()
    calibrations: tuple = field(default=(), compare=False)
    clicks: tuple = field(default=(), compare=False)

    @property
    def points_read(self):
        """Clicks (or rows) in the file: those in an arm and those reported."""
        return sum(arm.points for arm in self.arms) + sum(r.points for r in self.reported)


def add_flags(flags, *more):
    """Join flags, each once, in alphabetical order."""
    return tuple(sorted({*flags, *more}))


def value_flags(centre, error, flags=()):
    """Add the flags that a centre and a half length earn by themselves."""
    found = set(flags)
    if error is not None:
        if error == 0:
            found.add("error_zero")
        if error < 0:
            found.add("error_negative")
        if error > 3 * abs(centre):
            found.add("error_large")
    return tuple(sorted(found))
