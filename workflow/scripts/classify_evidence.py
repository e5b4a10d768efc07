"""Step 4 of an umbrella review: classify the evidence by the declared rules."""

from evpool.steps.classify_evidence import classify_evidence
from evpool.tables import log_to, read_rows, write_table
from evpool.umbrella.columns import AGREEMENT, CLASSIFICATION


def main(effects, diseases, reviews, reanalysis, classification, agreement, classifications):
    """Read effects and diseases, write a label for each, and how it agrees with the paper's."""
    tables = {
        "effects": read_rows(effects),
        "diseases": read_rows(diseases),
        "reviews": read_rows(reviews),
    }
    rows, compared = classify_evidence(tables, read_rows(reanalysis), classifications)
    made_from = [effects, reanalysis]
    write_table(rows, CLASSIFICATION, classification, classifications, made_from=made_from)
    write_table(compared, AGREEMENT, agreement, classifications, made_from=made_from)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input, **snakemake.output, classifications=snakemake.params.classifications
        )
