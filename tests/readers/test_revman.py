import io
import shutil
import zipfile

import pytest

from evpool.errors import InputError
from evpool.readers import read_figure
from tests.readers.projects import FORMATS, save

RM5 = (FORMATS / "revman5.rm5").read_text(encoding="utf-8")
EXPORT = (FORMATS / "revman5_export.csv").read_text(encoding="utf-8")
PACKAGE = FORMATS / "revman_web" / "CD000000-analysis-data"
ROWS = PACKAGE / "CD000000-data-rows.csv"


def numbers(arms):
    return [(a.study, a.arm, a.role, a.n, a.centre, a.error, a.flags) for a in arms]


def zipped(folder, compression=zipfile.ZIP_STORED):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", compression) as package:
        for path in PACKAGE.iterdir():
            package.write(path, f"CD000000-analysis-data/{path.name}")
    return save(folder, memory.getvalue(), "package.zip")


def test_review_export_and_package_give_the_same_arms(tmp_path):
    review = numbers(read_figure(FORMATS / "revman5.rm5").arms)
    assert numbers(read_figure(FORMATS / "revman5_export.csv").arms) == review
    assert numbers(read_figure(ROWS).arms) == review
    assert numbers(read_figure(zipped(tmp_path)).arms) == review


def test_names_without_html_and_ids_joined_raw():
    arms = read_figure(FORMATS / "revman5.rm5").arms
    assert arms[0].outcome == "Lesion volume, mm3"
    assert arms[4].study == "Dietz-Roth 2019"


def test_an_sd_of_zero_means_not_reported():
    arms = read_figure(FORMATS / "revman5.rm5").arms[-2:]
    assert [(a.error, a.error_type, a.flags) for a in arms] == [
        (None, None, ("not_estimable",))
    ] * 2


def test_other_outcomes_are_reported_as_skipped():
    readings = read_figure(FORMATS / "revman5.rm5")
    assert "'Death' is a DICH_OUTCOME" in str(readings.reported[0])
    assert readings.points_read == 12


def test_not_estimable_rows_and_unknown_studies(tmp_path):
    text = RM5.replace(
        'EFFECT_SIZE="0.0" ESTIMABLE="YES" MEAN_1="26.1"', 'ESTIMABLE="NO" MEAN_1="26.1"'
    )
    text = text.replace('STUDY_ID="STD-Costa-2016"', 'STUDY_ID="STD-Gone"', 1)
    text = text.replace('MEAN_1="18.75"', 'MEAN_1="18,75"')
    readings = read_figure(save(tmp_path, text, "review.rm5"))
    assert readings.arms[0].flags == ("not_estimable",)
    words = [str(report) for report in readings.reported]
    assert "'STD-Gone': the review has no such study" in words[0]
    assert "MEAN_1 is '18,75', not a number" in words[1]
    assert readings.points_read == 12


def test_a_control_arm_that_recurs_is_flagged(tmp_path):
    data = RM5[RM5.index("<CONT_DATA") : RM5.index("/>", RM5.index("<CONT_DATA")) + 2]
    text = RM5.replace(data, data + data.replace('MEAN_1="26.1"', 'MEAN_1="33.5"'))
    arms = read_figure(save(tmp_path, text, "review.rm5")).arms
    shared = [arm.role for arm in arms if "shared_control" in arm.flags]
    assert shared == ["control", "control"]


def test_a_review_on_one_line_in_latin1(tmp_path):
    text = RM5.replace("\n", " ").replace("UTF-8", "ISO-8859-1").replace("Costa", "Cósta")
    arms = read_figure(save(tmp_path, text.encode("latin-1"), "review.rm5")).arms
    assert arms[2].study == "Cósta 2016"
    undeclared = text[text.index("<COCHRANE") :]
    arms = read_figure(save(tmp_path, undeclared.encode("latin-1"), "review.rm5")).arms
    assert (arms[2].study, arms[2].flags) == ("Cósta 2016", ("latin1",))


def test_a_truncated_review(tmp_path):
    with pytest.raises(InputError, match="truncated or damaged XML"):
        read_figure(save(tmp_path, RM5[:3000], "review.rm5"))


def test_thousands_commas_and_a_byte_order_mark(tmp_path):
    text = "\ufeff" + EXPORT.replace(",26.1,13.01,", ',"1,026.1",13.01,')
    assert read_figure(save(tmp_path, text, "export.csv")).arms[0].centre == 1026.1
    text = EXPORT.replace(",26.1,13.01,", ',"26,1",13.01,')
    readings = read_figure(save(tmp_path, text, "export.csv"))
    assert "'26,1', not a number" in str(readings.reported[0])


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(InputError, match="columns missing: SD 1"):
        read_figure(save(tmp_path, EXPORT.replace(",SD 1,", ",Spread,"), "export.csv"))


def test_data_rows_need_their_settings(tmp_path):
    alone = shutil.copy(ROWS, tmp_path)
    with pytest.raises(InputError, match="overall-estimates-and-settings"):
        read_figure(alone)


def test_a_damaged_package(tmp_path):
    path = zipped(tmp_path)
    data = path.read_bytes().replace(b"Costa 2016", b"Costa 2017")
    with pytest.raises(InputError, match="damaged or encrypted"):
        read_figure(save(tmp_path, data, "damaged.zip"))


def test_a_package_with_any_byte_altered_is_read_or_refused(tmp_path):
    content, told = zipped(tmp_path, zipfile.ZIP_DEFLATED).read_bytes(), set()
    for place in range(8, len(content), 11):
        altered = bytearray(content)
        altered[place] ^= 0x55
        try:
            read_figure(save(tmp_path, bytes(altered), "altered.zip"))
        except InputError as error:
            told.add("damaged or encrypted" in str(error))
    assert True in told
