"""Name stated SDs that fit standard errors better; pool both readings."""

from evpool.columns import DISPERSION, READINGS
from evpool.steps.check_dispersion import check_dispersion
from evpool.tables import log_to, read_rows, write_table


def main(harmonised, dispersion, readings, measure, options, method):
    """Read the harmonised arms, check their SDs, write the verdicts and both pooled readings."""
    checked, pooled = check_dispersion(read_rows(harmonised), measure, options, method)
    settings = {**method, "measure": measure, "measure_options": options}
    write_table(checked, DISPERSION, dispersion, settings, made_from=harmonised)
    write_table(pooled, READINGS, readings, settings, made_from=harmonised)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            measure=snakemake.params.measure,
            options=snakemake.params.options,
            method=snakemake.params.method,
        )
