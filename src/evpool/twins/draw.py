"""Draw true effects and animals from a twin's model: one data set, or many as one batch."""

from dataclasses import dataclass

import numpy as np

from evpool.twins.model import BARS

VEHICLE, CARRIER, TREATED = "vehicle", "carrier", "treated"


@dataclass(frozen=True)
class Arm:
    """One group of animals of the design: what is known before anything is drawn.

    `kind` is vehicle, carrier or treated; `n` is None where the design leaves it to be drawn;
    `about` holds the columns of its study and its own.
    """

    study_id: str
    label: str
    kind: str
    n: int | None
    time: float | None
    about: dict


@dataclass(frozen=True)
class Comparison:
    """Positions of the treated and the control arm in the design; `number` is within the study."""

    treated: int
    control: int
    number: int


@dataclass(frozen=True)
class Design:
    """The arms and the comparisons of one outcome."""

    arms: tuple
    comparisons: tuple

    @property
    def studies(self):
        """Study ids in the order of the arms."""
        return list(dict.fromkeys(arm.study_id for arm in self.arms))


@dataclass(frozen=True)
class Draws:
    """Data sets of one outcome; every array has shape (size, arms).

    Attributes
    ----------
    effect : ndarray
        True effect of the arm against its study's vehicle, in the model's scale.
    true_mean, true_sd : ndarray
        Of the population that the animals come from, in the outcome's unit.
    n, mean, sd : ndarray
        Animals, and their observed mean and SD.
    """

    effect: np.ndarray
    true_mean: np.ndarray
    true_sd: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


def draw_outcome(model, design, rng, size=1, group_sizes=None):
    """Draw data sets of one outcome.

    Parameters
    ----------
    model : OutcomeModel
    design : Design
    rng : numpy.random.Generator
    size : int
        How many data sets.
    group_sizes : tuple of int, optional
        Smallest and largest n of arms whose design leaves it open; all arms of a study get one.

    Returns
    -------
    Draws
    """
    study = _positions([arm.study_id for arm in design.arms])
    place = _positions([(arm.study_id, arm.time) for arm in design.arms])
    effect = _effects(model, design, study, rng, size)
    sigma = model.sd * np.exp(model.sd_between * rng.standard_normal((size, study.max() + 1)))
    base = 1 + model.control_cv * rng.standard_normal((size, place.max() + 1))
    true_sd = sigma[:, study]
    in_units = effect * (true_sd if model.scale == "sd" else 1.0)
    true_mean = model.control_mean * np.maximum(base, 0.2)[:, place] + in_units
    n = _sizes(design, study, rng, size, group_sizes)
    mean = true_mean + true_sd / np.sqrt(n) * rng.standard_normal(n.shape)
    sd = true_sd * np.sqrt(rng.chisquare(n - 1) / (n - 1))
    return Draws(effect=effect, true_mean=true_mean, true_sd=true_sd, n=n, mean=mean, sd=sd)


def expected_effects(model, design):
    """Return what the true effect of each arm against the vehicle is on average: (arms,)."""
    return np.array([_expected(model, arm) for arm in design.arms])


def contrasts(design, values):
    """Return treated minus control of each comparison: (..., comparisons)."""
    treated = [comparison.treated for comparison in design.comparisons]
    control = [comparison.control for comparison in design.comparisons]
    return values[..., treated] - values[..., control]


def draw_bars(shares, studies, rng, size=1):
    """Draw what the error bars of each study are and are called: names of BARS, (size, studies)."""
    positions = rng.choice(len(BARS), size=(size, len(studies)), p=[shares[name] for name in BARS])
    return np.array(BARS)[positions]


def stated_sds(draws, bars, study):
    """Return the SDs that a reader of the table computes: (size, arms).

    Parameters
    ----------
    draws : Draws
    bars : ndarray of str, shape (size, studies)
    study : sequence of int
        The study of each arm, as a column of `bars`.
    """
    mislabelled = bars[:, study] == "sem_as_sd"
    return np.where(mislabelled, draws.sd / np.sqrt(draws.n), draws.sd)


def _effects(model, design, study, rng, size):
    between = np.sqrt(model.tau2_study) * rng.standard_normal((size, study.max() + 1))
    within = np.sqrt(model.tau2_arm) * rng.standard_normal((size, len(study)))
    treated = np.array([arm.kind == TREATED for arm in design.arms])
    return expected_effects(model, design) + treated * (between[:, study] + within)


def _expected(model, arm):
    if arm.kind == VEHICLE:
        return 0.0
    if arm.kind == CARRIER:
        return model.carrier_effect
    levels = sum(levels.get(arm.about.get(name), 0.0) for name, levels in model.shifts.items())
    return model.mu + levels + sum(_slope(arm, name, *line) for name, line in model.slopes.items())


def _slope(arm, name, change, centre):
    value = arm.about.get(name)
    return 0.0 if value in (None, "") else change * (float(value) - centre)


def _sizes(design, study, rng, size, group_sizes):
    given = np.array([np.nan if arm.n is None else arm.n for arm in design.arms], dtype=float)
    n = np.broadcast_to(given, (size, len(given)))
    if not np.isnan(given).any():
        return n
    low, high = group_sizes
    drawn = rng.integers(low, high + 1, (size, study.max() + 1)).astype(float)
    return np.where(np.isnan(n), drawn[:, study], n)


def _positions(names):
    order = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names])
