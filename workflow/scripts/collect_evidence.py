"""Step 9: collect the pooled estimates and the audits of all reviews."""

from evpool.columns import AUDIT, EVIDENCE
from evpool.steps.collect_evidence import collect_evidence
from evpool.tables import log_to, read_rows, write_table


def main(pooled, audits, evidence, audit, reviews):
    """Read every review's estimates and audits, write one table of each."""
    rows = collect_evidence(read_rows(*pooled), reviews)
    write_table(rows, EVIDENCE, evidence, made_from=list(pooled))
    write_table(read_rows(*audits), AUDIT, audit, made_from=list(audits))


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, reviews=snakemake.params.reviews)
