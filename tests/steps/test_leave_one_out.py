from numpy.testing import assert_allclose

from evpool.steps.leave_one_out import leave_one_out
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


def test_one_effect_can_not_be_left_out():
    assert leave_one_out(effects(VALUES[:1]), METHOD) == []


def test_two_effects_leave_one_each():
    rows = [row for row in leave_one_out(effects(VALUES[:2]), METHOD) if row["model"] == "random"]
    assert [row["estimate"] for row in rows] == [0.9, 0.5]
    assert [row["label"] for row in rows] == ["Study 0", "Study 1"]
