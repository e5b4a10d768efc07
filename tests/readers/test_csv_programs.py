"""CSV and XML of WebPlotDigitizer, PlotDigitizer, Engauge, juicr, metagear and metaDigitise."""

import pytest

from evpool.errors import InputError
from evpool.readers import read_figure
from tests.readers.projects import FORMATS, save

CAPS = '"","x"\n"1",48.2\n"2",53.2\n"3",41.7\n'
DESKTOP = "a\nb\nc\nd\n2\narm, value\n1.0, 48.2\n2.0, 41.7\n"
ENGAUGE = (FORMATS / "engauge.dig").read_text(encoding="utf-8")
META = '"","filename","variable","group_id","mean","sd","n","r","se","error_type","plot_type"\n'
XML = (FORMATS / "plotdigitizer_desktop.xml").read_text(encoding="utf-8")


def read(folder, text, name="figure.csv", **more):
    return read_figure(save(folder, text, name), **more)


def refused(folder, text, words, name="figure.csv", **more):
    with pytest.raises(InputError, match=words) as caught:
        read(folder, text, name, **more)
    return caught.value


# WebPlotDigitizer ---------------------------------------------------------------------------------


def test_wpd_export_with_commas_in_names_and_padding(tmp_path):
    text = "lesion, mm3,,late,\nX,Y,X,Y\n1,48.2,1,31.5\n2,41.7,,\n"
    readings = read(tmp_path, text)
    assert [(arm.dataset, arm.centre) for arm in readings.arms] == [
        ("lesion, mm3", 48.2),
        ("lesion, mm3", 41.7),
        ("late", 31.5),
    ]


def test_wpd_export_with_one_header_line(tmp_path):
    readings = read(tmp_path, "a_X,a_Y,a SD_X,a SD_Y\n1,48.2,1.01,53.2\n2,41.7,2.01,46.7\n")
    assert [arm.error for arm in readings.arms] == pytest.approx([5, 5])


def test_wpd_export_of_labelled_bars_pairs_by_label(tmp_path):
    text = "m,,m upper,\nLabel,Y,Label,Y\nPBS,48,drug,45\ndrug,40,PBS,50\n"
    assert [arm.error for arm in read(tmp_path, text).arms] == [2, 5]


def test_wpd_export_cells_that_are_no_numbers_are_reported(tmp_path):
    readings = read(tmp_path, "a,\nX,Y\n1,48.2\n2,n/a\n3,40\n")
    assert "data set 'a', row 4: 'n/a' is not a number" in str(readings.reported[0])
    assert readings.points_read == 3
    refused(tmp_path, "a,\nX,Y\n1,48.2,7\n", "row 3: 3 cells, where 2 are needed")


def test_wpd_view_with_decimal_commas(tmp_path):
    arms = read(tmp_path, "0,97; 48,2\n2,97; 41,7\n").arms
    assert [(arm.x, arm.centre) for arm in arms] == [(0.97, 48.2), (2.97, 41.7)]


def test_wpd_view_that_reads_in_two_ways(tmp_path):
    refused(tmp_path, "1;2,5\n2;3,5\n", "more than one way")


def test_wpd_view_strays_and_lost_labels(tmp_path):
    readings = read(tmp_path, "v, 48, 0, mean\nv, 53, 0, upper\nv, 9, -1, \n")
    assert readings.arms[0].error == 5
    assert "a stray click" in str(readings.reported[0])
    refused(tmp_path, "Bar0, 48\nBar1, 53\n", "lost their labels")
    refused(tmp_path, "v, 48, 0, q3\nv, 53, 0, q1\n", "none of the groups 'q3', 'q1'")
    refused(tmp_path, "1, 2, 3\n4, 5, 6\n", "3 columns without a header")


# PlotDigitizer ------------------------------------------------------------------------------------


def test_plotdigitizer_desktop_csv_counts_its_points(tmp_path):
    assert [arm.centre for arm in read(tmp_path, DESKTOP).arms] == [48.2, 41.7]
    refused(tmp_path, DESKTOP.replace("\n2\n", "\n3\n"), "it counts 3 points, and has 2")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("aY2='60.0'", "aY2='sixty'", "aY2 is 'sixty', not a number"),
        ("aY2='60.0'", "aY2='0.0'", "y axis has the value 0 at both"),
        ("isYLog='false'", "isYLog='true'", "log axis, but is calibrated at 0, 60"),
        ("</data>", "", "truncated or damaged XML"),
        ("<calibpoints", "<calib", "the file has none"),
        ("<data>", "<!DOCTYPE x [<!ENTITY a 'b'>]><data>", "entity declarations"),
    ],
)
def test_plotdigitizer_xml_that_cannot_be_used(tmp_path, old, new, words):
    assert old in XML
    refused(tmp_path, XML.replace(old, new), words, "figure.xml", tips="upper")


