"""Step 1: take one outcome's rows out of the review's typed tables.

Its own rows are read alone, since a table may hold a thousand outcomes; where they cannot be used,
the whole table is, so that all its problems are told at once.
"""

from evpool.columns import ARM_TABLE
from evpool.errors import InputError
from evpool.extraction.typed import read_studies, read_typed
from evpool.steps.extract_arms import check_studies, extract_arms
from evpool.tables import log_to, write_table


def main(typed, studies, table, review, outcome, synthetic, **settings):
    """Read the typed rows and studies, check them, write the outcome's arms."""
    typed_studies = read_studies(studies)
    check_studies(typed_studies)
    place = {"studies": typed_studies, "review": review, "outcome": outcome}
    try:
        rows = extract_arms(read_typed(typed, settings["wanted"]), **place, **settings)
    except InputError:
        rows = extract_arms(read_typed(typed), **place, **settings)
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
