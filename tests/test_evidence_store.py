"""The results are one dataset for DuckDB, polars and pandas."""

import re

import duckdb
import polars
import pyarrow.parquet as pq

from tests.conftest import ROOT

QUERIES = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
OUTCOMES = ("bbb_first", "bbb_last")


def rows(finished, table):
    return pq.ParquetFile(finished / f"results/{table}.parquet").read().to_pylist()


def test_the_queries_of_the_readme_give_what_the_tables_say(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    benefits, studies, shifts = (duckdb.sql(query).fetchall() for query in QUERIES)
    evidence = rows(finished, "evidence")
    main = {
        row["outcome"]: row
        for row in evidence
        if (row["analysis"], row["model"]) == ("overall", "random")
    }
    assert [row[1] for row in benefits] == list(OUTCOMES)
    assert [row[2] for row in benefits] == [main[outcome]["estimate"] for outcome in OUTCOMES]
    both = {row["study_id"] for row in rows(finished, "sci/bbb_first/effects")}
    assert {row[0] for row in studies} == both
    assert all(row[1:] == (2, list(OUTCOMES)) for row in studies)
    refits = [
        abs(row["estimate"] - main[outcome]["estimate"])
        for outcome in OUTCOMES
        for row in rows(finished, f"sci/{outcome}/leave_one_out")
        if row["model"] == "random"
    ]
    assert [row[3] for row in shifts] == sorted(refits, reverse=True)[:10]


def test_every_outcome_has_the_same_columns_and_types(finished):
    for path in (finished / "results/sci/bbb_first").glob("*.parquet"):
        other = finished / "results/sci/bbb_last" / path.name
        assert pq.read_schema(path).equals(pq.read_schema(other)), path.name


def test_outcomes_with_other_moderators_are_still_one_table(finished, tmp_path):
    table = pq.ParquetFile(finished / "results/sci/bbb_first/effects.parquet").read()
    pq.write_table(table, tmp_path / "a.parquet")
    fewer = table.drop_columns(["source_group"]).append_column("dose", table["year"])
    pq.write_table(fewer, tmp_path / "b.parquet")
    pattern = str(tmp_path / "*.parquet")
    sql = f"FROM read_parquet('{pattern}', union_by_name = true)"
    (found,) = duckdb.sql(f"SELECT count(*), count(source_group), count(dose) {sql}").fetchall()
    assert found == (42, 21, 21)
    scan = polars.scan_parquet(pattern, missing_columns="insert", extra_columns="ignore")
    assert scan.collect()["source_group"].null_count() == 21


def test_pandas_reads_the_evidence(finished):
    import pandas

    table = pandas.read_parquet(finished / "results/evidence.parquet")
    assert len(table) == len(rows(finished, "evidence"))
    assert str(table["estimate"].dtype) == "float64"
