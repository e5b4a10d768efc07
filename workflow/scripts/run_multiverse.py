"""Step 6: pool one outcome in every combination of the choices a review could have made."""

from evpool.columns import MULTIVERSE
from evpool.steps.run_multiverse import run_multiverse
from evpool.tables import log_to, read_rows, write_table


def main(arms, multiverse, choices, own, harmonisation, sets):
    """Read the arms, pool every specification, write the fits."""
    rows = run_multiverse(read_rows(arms), choices, own, harmonisation, sets)
    settings = {"multiverse": choices, "own": own, "exclusion_sets": sets}
    settings |= {"harmonisation": harmonisation}
    write_table(rows, MULTIVERSE, multiverse, settings, made_from=arms)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            choices=snakemake.params.choices,
            own=snakemake.params.own,
            harmonisation=snakemake.params.harmonisation,
            sets=snakemake.params.sets,
        )
