"""From the unit a study reports in to the unit its outcome is pooled in.

Every conversion is linear, new = slope x old + shift, so an SD is scaled by |slope|. It is one that
the review declares, a ratio against a percentage, a share of the arm's own baseline, or a unit of
the same dimension. Anything else is refused with a reason.
"""

import re
from dataclasses import dataclass
from functools import cache

from evpool.digitisation.reading_shifts import scaled
from evpool.history import flagged, noted, shown

RELATIVE = {"ratio": 1.0, "fraction": 1.0, "proportion": 1.0, "%": 0.01, "percent": 0.01}
NOT_STATED = ("unknown", "unclear", "not stated", "not reported", "nr", "?")
UNIT_ASSUMED = "unit_assumed"
POSITIONS = ("mean", "error_lower", "error_upper")  # values on the unit's scale
LENGTHS = ("sd",)  # distances on it
_BEFORE = r"(?:baseline|initial|pre-?(?:operative|op|injury|treatment))(?: value)?"
_OF_BASELINE = re.compile(
    rf"(%|percent|ratio|fraction|proportion)( change)? (?:of|to|from) (?:the )?{_BEFORE}"
)
_SYMBOL = re.compile(
    r"[fpnumcdkMG]?(?:g|m|l|L|mol|M|s|N|Pa|J|W|V|A|Hz|Gy|cal)|min|h|d|days?|weeks?|mmHg|degC|K|deg|%"
)
_SPELLINGS = str.maketrans("µμ⁰¹²³⁴⁵⁶⁷⁸⁹⁻·", "uu0123456789-*")


class UnitUnknownError(ValueError):
    """The study states too little to convert its values."""


class UnitMismatchError(ValueError):
    """The two units measure different things, or one of them is no known unit."""


@dataclass(frozen=True)
class Conversion:
    """new = slope x old + shift; `how` says in words by what right."""

    slope: float
    shift: float
    how: str

    def then(self, other):
        """Return this conversion followed by another."""
        shift = other.slope * self.shift + other.shift
        return Conversion(self.slope * other.slope, shift, f"{self.how}, {other.how}")


def find_conversion(source, target, *, declared=(), baseline=None, baseline_unit=None):
    """Find how values in one unit become values in another.

    Parameters
    ----------
    source, target : str
        Units in words or symbols: 'mm3', 'ng/mL', '%', 'ratio', '% of baseline', '% change from
        baseline', 'points'.
    declared : sequence of dict
        The review's own conversions to `target`: `from`, `factor`, optionally `add`, and `reason`.
    baseline : float, optional
        The arm's mean at baseline, in `source`; in `baseline_unit` where `source` is a share of it.
    baseline_unit : str, optional

    Returns
    -------
    Conversion or None
        None if the two are the same unit.

    Raises
    ------
    UnitUnknownError
        If the unit is said to be unknown, or the baseline is needed and not stated.
    UnitMismatchError
        If there is no way from one to the other.
    """
    old, new = _spelled(source), _spelled(target)
    if old == new:
        return None
    if old in NOT_STATED:
        raise UnitUnknownError(f"the unit is {source!r}")
    for conversion in declared:
        if _spelled(conversion["from"]) == old:
            how = f"as the review declares ({conversion['reason']})"
            return Conversion(conversion["factor"], conversion.get("add", 0.0), how)
    shares = _share_of_baseline(old), _share_of_baseline(new)
    if shares[0] and shares[1]:
        return _by_share(shares[0]).then(_to_share(shares[1]))
    if shares[1]:
        base = _baseline(baseline, f"turned into {target!r}")
        ratio = Conversion(1 / base, 0.0, f"by the arm's baseline {shown(base)}")
        return ratio.then(_to_share(shares[1]))
    if shares[0]:
        return _from_share(shares[0], baseline, baseline_unit, target, declared)
    return _same_dimension(old, new)


def require_baseline_in_unit(arm):
    """Raise UnitMismatchError unless an arm's mean and its baseline are known to be in one unit.

    Where `baseline_unit` is not stated, the baseline is in the arm's `unit`, but not if that is a
    share of the baseline.
    """
    unit, stated = arm.get("unit") or "", arm.get("baseline_unit")
    same = _spelled(stated) == _spelled(unit) if stated else not _share_of_baseline(_spelled(unit))
    if not same:
        places = f"{unit or 'no stated unit'} and {stated or 'an unstated one'}"
        raise UnitMismatchError(f"the arm's mean and its baseline are in {places}")


def _spelled(unit):
    """Write a unit in one spelling: no case where it does not matter, no typographic signs."""
    text = " ".join(str(unit).translate(_SPELLINGS).replace("per cent", "percent").split())
    folded = text.lower()
    plain = folded in RELATIVE or folded in NOT_STATED or _OF_BASELINE.fullmatch(folded)
    return folded.replace("percent", "%") if plain else text


