"""Step 6: pool the effects again without each study in turn."""

from evpool.columns import LEAVE_ONE_OUT
from evpool.steps.leave_one_out import leave_one_out as refit_without_each
from evpool.tables import log_to, read_rows, write_table


def main(effects, leave_one_out, method):
    """Read the effects, refit without each of them, write the refits."""
    rows = refit_without_each(read_rows(effects), method)
    write_table(rows, LEAVE_ONE_OUT, leave_one_out, method, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, method=snakemake.params.method)
