"""Means and tips: by group, by name and place, or in one data set; never by row number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evpool.errors import InputError
from evpool.readers import read_figure
from evpool.readers.tip_names import end_of, stem_of, tips_of
from tests.readers.projects import bar_axes, dataset, project, save, xy_axes

# On these axes a pixel is 0.2 units; y = 250 is 30, and 25 px up are 5 units.
MEANS = [(150, 250), (250, 200), (350, 300)]
UPPER = [(151, 225), (249, 160), (352, 285)]
LOWER = [(150, 275), (250, 240), (350, 315)]


def read(folder, *datasets, tips=None, **more):
    return read_figure(save(folder, project(*datasets, **more)), tips=tips)


def grouped(*tuples, groups=("mean", "upper"), name="a"):
    """Click tuples: each a list of (x, y), or None where a member is missing."""
    clicks = [
        (*click, number, group)
        for number, members in enumerate(tuples)
        for group, click in enumerate(members)
        if click
    ]
    return dataset(name, clicks, groups=list(groups))


def test_groups_with_both_ends(tmp_path):
    tuples = list(zip(MEANS, UPPER, LOWER, strict=True))
    arms = read(tmp_path, grouped(*tuples, groups=("mean", "max", "min"))).arms
    assert [arm.centre for arm in arms] == pytest.approx([30, 40, 20])
    assert [arm.error for arm in arms] == pytest.approx([5, 8, 3])
    assert [arm.error_upper for arm in arms] == pytest.approx([35, 48, 23])
    assert [arm.error_lower for arm in arms] == pytest.approx([25, 32, 17])
    assert arms[0].source_item.endswith("upper tip: data set 'a', point 1")
    assert (arms[1].centre_px, arms[1].upper_px, arms[1].points) == ((250, 200), (249, 160), 3)


def test_unequal_groups_are_flagged_and_lost_means_reported(tmp_path):
    own = grouped((MEANS[0], UPPER[0]), (MEANS[1], None), (None, UPPER[2]))
    readings = read(tmp_path, own)
    assert [arm.flags for arm in readings.arms] == [(), ("tip_missing",)]
    assert readings.arms[1].error is None
    assert "tuple 2: tips of an error bar without a mean" in str(readings.reported[0])
    assert readings.points_read == 4


def test_strays_and_doubles_are_reported_never_used(tmp_path):
    own = grouped((MEANS[0], UPPER[0]))
    own["data"] += [{"x": 1, "y": 1}, {"x": 2, "y": 2, "tuple": 5}]
    own["data"] += [{"x": x, "y": 9, "tuple": 7, "group": 0} for x in (1, 2)]
    readings = read(tmp_path, own)
    assert len(readings.arms) == 1
    assert [report.points for report in readings.reported] == [1, 1, 2]
    assert "two clicks in one group" in str(readings.reported[2])


def test_five_groups_need_a_choice(tmp_path):
    box = [(150, 150), (150, 200), (150, 250), (150, 275), (150, 300)]
    own = grouped(box, groups=("max", "q3", "median", "q1", "min"))
    with pytest.raises(InputError, match="5 clicks, where a mean and one or two tips"):
        read(tmp_path, own)
    arm = read(tmp_path, own, tips=["group:q3", "group:q1"]).arms[0]
    assert (arm.centre, arm.error_upper) == pytest.approx((30, 40))
    assert arm.error_lower == pytest.approx(25)


@pytest.mark.parametrize("tips", ["group:1", "group:upper", None])
def test_the_group_can_be_named_or_numbered(tmp_path, tips):
    arms = read(tmp_path, grouped(*zip(MEANS, UPPER, strict=True)), tips=tips).arms
    assert [arm.error for arm in arms] == pytest.approx([5, 8, 3])


def test_none_takes_no_tips_and_reports_them(tmp_path):
    readings = read(tmp_path, grouped(*zip(MEANS, UPPER, strict=True)), tips={"a": "none"})
    assert [arm.error for arm in readings.arms] == [None] * 3
    assert readings.points_read == 6


@given(st.permutations(range(3)), st.permutations(range(3)))
def test_tip_data_sets_are_paired_by_place_whatever_their_order(tmp_path_factory, first, second):
    means = dataset("PBS", [MEANS[i] for i in first])
    tips = dataset("PBS SEM", [UPPER[i] for i in second])
    readings = read(tmp_path_factory.mktemp("order"), tips, means)
    found = {round(arm.centre): round(arm.error) for arm in readings.arms}
    assert found == {30: 5, 40: 8, 20: 3}
    assert readings.points_read == 6


def test_a_tip_pairs_within_half_the_arm_spacing_only(tmp_path):
    tips = [(199, 225), (251, 160), (252, 150), (401, 285)]
    readings = read(tmp_path, dataset("a", MEANS), dataset("a upper", tips))
    assert [arm.error is None for arm in readings.arms] == [False, False, True]
    assert [report.item for report in readings.reported] == [
        "data set 'a upper', point 2",
        "data set 'a upper', point 3",
    ]


def test_two_tip_data_sets_keep_both_ends(tmp_path):
    sets = dataset("a", MEANS), dataset("a top", UPPER), dataset("a bottom", LOWER)
    arms = read(tmp_path, *sets).arms
    assert [(round(a.error_lower), round(a.error_upper)) for a in arms] == [
        (25, 35),
        (32, 48),
        (17, 23),
    ]


def test_tips_named_apart_need_a_map(tmp_path):
    sets = dataset("a", MEANS), dataset("b", LOWER), dataset("SD", UPPER)
    readings = read(tmp_path, *sets)
    assert "data set 'SD': it is named as tips" in str(readings.reported[0])
    assert {arm.dataset for arm in readings.arms} == {"a", "b"}
    mapped = read(tmp_path, *sets, tips={"a": ["dataset:SD", "dataset:b"]})
    assert [arm.error for arm in mapped.arms] == pytest.approx([5, 8, 3])


@pytest.mark.parametrize(
    ("tips", "words"),
    [
        ({"a": "dataset:c"}, "0 data sets are named 'c'"),
        ({"A": "none"}, "0 data sets are named 'A'. Did you mean 'a'?"),
        ({"a": "group:high"}, "no one group 'high'"),
        ({"a": "above"}, "can't be 'above'(.|\n)*none, upper, lower"),
        ("dataset:a", "leaves 0 data sets of means"),
    ],
)
def test_a_map_that_fits_nothing(tmp_path, tips, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, dataset("a", MEANS), tips=tips)


@pytest.mark.parametrize(("tips", "own"), [("upper", UPPER), ("lower", LOWER)])
def test_means_and_tips_in_one_data_set(tmp_path, tips, own):
    mixed = dataset("a", [*own, *MEANS])
    with pytest.raises(InputError, match="some of its points stand at one place"):
        read(tmp_path, mixed)
    arms = read(tmp_path, mixed, tips=tips).arms
    assert [arm.centre for arm in arms] == pytest.approx([30, 40, 20])
    assert [arm.error for arm in arms] == pytest.approx([5, 8, 3])


def test_an_odd_number_of_points_where_pairs_are_needed(tmp_path):
    with pytest.raises(InputError, match="5 points, where each arm needs 2"):
        read(tmp_path, dataset("a", [*MEANS, *UPPER[:2]]), tips="upper")
    lone = dataset("a", [*MEANS, *UPPER[:2], (450, 100)])
    with pytest.raises(InputError, match="don't stand in heaps of 2"):
        read(tmp_path, lone, tips="upper")


def test_tips_on_the_wrong_side_are_flagged(tmp_path):
    sets = dataset("a", MEANS[:2]), dataset("a upper", [LOWER[0], UPPER[1]])
    first, second = read(tmp_path, *sets).arms
    assert (first.error, first.error_upper, first.flags) == (
        pytest.approx(5),
        pytest.approx(25),
        ("tip_below_mean",),
    )
    assert second.flags == ()
    both = read(tmp_path, grouped((MEANS[0], UPPER[0], (150, 200)), groups=("", "", ""))).arms[0]
    assert (both.error, both.flags) == (None, ("tips_same_side",))


def test_bars_of_no_length_and_bars_longer_than_their_mean(tmp_path):
    own = grouped((MEANS[0], MEANS[0]), ((250, 395), (250, 370)))
    zero, large = read(tmp_path, own).arms
    assert (zero.error, zero.flags) == (0, ("error_zero",))
    assert large.flags == ("error_large",)


def test_unequal_halves_are_flagged_beyond_click_error_only(tmp_path):
    # 3 sqrt(6) 0.5 px = 3.67 px of imbalance are allowed.
    near, far = ((150, 250), (150, 225), (150, 278)), ((250, 250), (250, 225), (250, 279))
    arms = read(tmp_path, grouped(near, far, groups=("mean", "", ""))).arms
    assert ["asymmetric" in arm.flags for arm in arms] == [False, True]
    assert arms[1].error == pytest.approx((35 - 24.2) / 2)


def test_on_a_log_axis_the_halves_are_not_averaged(tmp_path):
    axes = [bar_axes([(100, 400, "1"), (100, 100, "1000")], isLog=True)]
    own = grouped(((150, 250), (150, 200), (150, 300)), groups=("mean", "u", "l"))
    arm = read(tmp_path, own, axes=axes).arms[0]
    assert (arm.error, arm.flags) == (None, ("log_axis",))
    assert (arm.error_lower, arm.error_upper) == pytest.approx((10, 100))
    assert arm.resolution == pytest.approx(0.01)


def test_equal_bars_are_flagged_as_whole_pixels(tmp_path):
    own = grouped(*(((x, 250), (x, 245)) for x in (150, 250, 350)))
    assert all(arm.flags == ("equal_errors",) for arm in read(tmp_path, own).arms)


def test_two_series_at_the_same_times_stay_apart(tmp_path):
    later = [(x + 3, y + 50) for x, y in MEANS]
    sets = [dataset(n, c, "XY") for n, c in (("a", MEANS), ("b", later), ("b sd", UPPER))]
    readings = read(tmp_path, *sets, axes=[xy_axes()])
    assert [arm.error is None for arm in readings.arms] == [True] * 3 + [False] * 3
    assert readings.arms[0].x == pytest.approx(5)


@pytest.mark.parametrize(
    ("name", "of", "end"),
    [
        ("vehicle SEM", "vehicle", None),
        ("vehicle_upper", "vehicle", "upper"),
        ("IL-1 SD", "il-1", None),
        ("upper tip", "", "upper"),
        ("+SD", "", "upper"),
        ("SEM bottom", "", "lower"),
        ("CD4+", None, None),
        ("Drug A 10", None, None),
        ("placebo", None, None),
    ],
)
def test_names_hint_at_tips(name, of, end):
    assert (tips_of(name), end_of(name)) == (of, end)
    assert stem_of(f"{name} mean") == stem_of(name)
