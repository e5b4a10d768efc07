"""Step 9: write the page that leads to the report of every review."""

from evpool.steps.write_index import write_index
from evpool.tables import log_to, read_rows, write_text


def main(evidence, audit, directions, reports, page, reviews):
    """Read what all reviews found, write one page with a card for each; the reports must exist."""
    rows = read_rows(evidence), read_rows(audit), read_rows(*directions)
    write_text(write_index(*rows, reviews), page)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, reviews=snakemake.params.reviews)
