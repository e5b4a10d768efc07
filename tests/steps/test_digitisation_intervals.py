"""From digitised figures of several studies to pooled estimates with a digitisation interval."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.digitisation.arm_errors import with_reading_errors
from evpool.digitisation.reading_shifts import harmonised_errors
from evpool.steps.compute_effects import compute_effects
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.pool_effects import pool_effects
from evpool.steps.reconcile_readings import reconcile_readings
from tests.digitised_review import pair, write_figures
from tests.steps.samples import METHOD, arm
from tests.steps.test_reconcile_readings import SETTINGS, extract

STUDIES = [arm for i in range(5) for arm in pair(f"s{i}", 8.0 + i, 6.0 + 0.5 * i)]
KNOWN = SETTINGS | {"click_error": 0.5}
READING = {"measure": "MD", "options": {}, "draws": 4000, "seed": 1}


def harmonised(folder, *, settings=KNOWN, more=(), **figures):
    arms, *_ = reconcile_readings(extract(write_figures(folder, STUDIES, **figures)), [], settings)
    return harmonise_arms([*arms, *more])[0]


def only_means(row):
    """The shifts of an arm without those of its SD."""
    shifts = json.loads(row["reading_shifts"])
    return json.dumps({source: (mean, 0.0) for source, (mean, _) in shifts.items()})


def pooled(rows, analyses=None, **changes):
    reading = READING | changes
    effects = compute_effects(rows, reading["measure"], 0.95, reading["options"])
    found, _ = pool_effects(effects, METHOD, analyses, rows, reading)
    return {(row["analysis"], row["model"]): row for row in found}


def test_the_standard_errors_follow_the_bar_to_its_sd(tmp_path):
    rows = harmonised(tmp_path)
    errors = harmonised_errors(rows)
    assert_allclose(errors.mean_se, [row["mean_reading_se"] for row in rows], rtol=1e-12)
    assert_allclose(errors.sd_se, [row["sd_reading_se"] for row in rows], rtol=1e-12)
    # A tip and a mean, each off by 0.5 px of 0.05 points; an SEM of 8 animals; calibration adds 0.
    assert_allclose(errors.sd_se, 0.025 * np.sqrt(2) * np.sqrt(8), rtol=0.02)


def test_the_interval_of_a_common_effect_is_that_of_the_weighted_sum(tmp_path):
    rows = harmonised(tmp_path)
    # Equal SDs: equal weights, each mean off by its click; one figure's calibration cancels partly.
    fixed = [row | {"sd": 4.0, "reading_shifts": only_means(row)} for row in rows]
    found = pooled(fixed, draws=20_000)["overall", "common"]
    signs = np.array([1 if row["role"] == "treatment" else -1 for row in fixed])
    errors, total = harmonised_errors(fixed), {}
    for sign, sources, shifts in zip(signs, errors.source, errors.mean_shifts, strict=True):
        for source, shift in zip(sources, shifts, strict=True):
            total[source] = total.get(source, 0.0) + sign * shift
    assert len(total) == 5 * (2 * 2 + 3)  # two clicks a bar, three that a figure shares
    expected = np.sqrt(sum(shift**2 for shift in total.values())) / 5
    width = (found["digitisation_high"] - found["digitisation_low"]) / (2 * 1.959964)
    assert_allclose(width, expected, rtol=0.03)
    assert found["digitisation_low"] < found["estimate"] < found["digitisation_high"]


def test_every_analysis_and_both_models_get_an_interval_within_the_sampling_interval(tmp_path):
    analyses = {"few": {"exclude": ["s0"]}, "dl": {"tau2_method": "DL"}, "r": {"robust": True}}
    nothing = {"nothing": {"only": {"study_id": "elsewhere"}}}
    found = pooled(harmonised(tmp_path), analyses | nothing, draws=500)
    for model in ("common", "random"):
        assert "digitisation_warning" not in found.pop(("nothing", model))
    assert len(found) == 8
    for row in found.values():
        assert row["digitisation_warning"] is None
        assert row["ci_low"] < row["digitisation_low"] < row["estimate"]
        assert row["estimate"] < row["digitisation_high"] < row["ci_high"]


def test_the_same_seed_gives_the_same_interval_and_another_does_not(tmp_path):
    rows = harmonised(tmp_path)
    low = [pooled(rows, seed=seed)["overall", "random"]["digitisation_low"] for seed in (1, 1, 2)]
    assert low[0] == low[1] != low[2]
    assert_allclose(low[0], low[2], rtol=0.02)


def test_reading_twice_narrows_the_interval(tmp_path):
    one = pooled(harmonised(tmp_path / "a"))["overall", "common"]
    path = write_figures(tmp_path / "b", STUDIES, digitisers=("ana", "ben"))
    arms, *_ = reconcile_readings(extract(path), [], KNOWN)
    # The same click error, whatever the double extraction found.
    same = {"click_error": 0.5, "calibration_error": 0.5, "click_df": None}
    two = pooled(harmonise_arms(with_reading_errors(arms, same))[0])["overall", "common"]
    width = [row["digitisation_high"] - row["digitisation_low"] for row in (one, two)]
    assert_allclose(width[0] / width[1], np.sqrt(2), rtol=0.08)


def test_typed_arms_have_no_reading_error_and_mix_with_digitised_ones(tmp_path):
    typed = [arm("t", role, None, mean, n=8.0, time_unit=None, error=4.0)
             for role, mean in (("treatment", 9.0), ("control", 7.0))]  # fmt: skip
    rows = harmonised(tmp_path, more=typed)
    assert [row.get("mean_reading_se") for row in rows[-2:]] == [None, None]
    found = pooled(rows)["overall", "random"]
    assert found["k"] == 6
    assert found["digitisation_low"] < found["estimate"] < found["digitisation_high"]
    alone = [row for row in rows if row["study_id"] == "t"]
    assert pooled(alone)["overall", "random"].get("digitisation_low") is None


def test_a_converted_unit_scales_the_interval_with_the_estimate(tmp_path):
    arms, *_ = reconcile_readings(extract(write_figures(tmp_path, STUDIES)), [], KNOWN)
    declared = [{"from": "points", "factor": -100.0, "add": 7.0, "reason": "a test"}]
    units = {"target": "cents", "needed": True, "mismatch": "stop", "declared": declared}
    scaled = harmonise_arms(arms, units=units | {"missing": "assume"})[0]
    one, hundred = (pooled(r)["overall", "random"] for r in (harmonise_arms(arms)[0], scaled))
    assert_allclose(hundred["estimate"], -100 * one["estimate"], rtol=1e-6)
    assert_allclose(hundred["digitisation_low"], -100 * one["digitisation_high"], rtol=1e-6)
    assert_allclose(hundred["digitisation_high"], -100 * one["digitisation_low"], rtol=1e-6)


def test_a_bar_that_two_comparisons_share_is_misread_once(tmp_path):
    rows = harmonised(tmp_path)[:2]
    twice = [*rows, *(row | {"comparison": 2} for row in rows)]
    once, again = (pooled(r)["overall", "common"] for r in (rows, twice))
    for name in ("digitisation_low", "digitisation_high"):
        assert_allclose(again[name], once[name], rtol=0.01)


@pytest.mark.parametrize("axes", ["xy", "hbar"])
@pytest.mark.parametrize("tips", ["both", "lower"])
def test_other_axes_and_tips_have_errors_too(tmp_path, axes, tips):
    rows = harmonised(tmp_path, axes=axes, tips=tips)
    assert all(row["mean_reading_se"] > 0 and row["sd_reading_se"] > 0 for row in rows)


def test_a_ratio_that_a_reading_makes_impossible_is_told(tmp_path):
    rows = [row | {"mean": 0.03} for row in harmonised(tmp_path)]
    found = pooled(rows, measure="ROM")["overall", "random"]
    assert found.get("digitisation_low") is None
    assert "mean" in found["digitisation_warning"]


def test_arms_of_files_without_clicks_are_counted_and_left_out(tmp_path):
    rows = harmonised(tmp_path)
    names = ("reading_shifts", "mean_reading_se", "sd_reading_se")
    less = [row | dict.fromkeys(names) if row["study_id"] == "s0" else row for row in rows]
    whole, part = (pooled(r)["overall", "random"] for r in (rows, less))
    assert whole["digitisation_warning"] is None
    assert "2 of 10 arms read off figures have no error in it" in part["digitisation_warning"]
    width = [row["digitisation_high"] - row["digitisation_low"] for row in (part, whole)]
    assert 0.5 * width[1] < width[0] < width[1]


def test_medians_read_off_figures_have_errors_and_an_interval(tmp_path):
    drawn = [own | {"error_type": "iqr"} for own in STUDIES]
    path = write_figures(tmp_path, drawn, tips="both")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{lines[0]},centre", *(f"{line},median" for line in lines[1:])]))
    arms, *_ = reconcile_readings(extract(path), [], KNOWN)
    assert all(own["mean"] is None and own["median"] for own in arms)
    rows = harmonise_arms(arms)[0]
    # Three clicks, weighed as in Luo's mean, have less error than one; calibration adds to all.
    assert all(0.01 < row["mean_reading_se"] < 0.04 for row in rows)
    assert all(row["sd_reading_se"] > 0 for row in rows)
    found = pooled(rows)["overall", "random"]
    assert found["digitisation_low"] < found["estimate"] < found["digitisation_high"]
    assert found["digitisation_warning"] is None
