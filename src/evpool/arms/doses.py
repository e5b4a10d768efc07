"""Doses of extracellular vesicles, as papers write them: mass, particles and cell equivalents.

The three axes say different things and no constant joins them (particles per microgram vary a
thousandfold between preparations), so none is turned into another unless the review declares a
ratio, with its range and its source. A dose per kg follows from a dose per animal, or the other way
round, only where the body weight is stated.
"""

import re
from dataclasses import dataclass

from evpool.history import noted, shown

AXES = {"mass": "ug", "particles": "particles", "cells": "cells"}
AMOUNTS = tuple(f"dose_{unit}{per}" for unit in AXES.values() for per in ("", "_per_kg"))
COLUMNS = (*AMOUNTS, "dose_axis", "dose_note")
MASS = {"kg": 1e9, "g": 1e6, "mg": 1e3, "ug": 1.0, "mcg": 1.0, "ng": 1e-3, "pg": 1e-6}
GRAMS = {"kg": 1e3, "g": 1.0, "mg": 1e-3}
PARTICLES = r"particles?|vesicles?|s?evs?|exosomes?|exos?"
CELLS = r"cells?(?:[ -]equivalents?)?|mscs?|cell[ -]?eq(?:uivalents?)?"
VOLUME = r"[umn]?l"
# What may stand behind the stroke of a dose without changing it.
KINDS = ("mass", "particles", "cells", "volume", "other")
VOLUME_ONLY = "a volume alone does not say how much was given"
NO_UNIT = "it has no unit"
ADMINISTERED = (
    r"animal|mouse|mice|rat|rabbit|pig|dog|head|injection|dose|administration|defect|site"
)

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_UNIT = rf"(?P<mass>kg|mg|ug|mcg|ng|pg|g)\b|(?P<particles>{PARTICLES})\b|(?P<cells>{CELLS})\b"
_UNIT += rf"|(?P<volume>{VOLUME})\b|(?P<other>(?!(?:and|or)\b)[a-z%]\S*)"
_PER = r"(?:\s*(?:(?:ev|exosomal) )?protein)?"
_PER += r"(?:\s*(?:/|per)\s*(?P<per>[a-z][a-z0-9]*|\d[^,;]*))?"
_AMOUNT = re.compile(  # not the 63 of CD63, nor the power of a number that can't be read
    rf"(?<![a-z\d^])(?<!\d\.)(?P<low>{_NUMBER})(?:\s*(?:-|to)\s*(?P<high>{_NUMBER}))?"
    rf"\s*(?:{_UNIT})?{_PER}"
)
_LOST_EXPONENT = re.compile(r"[x*]\s*10(?!\^)\d*(?![\d^])")
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_COUNT = re.compile(r"[x=]\s*$")  # before the 3 of x 3 and the 6 of n = 6, which are no amounts
_DEVIATION = re.compile(rf"({_NUMBER})([^\d±]*)±\s*({_NUMBER})\s*%?")


@dataclass(frozen=True)
class Dose:
    """One stated dose.

    `axis` is mass, particles or cells; `low` and `high` (the same unless a range is stated) are in
    ug, particles or cells, per animal or, if `per_kg`, per kg of body weight.
    """

    axis: str
    low: float
    high: float
    per_kg: bool = False

    @property
    def middle(self):
        """The one value of a moderator: the middle of a range."""
        return (self.low + self.high) / 2


def read_doses(text, unit=""):
    """Read a dose as a paper writes it.

    Parameters
    ----------
    text : str
        For instance '100 ug', '1-2 × 10^10 particles/kg', '100 µg/100 µL PBS', '40 µg; 1e9
        particles'; a superscript or LaTeX's ^{10} is read too.
    unit : str
        The unit of a number without one.

    Returns
    -------
    doses : tuple of Dose
        What can be compared, in the order written.
    reasons : tuple of str
        For every amount that can't be, why.
    """
    plain = _plain(text)
    if _LOST_EXPONENT.search(plain):
        return (), (f"{text!r} has lost the exponent of its power of ten",)
    if re.search(r"\d,\d", plain):
        return (), (f"{text!r} has a comma in a number: write a decimal point",)
    plain = _means_alone(plain)
    doses, reasons, alone = [], [], False
    for match in _AMOUNT.finditer(plain):
        dose, reason = _dose(match, unit)
        if dose and alone:  # 50 or 100 ug: the unit may be that of both
            return (), (f"{text!r} has a number without a unit before a dose",)
        alone = reason == NO_UNIT and not _COUNT.search(plain, 0, match.start())
        (doses if dose else reasons).append(dose or f"{' '.join(match[0].split())!r}: {reason}")
    if doses:  # the volume beside a dose is what it was dissolved in
        reasons = [reason for reason in reasons if not reason.endswith(VOLUME_ONLY)]
    if not doses and not reasons:
        reasons.append(f"{text!r} states no amount")
    return tuple(dict.fromkeys(doses)), tuple(reasons)


