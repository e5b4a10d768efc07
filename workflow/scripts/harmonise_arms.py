"""Step 2: give every arm an SD; set aside on the ledger what can't be pooled."""

from evpool.columns import HARMONISED, LEDGER
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.tables import log_to, read_rows, write_table


def main(arms, harmonised, ledger, **settings):
    """Read the arms, write the harmonised arms and the ledger."""
    kept, set_aside = harmonise_arms(read_rows(arms), **settings)
    write_table(kept, HARMONISED, harmonised, settings, made_from=arms)
    write_table(set_aside, LEDGER, ledger, settings, made_from=arms)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, **snakemake.params.settings)
