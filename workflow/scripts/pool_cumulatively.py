"""Step 6: pool the effects one after the other."""

from evpool.columns import CUMULATIVE
from evpool.steps.pool_cumulatively import pool_cumulatively
from evpool.tables import log_to, read_rows, write_table


def main(effects, cumulative, orders, method):
    """Read the effects, pool the growing sets of them, write the fits."""
    rows = pool_cumulatively(read_rows(effects), orders, method)
    settings = {**method, "cumulative": orders}
    write_table(rows, CUMULATIVE, cumulative, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            orders=snakemake.params.orders,
            method=snakemake.params.method,
        )
