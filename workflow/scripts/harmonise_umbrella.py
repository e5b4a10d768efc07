"""Step 2 of an umbrella review: bring its tables onto common names, open the ledger."""

from pathlib import Path

from evpool.columns import LEDGER
from evpool.steps.harmonise_umbrella import harmonise_umbrella
from evpool.tables import log_to, read_rows, write_table
from evpool.umbrella.columns import HARMONISED


def main(extracted, tables, ledger, umbrella):
    """Read the extracted tables, write the harmonised ones and the ledger."""
    typed = {Path(path).stem: read_rows(path) for path in extracted}
    rows, set_aside = harmonise_umbrella(typed, umbrella)
    for path in tables:
        name = Path(path).stem
        write_table(rows[name], HARMONISED[name], path, made_from=list(extracted))
    write_table(set_aside, LEDGER, ledger, made_from=list(extracted))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, umbrella=snakemake.params.umbrella)
