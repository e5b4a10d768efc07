import pytest
from numpy.testing import assert_allclose

from evpool.stats.pooling import CI_METHODS
from evpool.steps.compare_subgroups import compare_subgroups
from evpool.steps.pool_effects import pool_effects
from tests.steps.samples import METHOD, effects

SOURCES = ["fat", "marrow", "fat", "marrow", "fat", "marrow"]


def chosen(rows, model, tau2_common=False):
    return [r for r in rows if r["model"] == model and r["tau2_common"] is tau2_common]


def test_separate_tau2_is_pooling_each_level_alone():
    rows = effects(source=SOURCES)
    found = chosen(compare_subgroups(rows, ["source"], METHOD), "random")
    assert [row["level"] for row in found] == ["fat", "marrow"]
    for row in found:
        own = [effect for effect in rows if effect["source"] == row["level"]]
        alone = pool_effects(own, METHOD)[0][1]
        for name in ("estimate", "se", "tau2", "q", "tau2_ci_high", "k", "n_t"):
            assert_allclose(row[name], alone[name], rtol=1e-10)


@pytest.mark.parametrize("ci_method", CI_METHODS)
def test_common_effect_q_adds_up_whatever_the_interval(ci_method):
    rows, method = effects(source=SOURCES), METHOD | {"ci_method": ci_method}
    found = chosen(compare_subgroups(rows, ["source"], method), "common")
    total = pool_effects(rows, method)[0][0]["q"]
    assert_allclose(found[0]["q_between"] + sum(row["q"] for row in found), total, rtol=1e-10)


def test_hartung_and_knapp_do_not_scale_the_test_between_common_effects():
    # Means 0.05 and 3.05 of two effects each: 2 (1.5^2 + 1.5^2); their spread would make it 1800.
    rows = effects([(0.0, 1.0), (0.1, 1.0), (3.0, 1.0), (3.1, 1.0)], source=list("aabb"))
    found = compare_subgroups(rows, ["source"], METHOD | {"ci_method": "hksj"})
    row, *_ = chosen(found, "common")
    assert_allclose(row["q_between"], 9.0, rtol=1e-12)
    assert (row["ci_method"], chosen(found, "random")[0]["ci_method"]) == ("wald", "hksj")


def test_common_tau2_is_shared_by_the_levels():
    found = chosen(compare_subgroups(effects(source=SOURCES), ["source"], METHOD), "random", True)
    assert found[0]["tau2"] == found[1]["tau2"]


def test_a_missing_level_is_a_level_of_its_own():
    found = compare_subgroups(
        effects(human=[True, None, True, None, True, None]), ["human"], METHOD
    )
    assert [row["level"] for row in chosen(found, "random")] == ["not reported", "true"]


def test_a_level_with_one_study_is_kept():
    rows = effects(source=["fat", *["marrow"] * 5])
    found = chosen(compare_subgroups(rows, ["source"], METHOD), "random")
    assert [(row["level"], row["k"]) for row in found] == [("fat", 1), ("marrow", 5)]
    assert found[0]["estimate"] == 0.5
    assert found[0]["p_between"] is not None


def test_one_level_has_no_test_between():
    found = compare_subgroups(effects(source=["fat"] * 6), ["source"], METHOD)
    assert all(row.get("q_between") is None for row in found)
    assert_allclose(chosen(found, "random")[0]["estimate"],
                    pool_effects(effects(), METHOD)[0][1]["estimate"], rtol=1e-12)  # fmt: skip


def test_as_many_levels_as_studies_have_no_common_tau2():
    rows = compare_subgroups(effects(source=list("abcdef")), ["source"], METHOD)
    assert len(chosen(rows, "random")) == 6
    assert chosen(rows, "random", True) == []


def test_a_model_that_does_not_converge_has_a_row_that_says_so(monkeypatch):
    alone = chosen(compare_subgroups(effects(source=SOURCES), ["source"], METHOD), "common")
    monkeypatch.setattr("evpool.stats.tau2.MAX_ITERATIONS", 1)
    monkeypatch.setattr("evpool.steps.compare_subgroups.intervals", lambda *_: {})
    rows = compare_subgroups(effects(source=SOURCES), ["source"], METHOD)
    assert [row["estimate"] for row in rows[:2]] == [row["estimate"] for row in alone]
    assert [(row["model"], row["tau2_common"], row["k"]) for row in rows[2:]] == [
        ("random", False, 6),
        ("random", True, 6),
    ]
    assert rows[3]["warning"].startswith(
        "not compared by random effects with common tau^2: tau2 by REML did not converge"
    )


def test_an_unknown_moderator_is_refused():
    with pytest.raises(ValueError, match="'colour', which is no column of the effects"):
        compare_subgroups(effects(), ["colour"], METHOD)


def test_the_tests_between_are_adjusted_for_the_number_of_moderators():
    rows = effects(source=SOURCES, site=["a", "a", "b", "b", "a", "b"])
    found = chosen(compare_subgroups(rows, ["source", "site"], METHOD), "random")
    p = {row["moderator"]: row["p_between"] for row in found}
    holm = {row["moderator"]: row["p_holm"] for row in found}
    low, high = sorted(p, key=p.get)
    assert_allclose(holm[low], min(2 * p[low], 1), rtol=1e-12)
    assert_allclose(holm[high], max(p[high], holm[low]), rtol=1e-12)
    alone = chosen(compare_subgroups(rows, ["source"], METHOD), "random")
    assert alone[0]["p_holm"] == alone[0]["p_between"]


def test_too_few_studies_are_not_compared_and_the_table_says_so():
    rows = effects(source=SOURCES, site=list("aabbab"))
    rows[1] |= {"study_id": "s0"}  # six comparisons of five studies
    enough = compare_subgroups(rows, ["source"], METHOD, fewest=5)
    assert [row["level"] for row in chosen(enough, "random")] == ["fat", "marrow"]
    found = compare_subgroups(rows, ["source", "site"], METHOD, fewest=6)
    assert [(row["moderator"], row["k"]) for row in found] == [("source", 6), ("site", 6)]
    assert {row["warning"] for row in found} == {
        "not compared: 5 studies, fewer than the 6 asked for"
    }
    assert all(row.get("estimate") is None and row.get("level") is None for row in found)
