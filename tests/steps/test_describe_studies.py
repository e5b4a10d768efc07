import pytest

from evpool import columns
from evpool.errors import InputError
from evpool.extraction.delimited import read_input
from evpool.steps.describe_studies import describe_studies
from evpool.studies.settings import MADE_OF_STUDIES
from evpool.studies.typed import COLUMNS as TYPED
from evpool.studies.typed import read_study_tables
from tests.conftest import ROOT

NOTHING = {"characteristics": None, "risk_of_bias": None, "swim": None, "doses": None}


def typed(review):
    paths = {name: ROOT / f"resources/{review}/{name}.csv" for name in TYPED}
    return {name: read_input(path, TYPED[name]) for name, path in paths.items() if path.is_file()}


def test_a_review_that_asks_for_nothing_and_has_no_tables_gets_empty_ones():
    assert describe_studies({}, NOTHING, "r") == {name: [] for name in MADE_OF_STUDIES}


def test_every_row_names_its_review_and_fits_its_declaration():
    shown = {"columns": {"species": "Species"}, "counts": ["species"]}
    settings = NOTHING | {"characteristics": shown, "risk_of_bias": {"tool": "COCHRANE"}}
    settings |= {"swim": {"groups": ["species"]}, "doses": {"column": "strain"}}
    made = describe_studies(typed("bone"), settings, "bone")
    for name in MADE_OF_STUDIES:
        declared = {column.name for column in getattr(columns, name.upper())}
        for row in made[name]:
            assert row["review"] == "bone"
            assert set(row) - {"species", "strain"} <= declared
    assert len(made["characteristics"]) == 20
    assert {row["level"]: row["studies"] for row in made["characteristic_counts"]} == {
        "rat": 14,
        "mouse": 4,
        "rabbit": 2,
    }
    assert len(made["judgements"]) == 140
    assert made["risk_summary"][0]["basis"] == "studies"


def test_studies_are_shown_in_the_order_of_the_study_table_strangers_last():
    settings = NOTHING | {"risk_of_bias": {"tool": "COCHRANE"}}
    rows = describe_studies(typed("bone"), settings, "bone")["judgements"]
    labels = list(dict.fromkeys(row["label"] for row in rows))
    assert labels[:2] == ["Bo Liang 2019", "Lu Zhang 2020"]
    assert labels[-2:] == ["Ming-Jie Kuang 2019", "Taisuke Furuta 2016"]


def test_printed_counts_stand_where_there_are_no_single_judgements():
    settings = NOTHING | {"risk_of_bias": {"tool": "SYRCLE"}}
    made = describe_studies(typed("ivdd"), settings, "ivdd")
    assert made["judgements"] == []
    low = {r["domain"]: r["studies"] for r in made["risk_summary"] if r["judgement"] == "low"}
    assert low["sequence_generation"] == 9
    assert low["allocation_concealment"] == 0
    assert {row["basis"] for row in made["risk_summary"]} == {"printed"}


def test_a_weighted_summary_says_by_what():
    settings = NOTHING | {"risk_of_bias": {"tool": "COCHRANE", "weights": "bmd"}}
    weights = {"yao_huang_2020": 0.7, "tao_xu_2020": 0.3}
    rows = describe_studies(typed("bone"), settings, "bone", weights)["risk_summary"]
    (unclear,) = [
        row
        for row in rows
        if (row["domain"], row["judgement"]) == ("blinding_outcome_assessment", "unclear")
    ]
    assert (unclear["share"], unclear["basis"]) == (0.7, "bmd")


def test_a_broken_study_table_is_refused(tmp_path):
    path = tmp_path / "studies.csv"
    path.write_text("study_id,label,species\na,,rat\n")
    settings = NOTHING | {"characteristics": {"columns": {"species": "Species"}}}
    with pytest.raises(InputError, match="column 'label' is empty"):
        describe_studies({"studies": read_input(path, TYPED["studies"])}, settings, "r")


@pytest.mark.parametrize("name", ["studies", "prisma"])
def test_rows_with_too_few_cells_are_refused_whatever_the_review_asks_for(tmp_path, name):
    header = {"studies": "study_id,label", "prisma": "stage,phase,count"}
    for table, names in header.items():
        (tmp_path / f"{table}.csv").write_text(names + "\n" + ("x\n" if table == name else ""))
    tables = read_study_tables({table: tmp_path / f"{table}.csv" for table in TYPED})
    with pytest.raises(InputError, match=rf"{name}.csv: 1 problem\n.*is '1 cells': expected"):
        describe_studies(tables, NOTHING, "r")
