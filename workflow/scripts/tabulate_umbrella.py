"""Step 5 of an umbrella review: rebuild the paper's tables, summarise the sensitivity."""

from pathlib import Path

from evpool.steps.tabulate_umbrella import tabulate_umbrella
from evpool.tables import log_to, read_rows, write_csv, write_table
from evpool.umbrella.columns import PAPER_TABLES, SENSITIVITY


def main(tables, csv, sensitivity, settings, agreement, **harmonised):
    """Read the harmonised tables, write tables 2 to 6 and the sensitivity summary."""
    rows = {name: read_rows(path) for name, path in harmonised.items()}
    rebuilt, summary = tabulate_umbrella(rows, read_rows(agreement), settings)
    sources = list(harmonised.values())
    for path in tables:
        name = Path(path).stem
        write_table(rebuilt[name], PAPER_TABLES[name], path, made_from=sources)
    for path in csv:
        name = Path(path).stem
        write_csv(rebuilt[name], [column.name for column in PAPER_TABLES[name]], path)
    write_table(summary, SENSITIVITY, sensitivity, settings, made_from=sources)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, settings=snakemake.params.settings)
