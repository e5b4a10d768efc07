"""Rows of figures.csv and what is read of the figures that they point to."""

import shutil

import pytest

from evpool.arms.checks import check_rows
from evpool.extraction.columns import STUDIES
from evpool.extraction.delimited import read_input
from evpool.extraction.row_digests import digest_rows, digest_table
from evpool.extraction.typed import read_typed
from tests.conftest import ROOT

FIGURE = "wpd_v4_bar_groups.json"
TABLE = f"""file,label,study_id,outcome,role,n,error_type
{FIGURE},vehicle,a,lesion,control,10,sem
{FIGURE},1 mg/kg,a,lesion,treatment,9,sem
"""


@pytest.fixture
def digitised(tmp_path):
    """Write figures.csv and its figure; digitised(old, new) changes the table first."""

    def write(old="", new=""):
        (tmp_path / "figures").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests/formats" / FIGURE, tmp_path / "figures")
        (tmp_path / "figures.csv").write_text(TABLE.replace(old, new, 1))
        (tmp_path / "studies.csv").write_text("study_id,label\na,A\n")
        return tmp_path / "figures.csv"

    return write


def test_means_and_error_bars_are_those_of_the_figure(digitised):
    rows = read_typed(digitised()).rows
    # The read values of tests/formats/truth_examples.csv.
    assert [row["mean"] for row in rows] == pytest.approx([48.21963394342762, 41.83028286189684])
    assert [row["error"] for row in rows] == pytest.approx([4.991680532445926, 4.193011647254572])
    assert rows[0]["error_upper"] == pytest.approx(53.21131447587354)


@pytest.mark.parametrize(("kind", "ends"), [("iqr", ("q1", "q3")), ("range", ("min", "max"))])
def test_a_centre_that_is_a_median_takes_the_ends_of_its_bar_along(digitised, kind, ends):
    plain = read_typed(digitised()).rows[0]
    table = digitised()
    text = table.read_text().replace("sem\n", f"{kind},median\n")
    table.write_text(text.replace("error_type", "error_type,centre"))
    row = read_typed(table).rows[0]
    assert (row["mean"], row["median"]) == (None, plain["mean"])
    assert [row[end] for end in ends] == [plain["error_lower"], plain["error_upper"]]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1 mg/kg", "2 mg/kg", "0 arms fit '2 mg/kg'. Did you mean"),
        (FIGURE, "none.json", "column 'file' is 'none.json': expected a readable arm"),
    ],
)
def test_an_arm_that_can_not_be_read_is_named(digitised, old, new, expected):
    table = read_typed(digitised(old, new))
    assert len(table.problems) == 1
    assert expected in str(table.problems[0])


def test_a_new_digitisation_changes_the_rows_that_it_feeds(digitised, tmp_path):
    path = digitised()
    wanted = {"outcome": "lesion"}
    before = digest_rows(path, tmp_path / "studies.csv", wanted)
    ids = [row["row_id"] for row in read_typed(path).rows]
    assert before == digest_rows(path, tmp_path / "studies.csv", wanted)
    with (tmp_path / "figures" / FIGURE).open("a") as figure:
        figure.write("\n")
    assert before != digest_rows(path, tmp_path / "studies.csv", wanted)
    assert not set(ids) & {row["row_id"] for row in read_typed(path).rows}


