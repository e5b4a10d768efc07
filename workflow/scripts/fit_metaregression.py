"""Step 5: regress the effects on each moderator or formula."""

from evpool.columns import METAREGRESSION
from evpool.steps.fit_metaregression import fit_metaregression
from evpool.tables import log_to, read_rows, write_table


def main(effects, metaregression, formulas, test, method):
    """Read the effects, fit every meta-regression, write the coefficients."""
    rows = fit_metaregression(read_rows(effects), formulas, test, method)
    settings = {**method, "metaregression": formulas, "metaregression_test": test}
    write_table(rows, METAREGRESSION, metaregression, settings, made_from=effects)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            formulas=snakemake.params.formulas,
            test=snakemake.params.test,
            method=snakemake.params.method,
        )
