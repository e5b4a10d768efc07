"""Step 5: regress the effects on each moderator or formula."""

from evpool.columns import METAREGRESSION, PREDICTIONS
from evpool.steps.fit_metaregression import fit_metaregression
from evpool.tables import log_to, read_rows, write_table


def main(effects, metaregression, predictions, formulas, test, method, permutations, seed, fewest):
    """Read the effects, fit every meta-regression, write the coefficients and predictions."""
    drawn = {"permutations": permutations, "seed": seed, "fewest": fewest}
    rows, curves = fit_metaregression(read_rows(effects), formulas, test, method, **drawn)
    settings = {**method, **drawn, "metaregression": formulas, "metaregression_test": test}
    write_table(rows, METAREGRESSION, metaregression, settings, made_from=effects)
    write_table(curves, PREDICTIONS, predictions, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            formulas=snakemake.params.formulas,
            test=snakemake.params.test,
            method=snakemake.params.method,
            permutations=snakemake.params.permutations,
            seed=snakemake.params.seed,
            fewest=snakemake.params.fewest,
        )
