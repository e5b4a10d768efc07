"""What the studies are: characteristics, flow and risk of bias, as tables."""

from evpool import columns
from evpool.steps.describe_studies import describe_studies
from evpool.studies.risk_of_bias import weights_of_studies
from evpool.studies.typed import read_study_tables
from evpool.tables import log_to, read_rows, write_table


def main(tables, review, settings, synthetic, typed=(), weights=(), effects=(), **outputs):
    """Read the typed tables that exist, write what they say of the studies."""
    shares = weights_of_studies(read_rows(*weights), read_rows(*effects)) if weights else None
    made = describe_studies(read_study_tables(tables), settings, review, shares)
    for name, path in outputs.items():
        declared = getattr(columns, name.upper())
        write_table(made[name], declared, path, synthetic=synthetic, made_from=list(effects))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            review=snakemake.wildcards.review,
            tables=snakemake.params.tables,
            settings=snakemake.params.settings,
            synthetic=snakemake.params.synthetic,
        )
