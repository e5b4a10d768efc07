"""A review small enough to run it often: three studies, two outcomes."""

from tests.conftest import ARMS, STUDIES

OUTCOMES = ("bbb", "lfb")
OUTCOME = """\
  {name}:
    label: {name}
    better: higher
    rows: {{outcome: {name}}}
"""


def small_review(project, outcomes=OUTCOMES):
    """Put the review `small` into a copy of the project, as its only one."""
    table = project / "resources/small/arms.csv"
    table.parent.mkdir()
    lines = ARMS.splitlines(keepends=True)
    others = [line.replace(",bbb,", ",lfb,").replace(",1.", ",0.") for line in lines[1:]]
    table.write_text("".join([*lines, *others]))
    table.with_name("studies.csv").write_text(STUDIES)
    listed = "".join(OUTCOME.format(name=name) for name in outcomes)
    review = f"title: A small review\nsynthetic: true\noutcomes:\n{listed}"
    (project / "config/reviews/small.yaml").write_text(review)
    config = project / "config/config.yaml"
    config.write_text(config.read_text().replace("  - sci\n", "  - small\n"))
    return project
