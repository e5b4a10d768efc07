"""Account for every typed row of a review."""

from evpool.columns import ARMS, LEDGER
from evpool.delimited import read_input
from evpool.steps.close_ledger import close_ledger
from evpool.tables import log_to, read_rows, write_table


def main(arms, ledgers, effects, ledger, review):
    """Read the typed arms and what became of them, write the review's ledger."""
    typed = read_input(arms, ARMS)
    rows = close_ledger(typed, read_rows(*ledgers), read_rows(*effects), review)
    write_table(rows, LEDGER, ledger, made_from=list(effects))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, review=snakemake.wildcards.review)
