"""Step 7: test one outcome for small-study effects and adjust for them."""

from evpool.columns import BIAS, FILLED
from evpool.steps.diagnose_bias import diagnose_bias
from evpool.tables import log_to, read_rows, write_table


def main(effects, bias, filled, choices, method, better, fewest):
    """Read the effects, run the tests, write them and the studies that trim and fill adds."""
    rows, added = diagnose_bias(read_rows(effects), choices, method, better, fewest=fewest)
    settings = {**method, "bias": choices, "better": better, "fewest": fewest}
    write_table(rows, BIAS, bias, settings, made_from=effects)
    write_table(added, FILLED, filled, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            choices=snakemake.params.choices,
            method=snakemake.params.method,
            better=snakemake.params.better,
            fewest=snakemake.params.fewest,
        )
