"""Step 1: take one outcome's rows out of the review's typed tables."""

from evpool.columns import ARM_TABLE, STUDIES
from evpool.delimited import read_input, read_typed
from evpool.steps.extract_arms import check_studies, extract_arms
from evpool.tables import log_to, write_table


def main(typed, studies, table, review, outcome, synthetic, **settings):
    """Read the typed rows and studies, check them, write the outcome's arms."""
    typed_rows, typed_studies = read_typed(typed), read_input(studies, STUDIES)
    check_studies(typed_studies)
    rows = extract_arms(typed_rows, typed_studies, review, outcome, **settings)
    write_table(rows, ARM_TABLE, table, settings, synthetic=synthetic)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            review=snakemake.wildcards.review,
            outcome=snakemake.wildcards.outcome,
            synthetic=snakemake.params.synthetic,
            **snakemake.params.settings,
        )
