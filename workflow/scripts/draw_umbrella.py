"""Step 7 of an umbrella review: draw its figures, each as SVG and PNG."""

from pathlib import Path

from evpool.plots.style import save_figure
from evpool.steps.draw_umbrella import draw_umbrella
from evpool.tables import is_synthetic, log_to, read_rows


def main(tables, agreement, reanalysis, overlap, figures, settings):
    """Read the tables, draw and save every figure that they allow."""
    folder = Path(figures)
    folder.mkdir(parents=True)
    paths = [*tables, agreement, reanalysis, overlap]
    rows = {Path(path).stem: read_rows(path) for path in paths}
    synthetic = {Path(path).stem for path in paths if is_synthetic(path)}
    for name, figure in draw_umbrella(rows, settings, synthetic):
        save_figure(figure, folder / f"{name}.svg")
        save_figure(figure, folder / f"{name}.png")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output, settings=snakemake.params.settings)
