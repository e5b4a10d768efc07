import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import ConvergenceError
from evpool.stats.pooling import CI_METHODS
from evpool.stats.robust import pool_robust
from evpool.steps.named_analyses import select_effects
from evpool.steps.pool_effects import pool_effects
from evpool.steps.rows import effect_arrays
from tests.steps.samples import METHOD, VALUES, effects


def pick(rows, analysis, model):
    (row,) = [r for r in rows if (r["analysis"], r["model"]) == (analysis, model)]
    return row


def test_both_models_are_pooled_and_their_weights_sum_to_one():
    pooled, weights = pool_effects(effects(), METHOD)
    assert [row["model"] for row in pooled] == ["common", "random"]
    for model in ("common", "random"):
        assert_allclose(sum(w["weight"] for w in weights if w["model"] == model), 1, rtol=1e-12)
    y, v = np.array(VALUES).T
    assert_allclose(pick(pooled, "overall", "common")["estimate"], np.average(y, weights=1 / v))
    assert pick(pooled, "overall", "common")["tau2_method"] is None


def test_the_estimate_is_the_weighted_mean_of_the_effects():
    pooled, weights = pool_effects(effects(), METHOD)
    shares = [w["weight"] for w in weights if w["model"] == "random"]
    mean = sum(share * yi for share, (yi, _) in zip(shares, VALUES, strict=True))
    assert_allclose(pick(pooled, "overall", "random")["estimate"], mean, rtol=1e-12)


def test_a_named_analysis_changes_only_what_it_names():
    analyses = {"dl": {"tau2_method": "DL"}, "hk": {"ci_method": "hksj"}}
    pooled, _ = pool_effects(effects(), METHOD, analyses)
    overall, dl, hk = (pick(pooled, name, "random") for name in ("overall", "dl", "hk"))
    assert (dl["tau2_method"], dl["ci_method"]) == ("DL", "wald")
    assert hk["tau2"] == overall["tau2"]
    assert (hk["df"], overall["df"]) == (5, None)


@pytest.mark.parametrize("ci_method", CI_METHODS)
def test_an_interval_of_random_effects_leaves_the_common_effect_alone(ci_method):
    given = {"given": {"ci_method": ci_method}, "wald": {"ci_method": "wald"}}
    pooled, _ = pool_effects(effects(), METHOD, given)
    found, wald = pick(pooled, "given", "common"), pick(pooled, "wald", "common")
    assert (found["se"], found["q_p"]) == (wald["se"], wald["q_p"])
    if ci_method == "t":  # a quantile, which needs no random effects
        assert (found["ci_method"], found["df"]) == ("t", 5)
    else:
        assert (found["ci_method"], found["p_value"]) == ("wald", wald["p_value"])
    assert pick(pooled, "given", "random")["ci_method"] == ci_method


def test_exclusion_and_selection_equal_pooling_the_rest():
    sources = ["fat", "marrow", "fat", "marrow", "fat", "fat"]
    rows = effects(source=sources)
    analyses = {"no_s1": {"exclude": ["s1"]}, "fat_only": {"only": {"source": "fat"}}}
    pooled, _ = pool_effects(rows, METHOD, analyses)
    for name, keep in (("no_s1", [0, 2, 3, 4, 5]), ("fat_only", [0, 2, 4, 5])):
        alone, _ = pool_effects([rows[i] for i in keep], METHOD)
        found, expected = pick(pooled, name, "random"), pick(alone, "overall", "random")
        assert_allclose(found["estimate"], expected["estimate"], rtol=1e-12)
        assert (found["k"], found["n_t"]) == (len(keep), 8 * len(keep))


def test_one_effect_is_its_own_pool():
    pooled, _ = pool_effects(effects(VALUES[:1]), METHOD)
    row = pick(pooled, "overall", "random")
    assert (row["estimate"], row["k"], row["tau2"]) == (0.5, 1, 0.0)
    assert "tau2_ci_low" not in row


def test_the_test_based_interval_of_i2_can_be_asked_for():
    pooled, _ = pool_effects(effects(), METHOD | {"i2_ci_method": "test_based"})
    default, _ = pool_effects(effects(), METHOD)
    found, other = (pick(p, "overall", "random") for p in (pooled, default))
    assert found["tau2_ci_high"] == other["tau2_ci_high"]
    assert found["i2_ci_high"] != other["i2_ci_high"]


def counts(measure):
    given = [(2, 10, 5, 9), (1, 12, 4, 12), (3, 8, 3, 8)]
    rows = effects(VALUES[:3])
    names = ("events_t", "n_t", "events_c", "n_c")
    return [row | dict(zip(names, cells, strict=True)) | {"measure": measure}
            for row, cells in zip(rows, given, strict=True)]  # fmt: skip


