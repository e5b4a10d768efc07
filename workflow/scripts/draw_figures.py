"""Step 8: draw the figures of one outcome, each as SVG and PNG."""

from pathlib import Path

from evpool.plots.style import save_figure
from evpool.steps.draw_figures import draw_figures
from evpool.tables import is_synthetic, log_to, read_table


def main(figures, outcome, **tables):
    """Read the outcome's tables, draw and save every figure that they allow."""
    folder = Path(figures)
    folder.mkdir(parents=True)
    synthetic = is_synthetic(tables["effects"])
    read = {name: read_table(path) for name, path in tables.items()}
    for name, figure in draw_figures(read, outcome, synthetic=synthetic):
        save_figure(figure, folder / f"{name}.svg")
        save_figure(figure, folder / f"{name}.png")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, outcome=snakemake.params.outcome)
