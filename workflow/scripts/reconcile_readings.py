"""Between steps 1 and 2: bring the readings of several digitisers to one row an arm."""

from evpool.columns import AGREEMENT, ARM_TABLE, CLICK_ERRORS, DISAGREEMENTS
from evpool.extraction.columns import ADJUDICATION
from evpool.extraction.delimited import read_wanted
from evpool.steps.reconcile_readings import reconcile_readings
from evpool.tables import log_to, read_rows, write_table

TABLES = ("reconciled", "agreement", "disagreements", "click_error")


def main(arms, settings, wanted, adjudication=(), **tables):
    """Read the arms and what was adjudicated, write one row an arm and how well readers agree."""
    decisions = [read_wanted(path, ADJUDICATION, wanted) for path in adjudication]
    found = reconcile_readings(read_rows(arms), decisions, settings)
    columns = (ARM_TABLE, AGREEMENT, DISAGREEMENTS, CLICK_ERRORS)
    paths = (tables[name] for name in TABLES)
    for rows, declared, path in zip(found, columns, paths, strict=True):
        write_table(rows, declared, path, settings, made_from=arms)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.input,
            **snakemake.output,
            settings=snakemake.params.settings,
            wanted=snakemake.params.wanted,
        )
