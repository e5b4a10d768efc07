"""Simulate reviews read off figures; hold the digitisation interval against what it should cover.

All reviews of a cell are one batch of arms: their readings are drawn, and pooled, by one call each.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from evpool.arms.dispersion import Dispersion
from evpool.digitisation.click_error import calibration_share, click_error_from_pairs
from evpool.digitisation.reading_draws import digitisation_limits, draw_effects
from evpool.digitisation.reading_error import ValueAxis, reading_errors
from evpool.stats.measures import compute_measure
from evpool.stats.pooling import pool

SEED = 20260301
CLICKS = (0.25, 0.5, 1.0, 2.0)  # SD of one click, pixels
KS = (3, 5, 10, 20)
BARS = ("sd", "sem")
MEASURES = ("MD", "SMD")
MODELS = ("common", "random")
DRAWS = 400
LEVEL = 0.95
BATCH = 250  # reviews whose readings are in memory together
COLUMNS = ("study", "click", "height", "k", "bars", "figure", "measure", "model", "value", "mcse")
COLUMNS += ("n",)


@dataclass(frozen=True)
class Cell:
    """One cell of the study: n reviews of k studies, two arms each, one figure a study.

    Attributes
    ----------
    study : {'main', 'log axis', 'exact calibration', 'double'}
        What is special: a logarithmic axis; calibration points that are clicked without error; two
        people who read everything, whose differences say how far off a click is.
    click : float
        SD of a click, and of one on a calibration point, in pixels.
    height : float
        Pixels of the value axis.
    k, bars, n : int, {'sd', 'sem'}, int
    """

    study: str
    click: float
    height: float
    k: int
    bars: str
    n: int


def cells(n):
    """Return every cell of the study, with n reviews each."""
    places = [(click, 400.0) for click in CLICKS] + [(CLICKS[-1], 200.0)]
    main = [Cell("main", *place, k, bars, n) for place in places for k in KS for bars in BARS]
    others = [
        Cell(study, click, 400.0, k, bars, n)
        for study, k in (("log axis", 10), ("exact calibration", 10), ("double", 3), ("double", 10))
        for click in CLICKS
        for bars in BARS
    ]
    return main + others


@dataclass(frozen=True)
class Drawn:
    """What the figures show: means, SDs and animals of the arms, (n * k * 2,), and their pixels."""

    mean: np.ndarray
    sd: np.ndarray
    n: np.ndarray
    axis: ValueAxis
    mean_px: np.ndarray
    tip_px: np.ndarray


def draw_figures(cell, rng):
    """Draw samples of animals, and the bars that show them.

    Groups have 6 to 12 animals; the control's mean is a quarter to a half of the axis, its SD 15
    to 40% of that; the treated arm differs by N(1, 0.5) of these SDs. On a logarithmic axis, 1 to
    1000, the control's mean is 10 to 30.
    """
    shape = (cell.n, cell.k, 1)
    log = cell.study == "log axis"
    control = rng.uniform(10.0, 30.0, shape) if log else rng.uniform(0.25, 0.5, shape)
    sigma = control * rng.uniform(0.15, 0.4, shape)
    treated = control + sigma * rng.normal(1.0, 0.5, shape)
    n = rng.integers(6, 12, size=(*shape[:2], 2), endpoint=True)
    mean = rng.normal(np.concatenate([treated, control], axis=2), sigma / np.sqrt(n))
    sd = sigma * np.sqrt(rng.chisquare(n - 1) / (n - 1))
    axis = ValueAxis(0.0, cell.height, *((1.0, 1000.0, True) if log else (0.0, 1.0)))
    mean, sd, n = (x.ravel() for x in (mean, sd, n.astype(float)))
    tip = mean + sd / _per_length(cell, n)
    return Drawn(mean, sd, n, axis, _pixel(axis, mean), _pixel(axis, tip))


def _pixel(axis, value):
    if not axis.log:
        return value / axis.value_2 * axis.pixel_2
    low, high = np.log10([axis.value_1, axis.value_2])
    return (np.log10(value) - low) / (high - low) * axis.pixel_2


def _per_length(cell, n):
    return Dispersion(cell.bars, 1.0, n=n).to_sd() * np.ones(n.size)


def read_figures(cell, drawn, rng):
    """Click everything once: where the mean and the tip are taken to be, in pixels of the axis."""
    arms = drawn.mean.size
    error = 0.0 if cell.study == "exact calibration" else cell.click
    ends = error * rng.standard_normal((2, arms // 2)).repeat(2, axis=1)
    low, high = ends[0], cell.height + ends[1]
    pixels = (drawn.mean_px, drawn.tip_px)
    clicked = [px + cell.click * rng.standard_normal(arms) for px in pixels]
    return [(px - low) / (high - low) * cell.height for px in clicked]


def read_review(cell, drawn, rng):
    """Read the figures as the cell says; return means and SDs as read and their errors."""
    readers = 2 if cell.study == "double" else 1
    found = np.array([read_figures(cell, drawn, rng) for _ in range(readers)])
    click, df = np.full(drawn.mean.size, cell.click), None
    if readers == 2:
        estimated = _clicks_of_two(cell, *found)
        click = np.repeat([error.sd for error in estimated], 2 * cell.k) / np.sqrt(2)
        df = estimated[0].df
    mean_px, tip_px = _pixel(drawn.axis, drawn.axis.read(found).mean(axis=0))
    per_length = _per_length(cell, drawn.n)
    errors = reading_errors(
        drawn.axis,
        mean_px,
        tip_px,
        sd_per_length=per_length,
        click_sd=click,
        calibration_sd=0.0 if cell.study == "exact calibration" else click,
        figure=np.arange(mean_px.size) // 2,
    )
    mean, tip = drawn.axis.read(mean_px), drawn.axis.read(tip_px)
    return mean, np.abs(tip - mean) * per_length, replace(errors, df=df)


def _clicks_of_two(cell, first, second):
    """The click error that each review's double extraction gives."""
    first, second = (np.concatenate(px.reshape(2, cell.n, -1), axis=1) for px in (first, second))
    shares = calibration_share((first + second) / 2 / cell.height)
    return [click_error_from_pairs(*review) for review in zip(first, second, shares, strict=True)]


