import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.steps.pool_effects import pool_effects, select_effects
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


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exclude": ["s9"]}, "excludes s9, not among the studies of the outcome"),
        ({"only": {"colour": "red"}}, "filters by colour, which is no column"),
        ({"only": {"study_id": "s9"}}, "leaves no effect"),
    ],
)
def test_a_named_analysis_that_cannot_be(changes, expected):
    with pytest.raises(ValueError, match=expected):
        select_effects(effects(), "named", **changes)
