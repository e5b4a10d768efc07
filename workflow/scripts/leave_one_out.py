"""Step 6: pool the effects again without each study in turn, and without named sets of studies."""

from evpool.columns import LEAVE_ONE_OUT, LEAVE_SETS_OUT
from evpool.steps.leave_one_out import leave_one_out as refit_without_each
from evpool.steps.leave_one_out import leave_sets_out as refit_without_sets
from evpool.tables import log_to, read_rows, write_table


def main(effects, leave_one_out, leave_sets_out, sets, method):
    """Read the effects, pool them without each and without each set, write the fits."""
    rows = read_rows(effects)
    without_each = refit_without_each(rows, method)
    write_table(without_each, LEAVE_ONE_OUT, leave_one_out, method, made_from=effects)
    without_sets = refit_without_sets(rows, sets, method)
    settings = {**method, "exclusion_sets": sets}
    write_table(without_sets, LEAVE_SETS_OUT, leave_sets_out, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            sets=snakemake.params.sets,
            method=snakemake.params.method,
        )
