"""metaDigitise's own file: recalibrated from its clicks, whatever its scale; never run."""

import gzip

import numpy as np
import pandas as pd
import pytest
import rdata
from numpy.testing import assert_allclose

from evpool.errors import InputError
from evpool.extraction.digitised import read_figures
from evpool.extraction.overlays import read_overlays
from evpool.plots.overlay import draw_overlay
from evpool.readers import read_figure
from evpool.readers.model import FLAGS
from tests.readers.projects import FORMATS

EXAMPLE = FORMATS / "metadigitise_caldat/brandt2014_fig2"
BOX = ("max", "q3", "median", "q1", "min")


def save(folder, *, plot_type="mean_error", y=(), values=("0", "100"), log=("n",), **more):
    """Write a figure of one group whose axis goes from 0 to 100 at pixels 50 and 250."""
    y = np.array(y, dtype=float)
    raw = {
        "id": pd.Categorical(["a"] * len(y)),
        "x": np.full(len(y), 80.0),
        "y": y,
        "n": np.full(len(y), 7.0),
    }
    figure = {
        "plot_type": np.array([plot_type]),
        "variable": np.array(["grip"]),
        "calpoints": pd.DataFrame({"x": [10.0, 10.5], "y": [50.0, 250.0]}),
        "point_vals": np.array([float(value) for value in values]),
        "log_axes": np.array(log),
        "raw_data": pd.DataFrame(raw),
        "error_type": np.array(["se"]),
    }
    path = folder / "figure"
    rdata.write_rds(path, figure | more, compression="gzip")
    return path


def test_the_example_gives_what_metadigitise_gave_with_pixels():
    readings = read_figure(EXAMPLE)
    assert_allclose([arm.centre for arm in readings.arms][:2], [48.1994117647059, 41.7])
    first = readings.arms[0]
    assert (first.centre_px, first.upper_px) == ((109.7, 335.13), (110.2, 364.03))
    assert (first.n, first.error_type, first.label) == (10.0, "sem", "vehicle")
    # 60 units on 340 pixels; what the clicks on the axis were is kept for the error of reading.
    assert first.resolution == pytest.approx(60 / 340)
    assert readings.points_read == 8
    assert not any(arm.flags for arm in readings.arms)


def test_a_log_axis_is_read_by_its_decades(tmp_path):
    # Pixel 150 is half the way: between 1 and 100 that is 10; between exponents 0 and 2, too.
    path = save(tmp_path, y=[200.0, 150.0], values=(1, 100), log=("y", "s", "10"))
    (arm,) = read_figure(path).arms
    assert_allclose([arm.centre, arm.error_upper], [10.0, 10**1.5])
    assert "log_axis" in arm.flags
    path = save(tmp_path, y=[200.0, 150.0], values=(0, 2), log=("y", "t", "10"))
    (other,) = read_figure(path).arms
    assert_allclose([other.centre, other.error_upper], [10.0, 10**1.5])
    path = save(tmp_path, y=[200.0, 150.0], values=(0, 2), log=("y", "t", "2"))
    (binary,) = read_figure(path).arms
    assert_allclose([binary.centre, binary.error_upper], [2.0, 2**1.5])
    path = save(tmp_path, y=[200.0, 150.0], values=(0, 100), log=("x", "s", "10"))
    assert read_figure(path).arms[0].centre == pytest.approx(50.0)


def test_what_the_program_made_of_a_logged_axis_is_flagged(tmp_path):
    # It reads means on a straight line, whatever the axis: 50.5 half way from 1 to 100.
    told = pd.DataFrame({"id": pd.Categorical(["a"]), "mean": [50.5], "error": [20.0], "n": [7.0]})
    log = {"values": (1, 100), "log": ("y", "s", "10"), "processed_data": told}
    (arm,) = read_figure(save(tmp_path, y=[200.0, 150.0], **log)).arms
    assert arm.centre == pytest.approx(10.0)
    assert {"log_axis", "value_mismatch"} <= set(arm.flags) <= set(FLAGS)


