import json
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evpool.errors import InputError
from evpool.readers import read_figure
from tests.readers.projects import FORMATS, bar_axes, dataset, project, save, xy_axes

GROUPS = json.loads((FORMATS / "wpd_v4_bar_groups.json").read_text())
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def read(folder, *datasets, **more):
    return read_figure(save(folder, project(*datasets, **more)))


def refused(folder, content, words):
    with pytest.raises(InputError, match=words) as caught:
        read_figure(save(folder, content))
    return caught.value


@pytest.mark.parametrize(
    "content", ['{"version": [4, 2], "axe', "[1, 2", "", '{"a": }', "[" * 99999]
)
def test_a_truncated_or_empty_project(tmp_path, content):
    error = refused(tmp_path, content, "truncated or no JSON|is empty|nested too deeply")
    assert "figure.json" in str(error)


@pytest.mark.parametrize("version", [[5, 0], [2, 1], "4.2", None, [], ["4", 2], [True, 2]])
def test_an_unknown_version_is_named(tmp_path, version):
    content = project() | {"version": version}
    refused(tmp_path, content, "is not one that is known \\(3 and 4")


def test_json_that_is_no_project(tmp_path):
    refused(tmp_path, "[1, 2]", "not a JSON object")
    refused(tmp_path, project() | {"axesColl": 7}, "axes: not a list")
    refused(tmp_path, project() | {"datasetColl": [7]}, "data sets: not a list")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1,000", "'1,000'"),
        ("0,7", "'0,7'"),
        ("10^2", "'10\\^2'"),
        ("2012/01/15", "2012"),
        ("", "''"),
    ],
)
def test_calibration_text_must_be_a_plain_number(tmp_path, value, words):
    axes = bar_axes([(100, 400, "0"), (100, 100, value)])
    error = refused(tmp_path, project(dataset("a", [(9, 9)]), axes=[axes]), words)
    assert "axes 'Bar': calibration point P2" in str(error)
    assert "data set 'a': its axes 'Bar' can't be used" in str(error)


def test_numbers_and_exponents_are_accepted_as_calibration(tmp_path):
    axes = bar_axes([(100, 400, 0), (100, 100, "6e1")])
    assert read(tmp_path, dataset("a", [(9, 250)]), axes=[axes]).arms[0].centre == pytest.approx(30)


def test_missing_calibration_points_and_pixels(tmp_path):
    axes = [xy_axes()]
    del axes[0]["calibrationPoints"][3]
    refused(tmp_path, project(dataset("a", [(9, 9)], "XY"), axes=axes), "3 calibration points.* 4")
    axes = [bar_axes([(None, 400, "0"), (float("nan"), 100, "60")])]
    error = refused(tmp_path, project(dataset("a", [(9, 9)]), axes=axes), "P1 has no pixels")
    assert "P2 has no pixels" in str(error)


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        (xy_axes([(0, 0, "0"), (9, 9, "1"), (1, 1, "0"), (5, 5, "1")]), "collinear"),
        (xy_axes(isLogY=True), "log axis, but is calibrated at 0, 60"),
        (bar_axes(isLog=True), "log axis, but is calibrated at 0, 60"),
        (bar_axes(type="PolarAxes"), "axes of type 'PolarAxes'"),
        (bar_axes(type=None), "axes of type None"),
        (bar_axes([(100, 400, "5"), (100, 100, "5")]), "has the value 5 at both"),
    ],
)
def test_axes_that_cannot_be_used(tmp_path, axes, words):
    refused(tmp_path, project(dataset("a", [(9, 9)], axes["name"]), axes=[axes]), words)


def test_one_bad_axes_does_not_stop_the_others(tmp_path):
    axes = [bar_axes(), bar_axes(isLog=True) | {"name": "Log"}]
    unbound = dataset("c", [(1, 1)], "")
    good, bad = dataset("a", [(150, 250)]), dataset("b", [(1, 1), (2, 2)], "Log")
    readings = read(tmp_path, good, bad, unbound, dataset("d", [(1, 1)], "Gone"), axes=axes)
    assert [arm.dataset for arm in readings.arms] == ["a"]
    assert [r.points for r in readings.reported] == [0, 2, 1, 1]
    assert readings.points_read == 5


