"""Every example file gives the numbers that truth_examples.csv says a correct reader returns."""

import pytest
from numpy.testing import assert_allclose

from evpool.errors import InputError
from evpool.readers import read_figure, select_arm
from tests.readers.projects import FORMATS, clicks_in, table

TRUTH = table(FORMATS / "truth_examples.csv")
ONLINE = "plotdigitizer_online_mean.csv + plotdigitizer_online_upper.csv"
OPTIONS = {
    "plotdigitizer_desktop.xml": {"tips": "upper"},
    "metagear_barplot.csv": {"tips": "upper"},
    ONLINE: {"more_files": [FORMATS / "plotdigitizer_online_upper.csv"]},
}
REFUSED = {
    "wpd_export_all_bar_groups.csv": "lost their labels",
    "template_long.csv": "resources/<review>/arms.csv",
}
FILES = [name for name in dict.fromkeys(row["file"] for row in TRUTH) if name not in REFUSED]
TIPS = {"error_upper": "upper_read", "error_lower": "lower_read"}
LABELLED = ("wpd_v3", "wpd_v4_bar", "wpd_v5", "wpd_view", "metad", "syrf", "revman")


def read(name):
    return read_figure(FORMATS / name.split(" + ")[0], **OPTIONS.get(name, {}))


def pairs(name):
    arms = read(name).arms
    return zip(arms, [row for row in TRUTH if row["file"] == name], strict=True)


@pytest.mark.parametrize("name", FILES)
def test_means_errors_and_tips_are_the_true_ones(name):
    for arm, row in pairs(name):
        assert_allclose(arm.centre, float(row["mean_read"]), rtol=1e-12)
        for field, column in TIPS.items():
            if row[column]:
                assert_allclose(getattr(arm, field), float(row[column]), rtol=1e-12)
        if row["error_read"]:
            assert_allclose(arm.error, float(row["error_read"]), rtol=1e-11)
        elif name != "metagear_barplot.csv":
            assert arm.error is None


@pytest.mark.parametrize("name", FILES)
def test_what_the_file_says_of_an_arm_is_kept_and_nothing_else(name):
    for arm, row in pairs(name):
        if name.startswith(LABELLED):
            assert arm.label == row["label"]
        if name.startswith(("metad", "syrf", "revman")):
            assert arm.n == (float(row["n"]) if row["n"] else None)
            assert (arm.error_type or "") == row["error_type"]
        else:
            assert (arm.n, arm.role, arm.error_type, arm.centre_type) == (
                None,
                None,
                "unknown",
                None,
            )


def test_every_example_is_read_or_refused_with_a_remedy():
    assert len(FILES) == 20
    for name, words in REFUSED.items():
        with pytest.raises(InputError, match=words):
            read_figure(FORMATS / name)


@pytest.mark.parametrize("path", sorted(FORMATS.glob("*.json")), ids=lambda path: path.name)
def test_points_read_are_points_used_and_points_reported(path):
    assert read_figure(path).points_read == clicks_in(path)


@pytest.mark.parametrize("row", table(FORMATS / "template_long.csv"))
def test_rows_of_the_arm_table_find_their_reading(row):
    if not row["source_file"]:
        return
    tips = {row["source_dataset"]: row["source_tip"]}
    readings = read_figure(FORMATS / row["source_file"], tips=tips)
    arm = select_arm(readings, row["source_label"], row["source_dataset"])
    true = next(
        t
        for t in TRUTH
        if t["file"] == "template_long.csv"
        and row["source_file"] in t["note"]
        and t["label"] == row["arm_label"]
    )
    assert_allclose([arm.centre, arm.error], [float(true[c]) for c in ("mean_read", "error_read")])


def test_the_project_in_the_archive_gives_what_its_json_gives(tmp_path):
    readings = read("wpd_v5_project.tar")
    assert readings.points_read == 8
    assert readings.arms[0].resolution == pytest.approx(60 / (203.75 - 15.625))
    assert list(tmp_path.iterdir()) == []


def test_reading_changes_no_file():
    before = {path: path.read_bytes() for path in FORMATS.iterdir() if path.is_file()}
    for name in FILES:
        read(name)
    assert {p: p.read_bytes() for p in FORMATS.iterdir() if p.is_file()} == before
