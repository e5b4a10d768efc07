"""The typed tables that say what the studies are, as their steps get them."""

from evpool.studies.typed import COLUMNS, read_study_tables


def test_decimal_commas_of_a_column_of_numbers_become_points(tmp_path):
    (tmp_path / "studies").write_text("study_id;label;dose;cited\na;A;2,5;1,2 and 3\nb;B;10;4\n")
    tables = read_study_tables({name: tmp_path / name for name in COLUMNS})
    rows = tables["studies"].rows
    assert [(row["dose"], row["cited"]) for row in rows] == [("2.5", "1,2 and 3"), ("10", "4")]