@pytest.mark.parametrize("click", [float("nan"), None, "12", float("inf"), [], True])
def test_a_click_without_a_place_is_reported_and_the_rest_is_read(tmp_path, click):
    readings = read(tmp_path, dataset("a", [(150, 250), (click, 90), (300, 200)]))
    assert [arm.centre for arm in readings.arms] == pytest.approx([30, 40])
    assert "data set 'a', point 1: a click at pixel" in str(readings.reported[0])
    assert readings.points_read == 3


def test_a_stored_value_that_disagrees_with_the_calibration(tmp_path):
    clicks = [{"x": 150, "y": 250, "value": [30.001]}, {"x": 300, "y": 250, "value": [30.00001]}]
    first, second = read(tmp_path, dataset("a", clicks)).arms
    assert first.centre == pytest.approx(30, abs=1e-12)
    assert first.flags == ("value_mismatch",)
    assert second.flags == ()


@pytest.mark.parametrize("version", [(3, 8), (4, 0)])
def test_old_bars_keep_the_stored_value_as_rotation_was_not_saved(tmp_path, version):
    clicks = [{"x": 150, "y": 250, "value": [31.0]}]
    content = project(dataset("a", clicks), version=version)
    if version[0] == 3:
        content = json.loads((FORMATS / "wpd_v3_bar_two_series.json").read_text())
        content["wpd"]["dataSeries"] = [{"name": "a", "data": clicks}]
    arm = read_figure(save(tmp_path, content)).arms[0]
    assert (arm.centre, arm.flags) == (31.0, ("value_mismatch",))


def test_old_xy_axes_are_recomputed(tmp_path):
    clicks = [{"x": 250, "y": 250, "value": [10, 31.0]}]
    arm = read(tmp_path, dataset("a", clicks, "XY"), axes=[xy_axes()], version=(4, 0)).arms[0]
    assert (arm.x, arm.centre, arm.flags) == (10, 30, ("value_mismatch",))


def test_typed_values_override_clicked_ones(tmp_path):
    typed = {"x": 150, "y": 250, "metadata": {"label": " v ", "overrides": {"y": "33.5"}}}
    wrong = {"x": 300, "y": 250, "metadata": {"overrides": {"y": "about 3"}}}
    readings = read(tmp_path, dataset("a", [typed, wrong]))
    arm = readings.arms[0]
    assert (arm.centre, arm.label, arm.flags) == (33.5, "v", ("override",))
    assert "typed value 'about 3'" in str(readings.reported[0])


def test_labels_from_lists_are_found_by_their_keys_whatever_the_case(tmp_path):
    own = dataset("a", [{"x": 150, "y": 250, "metadata": ["7", "drug"]}])
    own["metadataKeys"] = ["Time", "LABEL"]
    assert read(tmp_path, own).arms[0].label == "drug"


def test_values_off_the_axis_are_flagged(tmp_path):
    arms = read(tmp_path, dataset("a", [(150, 420), (300, 410), (450, 80)])).arms
    assert [arm.flags == ("outside_calibrated_range",) for arm in arms] == [True, False, True]


def test_placeholder_calibration_is_flagged(tmp_path):
    clicks = [(100, 300, "0"), (300, 300, "9"), (100, 300, "0"), (100, 100, "9")]
    arms = read(tmp_path, dataset("a", [(150, 200)], "XY"), axes=[xy_axes(clicks)]).arms
    assert arms[0].flags == ("placeholder_calibration",)


def test_a_latin1_project_is_flagged(tmp_path):
    content = json.dumps(project(dataset("Höhe", [(150, 250)])), ensure_ascii=False)
    arm = read_figure(save(tmp_path, content.encode("latin-1"))).arms[0]
    assert (arm.dataset, arm.flags) == ("Höhe", ("latin1",))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_junk_anywhere_is_an_error_with_words_or_a_report(tmp_path, data):
    content, clicks = deepcopy(GROUPS), 8
    node = content
    while isinstance(node, dict | list) and node:
        keys = sorted(node) if isinstance(node, dict) else range(len(node))
        parent, key = node, data.draw(st.sampled_from(list(keys)))
        node = node[key]
        if data.draw(st.booleans()):
            break
    parent[key] = data.draw(JUNK)
    try:
        readings = read_figure(save(tmp_path, content))
    except InputError:
        return
    assert readings.points_read == clicks or key in ("data", "datasetColl")
