"""Step 6: pool subsets of the effects."""

from evpool.columns import GOSH
from evpool.steps.run_gosh import run_gosh
from evpool.tables import log_to, read_rows, write_arrays


def main(effects, gosh, settings, seed):
    """Read the effects, pool their subsets, write the fits."""
    columns = run_gosh(read_rows(effects), settings, seed)
    write_arrays(columns, GOSH, gosh, {"gosh": settings, "seed": seed}, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
        )
