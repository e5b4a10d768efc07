"""Draw the figures of what the studies of a review are, each as SVG and PNG."""

from pathlib import Path

from evpool.plots.style import save_figure
from evpool.steps.draw_studies import draw_studies
from evpool.tables import is_synthetic, log_to, read_table


def main(figures, swim, words, **tables):
    """Read the review's tables of studies, draw and save every figure that they allow."""
    folder = Path(figures)
    folder.mkdir(parents=True)
    synthetic = any(is_synthetic(path) for path in tables.values())
    read = {name: read_table(path) for name, path in tables.items()}
    for name, figure in draw_studies(read, swim, words, synthetic=synthetic):
        save_figure(figure, folder / f"{name}.svg")
        save_figure(figure, folder / f"{name}.png")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        settings = {name: snakemake.params[name] for name in ("swim", "words")}
        main(**snakemake.input, **snakemake.output, **settings)
