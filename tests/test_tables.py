import numpy as np
import pyarrow.parquet as pq
import pytest

from evpool.columns import Column
from evpool.errors import InputError
from evpool.tables import is_synthetic, log_to, read_rows, replacing, write_arrays, write_table

COLUMNS = (Column("name"), Column("n", "int64"), Column("x", "float64"), Column("ok", "bool"))


def test_types_are_declared_or_shown_and_missing_is_null(tmp_path):
    rows = [{"name": "a", "n": 1, "x": float("nan"), "ok": True, "year": 2020, "dose": 1.5},
            {"name": None, "n": None, "x": 2.0, "ok": None, "year": None, "dose": 2}]  # fmt: skip
    write_table(rows, COLUMNS, tmp_path / "t.parquet", {"a": 1})
    table = pq.ParquetFile(tmp_path / "t.parquet").read()
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds == {"name": "string", "n": "int64", "x": "double", "ok": "bool",
                     "year": "int64", "dose": "double"}  # fmt: skip
    assert table["x"].to_pylist() == [None, 2.0]
    assert table.schema.metadata[b"settings"] == b'{"a": 1}'


def test_the_named_columns_of_several_tables_are_read_one_after_the_other(tmp_path):
    paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for number, path in enumerate(paths):
        write_table([{"row": number, "name": path.stem, "unread": True}], (), path)
    assert read_rows(*paths, columns=("name", "row")) == [
        {"name": "a", "row": 0},
        {"name": "b", "row": 1},
    ]


def test_an_empty_table_keeps_its_columns(tmp_path):
    write_table([], COLUMNS, tmp_path / "t.parquet")
    assert pq.read_schema(tmp_path / "t.parquet").names == ["name", "n", "x", "ok"]
    assert read_rows(tmp_path / "t.parquet") == []


def test_the_synthetic_stamp_is_inherited(tmp_path):
    for name, synthetic in (("real", False), ("drawn", True)):
        write_table([], COLUMNS, tmp_path / name, synthetic=synthetic)
    write_table([], COLUMNS, tmp_path / "both", made_from=[tmp_path / "real", tmp_path / "drawn"])
    write_table([], COLUMNS, tmp_path / "one", made_from=tmp_path / "real")
    assert is_synthetic(tmp_path / "both")
    assert not is_synthetic(tmp_path / "one")


def test_arrays_become_declared_columns_and_nan_null(tmp_path):
    columns = (Column("n", "int64"), Column("x", "float64"))
    write_table([], COLUMNS, tmp_path / "drawn", synthetic=True)
    values = {"n": np.array([3.0, np.nan]), "x": np.array([np.nan, 0.5])}
    write_arrays(values, columns, tmp_path / "t", {"a": 1}, made_from=tmp_path / "drawn")
    table = pq.ParquetFile(tmp_path / "t").read()
    assert [str(field.type) for field in table.schema] == ["int64", "double"]
    assert table.to_pydict() == {"n": [3, None], "x": [None, 0.5]}
    assert table.schema.metadata[b"settings"] == b'{"a": 1}'
    assert is_synthetic(tmp_path / "t")


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    target = tmp_path / "t.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(target) as partial:
        partial.write_text(f"half {1 / 0}")
    assert [path.name for path in tmp_path.iterdir()] == ["t.txt"]
    assert target.read_text() == "old"


def test_a_refusal_is_told_without_a_traceback(tmp_path):
    with pytest.raises(SystemExit, match=r"arms\.csv: 1 problem"), log_to(tmp_path / "log"):
        raise InputError("arms.csv", ["row 2 is wrong"])
    assert (tmp_path / "log").read_text() == "arms.csv: 1 problem\n  - row 2 is wrong\n"
    with pytest.raises(KeyError), log_to(tmp_path / "log"):
        raise KeyError("a defect")
    assert "Traceback" in (tmp_path / "log").read_text()


def test_a_config_may_ask_for_a_number_as_it_is_typed():
    from evpool.extraction.table import matches

    for asked in (4, "4", 4.0, "4.0"):
        for held in (4, "4", 4.0, "4.0"):
            assert matches({"time": held}, {"time": asked})
    assert not matches({"time": 40.0}, {"time": 4})
    assert not matches({"code": "007"}, {"code": 7})
