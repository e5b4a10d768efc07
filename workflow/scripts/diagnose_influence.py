"""Step 6: diagnose what the pooled estimate owes to each effect."""

from evpool.columns import INFLUENCE
from evpool.steps.diagnose_influence import diagnose_influence
from evpool.tables import log_to, read_rows, write_table


def main(effects, influence, method):
    """Read the effects, diagnose them, write the diagnostics."""
    rows = diagnose_influence(read_rows(effects), method)
    write_table(rows, INFLUENCE, influence, method, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, method=snakemake.params.method)
