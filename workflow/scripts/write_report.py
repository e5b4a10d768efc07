"""Step 9: write a review's report, one self-contained page."""

import json
from pathlib import Path

from evpool.report.render import read_drawings
from evpool.report.wording import HEADLINE
from evpool.steps.write_outcome import section_of
from evpool.steps.write_report import MOST_ON_ONE_PAGE, write_report
from evpool.tables import is_synthetic, log_to, read_rows, write_text


def main(config, audit, ledger, studies, studies_figures, page, outcomes=(), **tables):
    """Read what the review's outcomes made and what lies across them, write the page."""
    pooled = tables.get("pooled", ())
    results = {
        "pooled": read_rows(*pooled, columns=HEADLINE),
        "harmonised": read_rows(*tables.get("harmonised", ())),
    }
    results |= {Path(path).stem: read_rows(path) for path in (audit, ledger, *studies)}
    outcomes, sections = [Path(path) for path in outcomes], {}
    if len(outcomes) <= MOST_ON_ONE_PAGE:
        sections = {path.parent.name: section_of(path.read_text("utf-8")) for path in outcomes}
    review = json.loads(Path(config).read_text(encoding="utf-8"))
    synthetic = any(is_synthetic(path) for path in (*studies, *pooled))
    drawings = read_drawings(studies_figures)
    write_text(write_report(review, results, sections, drawings, synthetic=synthetic), page)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(**snakemake.input, **snakemake.output)
