import json
import re
from base64 import b64encode

import pytest

from evpool.columns import POOLED
from evpool.labels import words_of
from evpool.report.sensitivity import (
    exclusion_rows,
    influence_sentence,
    multiverse_sentences,
)
from evpool.report.wording import headline, interval, number, p_value, plural, variance
from evpool.steps.pool_effects import pool_effects
from evpool.steps.write_outcome import section_of, write_outcome
from evpool.tables import read_rows, write_table
from tests.steps.samples import METHOD

TABLES = ("arms", "ledger", "pooled", "effects", "subgroups", "metaregression", "leave_one_out")
TABLES += ("leave_sets_out", "influence", "cumulative", "multiverse", "bias", "dispersion")
TABLES += ("readings", "harmonised", "agreement", "disagreements", "click_error")


@pytest.fixture(scope="module")
def parts(finished):
    folder = finished / "results/sci"
    review = json.loads((folder / "config.json").read_text())
    outcome = review["outcomes"]["bbb_first"] | {"id": "bbb_first"}
    results = {name: read_rows(folder / f"bbb_first/{name}.parquet") for name in TABLES}
    review["words"] = words_of(review)
    return review, outcome, results, {"forest": b"<svg/>"}


def test_the_page_needs_no_other_file(parts):
    page = write_outcome(*parts)
    for outside in ("http://", "https://", "<script", "<link", 'src="/', "url("):
        assert outside not in page
    assert "data:image/svg+xml;base64,PHN2Zy8+" in page


def test_the_page_says_what_the_tables_say(parts):
    page = write_outcome(*parts)
    assert "MD 1.32 points (95% CI 1.07 to 1.57; 21 comparisons, 464 animals): favours" in page
    assert "None" not in page
    assert "nan" not in page


def test_the_sensitivity_analyses_are_reported(parts):
    page = write_outcome(*parts)
    for text in ("No comparison passes a threshold of influence", "Human cells (8 studies)",
                 "The multiverse has 120 specifications. 120 of 120 estimates have the direction",
                 "Cumulative estimates by year", ">Permutation p</th>",
                 "Outlier-robust"):  # fmt: skip
        assert text in page


def test_figures_stand_where_their_numbers_are(parts):
    names = ("baujat", "bubble_year", "cumulative_by_year", "forest", "forest_by_source_group",
             "gosh", "influence", "leave_one_out", "specification_curve_md", "zoo")  # fmt: skip
    drawings = {name: f"<{name}>".encode() for name in names}
    page = write_outcome(*parts[:3], drawings)
    order = ("forest", "zoo", "forest_by_source_group", "bubble_year", "specification_curve_md",
             "leave_one_out", "influence", "baujat", "cumulative_by_year", "gosh")  # fmt: skip
    places = [page.index(b64encode(f"<{name}>".encode()).decode()) for name in order]
    assert places == sorted(places)
    assert "Specification curve of MD: " in page
    assert "Cumulative analysis by year: " in page


def test_what_was_not_asked_for_is_not_reported(parts):
    review, outcome, results, drawings = parts
    nothing = {key: [] for key in ("leave_sets_out", "influence", "cumulative", "multiverse")}
    analysis = {"exclusion_sets": {}, "cumulative": [], "gosh": None, "multiverse": None}
    analysis |= {"permutations": 0, "analyses": {}}
    outcome = outcome | {"analysis": outcome["analysis"] | analysis}
    page = write_outcome(review, outcome, results | nothing, drawings)
    for word in ("threshold of influence", "ultiverse", "Cumulative", "GOSH", "arrangements"):
        assert word not in page


def test_simulated_data_are_stamped(parts):
    assert "SYNTHETIC" not in write_outcome(*parts)
    page = write_outcome(*parts, synthetic=True)
    assert "<title>SYNTHETIC: " in page
    assert "these data were simulated" in page


def test_repeated_studies_and_warnings_are_pointed_out(parts):
    review, outcome, results, drawings = parts
    assert "as if they were independent" not in write_outcome(*parts)
    bias = [row | {"warning": "few studies"} for row in results["bias"]]
    twice = [row | {"study_id": "one"} for row in results["effects"]]
    changed = results | {"bias": bias, "effects": twice}
    page = write_outcome(review, outcome, changed, drawings)
    assert "Several comparisons come from one study (one: 21)" in page
    assert page.count(": few studies.") == 1


def test_adjusted_estimates_of_ratios_are_shown_as_ratios(parts):
    review, outcome, results, drawings = parts
    outcome = outcome | {"analysis": outcome["analysis"] | {"measure": "OR"}}
    row = dict.fromkeys(results["bias"][0]) | {"test": "selection"}
    model = row | {"variant": "steps 0.025, greater", "estimate": 0.0677, "ci_low": 0.0}
    weight = row | {"variant": "weight of p from 0.025 to 1", "estimate": 0.4, "ci_low": 0.1}
    bias = [model | {"ci_high": 0.6931}, weight | {"ci_high": 0.7}, row]
    page = write_outcome(review, outcome, results | {"bias": bias}, drawings)
    shown = re.findall(r"Selection model</td>.*<td>(.*)</td>\n<td>(.*?)</td>", page)
    assert shown == [("1.07", "1.00 to 2.00"), ("0.40", "0.10 to 0.70"), ("\N{EN DASH}",) * 2]


