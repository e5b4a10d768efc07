"""The stated model of a twin: every number from which its effects and animals are drawn."""

from dataclasses import dataclass, field
from pathlib import Path

from evpool.config import read_yaml
from evpool.errors import InputError, closest

SCALES = ("sd", "unit")
BARS = ("sd", "sem", "sem_as_sd")


@dataclass(frozen=True)
class OutcomeModel:
    """One outcome's true model.

    Attributes
    ----------
    name, unit : str
    studies : int or list of str
        Which studies measured it: their ids, or how many to draw.
    scale : {'sd', 'unit'}
        Whether effects are in SDs of single animals (SMD) or in the outcome's unit (MD).
    mu : float
        Mean true effect where every shift is 0.
    tau2_study, tau2_arm : float
        Variance of true effects between studies, and between the arms of one study.
    shifts : dict
        Column -> level -> what a study, or arm, of that level adds to its true effect.
    slopes : dict
        Numeric column -> [change a unit, value at which it is 0].
    carrier_effect : float
        True effect of the carrier alone (a hydrogel) against the vehicle.
    control_mean, control_cv : float
        Mean of control groups and its coefficient of variation between studies.
    sd, sd_between : float
        Median SD of single animals, and the SD of its log between studies.
    """

    name: str
    studies: object
    mu: float
    control_mean: float
    sd: float
    unit: str = ""
    scale: str = "sd"
    tau2_study: float = 0.0
    tau2_arm: float = 0.0
    shifts: dict = field(default_factory=dict)
    slopes: dict = field(default_factory=dict)
    carrier_effect: float = 0.0
    control_cv: float = 0.0
    sd_between: float = 0.0


@dataclass(frozen=True)
class TwinModel:
    """A whole twin's model.

    Attributes
    ----------
    twin : str
        The review that it makes; its files lie in resources/<twin>.
    real : str
        The review whose studies it takes.
    keep : list of str
        The columns of the real studies.csv that it may know: characteristics, never results.
    seed : int
    bars : dict
        Share of studies that draw and state SDs ('sd'), draw and state SEMs ('sem'), or draw SEMs
        that the table calls SDs ('sem_as_sd').
    outcomes : tuple of OutcomeModel
    settings : dict
        What only this twin needs.
    """

    twin: str
    real: str
    keep: list
    seed: int
    bars: dict
    outcomes: tuple
    settings: dict

    def rng(self, *stream):
        """Return the generator of one stream, so that no draw moves those of another."""
        import numpy as np

        return np.random.default_rng([self.seed, *stream])


def read_model(path):
    """Read a twin's model.yaml.

    Raises
    ------
    InputError
        For an unknown key of an outcome, an unknown scale, or shares of bars that are not 1.
    """
    document = read_yaml(path)
    known = set(OutcomeModel.__dataclass_fields__)
    problems = [
        f"outcomes.{name}: unknown key {key!r}.{closest(key, known)}"
        for name, given in document["outcomes"].items()
        for key in given
        if key not in known
    ]
    problems += [
        f"outcomes.{name}.scale is {given['scale']!r}: expected one of {', '.join(SCALES)}"
        for name, given in document["outcomes"].items()
        if given.get("scale", "sd") not in SCALES
    ]
    if set(document["bars"]) != set(BARS) or abs(sum(document["bars"].values()) - 1) > 1e-9:
        problems.append(f"bars must give shares of {', '.join(BARS)} that add up to 1")
    if problems:
        raise InputError(path, problems)
    outcomes = [OutcomeModel(name, **given) for name, given in document["outcomes"].items()]
    return TwinModel(
        twin=Path(path).parent.name,
        real=document["real"],
        keep=document["keep"],
        seed=document["seed"],
        bars=document["bars"],
        outcomes=tuple(outcomes),
        settings=document.get("settings", {}),
    )
