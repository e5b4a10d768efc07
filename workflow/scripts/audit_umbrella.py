"""Step 6 of an umbrella review: hold what the paper states against its own tables."""

from pathlib import Path

from evpool.columns import AUDIT
from evpool.extraction.delimited import read_input
from evpool.steps.audit_umbrella import audit_umbrella
from evpool.tables import log_to, read_rows, write_table
from evpool.umbrella.columns import CLAIMS


def main(typed_effects, agreement, tables, audit, umbrella, claims=()):
    """Read the claims and the tables, write a verdict for every printed number."""
    rows = {Path(path).stem: read_rows(path) for path in tables}
    rows |= {"typed_effects": read_rows(typed_effects), "agreement": read_rows(agreement)}
    typed = [read_input(path, CLAIMS) for path in claims]
    found = [row for table in typed for row in audit_umbrella(table, rows, umbrella)]
    write_table(found, AUDIT, audit, made_from=list(tables))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, umbrella=snakemake.params.umbrella)
