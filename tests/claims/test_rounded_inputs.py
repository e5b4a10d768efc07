import numpy as np
from numpy.testing import assert_allclose

from evpool.claims.rounded_inputs import rounding_reach
from evpool.stats.pooling import pool

FIT = {"measure": "SMD", "model": "common", "tau2_method": None, "pi_method": None}
FIT |= {"ci_method": "wald", "ci_level": 0.95}
DL = FIT | {"model": "random", "tau2_method": "DL", "pi_method": "t_k1"}


def effect(yi, sei, **changes):
    row = {"yi": yi, "sei": sei, "decimals": 2}
    return row | changes


def test_a_common_effect_of_equal_weights_moves_by_half_a_unit():
    # The mean of k numbers printed to two decimals is off by 0.005 at most; weights are equal, and
    # so are the effects, so that the standard errors move nothing.
    reach = rounding_reach([effect(1.25, 0.5)] * 4, FIT)
    assert_allclose(reach["estimate"], 0.005)
    assert_allclose(reach["tau2"], 0)


def test_the_reach_covers_nearly_all_results_of_unrounded_effects():
    rng = np.random.default_rng(7)
    shown, se = np.array([5.28, 12.08, 7.10]), np.array([2.73, 2.18, 1.90])
    reach = rounding_reach([effect(y, s) for y, s in zip(shown, se, strict=True)], DL)
    true = shown + rng.uniform(-0.005, 0.005, (500, 3))
    spread = se + rng.uniform(-0.005, 0.005, (500, 3)) / 1.959963984540054
    fits = pool(true, spread**2, tau2_method="DL")
    centre = pool(shown, se**2, tau2_method="DL")
    for name in ("estimate", "tau2", "ci_low"):
        off = np.abs(getattr(fits, name) - getattr(centre, name)[0])
        assert off.max() <= 1.02 * reach[name]
        assert off.max() > 0.15 * reach[name]  # a bound on the sum, not a wild guess


def test_effects_computed_from_arms_leave_no_room():
    assert rounding_reach([effect(1.0, 0.5, decimals=None)], FIT) == {}
    assert rounding_reach([effect(1.0, 0.5)], FIT | {"measure": "OR"}) == {}


def test_a_zero_at_the_end_leaves_no_more_room_than_another_digit():
    two, other = (
        rounding_reach([effect(y, 0.3) for y in (first, 1.52, 0.87)], DL)["estimate"]
        for first in (2.00, 2.01)
    )
    assert_allclose(two, other, rtol=0.1)
    assert two < 0.01


def test_only_the_effects_of_a_level_move_its_result():
    fat = [effect(y, 0.3, source="fat") for y in (1.1, 0.9)]
    others = [effect(y, 0.2, source=None) for y in (3.1, 2.4, 2.0)]
    reach = rounding_reach([*fat, *others], DL | {"moderator": "source", "level": "fat"})
    assert reach == rounding_reach(fat, DL)
    unknown = DL | {"moderator": "source", "level": "not reported"}
    assert rounding_reach([*fat, *others], unknown) == rounding_reach(others, DL)
