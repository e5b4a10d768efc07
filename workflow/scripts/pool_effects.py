"""Step 4: pool the effects of one outcome."""

from evpool.columns import POOLED, WEIGHTS
from evpool.report.refit import metafor_script
from evpool.steps.pool_effects import pool_effects
from evpool.tables import is_synthetic, log_to, read_rows, write_table, write_text


def main(effects, harmonised, pooled, weights, refit, method, analyses, reading=None):
    """Read the effects, pool them, write the estimates, the weights and a script to refit them."""
    rows = read_rows(effects)
    estimates, shares = pool_effects(rows, method, analyses, read_rows(harmonised), reading)
    settings = {**method, "analyses": analyses, "reading": reading}
    write_table(estimates, POOLED, pooled, settings, made_from=effects)
    write_table(shares, WEIGHTS, weights, settings, made_from=effects)
    stamp = {"synthetic": is_synthetic(effects)}
    write_text(metafor_script(rows, estimates, shares, **stamp), refit)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            method=snakemake.params.method,
            analyses=snakemake.params.analyses,
            reading=snakemake.params.reading,
        )
