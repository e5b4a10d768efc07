import json
from base64 import b64encode

import pytest

from evpool.report.sensitivity import (
    exclusion_rows,
    influence_sentence,
    multiverse_sentences,
)
from evpool.report.wording import headline, interval, number, p_value, plural
from evpool.steps.write_report import write_report
from evpool.studies.settings import MADE_OF_STUDIES
from evpool.tables import read_rows

TABLES = ("pooled", "effects", "subgroups", "metaregression", "leave_one_out", "leave_sets_out")
OF_REVIEW = ("audit", "ledger", *MADE_OF_STUDIES)
TABLES += ("influence", "cumulative", "multiverse", "bias", "dispersion", "readings", "harmonised")
TABLES += ("agreement", "disagreements", "click_error")


@pytest.fixture(scope="module")
def parts(finished):
    folder = finished / "results/sci"
    review = json.loads((folder / "config.json").read_text())
    results = {
        name: read_rows(*(folder / outcome / f"{name}.parquet" for outcome in review["outcomes"]))
        for name in TABLES
    }
    results |= {name: read_rows(folder / f"{name}.parquet") for name in OF_REVIEW}
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


def test_the_sensitivity_analyses_are_reported(parts):
    page = write_report(*parts)
    for text in ("No comparison passes a threshold of influence", "human cells (8 studies)",
                 "The multiverse has 120 specifications. 120 of 120 estimates have the direction",
                 "Cumulative estimates by year", "<th>Permutation p</th>", "outlier robust",
                 "Random subsets (20,000, or all if there are no more; seed 1)",
                 "2000 random arrangements (seed 1)"):  # fmt: skip
        assert text in page


def test_figures_stand_where_their_numbers_are(parts):
    review, results, _ = parts
    names = ("baujat", "bubble_year", "cumulative_by_year", "forest", "forest_by_source_group",
             "gosh", "influence", "leave_one_out", "specification_curve_md", "zoo")  # fmt: skip
    drawings = {"bbb_first": {name: f"<{name}>".encode() for name in names}}
    page = write_report(review, results, drawings)
    order = ("forest", "forest_by_source_group", "zoo", "bubble_year", "specification_curve_md",
             "leave_one_out", "influence", "baujat", "cumulative_by_year", "gosh")  # fmt: skip
    places = [page.index(b64encode(f"<{name}>".encode()).decode()) for name in order]
    assert places == sorted(places)
    assert "Specification curve of MD: " in page
    assert "Cumulative analysis by year: " in page


def test_what_was_not_asked_for_is_not_reported(parts):
    review, results, drawings = parts
    nothing = {key: [] for key in ("leave_sets_out", "influence", "cumulative", "multiverse")}
    analysis = {"exclusion_sets": {}, "cumulative": [], "gosh": None, "multiverse": None}
    analysis |= {"permutations": 0, "analyses": {}}
    outcomes = {
        name: outcome | {"analysis": outcome["analysis"] | analysis}
        for name, outcome in review["outcomes"].items()
    }
    page = write_report(review | {"outcomes": outcomes}, results | nothing, drawings)
    for word in ("threshold of influence", "ultiverse", "Cumulative", "GOSH", "arrangements"):
        assert word not in page


def specification(estimate, p_value=0.01, **changes):
    row = {"measure": "MD", "estimate": estimate, "p_value": p_value, "warning": None}
    return row | changes


def test_the_multiverse_counts_direction_and_significance_apart():
    rows = [specification(1.0), specification(0.5, 0.2), specification(-0.1, 0.001)]
    rows += [specification(None, None, warning="no SD")] * 2
    rows.append(specification(2.0, measure="SMD"))
    text = " ".join(multiverse_sentences(rows, fit(estimate=0.9)))
    assert text == (
        "The multiverse has 6 specifications. 2 could not be computed: no SD. 3 of 4 estimates "
        "have the direction of the review's own, 2 of 4 have it with p < 0.05. MD: estimates from "
        "\N{MINUS SIGN}0.10 to 1.00. SMD: estimates from 2.00 to 2.00."
    )
    lost = " ".join(multiverse_sentences(rows[3:5], fit()))
    assert lost == "The multiverse has 2 specifications. 2 could not be computed: no SD."


def test_influential_comparisons_are_named():
    rows = [{"label": name, "influential": name == "B"} for name in "ABC"]
    assert influence_sentence(rows) == "1 of 3 comparisons passes a threshold of influence: B."
    rows[0]["influential"] = True
    assert influence_sentence(rows).startswith("2 of 3 comparisons pass a threshold")


def test_exclusion_sets_are_named_with_what_they_leave_out():
    rows = [
        {"model": model, "exclusion_set": name, "excluded": excluded}
        for model in ("common", "random")
        for name, excluded in (("high_risk", "a; b"), ("one", "a"), ("other", None))
    ]
    names = [name for name, _ in exclusion_rows(rows)]
    assert names == ["high risk (2 studies)", "one (1 study)", "other"]


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


def test_ratios_are_shown_as_ratios():
    ratio = fit(measure="OR", estimate=-0.693147, ci_low=-1.386294, ci_high=-0.105361)
    text = headline(ratio, {"unit": "", "better": "lower"})
    assert "OR 0.50 (95% CI 0.25 to 0.90" in text
    assert "between 0.05 and 1.82" in text
    assert "favours treatment" in text


def test_numbers_as_papers_print_them():
    assert number(-0.5) == "\N{MINUS SIGN}0.50"
    assert number(0.00012) == "0.0001"
    assert number(None) == interval(None, 1.0) == "\N{EN DASH}"
    assert (p_value(0.0004), p_value(0.0316)) == ("< 0.001", "0.032")
    assert (plural(1, "study"), plural(3, "study"), plural(2, "row")) == (
        "1 study", "3 studies", "2 rows")  # fmt: skip


@pytest.mark.parametrize(
    ("subsets", "expected"), [("all", "All subsets (above 21"), (20000, "Random subsets (20,000,")]
)
def test_the_methods_say_which_subsets_were_pooled(parts, subsets, expected):
    review = json.loads(json.dumps(parts[0]))
    for outcome in review["outcomes"].values():
        outcome["analysis"]["gosh"] = {"model": "REML", "subsets": subsets}
    assert expected in write_report(review, *parts[1:])


def test_repeated_studies_and_warnings_are_pointed_out(parts):
    review, results, drawings = parts
    assert "as if they were independent" not in write_report(*parts)
    bias = [row | {"warning": "few studies"} for row in results["bias"]]
    twice = [row | {"study_id": "one"} for row in results["effects"]]
    page = write_report(review, results | {"bias": bias, "effects": twice}, drawings)
    assert "Several comparisons come from one study (one: 21)" in page
    assert page.count(": few studies.") == 2
