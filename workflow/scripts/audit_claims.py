"""Step 9: hold what a paper printed against what its own data give."""

from evpool.columns import AUDIT
from evpool.extraction.columns import CLAIMS
from evpool.extraction.delimited import read_input
from evpool.steps.audit_claims import audit_claims
from evpool.tables import log_to, read_rows, write_table


def main(pooled, effects, subgroups, bias, audit, review, outcomes, synthetic, claims=()):
    """Read the claims and the results, write a verdict for every printed number."""
    typed = [read_input(path, CLAIMS, may_be_empty=True) for path in claims]
    tables = {"pooled": pooled, "effects": effects, "subgroups": subgroups, "bias": bias}
    results = {name: read_rows(*paths) for name, paths in tables.items()}
    rows = [row for table in typed for row in audit_claims(table, results, review, outcomes)]
    write_table(rows, AUDIT, audit, synthetic=synthetic)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            review=snakemake.wildcards.review,
            outcomes=snakemake.params.outcomes,
            synthetic=snakemake.params.synthetic,
        )