def read_body_weight(text, unit="g"):
    """Body weight in kg from '230-250 g', '294 ± 11 g' or '0.25 kg'; the middle of a range.

    Returns
    -------
    float or None
        None where there is none, or it is in no unit of mass.
    """
    match = re.match(
        rf"(?:\D*\s)?({_NUMBER})(?:\s*(?:-|to)\s*({_NUMBER}))?\s*(?:(kg|mg|g)\b|$)",
        _means_alone(_plain(text or "")),
    )
    if not match:
        return None
    low = float(match[1])
    high = float(match[2] or low)
    grams = GRAMS[match[3] or unit]
    return (low + high) / 2 * grams / 1e3 if low > 0 else None


def canonical_doses(text, *, unit="", body_weight=None, ratios=()):
    """Put a typed dose on its axes, per animal and per kg, and say what was done or can't be.

    Parameters
    ----------
    text : str or None
        The dose as typed.
    unit : str
        The unit of a number without one.
    body_weight : float or None
        In kg; without it a dose per animal and one per kg are never turned into each other.
    ratios : sequence of dict
        The review's declared ratios: `from` and `to` (axes), `value` (units of `to` for one of
        `from`), its range `low` and `high`, and `reason`. Used where `to` itself is not stated.

    Returns
    -------
    dict
        A value or None for each of COLUMNS: `dose_axis` names the axes that the study states,
        `dose_note` says ranges, conversions, and why an amount can't be compared.
    """
    row = dict.fromkeys(COLUMNS)
    if not text:
        return row | {"dose_note": "no dose is stated"}
    doses, notes = read_doses(text, unit)
    notes = list(notes)
    for axis in AXES:
        for dose in _one_each([dose for dose in doses if dose.axis == axis], axis, notes):
            row |= _columns(dose, body_weight, notes)
    stated = [axis for axis, name in AXES.items() if _given(row, name)]
    for ratio in ratios:
        row |= _by_ratio(ratio, row, stated, notes)
    return row | {"dose_axis": "; ".join(stated) or None, "dose_note": "; ".join(notes) or None}


def add_doses(rows, settings):
    """Give arms the columns of their typed dose.

    Parameters
    ----------
    rows : list of dict
        Arms with the columns of the study and arm tables.
    settings : dict
        `column` holds the dose; optionally `unit` (of numbers without one), `body_weight` (the
        column that holds it), `body_weight_unit` (of numbers without one) and `ratios`.

    Returns
    -------
    list of dict
        The rows with COLUMNS, and where one of them was converted, with a line of their history.
    """
    column, weight = settings["column"], settings.get("body_weight")
    given = {name: settings[name] for name in ("unit", "ratios") if name in settings}
    made = []
    for row in rows:
        kg = read_body_weight(row.get(weight), settings.get("body_weight_unit", "g"))
        typed = row.get(column)
        doses = canonical_doses(typed, body_weight=kg, **given)
        said = ", ".join(
            f"{name} {shown(doses[name])}" for name in AMOUNTS if doses[name] is not None
        )
        note = f" ({doses['dose_note']})" if doses["dose_note"] else ""
        row = {**row, **doses}
        made.append(noted(row, "dose", f"{typed} -> {said or 'none'}{note}") if typed else row)
    return made


def _plain(text):
    """Write every way to set a power of ten, a range or a micro sign in one."""
    text = str(text).translate({ord("µ"): "u", ord("μ"): "u", ord("−"): "-", ord("~"): " "})
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda m: "^" + m[0].translate(_SUPERSCRIPT), text)
    text = re.sub(r"\\mu\b\s*", "u", text.replace("{\\text -}", "-"))
    text = re.sub(r"\\times\b|×|·(?=\s*10)", "x", text).replace("·", " ")
    text = re.sub(r"\\sim\b|\\text\b|\\[ ,;]|[${}]|≈|ca\.|about", " ", text)
    text = re.sub(r"\s*[–—]\s*", "-", text).lower()
    text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    text = re.sub(r"(?<![\w.)])\.(?=\d)", "0.", text)
    text = re.sub(r"10 +\^", "10^", re.sub(r"\^ +", "^", text))
    text = re.sub(r"\bu +g\b", "ug", text)
    text = re.sub(r"(\d)\s*(ug|mg|ng)\s*(?:-|to)\s*(\d[\d.]*)\s*\2\b", r"\1-\3 \2", text)
    text = re.sub(r"\s*[x*]\s*10\^([+-]?\d+)", r"e\1", text)
    return re.sub(r"(?<![\d.])10\^([+-]?\d+)", r"1e\1", text)


