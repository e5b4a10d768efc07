import csv
import io

import pytest

from evpool.errors import InputError
from evpool.readers import read_figure
from tests.readers.projects import FORMATS, save

TEXT = (FORMATS / "syrf_quantitative.csv").read_text(encoding="utf-8")
HEADER, *ROWS = csv.reader(io.StringIO(TEXT))


def export(folder, changes=(), header=HEADER, rows=ROWS):
    """Write the example with cells changed: (row, column, text)."""
    rows = [list(row) for row in rows]
    for row, column, text in changes:
        rows[row][HEADER.index(column)] = text
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([header, *rows])
    return save(folder, out.getvalue(), "syrf.csv")


def test_roles_come_from_model_and_treatment():
    roles = [arm.role for arm in read_figure(FORMATS / "syrf_quantitative.csv").arms]
    assert roles[:3] == ["sham", "control", "treatment"]
    # Vehicle with a co-treatment: which control it is, only a person knows.
    assert roles[7:] == [None, "treatment", "treatment"]


def test_what_is_odd_is_flagged_and_nothing_is_dropped():
    readings = read_figure(FORMATS / "syrf_quantitative.csv")
    flags = [arm.flags for arm in readings.arms]
    assert readings.points_read == len(ROWS) == 10
    assert [i for i, own in enumerate(flags) if "superseded" in own] == [1, 4]
    assert flags[6] == ("reconciled",)
    assert flags[7] == ("iqr_width_unclear", "role_unclear")
    assert flags[9] == ("error_zero", "n_sentinel")
    assert readings.arms[9].time == -1440


@pytest.mark.parametrize("n", ["999", "0", "-1", "9999"])
def test_numbers_that_stand_for_unknown(tmp_path, n):
    arm = read_figure(export(tmp_path, [(0, "NumberOfAnimals", n)])).arms[0]
    assert (arm.n, arm.flags) == (None, ("n_sentinel",))


def test_the_names_of_the_manual_are_accepted(tmp_path):
    names = {"TimeInMinute": "TimeInMinutes", "ErrorType": "OutcomeErrorType"}
    header = [names.get(name, name) for name in HEADER]
    assert len(read_figure(export(tmp_path, header=header)).arms) == 10


def test_columns_are_found_by_name_whatever_their_order(tmp_path):
    turned = [row[::-1] for row in ROWS]
    readings = read_figure(export(tmp_path, header=HEADER[::-1], rows=turned))
    expected = read_figure(FORMATS / "syrf_quantitative.csv").arms
    assert [(a.centre, a.role, a.n) for a in readings.arms] == [
        (a.centre, a.role, a.n) for a in expected
    ]


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("OutcomeAverage", "about 3", "OutcomeAverage is 'about 3', not a number"),
        ("OutcomeAverage", "", "OutcomeAverage is '', not a number"),
        ("ErrorType", "CI", "ErrorType is 'CI', not one of sd, sem, iqr"),
        ("OutcomeAverageType", "max", "OutcomeAverageType is 'max'"),
        ("IsTreatmentControl", "perhaps", "not True or False"),
        ("TreatmentLabel(s)", "Saline;Co", "don't align"),
    ],
)
def test_rows_that_cannot_be_used_are_reported(tmp_path, column, text, words):
    readings = read_figure(export(tmp_path, [(1, column, text)]))
    assert len(readings.arms) == 9
    assert words in str(readings.reported[0])
    assert "row 3" in readings.reported[0].item


def test_a_missing_column_is_named(tmp_path):
    header = ["Spread" if name == "OutcomeError" else name for name in HEADER]
    with pytest.raises(InputError, match="columns missing: OutcomeError"):
        read_figure(export(tmp_path, header=header))


def test_the_last_reconciliation_counts(tmp_path):
    later = list(ROWS[6])
    later[HEADER.index("DateTimeDataEntered")] = "02/05/2025"
    later[HEADER.index("OutcomeAverage")] = "47.9"
    arms = read_figure(export(tmp_path, rows=[*ROWS, later])).arms
    assert arms[6].flags == ("reconciled", "superseded")
    assert arms[10].flags == ("reconciled",)
