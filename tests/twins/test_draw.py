"""Draws of the twins have the moments of their model."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.measures import compute_measure
from evpool.twins.draw import (
    CARRIER,
    TREATED,
    VEHICLE,
    Arm,
    Comparison,
    Design,
    contrasts,
    draw_bars,
    draw_outcome,
    expected_effects,
    stated_sds,
)
from evpool.twins.model import OutcomeModel

SIZE = 20000
MODEL = OutcomeModel("o", 2, mu=1.5, control_mean=50.0, sd=5.0)
# A study with a shared vehicle and a carrier, and one with another level.
ARMS = (
    Arm("a", "EV", TREATED, 6, 4.0, {"route": "local", "gauge": "20"}),
    Arm("a", "gel", CARRIER, 7, 4.0, {"route": "local"}),
    Arm("a", "PBS", VEHICLE, 8, 4.0, {"route": "local"}),
    Arm("b", "EV", TREATED, None, 4.0, {"route": "systemic", "gauge": ""}),
    Arm("b", "PBS", VEHICLE, None, 4.0, {"route": "systemic"}),
)
PAIRS = (Comparison(0, 2, 1), Comparison(0, 1, 2), Comparison(3, 4, 1))
DESIGN = Design(ARMS, PAIRS)


def draw(seed=1, size=SIZE, **changes):
    model = replace(MODEL, **changes)
    rng = np.random.default_rng(seed)
    return model, draw_outcome(model, DESIGN, rng, size, group_sizes=(6, 9))


def test_expected_effects_add_up_shifts_slopes_and_the_carrier():
    model = replace(
        MODEL, shifts={"route": {"systemic": -0.5}}, slopes={"gauge": [0.1, 25]}, carrier_effect=0.4
    )
    effects = expected_effects(model, DESIGN)
    assert_allclose(effects, [1.0, 0.4, 0.0, 1.0, 0.0])
    assert_allclose(contrasts(DESIGN, effects), [1.0, 0.6, 1.0])


def test_true_effects_have_the_variance_of_studies_and_arms():
    _, draws = draw(tau2_study=0.5, tau2_arm=0.2)
    effect = draws.effect
    assert_allclose(effect[:, 0].mean(), 1.5, atol=4 * np.sqrt(0.7 / SIZE))
    assert_allclose(effect[:, [0, 3]].var(axis=0), 0.7, rtol=0.05)
    assert (effect[:, [1, 2, 4]] == 0).all()
    assert_allclose(np.corrcoef(effect[:, 0], effect[:, 3])[0, 1], 0, atol=0.03)


def test_animals_scatter_about_the_true_mean_with_the_true_sd():
    _, draws = draw(tau2_study=0.5, sd_between=0.3, control_cv=0.2)
    z = (draws.mean - draws.true_mean) / draws.true_sd * np.sqrt(draws.n)
    assert_allclose(z.mean(axis=0), 0, atol=4 / np.sqrt(SIZE))
    assert_allclose(z.var(axis=0), 1, rtol=0.06)
    ratio = (draws.sd / draws.true_sd) ** 2
    assert_allclose(ratio.mean(axis=0), 1, atol=0.03)
    assert_allclose(np.log(draws.true_sd[:, 0] / 5.0).std(), 0.3, rtol=0.05)


def test_an_effect_in_sds_is_what_hedges_g_estimates():
    _, draws = draw(sd_between=0.3)
    columns = {}
    for side, i in (("t", 0), ("c", 2)):
        columns |= {f"{name}_{side}": getattr(draws, name)[:, i] for name in ("mean", "sd", "n")}
    yi, _ = compute_measure("SMD", columns)
    assert_allclose(yi.mean(), 1.5, atol=4 * yi.std() / np.sqrt(SIZE))


def test_an_effect_in_units_does_not_hang_on_the_sd():
    _, draws = draw(scale="unit", sd_between=0.5)
    assert_allclose(draws.true_mean[:, 0] - draws.true_mean[:, 2], 1.5)


def test_open_group_sizes_are_drawn_once_a_study():
    _, draws = draw(size=500)
    assert (draws.n[:, :3] == [6, 7, 8]).all()
    assert (draws.n[:, 3] == draws.n[:, 4]).all()
    assert set(draws.n[:, 3].tolist()) == {6, 7, 8, 9}


def test_bars_come_in_the_stated_shares_and_an_sem_called_sd_is_too_small():
    shares = {"sd": 0.5, "sem": 0.3, "sem_as_sd": 0.2}
    bars = draw_bars(shares, ["a", "b"], np.random.default_rng(1), SIZE)
    for kind, share in shares.items():
        assert_allclose((bars == kind).mean(axis=0), share, atol=0.015)
    _, draws = draw(size=3)
    kinds = np.array([["sem_as_sd", "sem"]] * 3)
    stated = stated_sds(draws, kinds, [0, 0, 0, 1, 1])
    assert_allclose(stated[:, :3], draws.sd[:, :3] / np.sqrt([6, 7, 8]))
    assert_allclose(stated[:, 3:], draws.sd[:, 3:])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_gives_the_same_draws(seed):
    first, again = draw(seed, 2)[1], draw(seed, 2)[1]
    assert (first.mean == again.mean).all()
