"""Step 9: write the page of one outcome."""

from evpool.report.render import read_drawings
from evpool.steps.write_outcome import write_outcome
from evpool.tables import is_synthetic, log_to, read_rows, write_text


def main(figures, page, review, outcome, overlays, **tables):
    """Read everything that was made of the outcome, write the page."""
    results = {name: read_rows(path) for name, path in tables.items()}
    told = {"overlays": overlays, "synthetic": is_synthetic(tables["effects"])}
    write_text(write_outcome(review, outcome, results, read_drawings(figures), **told), page)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        settings = {name: snakemake.params[name] for name in ("review", "outcome", "overlays")}
        main(**snakemake.input, **snakemake.output, **settings)
