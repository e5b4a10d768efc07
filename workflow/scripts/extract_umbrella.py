"""Step 1 of an umbrella review: read its typed tables, write each with what is wrong marked."""

from pathlib import Path

from evpool.extraction.delimited import read_input
from evpool.extraction.table import InputTable
from evpool.steps.extract_umbrella import extract_umbrella
from evpool.tables import log_to, write_table
from evpool.umbrella.columns import EXTRACTED, TYPED


def main(typed, extracted, names, umbrella, synthetic):
    """Read the typed tables, check them together, write one table each."""
    paths = dict(zip(names, typed, strict=True))
    tables = {
        name: read_input(paths[name], columns) if name in paths else InputTable(name, (), [], [])
        for name, columns in TYPED.items()
    }
    rows = extract_umbrella(tables, umbrella)
    for path in extracted:
        name = Path(path).stem
        write_table(rows[name], EXTRACTED[name], path, synthetic=synthetic)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            names=snakemake.params.names,
            umbrella=snakemake.params.umbrella,
            synthetic=snakemake.params.synthetic,
        )