def test_tips_are_those_of_the_data_set_that_the_row_names(tmp_path):
    (tmp_path / "figures").mkdir()
    text = (ROOT / "tests/formats/wpd_export_all_xy.csv").read_text()
    text = text.replace("vehicle upper", "caps1").replace("treated upper", "caps2")
    (tmp_path / "figures/f.csv").write_text(text.replace("treated", "EV"))
    header = "file,dataset,label,tips,study_id,outcome,role,n,error_type\n"
    rows = ["f.csv,vehicle,x=14,dataset:caps1,a,o,control,10,sem\n"]
    rows += ["f.csv,EV,x=14,dataset:caps2,a,o,treatment,9,sem\n"]
    path = tmp_path / "figures.csv"
    path.write_text(header + "".join(rows))
    table = read_typed(path)
    assert table.problems == []
    assert [row["error_upper"] for row in table.rows] == [10.036782916582585, 5.6542038929351115]
    # The tips are in arms, so that six means at the other times are all that no row asks for.
    assert [row["reason"] for row in table.aside] == ["arm_not_asked_for"] * 6
    assert not any("caps" in row["detail"].split(";")[0] for row in table.aside)
    path.write_text(header + rows[0])
    assert [row["error_upper"] for row in read_typed(path).rows] == [10.036782916582585]


@pytest.mark.parametrize(
    ("typed", "problems"),
    [("sem", []), ("unknown", []), *((kind, ["sem, as the file says"]) for kind in ("sd", ""))],
)
@pytest.mark.parametrize("file", ["summary.csv", "brandt2014_fig2"])
def test_a_bar_is_of_the_kind_that_its_file_says(tmp_path, file, typed, problems):
    (tmp_path / "figures").mkdir()
    formats = ROOT / "tests/formats"
    if file == "summary.csv":  # without the SD that metaDigitise made
        text = (formats / "metadigitise_summary.csv").read_text().replace("16.1276160668587", "NA")
        (tmp_path / "figures" / file).write_text(text)
    else:
        shutil.copy(formats / "metadigitise_caldat" / file, tmp_path / "figures")
    dataset = "brandt2014_fig2.png" if file == "summary.csv" else ""
    (tmp_path / "figures.csv").write_text(
        "file,dataset,label,study_id,outcome,role,n,error_type\n"
        f"{file},{dataset},vehicle,a,o,control,10,{typed}\n"
    )
    found = read_typed(tmp_path / "figures.csv").problems
    assert [(problem.column, problem.expected) for problem in found] == [
        ("error_type", expected) for expected in problems
    ]


def test_a_file_that_no_row_names_counts_for_the_whole_table(digitised, tmp_path):
    path = digitised()
    wanted = {"outcome": "lesion"}
    whole, own = digest_table(path), digest_rows(path, tmp_path / "studies.csv", wanted)
    (tmp_path / "figures/fig9.png").touch()
    (tmp_path / "figures/.DS_Store").touch()
    assert digest_table(path) == whole
    shutil.copy(ROOT / "tests/formats" / FIGURE, tmp_path / "figures/fig9.json")
    assert digest_table(path) != whole
    assert digest_rows(path, tmp_path / "studies.csv", wanted) == own
    aside = [row["detail"] for row in read_typed(path).aside]
    assert aside[-1] == "no row names fig9.json"


def test_an_sd_that_metadigitise_made_of_an_sem_is_not_made_into_one_again(tmp_path):
    (tmp_path / "figures").mkdir()
    shutil.copy(ROOT / "tests/formats/metadigitise_summary.csv", tmp_path / "figures")
    (tmp_path / "studies.csv").write_text("study_id,label\na,A\n")
    header = "file,dataset,label,study_id,outcome,role,n,error_type\n"
    file = "metadigitise_summary.csv,brandt2014_fig2.png"
    rows = f"{file},vehicle,a,o,control,10,sem\n{file},1 mg/kg,a,o,treatment,9,sem\n"
    path = tmp_path / "figures.csv"
    studies = read_input(tmp_path / "studies.csv", STUDIES)
    path.write_text(header + rows)
    problems = check_rows(read_typed(path), studies, "means")
    assert [problem.column for problem in problems] == ["error_type"] * 2
    assert "expected sd, for the program that read the figure had already converted" in str(
        problems[0]
    )
    path.write_text(header + rows.replace("sem", "sd"))
    assert check_rows(read_typed(path), studies, "means") == []
    assert read_typed(path).rows[0]["error"] == pytest.approx(16.1276160668587)
