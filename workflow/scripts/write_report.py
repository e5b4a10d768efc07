"""Step 9: write a review's report, one self-contained page."""

import json
from pathlib import Path

from evpool.steps.write_report import write_report
from evpool.tables import is_synthetic, log_to, read_rows, write_text

TABLES = ("pooled", "effects", "subgroups", "metaregression", "leave_one_out", "leave_sets_out")
TABLES += ("influence", "cumulative", "multiverse", "bias", "dispersion", "readings", "harmonised")
TABLES += ("agreement", "disagreements", "click_error")


def main(config, audit, ledger, studies, studies_figures, page, figures=(), overlays=(), **tables):
    """Read everything that the review made, write the page."""
    results = {name: read_rows(*tables.get(name, ())) for name in TABLES}
    results |= {Path(path).stem: read_rows(path) for path in (audit, ledger, *studies)}
    drawings = {Path(folder).parent.name: _read_drawings(folder) for folder in figures}
    review = json.loads(Path(config).read_text(encoding="utf-8"))
    synthetic = any(is_synthetic(path) for path in (*studies, *tables.get("effects", ())))
    of_studies = _read_drawings(studies_figures)
    told = {"overlays": bool(overlays), "synthetic": synthetic}
    write_text(write_report(review, results, drawings, of_studies, **told), page)


def _read_drawings(folder):
    return {path.stem: path.read_bytes() for path in sorted(Path(folder).glob("*.svg"))}


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output)
