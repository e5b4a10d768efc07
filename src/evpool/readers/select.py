"""Find the arm of a digitised file that a row of the arm table points to."""

from evpool.errors import InputError, closest
from evpool.readers.model import Report
from evpool.readers.source import number

MOST_TOLD = 3  # clicks in no arm that a refusal names


def select_arm(readings, label="", dataset=None):
    """Return the one arm that a data set and a label name.

    Parameters
    ----------
    readings : Readings
    label : str
        A bar's label, 'x=14' (the nearest arm within half the arm spacing) or 'tuple=3'; empty if
        the data set has one arm.
    dataset : str, optional
        Needed if the file has several.

    Returns
    -------
    ArmReading

    Raises
    ------
    InputError
        If no arm, or more than one, fits; it names those there are.
    """
    arms = [arm for arm in readings.arms if dataset in (None, "", arm.dataset)]
    if not arms:
        names = sorted({str(arm.dataset) for arm in readings.arms})
        hint = closest(dataset, names)
        raise _refused(readings, f"no data set {dataset!r} has arms.{hint}", names)
    found = _matching(arms, label.strip())
    if len(found) != 1:
        names = [arm.label or f"x={arm.x:g}" for arm in arms if arm.label or arm.x is not None]
        hint = "" if found else closest(label, names)
        raise _refused(readings, f"{len(found)} arms fit {label!r}.{hint}", names)
    return found[0]


def _matching(arms, label):
    key, _, value = label.partition("=")
    wanted = number(value)
    if key == "tuple" and wanted is not None:
        return [arm for arm in arms if arm.tuple_ == wanted]
    if key == "x" and wanted is not None:
        return _nearest([arm for arm in arms if arm.x is not None], wanted)
    return [arm for arm in arms if not label or arm.label == label]


def _nearest(arms, x):
    """Return the arms at the x nearest to the wanted one, if within half the arm spacing."""
    places = sorted({arm.x for arm in arms}, key=lambda place: abs(place - x))
    if not places:
        return []
    reach = min((abs(place - places[0]) for place in places[1:]), default=float("inf")) / 2
    return [arm for arm in arms if arm.x == places[0] and abs(places[0] - x) <= reach]


def _refused(readings, problem, names):
    """Refuse a label, and say which clicks are in no arm: the arm that is missed may be there."""
    remedy = f"It has: {', '.join(map(repr, names)) or 'none'}. Correct label or dataset."
    told = [report for report in readings.reported if not report.skipped]
    more = len(told) - MOST_TOLD
    told = told[:MOST_TOLD]
    if more > 0:
        told.append(Report("the file", f"{more} more such problems", "Mend these first."))
    return InputError(readings.path, [Report("label", problem, remedy), *told])
