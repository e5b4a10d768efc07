"""What several digitisers read of the same arms, from their files to one row an arm."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import InputError
from evpool.extraction.columns import ADJUDICATION
from evpool.extraction.columns import STUDIES as STUDY_COLUMNS
from evpool.extraction.delimited import read_input, read_wanted
from evpool.extraction.typed import read_typed
from evpool.steps.compute_effects import compute_effects
from evpool.steps.extract_arms import extract_arms
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.reconcile_readings import reconcile_readings
from tests.digitised_review import pair, write_figures

SETTINGS = {"disagreement_percent": 10, "disagreement_pixels": 2}
SETTINGS |= {"click_error": None, "calibration_error": None}
WANTED = {"outcome": "o"}
STUDIES = [pair(f"s{i}", 8.0 + i, 6.0 + 0.5 * i) for i in range(4)]
ARMS = [arm for study in STUDIES for arm in study]
TWO = ("ana", "ben")


def extract(path, unusable="stop"):
    studies = read_input(path.parent / "studies.csv", STUDY_COLUMNS)
    how = {"kind": "means", "sd_rule": "exclude", "unusable": unusable}
    return extract_arms(read_typed(path), studies, "demo", "o", WANTED, **how)


def edit(path, old, new, count=1):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))
    return path


def decide(path, *lines):
    table = path.parent / "adjudication.csv"
    table.write_text("study_id,outcome,role,mean,error,adjudicator\n" + "\n".join(lines))
    return [read_wanted(table, ADJUDICATION, WANTED)]


def test_the_mean_of_two_readings_goes_on_and_names_both(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS, digitisers=TWO))
    merged, _, _, _ = reconcile_readings(arms, [], SETTINGS)
    assert (len(arms), len(merged)) == (16, 8)
    first = [arm for arm in arms if (arm["study_id"], arm["role"]) == ("s0", "treatment")]
    assert [arm["digitiser"] for arm in first] == ["ana", "ben"]
    for name in ("mean", "error", "error_upper"):
        assert_allclose(merged[0][name], np.mean([arm[name] for arm in first]), rtol=1e-12)
    assert merged[0]["row_id"] == ";".join(arm["row_id"] for arm in first)
    assert merged[0]["digitiser"] == "ana; ben"
    history = merged[0]["history"].splitlines()
    assert [line.split(":")[0] for line in history] == ["read", "extract"] * 2 + ["reconcile"]
    assert "s0_ana.json by ana, data set" in history[0]
    assert "px; upper tip: data set" in history[0]


def test_a_decision_with_too_few_cells_is_refused(tmp_path):
    path = write_figures(tmp_path, ARMS, digitisers=TWO)
    with pytest.raises(InputError, match="is '5 cells': expected 6 cells, as the header has"):
        reconcile_readings(extract(path), decide(path, "s0,o,treatment,8.1,cem"), SETTINGS)


def test_pooling_sees_each_arm_once_and_the_effect_names_all_rows(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS, digitisers=(*TWO, "cem")))
    merged, _, _, _ = reconcile_readings(arms, [], SETTINGS)
    effects = compute_effects(harmonise_arms(merged)[0], "MD", 0.95)
    assert len(effects) == 4
    behind = [row_id for effect in effects for row_id in effect["source_rows"].split(";")]
    assert sorted(behind) == sorted(arm["row_id"] for arm in arms)


def test_agreement_is_that_of_the_pairs(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS, digitisers=TWO))
    _, agreement, _, _ = reconcile_readings(arms, [], SETTINGS)
    assert [(row["quantity"], row["pairs"]) for row in agreement] == [("mean", 8), ("error", 8)]
    means = np.array([[arm["mean"] for arm in arms if arm["digitiser"] == who] for who in TWO])
    gap = means[0] - means[1]
    row = agreement[0]
    assert_allclose([row["bias"], row["sd"]], [gap.mean(), gap.std(ddof=1)], rtol=1e-12)
    limits = gap.mean() + gap.std(ddof=1) * 1.959963984540054 * np.array([-1, 1])
    assert_allclose([row["lower"], row["upper"]], limits, rtol=1e-12)
    percent = 100 * np.mean(np.abs(gap) / means.mean(axis=0))
    assert_allclose(row["percent_difference"], percent, rtol=1e-12)
    assert 0.99 < row["icc"] < 1
    assert (row["first"], row["second"], row["unit"]) == ("ana", "ben", "points")


def test_three_digitisers_are_compared_two_by_two(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS, digitisers=("cem", *TWO)))
    merged, agreement, _, _ = reconcile_readings(arms, [], SETTINGS)
    pairs = {(row["first"], row["second"]) for row in agreement if row["second"]}
    assert pairs == {("ana", "ben"), ("ana", "cem"), ("ben", "cem")}
    assert len(merged) == 8
    own = [arm["mean"] for arm in arms if (arm["study_id"], arm["role"]) == ("s3", "control")]
    assert_allclose(merged[-1]["mean"], np.mean(own), rtol=1e-12)


def test_three_digitisers_have_one_icc_over_the_arms_that_all_of_them_read(tmp_path):
    path = write_figures(tmp_path, ARMS, digitisers=("ana", "ben", "cem"), jitter=3.0)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "s3_cem.json,,control" not in line))
    arms = extract(path)
    _, agreement, _, _ = reconcile_readings(arms, [], SETTINGS)
    mean, error = [row for row in agreement if row["second"] is None]
    assert (mean["first"], mean["quantity"], mean["pairs"]) == ("ana, ben, cem", "mean", 7)
    assert (error["quantity"], error["unit"]) == ("error", "points")
    values = {}
    for own in arms:
        values.setdefault((own["study_id"], own["role"]), []).append(own["mean"])
    x = np.array([own for own in values.values() if len(own) == 3])
    # ICC(2,1) by variance components: those of arms over those of arms, readers and the rest.
    sums = [(k * ((x.mean(axis=a) - x.mean()) ** 2).sum()) for a, k in ((1, 3), (0, 7))]
    rest = (((x - x.mean()) ** 2).sum() - sum(sums)) / 12
    arms_, readers = (sums[0] / 6 - rest) / 3, (sums[1] / 2 - rest) / 7
    assert_allclose(mean["icc"], arms_ / (arms_ + readers + rest), rtol=1e-10)
    assert mean["icc_low"] < mean["icc"] < mean["icc_high"]


def test_three_digitisers_without_two_arms_in_common_have_no_icc_of_all(tmp_path):
    path = write_figures(tmp_path, ARMS, digitisers=("ana", "ben", "cem"))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(n for n in lines if "_cem" not in n or "s0_cem.json,,control" in n))
    _, agreement, _, _ = reconcile_readings(extract(path, "ledger"), [], SETTINGS)
    (row, _) = [row for row in agreement if row["second"] is None]
    assert row["pairs"] == 1
    assert "2 or more arms that each of them read" in row["warning"]


def test_an_arm_that_one_digitiser_lacks_goes_on_as_the_other_read_it(tmp_path):
    path = write_figures(tmp_path, ARMS, digitisers=TWO)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "s2_ben.json,,control" not in line))
    arms = extract(path)
    merged, agreement, _, _ = reconcile_readings(arms, [], SETTINGS)
    assert (len(arms), len(merged), agreement[0]["pairs"]) == (15, 8, 7)
    (alone,) = [row for row in merged if (row["study_id"], row["role"]) == ("s2", "control")]
    assert alone["digitiser"] == "ana"
    assert "reconcile" not in alone["history"]


def test_one_arm_read_twice_has_no_limits_and_says_so(tmp_path):
    path = write_figures(tmp_path, ARMS[:2], digitisers=TWO)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    _, agreement, _, clicks = reconcile_readings(extract(path), [], SETTINGS)
    assert "2 or more arms" in agreement[0]["warning"]
    assert agreement[0].get("icc") is None
    assert clicks[0]["source"] is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("o,treatment,8,sem,points,ben", "o,treatment,9,sem,points,ben",
         "column 'n' is 9.0: expected 8.0, as ana has in row 2 for the same arm"),
        ("o,treatment,8,sem,points,ben", "o,treatment,8,sd,points,ben",
         "column 'error_type' is 'sd': expected 'sem', as ana has in row 2"),
        ("o,treatment,8,sem,points,ben", "o,treatment,8,sem,percent,ben",
         "column 'unit' is 'percent': expected 'points', as ana"),
        ("o,treatment,8,sem,points,ben", "o,treatment,8,sem,points,ana",
         "one treatment arm in a comparison, but row 2 is one too. Number the comparisons of the "
         "study in a column 'comparison', say in 'digitiser' which two people read the same"),
        ("o,treatment,8,sem,points,ben", "o,treatment,8,sem,points,",
         "one treatment arm in a comparison, but row 2 is one too"),
    ],
)  # fmt: skip
def test_what_two_digitisers_can_not_both_be_right_about_stops_the_run(
    tmp_path, old, new, expected
):
    path = edit(write_figures(tmp_path, ARMS, digitisers=TWO), old, new)
    with pytest.raises(InputError) as caught:
        extract(path)
    assert expected in str(caught.value)


def test_a_reading_without_a_bar_is_set_aside_and_the_other_goes_on(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS, digitisers=TWO))
    arms[2] |= {"error": None, "unusable": "sd_missing", "detail": "row 4: no bar"}
    merged, _, _, _ = reconcile_readings(arms, [], SETTINGS)
    kept, ledger = harmonise_arms(merged, sd_rule="impute_cv")
    assert len(kept) == 8
    assert [(row["row_id"], row["reason"]) for row in ledger] == [
        (arms[2]["row_id"], "reading_not_usable")
    ]
    assert ledger[0]["detail"] == "row 4: no bar"


def test_two_readings_with_the_same_defect_stay_one_arm(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS, digitisers=TWO))
    for arm in arms[0], arms[2]:
        arm |= {"error": None, "unusable": "sd_missing", "detail": "no bar"}
    merged, _, _, _ = reconcile_readings(arms, [], SETTINGS)
    assert (len(merged), merged[0]["unusable"], merged[0]["error"]) == (8, "sd_missing", None)
    assert merged[0]["mean_reading_se"] > 0
    assert merged[0]["error_reading_se"] is None


def test_a_misread_bar_is_listed_with_both_values_and_the_pixels_between(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS, digitisers=TWO, jitter=0.0))
    arms[2] |= {"mean": arms[2]["mean"] + 2.0, "mean_at": arms[2]["mean_at"] + 0.1}
    _, _, disagreements, _ = reconcile_readings(arms, [], SETTINGS)
    (row,) = disagreements
    assert (row["study_id"], row["role"], row["quantity"]) == ("s0", "treatment", "mean")
    assert_allclose([row["value_first"], row["value_second"]], [8.0, 10.0], rtol=1e-9)
    # 2 of 20 points on an axis of 400 px.
    assert_allclose([row["pixel_distance"], row["percent"]], [40.0, 100 * 2 / 9], rtol=1e-9)
    assert (row["resolved_by"], row["value"]) == ("mean", pytest.approx(9.0))
    boxes = [arm | {"mean": None, "median": arm["mean"]} for arm in arms]
    assert reconcile_readings(boxes, [], SETTINGS)[2][0]["pixel_distance"] == pytest.approx(40.0)
    apart = SETTINGS | {"disagreement_pixels": 41}
    assert reconcile_readings(arms, [], apart)[2] == []


def test_the_adjudicated_value_goes_on(tmp_path):
    path = write_figures(tmp_path, ARMS, digitisers=TWO, jitter=0.0)
    arms = extract(path)
    arms[2] |= {"mean": arms[2]["mean"] + 2.0}
    decisions = decide(path, "s0,o,treatment,8.1,,cem", "s9,other,control,1,1,cem")
    merged, _, disagreements, _ = reconcile_readings(arms, decisions, SETTINGS)
    assert (merged[0]["mean"], merged[0]["error"]) == (8.1, pytest.approx(1.5))
    assert (disagreements[0]["resolved_by"], disagreements[0]["value"]) == ("adjudication", 8.1)
    assert merged[0]["history"].endswith("reconcile: adjudicated by cem: mean 9 -> 8.1")
    assert len(merged[0]["row_id"].split(";")) == 2


def test_no_error_is_settled_on_where_the_sd_follows_from_the_ends_of_a_box(tmp_path):
    path = write_figures(tmp_path, ARMS, digitisers=TWO)
    arms = extract(path)
    for arm in arms[0], arms[2]:
        arm |= {"error_type": "iqr", "mean": None, "median": 50.0, "q1": 42.0, "q3": 62.0}
    with pytest.raises(InputError) as caught:
        reconcile_readings(arms, decide(path, "s0,o,treatment,,5,cem"), SETTINGS)
    assert (
        "row 2, column 'error' is 5.0: expected no error, for none counts where the arm's "
        "error_type is iqr. Leave it empty"
    ) in str(caught.value)
    merged, *_ = reconcile_readings(arms, decide(path, "s0,o,treatment,51,,cem"), SETTINGS)
    assert (merged[0]["median"], merged[0]["q1"], merged[0]["q3"]) == (51.0, 42.0, 62.0)


def test_an_adjudicated_value_is_one_reading_and_no_mean_of_two(tmp_path):
    path = write_figures(tmp_path, ARMS, digitisers=TWO)
    arms, settings = extract(path), SETTINGS | {"calibration_error": 0.0}
    means, _, _, _ = reconcile_readings(arms, [], settings)
    settled, _, _, _ = reconcile_readings(arms, decide(path, "s0,o,treatment,8.1,,cem"), settings)
    ratios = [
        one["mean_reading_se"] / two["mean_reading_se"]
        for one, two in zip(settled, means, strict=True)
    ]
    assert_allclose(ratios, [2**0.5, *[1.0] * 7], rtol=1e-9)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["s0,o,sham,8,,"], "expected an arm of this outcome; it has of s0: 1 treatment; 1 contr"),
        (["s7,o,control,8,,"], "it has no arm of that study"),
        (["s0,o,control,,,"], "column 'mean' is empty: expected the value that was settled on"),
        (["s0,o,control,8,,", "s0,o,control,9,,"], "row 3, column 'role' is 'control': expected "
         "an arm decided once, but row 2"),
        (["s0,o,control,ca. 8,,"], "column 'mean' is 'ca. 8': expected a number"),
    ],
)  # fmt: skip
def test_a_decision_that_settles_nothing_stops_the_run(tmp_path, lines, expected):
    path = write_figures(tmp_path, ARMS, digitisers=TWO)
    with pytest.raises(InputError) as caught:
        reconcile_readings(extract(path), decide(path, *lines), SETTINGS)
    assert expected in str(caught.value)


def test_the_click_error_comes_from_the_double_extraction(tmp_path):
    many = [arm for i in range(60) for arm in pair(f"s{i}", 4 + 0.2 * i, 3 + 0.2 * i)]
    arms = extract(write_figures(tmp_path, many, digitisers=TWO, jitter=0.5))
    merged, _, _, clicks = reconcile_readings(arms, [], SETTINGS | {"click_error": 9.0})
    (found,) = clicks
    assert (found["source"], found["clicks"]) == ("double extraction", 240)
    # From the median of 240 differences an SD is off by 7.5% (1 SE).
    assert_allclose(found["click_error"], 0.5, rtol=0.25)
    assert found["calibration_error"] == found["click_error"]
    assert (found["arms_digitised"], found["arms_with_error"]) == (240, 120)
    for arm in merged:
        assert_allclose(arm["click_error"], found["click_error"] / np.sqrt(2), rtol=1e-12)


def test_without_a_second_reading_the_setting_holds_or_nothing(tmp_path):
    arms = extract(write_figures(tmp_path, ARMS))
    merged, agreement, disagreements, clicks = reconcile_readings(arms, [], SETTINGS)
    assert (agreement, disagreements) == ([], [])
    assert (clicks[0]["source"], clicks[0]["arms_with_error"]) == (None, 0)
    assert {arm.get("mean_reading_se") for arm in merged} == {None}
    merged, _, _, clicks = reconcile_readings(arms, [], SETTINGS | {"click_error": 0.5})
    assert (clicks[0]["source"], clicks[0]["arms_with_error"]) == ("setting", 8)
    # 0.05 units a pixel; the click itself and the calibration's (1 - t)^2 + t^2 at t = 0.4.
    place = merged[0]["mean_at"]
    expected = 0.5 * 20 / 400 * np.sqrt(1 + (1 - place) ** 2 + place**2)
    assert_allclose(merged[0]["mean_reading_se"], expected, rtol=0.01)
    assert merged[0]["error_reading_se"] == pytest.approx(0.025 * np.sqrt(2), rel=0.02)


def test_typed_arms_pass_through_unchanged(typed):
    from evpool.extraction.columns import ARMS as TYPED

    tables = [read_input(path, columns) for path, columns in
              zip(typed(), (TYPED, STUDY_COLUMNS), strict=True)]  # fmt: skip
    how = {"kind": "means", "sd_rule": "exclude"}
    arms = extract_arms(*tables, "demo", "o", {"outcome": "bbb"}, **how)
    assert reconcile_readings(arms, [], SETTINGS) == (arms, [], [], [])


def test_a_bar_of_few_click_errors_is_flagged(tmp_path):
    drawn = [arm | {"error": error} for arm, error in zip(ARMS[:2], (1.5, 0.1), strict=True)]
    arms = extract(write_figures(tmp_path, drawn, jitter=0.0))
    merged, *_ = reconcile_readings(arms, [], SETTINGS | {"click_error": 0.5})
    # 0.1 of 20 points on 400 px are 2 px, 4 click errors.
    assert [arm["reading_flags"] for arm in merged] == [None, "bar_short"]
    finer, *_ = reconcile_readings(arms, [], SETTINGS | {"click_error": 0.3})
    assert [arm["reading_flags"] for arm in finer] == [None, None]
