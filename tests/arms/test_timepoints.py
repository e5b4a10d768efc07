import pytest

from evpool.arms.timepoints import choose_timepoints, time_of_label


@pytest.mark.parametrize(
    ("label", "time"),
    [
        ("4 weeks", (4, "wk")),
        ("4-weeks", (4, "wk")),
        ("Week 4", (4, "wk")),
        ("8wk", (8, "wk")),
        ("28 d", (28, "d")),
        ("day 28", (28, "d")),
        ("28 dpi", (28, "d")),
        ("POD 14", (14, "d")),
        ("4 weeks after surgery", (4, "wk")),
        ("1.5 h", (1.5, "h")),
        ("30 min", (30, "min")),
        ("3 months", (3, "mo")),
        ("1 year", (1, "y")),
        ("last", None),
        ("4-8 weeks", None),
        ("4 m", None),
        ("28", None),
        ("", None),
        (None, None),
    ],
)
def test_a_label_that_says_one_time_is_read(label, time):
    assert time_of_label(label) == time


def measured(study, *times, **changes):
    row = {"study_id": study, "comparison": 1, "role": "treatment", "timepoint": None}
    return [row | {"time": time, "time_unit": "wk"} | changes for time in times]


def chosen(arms, rule):
    reasons = choose_timepoints(arms, rule)
    return [arm["time"] for arm, reason in zip(arms, reasons, strict=True) if reason is None]


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        ("all", [2, 4, 6, 8]),
        ("earliest", [2]),
        ("latest", [8]),
        ({"rule": "nearest", "anchor": 5, "unit": "wk"}, [4]),  # a tie: the earlier
        ({"rule": "nearest", "anchor": 5, "unit": "wk", "tie": "later"}, [6]),
        ({"rule": "nearest", "anchor": 35, "unit": "d"}, [4]),
        ({"rule": "latest", "unit": "wk", "window": [0, 4]}, [4]),  # the limits belong to it
        ({"rule": "latest", "unit": "wk", "window": [4, 7]}, [6]),
        ({"rule": "all", "unit": "wk", "window": [9, 12]}, []),
    ],
)
def test_every_rule_chooses_its_times(rule, times):
    assert chosen(measured("a", 2, 4, 6, 8), rule) == times


def test_strata_by_window_share_no_measurement_and_lose_none():
    arms = measured("a", 1, 2, 3, 5, 8)
    early, late = ({"rule": "all", "unit": "wk", "window": w} for w in ([0, 3.9], [4, 8]))
    assert chosen(arms, early) + chosen(arms, late) == [1, 2, 3, 5, 8]


@pytest.mark.parametrize("rule", ["earliest", "latest", {"rule": "nearest", "anchor": 3}])
def test_a_comparison_measured_once_needs_no_time(rule):
    once = measured("a", None, time_unit=None, timepoint="last") * 2
    assert choose_timepoints([*once, *measured("b", 2)], rule) == [None] * 3
    with pytest.raises(ValueError, match=r"which a \(treatment\) lacks"):
        choose_timepoints(once + measured("a", 4), rule)
    with pytest.raises(ValueError, match="needs a time"):
        choose_timepoints(once, {"rule": "latest", "window": [1, 2]})
