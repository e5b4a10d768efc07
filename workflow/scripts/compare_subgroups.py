"""Step 5: compare the pooled effects between the levels of each moderator."""

from evpool.columns import SUBGROUPS
from evpool.steps.compare_subgroups import compare_subgroups
from evpool.tables import log_to, read_rows, write_table


def main(effects, subgroups, moderators, method, fewest):
    """Read the effects, compare the levels of every moderator, write them."""
    rows = compare_subgroups(read_rows(effects), moderators, method, fewest=fewest)
    settings = {**method, "subgroups": moderators, "fewest": fewest}
    write_table(rows, SUBGROUPS, subgroups, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            moderators=snakemake.params.moderators,
            method=snakemake.params.method,
            fewest=snakemake.params.fewest,
        )
