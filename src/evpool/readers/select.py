"""Find the arm of a digitised file that a row of the arm table points to."""

from evpool.errors import InputError, closest
from evpool.readers.model import Report
from evpool.readers.source import number

MOST_TOLD = 3  # clicks in no arm that a refusal names
NEAR = 0.05  # how far from a lone point an x may be, as a part of it or of the calibrated x axis


def select_arm(readings, label="", dataset=None):
    """Return the one arm that a data set and a label name.

    Parameters
    ----------
    readings : Readings
    label : str
        A bar's label, 'x=14' or 'tuple=3'; empty if the data set has one arm. At an x is a data
        set's nearest arm within half the spacing of its arms; if it has one alone, within NEAR.
    dataset : str, optional
        Needed if arms of several fit.

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
        return _at(wanted, [arm for arm in arms if arm.x is not None])
    return [arm for arm in arms if not label or arm.label == label]


def _at(x, arms):
    """Return the arms that stand nearest to an x in their own data sets, if near enough."""
    found = []
    for name in dict.fromkeys(arm.dataset for arm in arms):
        own = [arm for arm in arms if arm.dataset == name]
        nearest = min(abs(arm.x - x) for arm in own)
        found += [a for a in own if abs(a.x - x) == nearest and nearest <= _reach(a, x, own)]
    return found


def _reach(arm, x, arms):
    """Return how far from an arm an x still means it: half the way to the next arm."""
    others = [abs(other.x - arm.x) for other in arms if other.x != arm.x]
    if others:
        return min(others) / 2
    axes = arm.calibration
    scaled = axes is not None and axes.has_x and not axes.scales[0].log
    return NEAR * max(abs(x), axes.limits[0][1] - axes.limits[0][0] if scaled else 0.0)


def _refused(readings, problem, names):
    """Refuse a label, and say which clicks are in no arm: the arm that is missed may be there."""
    remedy = f"It has: {', '.join(map(repr, names)) or 'none'}. Correct label or dataset."
    told = [report for report in readings.reported if not report.skipped]
    more = len(told) - MOST_TOLD
    told = told[:MOST_TOLD]
    if more > 0:
        told.append(Report("the file", f"{more} more such problems", "Mend these first."))
    return InputError(readings.path, [Report("label", problem, remedy), *told])
