"""Pair means with the tips of their error bars: by group or by place, never by row number."""

from dataclasses import replace
from itertools import pairwise

from evpool.readers.model import NAN, ArmReading, Readings, Report, add_flags, value_flags
from evpool.readers.tip_names import centre_group, end_of
from evpool.readers.tip_plan import OWN_TIPS, plan_tips

CLICK_ERROR = 0.5  # pixels; SD of one coordinate of one click
# The imbalance of a bar, upper + lower - 2 mean, has SD sqrt(6) click errors; beyond 3 SDs the bar
# is not symmetric. Files without pixels allow a tenth of the bar.
ASYMMETRY = 3 * 6**0.5
ASYMMETRY_UNSCALED = 0.1
FAR = float("inf")
ONE_PLACE = "Click each mean and tip once, or group them in the digitiser."


def pair_points(figure, tips=None, *, click_error=CLICK_ERROR):
    """Turn the clicks of a figure into arms.

    Parameters
    ----------
    figure : Figure
    tips : None, str, sequence of str, or dict
        Where the tips are; see `tip_plan.plan_tips`.
    click_error : float
        SD of a click, pixels: how unequal the two halves of a bar may be before it is flagged.

    Returns
    -------
    Readings
        Every click of the figure is in one arm or in one report.
    """
    plans, reports = plan_tips(figure, tips)
    arms = []
    for plan in plans:
        found, left = _pair(plan)
        arms += [_arm(figure, plan.means, mean, ends, click_error) for mean, ends in found]
        reports += left
    calibrations = {id(d.calibration): d.calibration for d in figure.datasets if d.calibration}
    arms = _flag_equal_errors(_flag_missing_tips(arms))
    reported = (*figure.reported, *reports)
    axes, clicks = tuple(calibrations.values()), tuple(p for d in figure.datasets for p in d.points)
    return Readings(figure.path, figure.program, tuple(arms), reported, axes, clicks)


def _pair(plan):
    """Return the arms of a plan as (mean, [(tip, end)]) and the reports of what is left over."""
    if plan.own:
        return _pair_own(plan.means, plan.own)
    if plan.means.grouped:
        return _pair_groups(plan.means, plan.groups)
    arms, reports = [(mean, []) for mean in plan.means.points], []
    for tips in plan.tips:
        partner, left = _nearest(plan.means.points, tips.points)
        reports += left
        for index, tip in partner.items():
            arms[index][1].append((tip, end_of(tips.name)))
    return arms, reports


def _nearest(means, tips):
    """Pair each mean with the nearest tip within half the way to the next mean, one to one."""
    reach = [_half_spacing(mean, means) for mean in means]
    distances = sorted(
        (_distance(tip, mean), i, j)
        for i, mean in enumerate(means)
        for j, tip in enumerate(tips)
        if _distance(tip, mean) < reach[i]
    )
    partner, used = {}, set()
    for _, i, j in distances:
        if i not in partner and j not in used:
            partner[i] = tips[j]
            used.add(j)
    remedy = "Click the mean too, or move the tip nearer to its mean."
    left = [
        Report(tip.item, "a tip of an error bar without a mean beside it", remedy, 1)
        for j, tip in enumerate(tips)
        if j not in used
    ]
    return partner, left


def _half_spacing(mean, means):
    return min((_distance(other, mean) for other in means if other is not mean), default=FAR) / 2


def _distance(first, second):
    """How far apart two clicks stand; where neither has a place, equal labels are one place."""
    if first.place == first.place and second.place == second.place:
        return abs(first.place - second.place)
    return 0.0 if first.label and first.label == second.label else FAR


def _pair_groups(dataset, chosen):
    """Pair by the program's tuples: one arm a tuple, one part of it a group."""
    arms, reports, tuples = [], [], {}
    centre = centre_group(dataset.group_names)
    for point in dataset.points:
        if point.tuple_ is None or point.group is None:
            problem = "a stray click: it belongs to no arm"
            reports.append(Report(point.item, problem, "Add it to a group, or delete it.", 1))
        elif chosen is not None and point.group not in (centre, *chosen):
            problem = "a click of a group that `tips` does not choose"
            reports.append(Report(point.item, problem, "Choose that group if it matters.", 1))
        else:
            tuples.setdefault(point.tuple_, []).append(point)
    for number, points in tuples.items():
        arm, problem = _pair_tuple(points, centre, dataset.group_names)
        if problem:
            item = f"data set {dataset.name!r}, tuple {number}"
            reports.append(Report(item, *problem, len(points)))
        else:
            arms.append(arm)
    return arms, reports


def _pair_tuple(points, centre, names):
    """Return (mean, tips) of one tuple, or what is wrong with it and the remedy."""
    groups = [point.group for point in points]
    means = [point for point in points if point.group == centre]
    if not means:
        return None, ("tips of an error bar without a mean", "Click the mean into its group.")
    if len(set(groups)) < len(groups):
        return None, (f"two clicks in one group (groups {groups})", ONE_PLACE)
    if len(points) > 3:
        return None, (
            f"{len(points)} clicks, where a mean and one or two tips are expected",
            "Say which group holds the tips with `tips`: group:NAME.",
        )
    tips = [(p, end_of(names[p.group]) if p.group < len(names) else None) for p in points]
    return (means[0], [(p, end) for p, end in tips if p is not means[0]]), None


