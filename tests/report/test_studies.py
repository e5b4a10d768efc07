from evpool import columns
from evpool.labels import NO_WORDS
from evpool.report.studies import agreement_notes, as_typed, describe
from evpool.steps.describe_studies import describe_studies
from evpool.studies.settings import MADE_OF_STUDIES
from tests.steps.test_describe_studies import NOTHING, typed

REVIEW = {"characteristics": None, "outcomes": {"bmd": {"label": "Bone mineral density"}}}


def shown(review, tool, shares=None, **settings):
    settings = NOTHING | {"risk_of_bias": {"tool": tool, **settings}}
    made = describe_studies(typed(review), settings, review, shares)
    whole = REVIEW | settings
    return describe(whole, made, dict.fromkeys(("flow", "risk_summary"), "data:,"))


def test_a_mismatch_stands_in_the_caption_of_the_flow_diagram():
    (figure,) = shown("sci", "SYRCLE")["figures"]["flow"]
    assert "217 duplicates removed = 59, but 217 records screened." in figure["caption"]
    (figure,) = shown("osteoporosis", "SYRCLE")["figures"]["flow"]
    assert "What is printed adds up (7 checks)." in figure["caption"]


def test_the_tool_its_source_and_what_the_shares_mean_are_said():
    text = " ".join(shown("bone", "COCHRANE")["risk"])
    assert "Risk of bias of 20 studies by the Cochrane risk of bias tool of 2011" in text
    assert "doi:10.1136/bmj.d5928" in text
    assert "each study counts once" in text
    assert "no study of the study table: Ming-Jie Kuang 2019; Taisuke Furuta 2016." in text
    text = " ".join(shown("ivdd", "SYRCLE")["risk"])
    assert "as far as the paper prints it" in text
    text = " ".join(shown("bone", "COCHRANE", {"tao_xu_2020": 1.0}, weights="bmd")["risk"])
    assert "weighted by the random-effects weights of: Bone mineral density" in text
    assert "No judgement" in " ".join(shown("sci", "SYRCLE")["risk"])


def test_kappa_that_collapses_is_explained():
    row = {"raters": "ann and ben", "domain": "all", "observed": 0.9, "kappa": -0.05, "ac1": 0.88}
    (note,) = agreement_notes([row])
    assert "Ann and ben: the raters agree on 90% of the cells, yet kappa is −0.05" in note
    assert agreement_notes([row | {"kappa": 0.8}]) == []
    assert agreement_notes([row | {"domain": "random"}]) == []
    assert len(agreement_notes([row | {"kappa": None, "ac1": 1.0}])) == 1


def test_cells_are_shown_as_typed():
    assert [as_typed(cell, "c", NO_WORDS) for cell in (None, "4;8", "50000000000", "2024")] == [
        "–",
        "4; 8",
        "50,000,000,000",
        "2024",
    ]


def test_every_table_of_the_studies_is_declared():
    assert all(getattr(columns, name.upper()) for name in MADE_OF_STUDIES)