def _means_alone(plain):
    """Leave out the spread of a mean ± SD; in (1.5 ± 0.2) x 10^9 the power belongs to both."""

    def mean(match):
        mean, unit, spread = match.groups()
        power = spread[spread.index("e") :] if "e" in spread and "e" not in mean else ""
        return mean + power + unit

    plain = plain.replace("+/-", "±")
    plain = re.sub(rf"\((\s*{_NUMBER}\s*±\s*{_NUMBER}\s*)\)", r"\1", plain)
    return _DEVIATION.sub(mean, plain)


def _dose(match, unit):
    """Return the dose that a match states, or the reason why it is none."""
    if unit and not match["per"] and not any(match[kind] for kind in KINDS):
        high = match["high"] or match["low"]
        match = _AMOUNT.fullmatch(f"{match['low']} to {high} {_plain(unit)}") or match
    kind = next((kind for kind in KINDS if match[kind]), None)
    if kind is None:
        return None, NO_UNIT
    if kind == "volume":
        return None, VOLUME_ONLY
    if kind == "other":
        return None, f"{match['other']!r} is no unit of mass, particles or cells"
    low, high = match["low"], match["high"] or match["low"]
    if "e" in high and "e" not in low:
        low += high[high.index("e") :]  # 1-2 x 10^9: the power belongs to both
    factor, per_kg, reason = _per(match["per"])
    if reason is None and not 0 < float(low) <= float(high):
        reason = "its limits are not above 0 and in rising order"
    if reason:
        return None, reason
    factor *= MASS[match["mass"]] if kind == "mass" else 1
    return Dose(kind, float(low) * factor, float(high) * factor, per_kg), None


def _per(text):
    """Return the factor of what stands behind the stroke, whether it is body weight, what fails."""
    if text is None or re.fullmatch(ADMINISTERED, text):
        return 1.0, False, None
    weight = re.match(rf"({_NUMBER})?\s*(kg|g)\b", text)
    if weight:
        return 1e3 / (float(weight[1] or 1) * GRAMS[weight[2]]), True, None
    if re.match(rf"{_NUMBER}\s*{VOLUME}\b", text):
        return 1.0, False, None  # 100 ug/100 ul: what it was dissolved in
    if re.match(rf"{VOLUME}\b", text):
        return 1.0, False, "a concentration needs the volume that was given"
    return 1.0, False, f"a dose per {text!r} can't be compared"


def _one_each(doses, axis, notes):
    """Return the dose per animal and the one per kg; several of a kind are not chosen among."""
    for per_kg in (False, True):
        found = [dose for dose in doses if dose.per_kg is per_kg]
        if len(found) == 1:
            yield found[0]
        elif found:
            notes.append(f"several doses by {axis} are stated; give each arm its own")


def _columns(dose, body_weight, notes):
    """Return the columns of one dose; where the weight is known, per animal and per kg."""
    name = f"dose_{AXES[dose.axis]}"
    own, other = (f"{name}_per_kg", name) if dose.per_kg else (name, f"{name}_per_kg")
    if dose.low != dose.high:
        limits = f"{shown(dose.low)} to {shown(dose.high)}"
        notes.append(f"{own}: the middle of {limits}")
    found = {own: dose.middle}
    if body_weight:
        notes.append(f"{other}: by a body weight of {shown(body_weight)} kg")
        scale = body_weight if dose.per_kg else 1 / body_weight
        found[other] = dose.middle * scale
    return found


def _given(row, name):
    return row[f"dose_{name}"] is not None or row[f"dose_{name}_per_kg"] is not None


def _by_ratio(ratio, row, stated, notes):
    source, target = AXES[ratio["from"]], AXES[ratio["to"]]
    if ratio["from"] not in stated or _given(row, target):
        return {}
    limits = f"{shown(ratio['low'])} to {shown(ratio['high'])}"
    notes.append(
        f"dose_{target}: from {ratio['from']} by {shown(ratio['value'])} {target} each "
        f"({limits}; {ratio['reason']})"
    )
    return {
        f"dose_{target}{per}": row[f"dose_{source}{per}"] * ratio["value"]
        for per in ("", "_per_kg")
        if row[f"dose_{source}{per}"] is not None
    }
