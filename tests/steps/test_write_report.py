import json

import pytest

from evpool.report.wording import headline, interval, number, p_value, plural
from evpool.steps.write_report import write_report
from evpool.tables import read_rows

TABLES = ("pooled", "effects", "subgroups", "metaregression", "leave_one_out", "bias")


@pytest.fixture(scope="module")
def parts(finished):
    folder = finished / "results/sci"
    review = json.loads((folder / "config.json").read_text())
    results = {
        name: read_rows(*(folder / outcome / f"{name}.parquet" for outcome in review["outcomes"]))
        for name in TABLES
    }
    results |= {name: read_rows(folder / f"{name}.parquet") for name in ("audit", "ledger")}
    return review, results, {"bbb_first": {"forest": b"<svg/>"}, "bbb_last": {}}


def test_the_page_needs_no_other_file(parts):
    page = write_report(*parts)
    for outside in ("http://", "https://", "<script", "<link", 'src="/', "url("):
        assert outside not in page
    assert "data:image/svg+xml;base64,PHN2Zy8+" in page


def test_the_page_says_what_the_tables_say(parts):
    page = write_report(*parts)
    assert "MD 1.32 points (95% CI 1.07 to 1.57; 21 comparisons, 464 animals): favours" in page
    assert "restricted maximum likelihood" in page
    assert "235 are the treated animals alone" in page
    assert "No row was set aside" in page
    assert "None" not in page
    assert "nan" not in page


def test_simulated_data_are_stamped(parts):
    assert "SYNTHETIC" not in write_report(*parts)
    page = write_report(*parts, synthetic=True)
    assert "<title>SYNTHETIC: " in page
    assert "these data were simulated" in page


def test_the_ledger_is_listed_with_its_reasons(parts):
    review, results, drawings = parts
    entry = {"outcome": "bbb_first", "study_id": "x_1", "timepoint": "first", "role": "control"}
    entry |= {"reason": "n_missing", "detail": "row 2 <b>"}
    page = write_report(review, results | {"ledger": [entry, entry]}, drawings)
    assert "2 rows: n missing." in page
    assert "row 2 &lt;b&gt;" in page


def fit(**changes):
    row = {"ci_level": 0.95, "measure": "MD", "estimate": -1.2, "ci_low": -2.0, "ci_high": -0.4}
    row |= {"k": 5, "n_t": 20, "n_c": 21, "pi_low": -3.0, "pi_high": 0.6, "i2": 0.4, "tau2": 0.2}
    return row | changes


def test_the_headline_follows_the_good_direction_and_never_overstates():
    lower = headline(fit(), {"unit": "points", "better": "lower"})
    assert lower.startswith("MD \N{MINUS SIGN}1.20 points (95% CI \N{MINUS SIGN}2.00 to")
    assert "favours treatment" in lower
    assert "which includes no difference" in lower
    assert "favours control" in headline(fit(), {"unit": "", "better": "higher"})
    wide = headline(fit(ci_high=0.1), {"unit": "", "better": "lower"})
    assert "the interval includes no difference" in wide
    assert "favours" not in wide


def test_numbers_as_papers_print_them():
    assert number(-0.5) == "\N{MINUS SIGN}0.50"
    assert number(0.00012) == "0.0001"
    assert number(None) == interval(None, 1.0) == "\N{EN DASH}"
    assert (p_value(0.0004), p_value(0.0316)) == ("< 0.001", "0.032")
    assert (plural(1, "study"), plural(3, "study"), plural(2, "row")) == (
        "1 study", "3 studies", "2 rows")  # fmt: skip