def test_a_box_gives_its_median_and_quartiles_and_reports_the_whiskers(tmp_path):
    readings = read_figure(
        save(tmp_path, plot_type="boxplot", y=[240.0, 200.0, 150.0, 110.0, 60.0])
    )
    (arm,) = readings.arms
    assert_allclose([arm.error_lower, arm.centre, arm.error_upper], [30.0, 50.0, 75.0])
    assert (arm.centre_type, arm.error_type) == ("median", "iqr")
    assert [report.item for report in readings.reported] == ["group 'a', whisker"] * 2
    assert readings.points_read == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"plot_type": "scatterplot"}, r"plot_type 'scatterplot', of which.*write\.csv"),
        ({"values": (5, 5)}, "has the value 5 at both of its points"),
        (
            {"values": (0, 100), "log": ("y", "s", "10")},
            "is a log axis, but is calibrated at 0, 100",
        ),
        ({"values": (0,)}, "1 calibration points of the value axis have a place"),
        ({"values": (0, "nan")}, "1 calibration points of the value axis have a place"),
        ({"y": [200.0, 150.0, 100.0]}, "group 'a': 3 clicks, where mean_error needs 2"),
        ({"y": [200.0, np.nan]}, "group 'a': 2 clicks, where mean_error needs 2, all of them numb"),
        ({"calpoints": np.array([1.0])}, "calibration points of the value axis"),
    ],
)
def test_a_figure_that_can_not_be_used(tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        read_figure(save(tmp_path, **({"y": [200.0, 150.0]} | changes)))


def test_an_r_object_that_is_no_figure(tmp_path):
    rdata.write_rds(tmp_path / "numbers", np.arange(3.0), compression="gzip")
    with pytest.raises(InputError, match="an R file, but no figure of metaDigitise"):
        read_figure(tmp_path / "numbers")


def test_a_sequence_that_would_fill_the_memory_is_refused(tmp_path):
    # R writes 1:n as three numbers: its length, its start and its step.
    rds = b"X\n\0\0\0\x03\0\x04\x02\x02\0\x03\x05\0\0\0\0\x05UTF-8" + bytes.fromhex(
        "000000ee 00000002 00000001 00040009 0000000e"
    )
    rds += b"compact_intseq" + bytes.fromhex("00000002 00000001 00040009 00000004") + b"base"
    rds += bytes.fromhex("00000002 0000000d 00000001 0000000d 000000fe 0000000e 00000003")
    rds += np.array([1e11, 1, 1], dtype=">f8").tobytes() + bytes.fromhex("000000fe")
    (tmp_path / "long").write_bytes(gzip.compress(rds))
    with pytest.raises(InputError, match=r"damaged R data \(ValueError\)"):
        read_figure(tmp_path / "long")


def test_its_pixels_are_drawn_from_the_top(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/brandt2014_fig2").write_bytes(EXAMPLE.read_bytes())
    table = "file,label,study_id,outcome,role,n,error_type\n"
    table += "brandt2014_fig2,vehicle,a,o,control,10,sem\n"
    (tmp_path / "figures.csv").write_text(table)
    read = read_figures(tmp_path / "figures.csv")
    assert read.problems == []
    assert read.rows[0]["mean"] == pytest.approx(48.1994117647059)
    assert (read.rows[0]["mean_px_y"], read.rows[0]["axis_px"]) == (335.13, 340.0)
    ((overlay,), _) = read_overlays(tmp_path / "figures.csv")
    marks = overlay.marks
    assert marks[0].arm.centre_px == (109.7, -335.13)
    heights = [mark.arm.calibration.values(*mark.arm.centre_px)[1] for mark in marks]
    assert_allclose(heights, [mark.arm.centre for mark in marks])
    draw_overlay(overlay)
