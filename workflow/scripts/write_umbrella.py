"""Step 8 of an umbrella review: write its report, one self-contained page."""

import json
from pathlib import Path

from evpool.steps.write_umbrella import write_umbrella
from evpool.tables import is_synthetic, log_to, read_rows, write_text


def main(config, tables, figures, page):
    """Read everything that the umbrella review made, write the page."""
    rows = {Path(path).stem: read_rows(path) for path in tables}
    synthetic = {Path(path).stem for path in tables if is_synthetic(path)}
    drawings = {path.stem: path.read_bytes() for path in sorted(Path(figures).glob("*.svg"))}
    umbrella = json.loads(Path(config).read_text(encoding="utf-8"))
    write_text(write_umbrella(umbrella, rows, drawings, synthetic), page)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output)