def _pair_own(dataset, way):
    """Pair clicks of one data set that stand at one place: a mean and its tip or tips."""
    size, item = OWN_TIPS[way], f"data set {dataset.name!r}"
    points = sorted(dataset.points, key=lambda point: point.place)
    heaps = [points[i : i + size] for i in range(0, len(points), size)]
    if len(points) % size:
        problem = f"{len(points)} points, where each arm needs {size}"
        return [], [Report(item, problem, ONE_PLACE, len(points))]
    if not dataset.ordered and not _stand_apart(heaps):
        problem = f"its points don't stand in heaps of {size} along the axis"
        return [], [Report(item, problem, ONE_PLACE, len(points))]
    arms = []
    for heap in heaps:
        low, *middle, high = sorted(heap, key=lambda point: point.y)
        mean = {"upper": low, "lower": high, "both": (middle or [low])[0]}[way]
        ends = [(p, "upper" if p is high else "lower") for p in (low, high) if p is not mean]
        arms.append((mean, ends))
    return arms, []


def _stand_apart(heaps):
    """Tell whether every heap is narrower than the narrowest gap between two heaps."""
    gaps = [b[0].place - a[-1].place for a, b in pairwise(heaps)]
    width = max((heap[-1].place - heap[0].place for heap in heaps), default=NAN)
    return width < min(gaps, default=FAR)


def _arm(figure, dataset, mean, tips, click_error):
    """Put one arm together: both ends of the bar are kept, and flagged where they are odd."""
    calibration = dataset.calibration
    ends, flags = _ends(mean, tips)
    flags |= {*figure.flags, *mean.flags, *(flag for tip, _ in tips for flag in tip.flags)}
    lower, upper = (ends[side].y if side in ends else None for side in ("lower", "upper"))
    log = bool(calibration and calibration.scales[1].log)
    error = _half_length(mean.y, lower, upper, log)
    flags |= {"log_axis"} if log else set()
    flags |= {"paired_by_order"} if dataset.ordered else set()
    if error is not None and _unequal(mean.y, lower, upper, calibration, click_error):
        flags.add("asymmetric")
    items = [f"{side} tip: {end.item}" for side, end in sorted(ends.items())]
    return ArmReading(
        source_file=figure.path,
        source_item="; ".join([mean.item, *items]),
        centre=mean.y,
        error=error,
        error_lower=lower,
        error_upper=upper,
        dataset=dataset.name,
        label=mean.label,
        x=mean.x if mean.x == mean.x else None,
        tuple_=mean.tuple_,
        centre_px=_pixels(mean),
        lower_px=_pixels(ends.get("lower")),
        upper_px=_pixels(ends.get("upper")),
        resolution=calibration.resolution if calibration else None,
        calibration=calibration,
        points=1 + len(tips),
        flags=value_flags(mean.y, error, flags),
    )


def _ends(mean, tips):
    """Return {'lower': tip, 'upper': tip} as far as there are any, and flags."""
    if len(tips) == 2:
        low, high = sorted((tip for tip, _ in tips), key=lambda tip: tip.y)
        sides = (low.y - mean.y) * (high.y - mean.y)
        return {"lower": low, "upper": high}, {"tips_same_side"} if sides > 0 else set()
    if not tips:
        return {}, set()
    (tip, said), side = tips[0], "upper" if tips[0][0].y >= mean.y else "lower"
    wrong = said is not None and said != side and tip.y != mean.y
    flag = {"upper": "tip_below_mean", "lower": "tip_above_mean"}[said or side]
    return {said or side: tip}, {flag} if wrong else set()


def _half_length(mean, lower, upper, log):
    """Return the half length of the bar; None where its two ends say different things."""
    if lower is None and upper is None:
        return None
    if lower is None or upper is None:
        return abs((upper if lower is None else lower) - mean)
    return None if log or not lower <= mean <= upper else (upper - lower) / 2


def _unequal(mean, lower, upper, calibration, click_error):
    if lower is None or upper is None:
        return False
    if calibration:
        room = ASYMMETRY * click_error * calibration.resolution
    else:
        room = ASYMMETRY_UNSCALED * (upper - lower) / 2
    return abs(upper + lower - 2 * mean) > room


def _pixels(point):
    return (point.px, point.py) if point and point.px == point.px else None


def _flag_missing_tips(arms):
    with_tips = {arm.dataset for arm in arms if arm.points > 1}
    return [
        _flagged(arm, "tip_missing") if arm.points == 1 and arm.dataset in with_tips else arm
        for arm in arms
    ]


def _flag_equal_errors(arms):
    errors = [arm.error for arm in arms if arm.error]
    if len(errors) < 3 or max(errors) - min(errors) > 1e-9 * max(errors):
        return arms
    return [_flagged(arm, "equal_errors") if arm.error else arm for arm in arms]


def _flagged(arm, flag):
    return replace(arm, flags=add_flags(arm.flags, flag))
