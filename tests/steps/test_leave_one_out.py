from numpy.testing import assert_allclose

from evpool.steps.leave_one_out import leave_one_out, leave_sets_out
from evpool.steps.pool_effects import pool_effects
from tests.steps.samples import METHOD, VALUES, effects


def test_each_row_is_the_pool_of_the_others():
    rows = leave_one_out(effects(), METHOD)
    assert len(rows) == 2 * len(VALUES)
    for row in rows:
        others = [effect for effect in effects() if effect["effect_id"] != row["effect_id"]]
        common, random = pool_effects(others, METHOD)[0]
        alone = {"common": common, "random": random}[row["model"]]
        for name in ("estimate", "ci_low", "pi_high", "tau2", "i2", "q", "k", "n_c"):
            assert_allclose(
                row[name] if row[name] == row[name] else -1,
                alone[name] if alone[name] == alone[name] else -1,
                rtol=1e-9,
                atol=1e-12,
            )


def test_an_interval_of_random_effects_leaves_the_common_effect_alone():
    method = METHOD | {"ci_method": "hksj"}
    rows = leave_one_out(effects(), method) + leave_sets_out(effects(), {"a": ["s0"]}, method)
    kinds = {(row["model"], row["ci_method"]) for row in rows}
    assert kinds == {("common", "wald"), ("random", "hksj")}
    plain = leave_one_out(effects(), METHOD)[: len(VALUES)]
    assert [row["ci_low"] for row in rows[: len(VALUES)]] == [row["ci_low"] for row in plain]


def test_one_effect_can_not_be_left_out():
    assert leave_one_out(effects(VALUES[:1]), METHOD) == []


def test_two_effects_leave_one_each():
    rows = [row for row in leave_one_out(effects(VALUES[:2]), METHOD) if row["model"] == "random"]
    assert [row["estimate"] for row in rows] == [0.9, 0.5]
    assert [row["label"] for row in rows] == ["Study 0", "Study 1"]


def test_each_set_is_the_pool_of_the_others():
    sets = {"late": ["s4", "s5", "elsewhere"], "first": ["s0"]}
    rows = leave_sets_out(effects(), sets, METHOD)
    assert [(row["model"], row["exclusion_set"]) for row in rows] == [
        (model, name) for model in ("common", "random") for name in sets
    ]
    kept = {"late": effects()[:4], "first": effects()[1:]}
    for row in rows:
        common, random = pool_effects(kept[row["exclusion_set"]], METHOD)[0]
        alone = {"common": common, "random": random}[row["model"]]
        for name in ("estimate", "ci_low", "tau2", "q", "k", "n_t"):
            assert_allclose(row[name], alone[name], rtol=1e-6, atol=1e-9)
    assert rows[0]["excluded"] == "s4; s5"


def test_a_tau2_that_does_not_converge_is_said_in_the_row_of_its_set(monkeypatch):
    monkeypatch.setattr("evpool.stats.tau2.MAX_ITERATIONS", 1)
    common, random = leave_sets_out(effects(), {"first": ["s0"]}, METHOD)
    assert (common["converged"], common["warning"]) == (True, None)
    assert (random["converged"], random["estimate"], random["n_t"]) == (False, None, 40)
    assert random["warning"] == "tau2 by REML did not converge"


def test_a_set_that_excludes_nothing_or_everything_says_so_and_has_no_estimate():
    everyone = [f"s{i}" for i in range(len(VALUES))]
    sets = {"nobody": ["elsewhere"], "all": everyone, "first": ["s0"]}
    rows = leave_sets_out(effects(), sets, METHOD)[:3]
    assert rows[0]["warning"] == "none of its studies has this outcome"
    assert rows[1]["warning"] == "it excludes every study of this outcome"
    assert "estimate" not in rows[0] | rows[1]
    assert (rows[2]["warning"], rows[2]["k"]) == (None, 5)
    assert leave_sets_out(effects(), {}, METHOD) == []