def measure_cell(cell):
    """Measure one cell.

    Returns
    -------
    list of dict
        Rows keyed by COLUMNS. Of the arms: `mean_bias`, `mean_ratio`, `sd_bias`, `sd_ratio` (bias
        and SD of what is read, in standard errors by theory) and `bar` (the mean length of an error
        bar, in click errors). Of each measure and model: `coverage`, and `width` of the
        digitisation interval over that of the confidence interval.
    """
    key = (SEED, round(1000 * cell.click / cell.height * 400), cell.k, BARS.index(cell.bars))
    rng = np.random.default_rng([*key, *map(ord, cell.study)])
    found = {}
    for start in range(0, cell.n, BATCH):
        part = replace(cell, n=min(BATCH, cell.n - start))
        for name, values in _measure_part(part, rng):
            found.setdefault(name, []).append(values)
    rows = []
    for (figure, measure, model), parts in found.items():
        value, mcse = _summary(figure, np.concatenate(parts))
        told = {"figure": figure, "measure": measure, "model": model, "value": value, "mcse": mcse}
        rows.append({name: getattr(cell, name) for name in COLUMNS[:5]} | told | {"n": cell.n})
    return rows


def _summary(figure, values):
    if figure.endswith("_ratio"):  # of an SD, whose own standard error is by the fourth moment
        variance = values.var()
        kurtosis = ((values - values.mean()) ** 4).mean() / variance**2
        return np.sqrt(variance), np.sqrt(variance * (kurtosis - 1) / 4 / values.size)
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size)


def _measure_part(cell, rng):
    drawn = draw_figures(cell, rng)
    mean, sd, errors = read_review(cell, drawn, rng)
    off = {"mean": (mean - drawn.mean) / errors.mean_se, "sd": (sd - drawn.sd) / errors.sd_se}
    for name, z in off.items():
        yield (f"{name}_bias", "", ""), z
        yield (f"{name}_ratio", "", ""), z
    yield ("bar", "", ""), np.abs(drawn.tip_px - drawn.mean_px) / cell.click
    sides = {"t": np.arange(0, mean.size, 2), "c": np.arange(1, mean.size, 2)}
    for measure in MEASURES:
        compute = partial(compute_measure, measure)
        true = _effects(cell, drawn.mean, drawn.sd, drawn.n, sides, compute)
        read = _effects(cell, mean, sd, drawn.n, sides, compute)
        again = draw_effects(mean, sd, drawn.n, errors, sides, compute, rng=rng, draws=DRAWS)
        again = [x.reshape(-1, cell.k) for x in again]
        for model in MODELS:
            fit = pool(*again, model=model).estimate.reshape(DRAWS, cell.n)
            truth, as_read = (pool(*x, model=model) for x in (true, read))
            low, _, high = digitisation_limits(fit, LEVEL)
            covered = (low <= truth.estimate) & (truth.estimate <= high)
            yield ("coverage", measure, model), covered.astype(float)
            yield ("width", measure, model), (high - low) / (as_read.ci_high - as_read.ci_low)


def _effects(cell, mean, sd, n, sides, compute):
    columns = {
        f"{name}_{side}": values[index].reshape(cell.n, cell.k)
        for name, values in (("mean", mean), ("sd", sd), ("n", n))
        for side, index in sides.items()
    }
    return compute(columns)