def test_plotdigitizer_xml_values_are_recomputed(tmp_path):
    text = XML.replace("dy='48.10344827586207'", "dy='48.2'")
    text = text.replace("x='288.0' y='150.0'", "x='NaN' y='150.0'")
    readings = read(tmp_path, text.replace("y='132.0'", "y='260.0'"), "f.xml", tips="none")
    assert readings.arms[0].centre == pytest.approx(48.10344827586207, rel=1e-14)
    assert readings.arms[0].flags == ("value_mismatch",)
    assert readings.points_read == 8
    assert "point 6: a click at pixel (NaN, 150.0)" in str(readings.reported[0])


# Engauge ------------------------------------------------------------------------------------------


def test_engauge_functions_and_one_curve_per_line(tmp_path):
    functions = "x,mean,upper tip\n0.98,48.1,\n1.01,,53.4\n2.01,41.7,\n2.02,,46.0\n"
    blocks = "# x, mean\n0.98, 48.1\n2.01, 41.7\n\n# x, upper tip\n1.01, 53.4\n2.02, 46.0\n"
    for text in (functions, blocks):
        readings = read(tmp_path, text)
        assert [arm.error for arm in readings.arms] == pytest.approx([5.3, 4.3])
        assert readings.points_read == 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('AxesPointsRequired="0"', 'AxesPointsRequired="1"', "not calibrated by three points"),
        ('TypeString="Cartesian"', 'TypeString="Polar"', "not Cartesian"),
        ('X="54.1042"', 'X="nan"', "3 axis points, or not all of them numbers"),
        ('X="54.1989" Y="18.9143"', 'X="198" Y="229"', "three axis points are collinear"),
        ('ScaleYRadius="0"', 'ScaleYRadius="1"', "y axis is a log axis"),
        ("CoordSystem", "Settings", "from before release 7"),
        ("</Document>", "", "truncated or damaged XML"),
    ],
)
def test_engauge_projects_that_cannot_be_used(tmp_path, old, new, words):
    assert old in ENGAUGE
    refused(tmp_path, ENGAUGE.replace(old, new), words, "figure.dig")


# juicr and metagear -------------------------------------------------------------------------------


def test_metagear_caps_need_a_map_and_pairs(tmp_path):
    refused(tmp_path, CAPS, "it lists means and tips by position only")
    refused(tmp_path, CAPS, "3 points, where each arm needs 2", tips="upper")


def test_juicr_points_and_downward_bars(tmp_path):
    header = '"x.calibrated","y.calibrated","x.coord","y.coord","group"\n'
    arms = read(tmp_path, header + '1,48,100,50,"a"\n2,41,200,60,"a"\n1,20,101,90,"b"\n').arms
    assert [(arm.dataset, arm.centre) for arm in arms] == [("a", 48), ("a", 41), ("b", 20)]
    arms = read(tmp_path, '"bar","error","group"\n-20,-25,"autoBar1"\n5,"x","b"\n')
    assert (arms.arms[0].error, arms.arms[0].error_lower) == (5, -25)
    assert "row 3, column 'error': 'x' is not a number" in str(arms.reported[0])


def test_juicr_error_bars_with_a_negative_length(tmp_path):
    text = (FORMATS / "juicr_error_bars.csv").read_text().replace("4.956522", "-4.956522")
    arm = read(tmp_path, text).arms[0]
    assert (arm.error, arm.flags) == (-4.956522, ("error_negative",))
    assert arm.upper_px == (116, 46)


# metaDigitise -------------------------------------------------------------------------------------


def test_metadigitise_without_sd_takes_the_se(tmp_path):
    rows = '"1","f.png","v","a",5,NA,NA,NA,1.5,"se","mean_error"\n'
    rows += '"2","f.png","v","b",NA,1,4,NA,1,"se","mean_error"\n'
    rows += '"3","f.png","v","c",5,"1,5",4,NA,1,"se","mean_error"\n'
    rows += '"4","f.png","v","d",5,1.5,4,NA,1,"se","pie"\n'
    readings = read(tmp_path, META + rows)
    arm = readings.arms[0]
    assert (arm.error, arm.error_type, arm.n) == (1.5, "sem", None)
    words = [str(report) for report in readings.reported]
    assert "it has no mean" in words[0]
    assert "'1,5', not a number" in words[1]
    assert "plot_type 'pie'" in words[2]


def test_metadigitise_flags_what_was_converted_or_estimated():
    arms = read_figure(FORMATS / "metadigitise_summary.csv").arms
    assert [arm.flags for arm in arms] == [("converted",)] * 4 + [("estimated",)] * 2


# Anything else ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 whatever", "a spreadsheet or zip"),
        (b"\x1f\x8b\x08", "write.csv"),
        (b"\x89PNG\r\n", "an image"),
        (b"study_id,outcome\na,b\n", "not recognised"),
        (b"<html></html>", "not recognised"),
        (bytes(range(256)), "not recognised"),
    ],
)
def test_files_of_nothing_known(tmp_path, data, words):
    refused(tmp_path, data, words)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_figure(tmp_path / "gone.json")


def test_more_files_must_hold_points(tmp_path):
    mean = FORMATS / "plotdigitizer_online_mean.csv"
    with pytest.raises(InputError, match="holds arms, not points"):
        read_figure(mean, more_files=[FORMATS / "revman5.rm5"])
