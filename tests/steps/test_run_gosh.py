import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.columns import GOSH
from evpool.stats.pooling import pool
from evpool.steps.run_gosh import run_gosh
from tests.steps.samples import VALUES, effects


@pytest.mark.parametrize("model", ["common", "DL", "REML"])
def test_every_subset_equals_its_own_pool_and_its_mask_says_which_it_is(model):
    found = run_gosh(effects(), {"model": model, "subsets": "all"})
    assert found["subset"].tolist() == list(range(1, 64))
    settings = {"model": "common"} if model == "common" else {"tau2_method": model}
    for i in (0, 6, 20, 41, 62):
        members = [j for j in range(6) if found["subset"][i] >> j & 1]
        alone = pool(*np.array(VALUES)[members].T, **settings)
        assert found["k"][i] == len(members)
        assert_allclose(found["estimate"][i], alone.estimate[0], rtol=1e-6)
        assert_allclose(found["tau2"][i], alone.tau2[0], rtol=1e-6, atol=1e-9)
        assert_allclose(found["i2"][i], alone.i2[0], rtol=1e-9, atol=1e-12)


def test_a_sample_is_part_of_all_subsets_and_follows_the_seed():
    every = run_gosh(effects(), {"model": "DL"})
    one, again, other = (
        run_gosh(effects(), {"model": "DL", "subsets": 40}, seed=seed) for seed in (7, 7, 8)
    )
    assert one["subset"].tolist() == again["subset"].tolist() != other["subset"].tolist()
    known = dict(zip(every["subset"], every["estimate"], strict=True))
    assert_allclose(one["estimate"], [known[mask] for mask in one["subset"]], rtol=1e-12)


def test_masks_hold_many_effects_and_are_missing_when_they_cannot():
    many = effects([(0.1 * i, 0.05) for i in range(60)])
    found = run_gosh(many, {"model": "common", "subsets": 50})
    counted = [int(mask).bit_count() for mask in found["subset"]]
    assert counted == found["k"].tolist()
    more = effects([(0.1 * i, 0.05) for i in range(64)])
    assert np.isnan(run_gosh(more, {"model": "common", "subsets": 5})["subset"]).all()


@pytest.mark.parametrize(("settings", "count"), [(None, 6), ({"model": "DL"}, 1)])
def test_no_rows_unasked_or_for_one_effect(settings, count):
    found = run_gosh(effects(VALUES[:count]), settings)
    assert set(found) == {column.name for column in GOSH}
    assert all(values.size == 0 for values in found.values())
