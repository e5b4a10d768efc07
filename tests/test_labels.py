"""Levels are shown as the data write them or as the review labels them."""

import pytest

from evpool.config import complete_review, read_yaml
from evpool.errors import InputError
from evpool.labels import check_labels, column_name, in_order, level_name, within_sentence, words_of
from tests.conftest import ROOT

DEFAULTS = read_yaml(ROOT / "config/config.yaml")["analysis"]


@pytest.fixture
def review(tmp_path):
    (tmp_path / "studies.csv").write_text(
        "study_id,label,source,weeks,human\na,A 2020,bmsc,4;8,true\nb,B 2021,iPSC_MSC,8,\n"
    )

    def make(labels):
        document = {
            "title": "t",
            "tables": {"studies": str(tmp_path / "studies.csv")},
            "characteristics": {"columns": {"dose_ug": "Dose (µg)", "source": "EV source"}},
            "labels": labels,
            "outcomes": {"pain": {"label": "Pain", "better": "lower", "rows": {"outcome": "pain"}}},
            "analysis": {"analyses": {"high_dose": {"only": {"source": "bmsc"}}}},
        }
        return complete_review(document, "r", DEFAULTS)

    return make


def test_a_level_has_its_label_or_stays_as_written(review):
    words = words_of(review({"source": {"bmsc": "BMSC"}, "human": {True: "Human cells"}}))
    assert level_name(words, "source", "bmsc") == "BMSC"
    assert level_name(words, "source", "iPSC_MSC") == "iPSC MSC"
    assert level_name(words, "other_column", "bmsc") == "bmsc"
    assert level_name(words, "human", "true") == level_name(words, "human", True) == "Human cells"
    assert level_name(words, "source", None) == "Not reported"


def test_levels_come_in_the_order_of_their_labels_and_others_after(review):
    words = words_of(review({"source": {"iPSC_MSC": "iPSC", "bmsc": "BMSC"}}))
    rows = [{"level": level} for level in ("adsc", "bmsc", "iPSC_MSC", "not reported")]
    ordered = [row["level"] for row in in_order(words, "source", rows)]
    assert ordered == ["iPSC_MSC", "bmsc", "adsc", "not reported"]
    assert in_order(words, "weeks", rows) == rows


def test_a_column_has_the_heading_of_the_characteristics(review):
    words = words_of(review({}))
    assert column_name(words, "source") == "EV source"
    assert column_name(words, "dose_group") == "Dose group"
    assert column_name(words, "log10(dose_ug)") == "log10(Dose (µg))"
    names = ("EV source", "Dose (µg)", "T10", "A priori")
    assert [within_sentence(n) for n in names] == ["EV source", "dose (µg)", "T10", "a priori"]


def test_labels_of_cells_lists_and_analyses_pass(review):
    labels = {"source": {"bmsc": "BMSC"}, "weeks": {4: "week 4", 8: "week 8"}}
    check_labels(review(labels | {"analysis": {"high_dose": "High dose"}}))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"source": {"bmcs": "BMSC"}}, "names 'bmcs', which no cell of the column holds. Did you"),
        ({"sorce": {"bmsc": "BMSC"}}, "labels names 'sorce', which is no filled column"),
        ({"analysis": {"low_dose": "Low"}}, "It holds: high_dose"),
    ],
)
def test_a_label_of_nothing_is_refused(review, labels, said):
    with pytest.raises(InputError, match="labels") as refusal:
        check_labels(review(labels))
    assert said in str(refusal.value)
