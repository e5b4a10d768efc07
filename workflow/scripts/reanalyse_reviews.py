"""Step 3 of an umbrella review: put recomputed estimates beside the printed ones."""

from evpool.steps.reanalyse_reviews import reanalyse_reviews
from evpool.tables import log_to, read_rows, write_table
from evpool.umbrella.columns import REANALYSIS


def main(printed, reanalysis, reanalyses, effects=(), pooled=(), bias=()):
    """Read the printed effects and the re-analysed reviews' results, write both side by side."""
    results = {
        "effects": read_rows(*effects),
        "pooled": read_rows(*pooled),
        "bias": read_rows(*bias),
    }
    rows = reanalyse_reviews(read_rows(printed), results, reanalyses)
    write_table(rows, REANALYSIS, reanalysis, made_from=[printed, *pooled])


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, reanalyses=snakemake.params.reanalyses)
