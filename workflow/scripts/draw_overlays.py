"""Draw what was clicked over every digitised figure, for checking by eye."""

from pathlib import Path

from evpool.extraction.overlays import read_overlays
from evpool.plots.style import save_figure
from evpool.steps.draw_overlays import draw_overlays, overlay_page
from evpool.tables import log_to, write_text


def main(figures, folder, title, labels, synthetic):
    """Read the digitised files, draw each and write the page that shows them."""
    place = Path(folder)
    place.mkdir(parents=True)
    overlays, without = read_overlays(figures)
    for name, figure in draw_overlays(overlays, synthetic=synthetic):
        save_figure(figure, place / f"{name}.svg")
    page = overlay_page(overlays, without, title, labels, synthetic=synthetic)
    write_text(page, place / "index.html")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            title=snakemake.params.title,
            labels=snakemake.params.labels,
            synthetic=snakemake.params.synthetic,
        )
