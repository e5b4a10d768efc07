import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import InputError
from evpool.extraction.columns import RISK_COUNTS, RISK_OF_BIAS
from evpool.extraction.delimited import read_input
from evpool.studies.risk_of_bias import (
    agreement,
    check_judgements,
    settle,
    summarise,
    summarise_printed,
    weights_of_studies,
)
from evpool.studies.risk_tools import TOOLS, Tool, tool_of
from tests.conftest import ROOT

TINY = Tool("the tiny tool", "", {"random": "Random", "blind": "Blind"})


def typed(tmp_path, *rows, head="study_id,domain,judgement,rater"):
    path = tmp_path / "risk_of_bias.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return read_input(path, RISK_OF_BIAS)


def checked(tmp_path, *rows, **options):
    return check_judgements(typed(tmp_path, *rows, **options), TINY)


def test_tools_have_the_domains_of_their_papers():
    counts = {name: len(tool.domains) for name, tool in TOOLS.items()}
    assert counts == {"SYRCLE": 10, "CAMARADES": 10, "COCHRANE": 7, "ROB2": 6}
    assert all(len(tool.judgements) == 3 for tool in TOOLS.values())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,randm,low,", "column 'domain' is 'randm'.*Did you mean 'random'?"),
        ("a,random,hgih,", "column 'judgement' is 'hgih'.*Did you mean 'high'?"),
        ("x,random,low,", "expected a study of the study table"),
        (",random,low,", "column 'study_id' is empty"),
        ("b,blind,high,", "row 2 has this one"),
    ],
)
def test_what_the_tool_does_not_know_is_refused_with_a_suggestion(tmp_path, row, said):
    table = typed(tmp_path, "b,blind,low,", row)
    with pytest.raises(InputError, match=said):
        check_judgements(table, TINY, ["a", "b"])


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    table = typed(tmp_path, "a,randm,low,", "a,blind,hgih,", "a,random,LOW,")
    with pytest.raises(InputError, match="2 problems"):
        check_judgements(table, TINY)


def test_a_study_outside_the_study_table_is_named_by_its_label(tmp_path):
    head = "study_id,study_label,domain,judgement"
    rows = checked(tmp_path, ",Furuta 2016,random,low", head=head)
    settled = settle(rows, TINY)
    assert [(r["study_id"], r["label"]) for r in settled] == [(None, "Furuta 2016")] * 2
    assert [r["judgement"] for r in settled] == ["low", "not judged"]


def test_raters_who_differ_leave_a_disagreement_unless_there_is_a_consensus(tmp_path):
    rows = ["a,random,low,ann", "a,random,high,ben", "a,blind,low,ann", "a,blind,high,ben"]
    settled = settle(checked(tmp_path, *rows, "a,blind,unclear,consensus"), TINY)
    assert [row["judgement"] for row in settled] == ["disagreement", "unclear"]


def test_shares_sum_to_one_and_weights_change_them(tmp_path):
    settled = settle(checked(tmp_path, "a,random,low,", "b,random,high,", "b,blind,low,"), TINY)
    plain = summarise(settled, TINY)
    weighted = summarise(settled, TINY, {"a": 3.0, "b": 1.0})
    for rows, low in ((plain, 0.5), (weighted, 0.75)):
        own = {row["judgement"]: row["share"] for row in rows if row["domain"] == "random"}
        assert_allclose(own["low"], low)
        assert_allclose(sum(own.values()), 1)
    blind = {row["judgement"]: row["studies"] for row in plain if row["domain"] == "blind"}
    assert blind == {"low": 1, "unclear": 0, "high": 0, "not judged": 1}


def test_a_study_weighs_what_its_comparisons_weigh():
    effects = [{"effect_id": i, "study_id": s} for i, s in enumerate("aab")]
    row = {"analysis": "overall", "model": "random"}
    weights = [row | {"effect_id": i, "weight": w} for i, w in enumerate((0.2, 0.3, 0.5))]
    weights.append(row | {"model": "common", "effect_id": 0, "weight": 9.0})
    assert weights_of_studies(weights, effects) == {"a": 0.5, "b": 0.5}


def test_kappa_collapses_where_ac1_does_not(tmp_path):
    # 18 cells alike (low), 2 apart in opposite ways: agreement 0.9, kappa below 0.
    rows = [f"s{i},random,low,{rater}" for i in range(18) for rater in ("ann", "ben")]
    rows += ["t,random,low,ann", "t,random,high,ben", "u,random,high,ann", "u,random,low,ben"]
    whole, one = agreement(checked(tmp_path, *rows), TINY)
    assert (whole["domain"], one["domain"]) == ("all", "random")
    assert_allclose(whole["observed"], 0.9)
    chance = 0.95**2 + 0.05**2
    assert_allclose(whole["kappa"], (0.9 - chance) / (1 - chance))
    assert_allclose(whole["pabak"], (0.9 - 1 / 3) / (1 - 1 / 3))
    assert whole["ac1"] > 0.85


def test_perfect_agreement_on_one_judgement_has_no_kappa(tmp_path):
    rows = [f"s{i},random,low,{rater}" for i in range(3) for rater in ("ann", "ben")]
    whole = agreement(checked(tmp_path, *rows), TINY)[0]
    assert np.isnan(whole["kappa"])
    assert whole["pabak"] == whole["ac1"] == 1


def test_mais_grid_is_all_low_but_nine_cells():
    bone = tool_of({"tool": "COCHRANE"})
    table = read_input(ROOT / "resources/bone/risk_of_bias.csv", RISK_OF_BIAS)
    settled = settle(check_judgements(table, bone), bone)
    unclear = [row for row in settled if row["judgement"] == "unclear"]
    assert len(settled) == 140
    assert len(unclear) == 9
    assert [row["label"] for row in unclear if row["domain"] == "blinding_outcome_assessment"] == [
        "Yao Huang 2020"
    ]
    by_domain = {
        (row["domain"], row["judgement"]): row["share"] for row in summarise(settled, bone)
    }
    assert_allclose(by_domain["incomplete_outcome_data", "unclear"], 0.4)


def test_printed_counts_leave_the_rest_without_a_judgement(tmp_path):
    table = read_input(ROOT / "resources/osteoporosis/risk_counts.csv", RISK_COUNTS)
    rows = summarise_printed(table, TOOLS["SYRCLE"], 17)
    own = {r["judgement"]: r["studies"] for r in rows if r["domain"] == "random_housing"}
    assert own == {"low": 7, "unclear": 0, "high": 0, "not judged": 10}
    with pytest.raises(InputError, match="random_housing: 7 studies are judged, the review has 5"):
        summarise_printed(table, TOOLS["SYRCLE"], 5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tool": "SYRCEL"}, "Did you mean 'SYRCLE'"),
        ({"tool": "custom"}, "a custom tool declares its domains"),
        ({"tool": "custom", "domains": {"a": "A"}, "judgements": ["fine"]}, "have no sign"),
    ],
)
def test_a_tool_that_does_not_exist_is_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        tool_of(settings)
