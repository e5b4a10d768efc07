"""Step 3: compute yi and vi of every comparison of one outcome."""

from evpool.columns import EFFECTS
from evpool.steps.compute_effects import compute_effects
from evpool.tables import log_to, read_rows, write_table


def main(harmonised, effects, measure, options, ci_level):
    """Read the harmonised arms, compute the effects, write them."""
    rows = compute_effects(read_rows(harmonised), measure, ci_level, options)
    settings = {"measure": measure, "measure_options": options, "ci_level": ci_level}
    write_table(rows, EFFECTS, effects, settings, made_from=harmonised)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            measure=snakemake.params.measure,
            options=snakemake.params.options,
            ci_level=snakemake.params.ci_level,
        )
