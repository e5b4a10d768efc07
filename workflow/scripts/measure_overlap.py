"""Measure how much of the primary studies the reviews share."""

from evpool.extraction.delimited import read_input
from evpool.steps.measure_overlap import measure_overlap
from evpool.tables import log_to, read_rows, write_table
from evpool.umbrella.columns import CITATIONS, OVERLAP


def main(reviews, overlap, synthetic, citations=()):
    """Read which review includes which study, if a table says so; write the overlap."""
    known = None if synthetic else [row["ma_id"] for row in read_rows(reviews)]
    paths = [citations] if isinstance(citations, str) else citations
    tables = [read_input(path, CITATIONS) for path in paths]
    rows = [row for table in tables for row in measure_overlap(table, known)]
    write_table(rows, OVERLAP, overlap, made_from=reviews, synthetic=synthetic and bool(rows))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, synthetic=snakemake.params.synthetic)
