import json

import pytest

from evpool.report.wording import HEADLINE
from evpool.steps.write_report import write_report
from evpool.studies.settings import MADE_OF_STUDIES
from evpool.tables import read_rows

OF_REVIEW = ("audit", "ledger", *MADE_OF_STUDIES)


@pytest.fixture(scope="module")
def parts(finished):
    folder = finished / "results/sci"
    review = json.loads((folder / "config.json").read_text())
    results = {name: read_rows(folder / f"{name}.parquet") for name in OF_REVIEW}
    pooled = (folder / outcome / "pooled.parquet" for outcome in review["outcomes"])
    results |= {"pooled": read_rows(*pooled, columns=HEADLINE), "harmonised": []}
    return review, results, {name: f"<b>All of {name}</b>" for name in review["outcomes"]}


def test_the_page_says_what_lies_across_the_outcomes(parts):
    page = write_report(*parts)
    assert "MD 1.32 points (95% CI 1.07 to 1.57; 21 comparisons, 464 animals): favours" in page
    assert "restricted maximum likelihood" in page
    assert "235 are the treated animals alone" in page
    assert "No row was set aside" in page
    assert "Random subsets (20,000, or all if there are no more; seed 1)" in page
    assert "2000 random arrangements (seed 1)" in page
    assert "None" not in page
    assert "nan" not in page


def test_the_outcomes_stand_in_the_page_in_their_order(parts):
    page = write_report(*parts)
    assert page.index("<b>All of bbb_first</b>") < page.index("<b>All of bbb_last</b>")
    assert 'href="#bbb_first"' in page


def test_an_outcome_whose_part_is_not_in_the_page_is_linked(parts):
    page = write_report(*parts[:2], {})
    assert 'href="bbb_first/report.html"' in page
    assert 'href="#bbb_first"' not in page


def test_the_page_of_a_run_holds_the_pages_of_its_outcomes(finished):
    page = (finished / "results/sci/report.html").read_text()
    for outcome in ("bbb_first", "bbb_last"):
        own = (finished / "results/sci" / outcome / "report.html").read_text()
        assert own[own.index(f'<section id="{outcome}">') : own.rindex("</section>")] in page


def test_simulated_data_are_stamped(parts):
    assert "SYNTHETIC" not in write_report(*parts)
    page = write_report(*parts, synthetic=True)
    assert "<title>SYNTHETIC: " in page
    assert "these data were simulated" in page


def test_the_ledger_is_listed_with_its_reasons(parts):
    review, results, sections = parts
    entry = {"outcome": "bbb_first", "study_id": "x_1", "timepoint": "first", "role": "control"}
    entry |= {"reason": "n_missing", "detail": "row 2 <b>"}
    page = write_report(review, results | {"ledger": [entry, entry]}, sections)
    assert "2 rows: n missing." in page
    assert "row 2 &lt;b&gt;" in page


def test_claims_that_cannot_be_recomputed_are_counted_once_each(parts):
    review, results, sections = parts
    lost = {"verdict": "not_recomputable", "against": "data", "finding": "no model of the kind"}
    rows = [
        results["audit"][0] | lost | {"claim_id": claim, "quantity": quantity}
        for claim, quantity in (("c1", "estimate"), ("c1", "ci_low"), ("c1", "k"), ("c2", "k"))
    ]
    page = write_report(review, results | {"audit": rows}, sections)
    assert "0 reproduced, 0 differ, 4 not recomputable." in page
    assert "2 claims that can't be recomputed in full" in page
    assert "No model of the kind: c1, c2." in page


@pytest.mark.parametrize(
    ("subsets", "expected"), [("all", "All subsets (above 21"), (20000, "Random subsets (20,000,")]
)
def test_the_methods_say_which_subsets_were_pooled(parts, subsets, expected):
    review = json.loads(json.dumps(parts[0]))
    for outcome in review["outcomes"].values():
        outcome["analysis"]["gosh"] = {"model": "REML", "subsets": subsets}
    assert expected in write_report(review, *parts[1:])