@pytest.mark.parametrize(("how", "measure"), [("mantel_haenszel", "OR"), ("peto", "PETO")])
def test_tables_of_counts_can_be_pooled_themselves(how, measure):
    pooled, weights = pool_effects(counts(measure), METHOD, {"tables": {"counts": how}})
    row = pick(pooled, "tables", "common")
    t = np.array([(2, 10, 5, 9), (1, 12, 4, 12), (3, 8, 3, 8)], dtype=float)
    a, n1, c, n2 = t.T
    n = n1 + n2
    if how == "mantel_haenszel":
        expected = np.log((a * (n2 - c) / n).sum() / ((n1 - a) * c / n).sum())
    else:
        expect, v = n1 * (a + c) / n, n1 * n2 * (a + c) * (n - a - c) / (n**2 * (n - 1))
        expected = (a - expect).sum() / v.sum()
    assert_allclose(row["estimate"], expected, rtol=1e-12)
    assert not [w for w in weights if w["analysis"] == "tables"]


def test_tables_are_pooled_only_for_their_measures():
    with pytest.raises(ValueError, match="pools OR or RR or RD, but the outcome's measure is MD"):
        pool_effects(counts("MD"), METHOD, {"tables": {"counts": "mantel_haenszel"}})


def test_a_robust_estimate_bends_less_to_an_outlier_and_says_how_it_was_made():
    rows = effects([*VALUES, (9.0, 0.05)])
    analyses = {"mild": {"robust": True}, "strong": {"robust": {"alpha": 0.8}}}
    pooled, weights = pool_effects(rows, METHOD, analyses)
    usual, mild, strong = (pick(pooled, name, "random") for name in ("overall", *analyses))
    typical = pool_effects(effects(), METHOD)[0][1]["estimate"]
    assert abs(strong["estimate"] - typical) < 0.1 < abs(usual["estimate"] - typical)
    assert (mild["robust_alpha"], strong["robust_alpha"]) == (0.3, 0.8)
    assert (mild["tau2_method"], mild["ci_level"], "pi_low" in mild) == (
        "density_power",
        0.95,
        False,
    )
    shares = [w["weight"] for w in weights if (w["analysis"], w["model"]) == ("mild", "random")]
    assert_allclose(sum(shares), 1, rtol=1e-12)
    assert_allclose(np.dot(shares, [row["yi"] for row in rows]), mild["estimate"], rtol=1e-8)


def test_a_robust_analysis_uses_its_own_studies_and_level():
    analyses = {"named": {"robust": True, "exclude": ["s1"], "ci_level": 0.9}}
    row = pick(pool_effects(effects(), METHOD, analyses)[0], "named", "random")
    rest = [effect for effect in effects() if effect["study_id"] != "s1"]
    alone = pool_robust(*effect_arrays(rest), ci_level=0.9)
    assert (row["k"], row["n_t"]) == (5, 40)
    assert_allclose([row["estimate"], row["ci_low"]], [alone.estimate[0], alone.ci_low[0]])


def test_a_robust_analysis_cannot_also_choose_the_usual_methods():
    analyses = {"named": {"robust": True, "tau2_method": "DL", "pi_method": "t_k2"}}
    with pytest.raises(ValueError, match="'named' is robust, which settles pi_method, tau2_method"):
        pool_effects(effects(), METHOD, analyses)
    off = {"named": {"robust": False, "tau2_method": "DL"}}
    assert pick(pool_effects(effects(), METHOD, off)[0], "named", "random")["tau2_method"] == "DL"


def test_a_named_analysis_may_leave_out_studies_of_other_outcomes():
    whole, part = {"away": {"exclude": ["s9"]}}, {"away": {"exclude": ["s9", "s1"]}}
    found = pick(pool_effects(effects(), METHOD, whole)[0], "away", "random")
    assert (found["k"], found.get("warning")) == (6, None)
    assert pick(pool_effects(effects(), METHOD, part)[0], "away", "random")["k"] == 5


@pytest.mark.parametrize(
    "changes", [{"only": {"study_id": "s9"}}, {"exclude": [f"s{i}" for i in range(6)]}]
)
def test_a_named_analysis_that_leaves_nothing_says_so_and_has_no_estimate(changes):
    pooled, weights = pool_effects(effects(), METHOD, {"named": changes, "dl": {}})
    for model in ("common", "random"):
        row = pick(pooled, "named", model)
        assert row["warning"] == "it leaves no comparison of this outcome"
        assert "estimate" not in row
    assert {weight["analysis"] for weight in weights} == {"overall", "dl"}


def test_a_named_analysis_that_does_not_converge_says_so_and_the_own_one_stops(monkeypatch):
    monkeypatch.setattr("evpool.stats.tau2.MAX_ITERATIONS", 1)
    monkeypatch.setattr("evpool.steps.pool_effects.intervals", lambda *_: {})
    by_dl = METHOD | {"tau2_method": "DL"}
    pooled, _ = pool_effects(effects(), by_dl, {"reml": {"tau2_method": "REML"}})
    row = pick(pooled, "reml", "random")
    assert row["warning"].startswith("tau2 by REML did not converge in 1 iterations")
    assert pick(pooled, "reml", "common")["estimate"] == pooled[0]["estimate"]
    with pytest.raises(ConvergenceError, match="tau2 by REML did not converge"):
        pool_effects(effects(), METHOD)


def test_a_filter_by_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match="filters by colour, which is no column"):
        select_effects(effects(), "named", only={"colour": "red"})
