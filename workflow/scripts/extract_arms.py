"""Step 1: take one outcome's arms out of the review's typed tables."""

from evpool.columns import ARM_TABLE, ARMS, STUDIES
from evpool.delimited import read_input
from evpool.steps.extract_arms import check_studies, extract_arms
from evpool.tables import log_to, write_table


def main(arms, studies, table, review, outcome, wanted, unusable, synthetic):
    """Read the arms and studies, check them, write the outcome's arms."""
    typed_arms, typed_studies = read_input(arms, ARMS), read_input(studies, STUDIES)
    check_studies(typed_studies)
    rows = extract_arms(typed_arms, typed_studies, review, outcome, wanted, unusable)
    settings = {"rows": wanted, "unusable_rows": unusable}
    write_table(rows, ARM_TABLE, table, settings, synthetic=synthetic)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            review=snakemake.wildcards.review,
            outcome=snakemake.wildcards.outcome,
            wanted=snakemake.params.wanted,
            unusable=snakemake.params.unusable,
            synthetic=snakemake.params.synthetic,
        )