def _share_of_baseline(unit):
    """Return what one unit is worth as a ratio to baseline and where it is 0; None for others."""
    match = _OF_BASELINE.fullmatch(unit)
    return match and (RELATIVE[match[1]], 1.0 if match[2] else 0.0)


def _by_share(share):
    worth, origin = share
    return Conversion(worth, origin, "as a ratio to baseline")


def _to_share(share):
    worth, origin = share
    return Conversion(1 / worth, -origin / worth, "as a share of it")


def _from_share(share, baseline, baseline_unit, target, declared):
    """Undo a share of baseline, where the baseline and its unit are stated."""
    base = _baseline(baseline, "turned back from a share of it")
    if not baseline_unit:
        raise UnitUnknownError("the unit of `baseline_mean` is not stated (`baseline_unit`)")
    back = Conversion(base, 0.0, f"by the arm's baseline {shown(base)} {baseline_unit}")
    whole = _by_share(share).then(back)
    further = find_conversion(baseline_unit, target, declared=declared)
    return whole.then(further) if further else whole


def _baseline(value, what):
    if value is None or not value:
        raise UnitUnknownError(f"a value can't be {what} without a `baseline_mean` that is not 0")
    return value


def _same_dimension(old, new):
    if old in RELATIVE and new in RELATIVE:
        return Conversion(RELATIVE[old] / RELATIVE[new], 0.0, "ratio against percentage")
    try:
        zero, one = (_by_pint(value, old, new) for value in (0.0, 1.0))
    except ValueError as error:
        raise UnitMismatchError(str(error)) from None
    return Conversion(float(f"{one - zero:.12g}"), zero, "units of one dimension")


def _by_pint(value, old, new):
    """Convert by pint; any refusal of it is a ValueError."""
    for unit in (old, new):
        # pint knows thousands of words: it would read 'cells' as hundredths of an ell.
        strange = [word for word in re.findall(r"[^\W\d_]+|%", unit) if not _SYMBOL.fullmatch(word)]
        if strange:
            raise ValueError(f"{unit!r} is no unit that can be converted ({', '.join(strange)})")
    registry = _registry()
    try:
        return registry.Quantity(value, _expression(old)).to(_expression(new)).magnitude
    except Exception as error:  # pint's parser raises errors of many kinds
        raise ValueError(f"{old!r} can't be converted to {new!r}: {error}") from None


@cache
def _registry():
    # Imported here: half a second that an outcome in one unit does not need.
    import pint

    return pint.UnitRegistry(cache_folder=None)


def _expression(unit):
    """Write powers as pint reads them: mm3 -> mm**3, kg-1 -> kg**-1."""
    return re.sub(r"(?<=[A-Za-z])(-?\d)\b", r"**\1", unit)


def in_target_unit(arm, target, *, declared=(), missing="assume", flag_missing=False):
    """Return an arm with its values in the outcome's unit.

    Parameters
    ----------
    arm : dict
        A row with `mean`, `sd`, `unit`, `baseline_mean` and `baseline_unit`; of POSITIONS and
        LENGTHS those that it has are converted.
    target : str
        The outcome's unit.
    declared : sequence of dict
        As in `find_conversion`.
    missing : {'assume', 'exclude'}
        What an empty `unit` means: the outcome's unit, or that the unit is unknown.
    flag_missing : bool
        Flag the arm `unit_assumed` where that was done: where other arms do state a unit.

    Returns
    -------
    dict
        The arm in `target`, with a line of history if anything was done or assumed.

    Raises
    ------
    UnitUnknownError, UnitMismatchError
        As of `find_conversion`.
    """
    if not arm.get("unit"):
        if missing == "exclude":
            raise UnitUnknownError("the study does not state the unit")
        made = noted(arm, "units", f"no unit stated; taken as {target}", unit=target)
        return flagged(made, UNIT_ASSUMED) if flag_missing else made
    given = {"baseline": arm.get("baseline_mean"), "baseline_unit": arm.get("baseline_unit")}
    found = find_conversion(arm["unit"], target, declared=declared, **given)
    if found is None:
        return arm | {"unit": target}
    values = {
        name: found.slope * arm[name] + found.shift
        for name in POSITIONS
        if arm.get(name) is not None
    }
    values |= {name: abs(found.slope) * arm[name] for name in LENGTHS if arm.get(name) is not None}
    told = ", ".join(
        f"{name} {shown(arm[name])} -> {shown(values[name])}"
        for name in ("mean", "sd")
        if name in values
    )
    text = f"{arm['unit']} -> {target}, {found.how}: {told}"
    return noted(scaled(arm, found.slope, abs(found.slope)), "units", text, unit=target, **values)
