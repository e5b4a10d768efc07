"""Step 4: pool the effects of one outcome."""

from evpool.columns import POOLED, WEIGHTS
from evpool.steps.pool_effects import pool_effects
from evpool.tables import log_to, read_rows, write_table


def main(effects, pooled, weights, method, analyses):
    """Read the effects, pool them, write the estimates and the weights."""
    estimates, shares = pool_effects(read_rows(effects), method, analyses)
    settings = {**method, "analyses": analyses}
    write_table(estimates, POOLED, pooled, settings, made_from=effects)
    write_table(shares, WEIGHTS, weights, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            method=snakemake.params.method,
            analyses=snakemake.params.analyses,
        )
