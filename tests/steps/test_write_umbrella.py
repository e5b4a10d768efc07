"""The umbrella review's page: self-contained, searchable, and it says what the tables say."""

import re
from html.parser import HTMLParser

import pytest

from evpool.report.umbrella import printed_p
from evpool.steps.audit_umbrella import audit_umbrella
from evpool.steps.measure_overlap import measure_overlap
from evpool.steps.tabulate_umbrella import tabulate_umbrella
from evpool.steps.write_umbrella import write_umbrella
from evpool.umbrella.columns import CITATIONS, HARMONISED, OVERLAP
from evpool.umbrella.config import REPORTED
from tests.umbrella.samples import (
    FOLDER,
    claims,
    classified,
    config,
    extracted,
    harmonised,
    reanalysis,
)


def tables():
    from evpool.extraction.delimited import read_input
    from evpool.tables import as_table

    found, ledger = harmonised()
    found = {name: as_table(rows, HARMONISED[name]).to_pylist() for name, rows in found.items()}
    classification, agreement = classified()
    rebuilt, sensitivity = tabulate_umbrella(found, agreement, config()["sensitivity"])
    overlap = measure_overlap(read_input(FOLDER / "citations_demonstration.csv", CITATIONS))
    typed = {"typed_effects": extracted()["reported_effects"], "agreement": agreement}
    audit = audit_umbrella(claims(), found | typed, config())
    return (
        found
        | rebuilt
        | {
            "ledger": [dict.fromkeys(("timepoint", "role")) | row for row in ledger],
            "classification": classification,
            "agreement": agreement,
            "sensitivity": sensitivity,
            "reanalysis": [reanalysis()],
            "overlap": as_table(overlap, OVERLAP).to_pylist(),
            "audit": [{"finding": None} | row for row in audit],
        }
    )


@pytest.fixture(scope="module")
def page():
    return write_umbrella(config(), tables(), {"effects": b"<svg/>"}, {"overlap"})


class Tags(HTMLParser):
    """Counts rows by table, and remembers every address."""

    def __init__(self):
        super().__init__()
        self.rows, self.addresses, self.boxes, self.table, self.ids = {}, [], [], None, []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.addresses += [given[name] for name in ("src", "href") if given.get(name)]
        self.ids += [given["id"]] if "id" in given else []
        self.boxes += [given["data-table"]] if "data-table" in given else []
        self.table = given.get("id") if tag == "table" else self.table
        if tag == "tr":
            self.rows[self.table] = self.rows.get(self.table, 0) + 1


@pytest.fixture(scope="module")
def tags(page):
    parser = Tags()
    parser.feed(page)
    return parser


def test_the_page_needs_no_other_file(tags):
    assert tags.addresses
    assert all(address.startswith(("#", "data:")) for address in tags.addresses)


def test_every_link_leads_somewhere_and_every_search_box_to_its_table(tags):
    links = {address[1:] for address in tags.addresses if address.startswith("#")}
    assert links <= set(tags.ids)
    assert len(tags.ids) == len(set(tags.ids))
    assert set(tags.boxes) <= set(tags.ids)
    assert {f"table-table_{n}" for n in range(2, 7)} <= set(tags.boxes)


def test_the_tables_are_whole(tags):
    rows = {name: count - 1 for name, count in tags.rows.items() if name}
    assert rows["table-table_2"] == 47
    assert rows["table-agreement"] == 28
    assert rows["table-effects"] == len(harmonised()[0]["effects"])


def test_the_page_says_what_was_found(page):
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "47 meta-analyses of 2016 to 2025 on 28 diseases." in text
    assert "its own rule confirms 12, contradicts 1 and leaves 14 open" in text
    assert "Mou 2025, BBB score: the printed MD of 1.72 is reproduced" in text
    assert "so no review can be rated here" in text
    assert "review not included" in text  # the ledger


@pytest.mark.parametrize(
    ("most", "said"),
    [(0, "no critical flaw"), (1, "at most 1 critical flaw"), (2, "at most 2 critical flaws")],
)
def test_the_page_says_everywhere_how_many_critical_flaws_a_review_may_have(most, said):
    umbrella = config()
    umbrella["sensitivity"]["critical_flaws_at_most"] = most
    text = " ".join(write_umbrella(umbrella, tables(), {}).split())
    assert f"I² below 70% and {said}, evidence" in text
    assert f"I² below 70% and {said} of AMSTAR 2 are kept." in text


def test_a_printed_bound_of_p_stays_a_bound():
    bound = {"p_value": 0.01, "p_source": "printed: <"}
    effects = [row | bound for row in harmonised()[0]["effects"]]
    page = write_umbrella(config(), tables() | {"effects": effects}, {})
    (cells,) = re.findall(r'<table id="table-effects">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert cells.count('<td class="">&lt; 0.01</td>') == len(effects)


@pytest.mark.parametrize(
    ("value", "source", "text"),
    [
        (0.01, "printed: <", "< 0.01"),
        (0.0005, "printed: <=", "≤ 0.0005"),
        (0.00001, "printed: <", "< 0.001"),
        (0.05, "printed: >", "> 0.05"),
        (0.01, "printed: =", "0.010"),
        (0.01, "from the interval", "0.010"),
        (None, None, "–"),
    ],
)
def test_how_p_values_of_effects_are_written(value, source, text):
    assert printed_p(value, source) == text


def test_only_the_made_up_matrix_is_stamped_unless_all_is_simulated(page):
    assert page.count("SYNTHETIC") == 1
    stamped = write_umbrella(config(), tables(), {}, {"overlap", "reviews"})
    assert "<title>SYNTHETIC: " in stamped


def test_the_tables_that_the_rule_hands_over_are_those_that_the_page_shows():
    assert set(REPORTED) <= set(tables())
