"""Recomputed estimates beside the printed ones."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.effects import hedges_g
from evpool.stats.pooling import pool
from evpool.steps.compute_effects import compute_effects
from evpool.steps.diagnose_bias import diagnose_bias
from evpool.steps.pool_effects import pool_effects
from evpool.steps.reanalyse_reviews import reanalyse_reviews
from tests.steps.samples import BIAS, METHOD

GROUPS = [(3.1, 1.0, 10, 1.9, 0.8, 9), (2.4, 0.6, 8, 1.1, 0.7, 8), (2.0, 0.9, 14, 1.2, 0.8, 12)]
AGAIN = {"demo": {"ma_id": "mou_2025", "review": "sci", "outcome": "bbb", "effect": "E1"}}
PRINTED = {"effect_id": "E1", "disease": "SCI", "estimate": 1.1, "ci_low": 0.8, "ci_high": 1.4}


def arms():
    for i, (mean_t, sd_t, n_t, mean_c, sd_c, n_c) in enumerate(GROUPS):
        for role, mean, sd, n in (("treatment", mean_t, sd_t, n_t), ("control", mean_c, sd_c, n_c)):
            yield {
                "review": "sci",
                "outcome": "bbb",
                "study_id": f"s{i}",
                "label": f"s{i}",
                "comparison": 1,
                "row_id": f"{i}{role}",
                "role": role,
                "mean": mean,
                "sd": sd,
                "n": n,
                "events": None,
                "timepoint": "last",
                "time": None,
                "time_unit": None,
                "sd_source": "stated",
            }


@pytest.fixture(scope="module")
def results():
    effects = compute_effects(list(arms()), "MD", 0.95)
    pooled, _ = pool_effects(effects, METHOD)
    bias, _ = diagnose_bias(effects, BIAS, METHOD, "higher")
    other = [{**row, "outcome": "other"} for row in effects]
    return {"effects": [*other, *effects], "pooled": pooled, "bias": bias}


def test_the_recomputed_estimate_stands_beside_the_printed_one(results):
    (row,) = reanalyse_reviews([PRINTED], results, AGAIN)
    fit = next(fit for fit in results["pooled"] if fit["model"] == "random")
    assert (row["printed"], row["estimate"]) == (1.1, fit["estimate"])
    assert (row["k"], row["animals"]) == (3, 61)
    assert row["i2"] == 100 * fit["i2"]
    assert row["verdict"] == ("reproduced" if abs(fit["estimate"] - 1.1) <= 0.05 else "differs")


def test_a_zero_at_the_end_of_the_printed_estimate_counts(results):
    fit = next(fit for fit in results["pooled"] if fit["model"] == "random")
    near = round(fit["estimate"], 1)
    assert 0.005 < abs(fit["estimate"] - near) < 0.05  # printed as 1.10, not as 1.1
    for limit, verdict in ((0.8, "reproduced"), (0.81, "differs")):
        printed = PRINTED | {"estimate": near, "ci_low": limit}
        (row,) = reanalyse_reviews([printed], results, AGAIN)
        assert row["verdict"] == verdict


def test_the_smd_is_pooled_from_every_studys_own_sds(results):
    (row,) = reanalyse_reviews([PRINTED], results, AGAIN)
    again = pool(*hedges_g(*np.array(GROUPS).T), model="random", tau2_method=METHOD["tau2_method"])
    assert_allclose(row["smd"], again.estimate[0], rtol=1e-12)
    assert_allclose(row["smd_ci_low"], again.ci_low[0], rtol=1e-12)


def test_the_largest_study_is_the_one_with_most_animals(results):
    (row,) = reanalyse_reviews([PRINTED], results, AGAIN)
    largest = results["effects"][-1]
    assert largest["n_t"] + largest["n_c"] == 26
    z = largest["yi"] / largest["sei"]
    assert_allclose(row["largest_p"], 2 * 0.5 * _erfc(abs(z) / np.sqrt(2)), rtol=1e-9)


def _erfc(x):
    from math import erfc

    return erfc(x)


def test_an_effect_that_is_not_there_is_an_error(results):
    wrong = {"demo": AGAIN["demo"] | {"effect": "E9"}}
    with pytest.raises(ValueError, match=r"reanalyses\.demo names the effect 'E9'.*E1"):
        reanalyse_reviews([PRINTED], results, wrong)
