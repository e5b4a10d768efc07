"""Account for every typed row of a review."""

from evpool.columns import LEDGER
from evpool.extraction.typed import read_typed
from evpool.steps.close_ledger import close_ledger
from evpool.tables import log_to, read_rows, write_table


def main(typed, ledgers, effects, ledger, review, asked):
    """Read the typed rows and what became of them, write the review's ledger."""
    tables = [read_typed(path) for path in typed]
    behind = read_rows(*effects, columns=("outcome", "source_rows"))
    rows = close_ledger(tables, read_rows(*ledgers), behind, review, asked)
    write_table(rows, LEDGER, ledger, made_from=list(effects))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            review=snakemake.wildcards.review,
            asked=snakemake.params.asked,
        )
