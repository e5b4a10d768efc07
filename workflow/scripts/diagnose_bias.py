"""Step 7: test one outcome for small-study effects and adjust for them."""

from evpool.columns import BIAS
from evpool.steps.diagnose_bias import diagnose_bias
from evpool.tables import log_to, read_rows, write_table


def main(effects, bias, predictor, method):
    """Read the effects, run the tests, write them."""
    rows = diagnose_bias(read_rows(effects), predictor, method)
    settings = {**method, "egger_predictor": predictor}
    write_table(rows, BIAS, bias, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            predictor=snakemake.params.predictor,
            method=snakemake.params.method,
        )
