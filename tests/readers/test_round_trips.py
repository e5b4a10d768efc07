"""Projects whose true values are known, in every layout the program can write."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import InputError
from evpool.readers import read_figure
from tests.formats.make_wpd_examples import main
from tests.readers.projects import FORMATS, clicks_in, table

LAYOUTS = list(
    itertools.product(
        ("3", "4.0", "4.2"), ("bar", "hbar", "xy"), ("groups", "dataset", "none"), ("", "--log")
    )
)
TIPS = ("upper", "lower", "both")
TURNS = ("0", "3.5", "-20", "90")


def generate(folder, *options):
    """Write the example arms as projects; return name -> rows of truth."""
    main([str(FORMATS / "arms_example.csv"), "--out", str(folder), "--limits", "1,100", *options])
    truth = {}
    for row in table(folder / "truth.csv"):
        truth.setdefault(row["file"], []).append(row)
    return truth


def number(text):
    return float(text) if text else np.nan


def compare(folder, truth):
    for name, rows in truth.items():
        readings = read_figure(folder / name)
        assert readings.points_read == clicks_in(folder / name)
        assert not readings.reported
        for arm, row in zip(readings.arms, rows, strict=True):
            own = [arm.centre, arm.error_upper, arm.error_lower]
            true = [number(row[c]) for c in ("mean_read", "upper_read", "lower_read")]
            assert_allclose(np.array(own, dtype=float), true, rtol=1e-9)
            if arm.error is not None:
                assert_allclose(arm.error, number(row["error_read"]), rtol=1e-8)
            else:
                assert row["error_read"] == "" or "log_axis" in arm.flags


@pytest.mark.parametrize(("version", "axes", "error", "log"), LAYOUTS)
def test_every_layout_gives_what_the_program_computes(tmp_path, version, axes, error, log):
    for index, tips in enumerate(TIPS):
        options = ["--version", version, "--axes", axes, "--error", error, "--tips", tips]
        compare(tmp_path, generate(tmp_path, *options, "--seed", str(index), *[log] * bool(log)))


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("axes", ["bar", "hbar", "xy"])
@pytest.mark.parametrize("more", [[], ["--unnamed-groups"], ["--no-rotation"], ["--strip-values"]])
def test_rotated_figures_and_options(tmp_path, turn, axes, more):
    options = ["--axes", axes, "--rotate", turn, "--tips", "both", *more]
    compare(tmp_path, generate(tmp_path, *options))


@pytest.mark.parametrize("version", ["3", "4.0"])
@pytest.mark.parametrize("axes", ["bar", "hbar"])
def test_old_rotated_bars_keep_the_stored_value(tmp_path, version, axes):
    compare(tmp_path, generate(tmp_path, "--version", version, "--axes", axes, "--rotate", "-20"))


def test_exact_clicks_give_the_true_values_back(tmp_path):
    options = ["--jitter", "0", "--zoom", "0", "--rotate", "3.5", "--tips", "both", "--axes", "xy"]
    for name, rows in generate(tmp_path, *options).items():
        for arm, row in zip(read_figure(tmp_path / name).arms, rows, strict=True):
            true = [float(row["mean_true"]), float(row["error_true"])]
            assert_allclose([arm.centre, arm.error], true, rtol=1e-10)
            assert not {"asymmetric", "tip_below_mean", "value_mismatch"} & set(arm.flags)


def test_an_archive_gives_what_its_project_gives(tmp_path):
    for name in generate(tmp_path, "--tar", "--size", "200x150"):
        whole = read_figure(tmp_path / name)
        inside = read_figure((tmp_path / name).with_suffix(".tar"))
        assert [arm.centre for arm in inside.arms] == [arm.centre for arm in whole.arms]


def test_an_uncalibrated_project_gives_no_number(tmp_path):
    for name, rows in generate(tmp_path, "--no-calibration").items():
        with pytest.raises(InputError, match="bound to no axes") as caught:
            read_figure(tmp_path / name)
        assert sum(report.points for report in caught.value.problems) == 2 * len(rows)


def test_click_error_has_the_size_that_theory_gives(tmp_path):
    # Clicks of SD 0.5 px on exact axes: the mean is off by 0.5 px, a half length by sqrt(2) of it.
    off = []
    for seed in range(60):
        options = ["--jitter", "0.5", "--axis-jitter", "0", "--zoom", "0", "--seed", str(seed)]
        for name, rows in generate(tmp_path, *options).items():
            for arm, row in zip(read_figure(tmp_path / name).arms, rows, strict=True):
                true = float(row["mean_true"]), float(row["error_true"])
                gap = np.array([arm.centre, arm.error]) - true
                off.append(gap / arm.resolution)
    sd = np.std(off, axis=0)
    # 720 draws: the Monte Carlo error of an SD is 1 / sqrt(1440) of it.
    assert_allclose(sd, [0.5, 0.5 * np.sqrt(2)], rtol=4 / np.sqrt(1440))