@pytest.mark.parametrize("ci_method", ["t", "hksj", "hksj_adhoc"])
def test_an_outcome_of_one_comparison_has_a_page(parts, tmp_path, ci_method):
    review, outcome, results, drawings = parts
    alone = [row | {"n_c": None} for row in results["effects"][:1]]
    pooled, _ = pool_effects(alone, METHOD | {"ci_method": ci_method})
    write_table(pooled, POOLED, tmp_path / "pooled.parquet")
    own = dict.fromkeys(results, ()) | {"effects": alone, "arms": results["arms"]}
    own["pooled"] = read_rows(tmp_path / "pooled.parquet")
    page = write_outcome(review, outcome, own, drawings)
    assert " points (1 comparison): no confidence interval can be given." in page
    assert "Of heterogeneity one comparison says nothing." in page
    assert "interval of τ²" not in page
    assert "None" not in page
    assert "nan" not in page


def test_an_analysis_that_could_not_be_made_is_told_in_its_row(parts):
    review, outcome, results, drawings = parts
    row = dict.fromkeys(results["pooled"][0]) | {"analysis": "no_li", "model": "random"}
    pooled = [*results["pooled"], row | {"warning": "it leaves nothing"}]
    page = write_outcome(review, outcome, results | {"pooled": pooled}, drawings)
    told = '<td class="text">no li, random effects</td><td class="text" colspan="7">not pooled: it'
    assert told in page
    assert "None" not in page


def test_a_model_that_could_not_compare_subgroups_is_told_and_has_no_table(parts):
    review, outcome, results, drawings = parts
    lost = {"model": "random", "tau2_common": True}
    rows = [row for row in results["subgroups"] if not lost.items() <= row.items()]
    stuck = dict.fromkeys(rows[0]) | lost | {"moderator": rows[0]["moderator"], "k": 21}
    stuck |= {"warning": "not compared by it"}
    page = write_outcome(review, outcome, results | {"subgroups": [*rows, stuck]}, drawings)
    assert page.count(": not compared by it.</p>") == 1
    assert "random effects, separate" in page
    assert "random effects, common" not in page
    assert "None" not in page


def test_a_link_leads_to_the_same_place_from_the_page_of_the_review():
    page = '<nav><a href="../report.html"></a></nav><main>\n<a href="../digitised/">x</a>\n</main>'
    assert section_of(page) == '<a href="digitised/">x</a>\n'


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
    words = {"columns": {}, "levels": {"exclusion_set": {"one": "Ito 2020"}}}
    names = [name for name, _ in exclusion_rows(rows, words)]
    assert names == ["high risk (2 studies)", "Ito 2020 (1 study)", "other"]


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
    for better, favoured in (("lower", "treatment"), ("higher", "control")):
        narrow = headline(fit(pi_high=-0.1), {"unit": "", "better": better})
        assert f"(95% prediction interval), all in favour of {favoured}." in narrow


def test_the_headline_claims_no_interval_and_no_animals_that_are_not_known():
    alone = fit(k=1, ci_low=None, ci_high=None, pi_low=None, pi_high=None, i2=None)
    text = headline(alone, {"unit": "points", "better": "lower"})
    assert text == (
        "MD \N{MINUS SIGN}1.20 points (1 comparison, 41 animals): no confidence interval can be "
        "given."
    )
    for unknown in ("n_t", "n_c"):
        assert "animals" not in headline(fit(**{unknown: None}), {"unit": "", "better": "lower"})


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize(("measure", "end"), [("VR", ""), ("CVR", " relative to their mean")])
def test_more_variation_is_no_benefit(better, measure, end):
    low = {"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "pi_low": 0.05, "pi_high": 0.8}
    more = headline(fit(measure=measure, **low), {"unit": "mm", "better": better})
    assert f"): treated animals vary more{end}. " in more
    assert f"(95% prediction interval), where treated animals vary more{end} throughout." in more
    less = headline(fit(measure=measure), {"unit": "mm", "better": better})
    assert f"): treated animals vary less{end}. " in less
    assert "favour" not in more + less


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
    assert [variance(value) for value in (0, 0.06487, 17.0283)] == ["0", "0.0649", "17.03"]
    assert (p_value(0.0004), p_value(0.0316)) == ("< 0.001", "0.032")
    assert (plural(1, "study"), plural(3, "study"), plural(2, "row")) == (
        "1 study", "3 studies", "2 rows")  # fmt: skip
