"""The umbrella review that comes with the project, taken through its steps once."""

import copy
from functools import cache
from pathlib import Path

from evpool.config import read_review, read_yaml
from evpool.extraction.delimited import read_input
from evpool.extraction.table import InputTable
from evpool.steps.classify_evidence import classify_evidence
from evpool.steps.extract_umbrella import extract_umbrella
from evpool.steps.harmonise_umbrella import harmonise_umbrella
from evpool.umbrella.columns import CLAIMS, TYPED
from evpool.umbrella.config import complete_umbrella
from tests.conftest import ROOT

FOLDER = ROOT / "resources/umbrella"


def config():
    """The umbrella review's whole config: a new one, to be changed at will."""
    schema = read_yaml(ROOT / "workflow/schemas/umbrella.schema.yaml")
    document = read_review(ROOT / "config/reviews/umbrella.yaml", schema)
    return complete_umbrella(document, "umbrella")


@cache
def _typed():
    return {
        name: read_input(FOLDER / f"{name}.csv", columns)
        if (FOLDER / f"{name}.csv").is_file()
        else InputTable(name, (), [], [])
        for name, columns in TYPED.items()
    }


def typed():
    """The typed tables: new ones, to be changed at will."""
    return copy.deepcopy(_typed())


def claims():
    return read_input(FOLDER / "claims.csv", CLAIMS)


@cache
def extracted():
    return extract_umbrella(_typed(), config())


@cache
def harmonised():
    """(tables, ledger) of the real data; not to be changed."""
    return harmonise_umbrella(extracted(), config())


def reanalysis(**changes):
    """A re-analysis of the last BBB score, as reanalyse_reviews gives it for the real data."""
    return {
        "reanalysis": "mou_2025_last",
        "ma_id": "mou_2025",
        "review": "sci",
        "outcome": "bbb_last",
        "effect_id": "E103",
        "disease": "Spinal Cord Injury",
        "measure": "MD",
        "printed": 1.72,
        "printed_ci_low": 1.43,
        "printed_ci_high": 2.0,
        "estimate": 1.715,
        "ci_low": 1.4286,
        "ci_high": 2.0014,
        "pi_low": 0.481,
        "pi_high": 2.949,
        "p_value": 8e-32,
        "k": 21,
        "animals": 464,
        "i2": 79.74,
        "largest_p": 4e-9,
        "small_study_p": 0.032,
        "excess_p": 0.84,
        "verdict": "reproduced",
        "smd": 2.13,
        "smd_ci_low": 1.82,
        "smd_ci_high": 2.43,
        "smd_i2": 36.3,
    } | changes


@cache
def classified():
    """(classification, agreement) of the real data with the re-analysis above."""
    tables, _ = harmonised()
    return classify_evidence(tables, [reanalysis()], config()["classifications"])


def cell(rows, key, value, column):
    """The value of one column in the one row where `key` is `value`."""
    (row,) = [row for row in rows if row[key] == value]
    return row[column]


def change(table, key, value, **cells):
    """Change cells of the row of a typed table where `key` is `value`."""
    (row,) = [row for row in table.rows if row[key] == value]
    row.update(cells)


def path_of(name):
    return Path(FOLDER / f"{name}.csv")
