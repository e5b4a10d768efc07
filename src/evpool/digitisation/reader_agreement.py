"""How well two digitisers of the same figures agree, and where they don't."""

from itertools import combinations

import numpy as np

from evpool.digitisation.agreement import (
    bland_altman,
    icc_agreement,
    list_disagreements,
    match_readings,
    mean_absolute_percentage_difference,
)
from evpool.digitisation.double_reading import ARM_KEY, QUANTITIES, arm_key, value_of

LIMITS = ("bias", "bias_low", "bias_high", "sd", "lower", "lower_low", "lower_high", "upper")
LIMITS += ("upper_low", "upper_high")
FEWEST = 2  # pairs that limits of agreement and an ICC need
TOO_FEW = "limits of agreement and ICC need 2 or more arms read by both"
TOO_FEW_BY_ALL = "an ICC of all digitisers needs 2 or more arms that each of them read"


def pairs_of_readers(arms):
    """Match the arms that two digitisers read, for every two of them.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE.

    Yields
    ------
    first, second : lists of dict
        The rows of two digitisers, one pair a position; arms that only one read are left out.
    """
    readers = {}
    for arm in arms:
        if arm["digitiser"]:
            readers.setdefault(arm["digitiser"], []).append(arm)
    for one, other in combinations(sorted(readers), 2):
        matched = match_readings(readers[one], readers[other], ARM_KEY)
        if len(matched.first):
            yield (
                [readers[one][i] for i in matched.first],
                [readers[other][i] for i in matched.second],
            )


def measure_agreement(arms):
    """Hold the readings of every two digitisers against each other.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE of one outcome.

    Returns
    -------
    list of dict
        Rows of AGREEMENT: one for each pair of digitisers, unit and quantity (the mean; the half
        length of the error bar). Differences are first minus second; `percent_difference` is the
        mean absolute one. Of three and more digitisers one row more has the ICC of all, over the
        arms that each of them read: `first` names them, `second` is null.
    """
    rows = []
    for first, second in pairs_of_readers(arms):
        for unit, quantity, pairs in _comparable(first, second):
            values = _values(pairs, quantity)
            rows.append(_named(*pairs[0], quantity) | {"unit": unit} | _agreement(*values))
    return rows + _agreement_of_all(arms)


def _agreement_of_all(arms):
    read = [arm for arm in arms if arm["digitiser"]]
    readers = sorted({arm["digitiser"] for arm in read})
    if len(readers) < 3:
        return []
    rows = []
    for unit in dict.fromkeys(arm["unit"] for arm in read):
        for quantity in QUANTITIES:
            values = {}
            for arm in read:
                if arm["unit"] == unit and value_of(arm, quantity) is not None:
                    values.setdefault(arm_key(arm), {})[arm["digitiser"]] = value_of(arm, quantity)
            complete = [[own[who] for who in readers] for own in values.values()
                        if len(own) == len(readers)]  # fmt: skip
            row = {name: read[0][name] for name in ("review", "outcome")}
            row |= {"quantity": quantity, "unit": unit, "pairs": len(complete)}
            row |= {"first": ", ".join(readers), "second": None}
            rows.append(row | _icc(complete))
    return rows


def _icc(readings):
    """Return the columns of an ICC of readings, (arms, digitisers); or why there is none."""
    if len(readings) < FEWEST:
        return {"warning": TOO_FEW_BY_ALL}
    icc = icc_agreement(np.array(readings))
    return {"icc": icc.estimate, "icc_low": icc.ci_low, "icc_high": icc.ci_high}


def _comparable(first, second):
    """Yield unit, quantity and the pairs in which both digitisers give it."""
    for unit in dict.fromkeys(row["unit"] for row in first):
        for quantity in QUANTITIES:
            pairs = [
                (one, other)
                for one, other in zip(first, second, strict=True)
                if one["unit"] == unit
                and None not in (value_of(one, quantity), value_of(other, quantity))
            ]
            if pairs:
                yield unit, quantity, pairs


def _values(pairs, quantity):
    return [
        np.array([value_of(row, quantity) for row in side]) for side in zip(*pairs, strict=True)
    ]


def _named(one, other, quantity):
    place = {name: one[name] for name in ("review", "outcome")}
    return place | {
        "quantity": quantity,
        "first": one["digitiser"],
        "second": other["digitiser"],
    }


def _agreement(first, second):
    row = {
        "pairs": first.size,
        "percent_difference": mean_absolute_percentage_difference(first, second),
    }
    if first.size < FEWEST:
        return row | {"bias": float((first - second).mean()), "warning": TOO_FEW}
    limits = bland_altman(first, second)
    row |= {name: getattr(limits, name) for name in LIMITS}
    return row | _icc(np.stack([first, second], axis=1))


def find_disagreements(arms, percent, pixels):
    """List the readings that two digitisers disagree about, worst first.

    Parameters
    ----------
    arms : list of dict
        Rows of ARM_TABLE of one outcome.
    percent : float
        A pair is listed if it differs by more than this, in percent of the pair's mean size,
    pixels : float
        and, where the axis is known, by more than so many pixels of it.

    Returns
    -------
    list of dict
        Rows of DISAGREEMENTS without `value` and `resolved_by`; `pixel_distance` is how far apart
        the two readings are on the first one's axis, null where the file holds no axis.
    """
    rows = []
    for first, second in pairs_of_readers(arms):
        for unit, quantity, pairs in _comparable(first, second):
            values = _values(pairs, quantity)
            apart = np.array([_pixels_apart(one, other, quantity) for one, other in pairs])
            found = list_disagreements(list(range(len(pairs))), *values, percent=percent)
            rows += [
                _listed(*pairs[item["key"]], quantity, item, apart[item["key"]]) | {"unit": unit}
                for item in found
                if not apart[item["key"]] <= pixels
            ]
    return rows


def _pixels_apart(one, other, quantity):
    """Distance of two readings along the first one's axis, in pixels; NaN if not known."""
    if one["axis"] is None:
        return np.nan
    if quantity == "mean":
        places = [place_on_axis(one, value_of(arm, quantity)) for arm in (one, other)]
        return abs(places[0] - places[1]) * one["axis_px"]
    if one["axis_log"]:
        return np.nan
    range_ = abs(one["axis_high"] - one["axis_low"])
    return abs(one["error"] - other["error"]) / range_ * one["axis_px"]


def _listed(one, other, quantity, item, apart):
    kept = ("study_id", "label", "comparison", "timepoint", "time", "time_unit", "role", "arm")
    row = _named(one, other, quantity) | {name: one[name] for name in kept}
    row |= {"value_first": item["first"], "value_second": item["second"]}
    row |= {name: item[name] for name in ("difference", "percent")}
    return row | {"pixel_distance": apart, "row_ids": f"{one['row_id']};{other['row_id']}"}


def place_on_axis(arm, value):
    """Return where a value is on an arm's axis: 0 and 1 are its calibrated ends."""
    ends = [arm["axis_low"], arm["axis_high"], value]
    if arm["axis_log"]:
        if value * arm["axis_low"] <= 0:
            return float("nan")
        ends = [np.log10(abs(end)) for end in ends]
    low, high, at = ends
    return float((at - low) / (high - low))
