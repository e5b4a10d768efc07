import numpy as np
from numpy.testing import assert_allclose

from evpool.stats.distributions import chi2_upper_p
from evpool.stats.pooling import pool
from evpool.steps.diagnose_influence import diagnose_influence
from tests.steps.samples import METHOD, VALUES, effects


def without(i):
    y, v = np.delete(np.array(VALUES), i, axis=0).T
    return pool(y, v)


def test_each_row_is_the_change_that_refitting_without_it_makes():
    y, v = np.array(VALUES).T
    whole = pool(y, v)
    for i, row in enumerate(diagnose_influence(effects(), METHOD)):
        rest = without(i)
        assert row["effect_id"] == f"s{i}:1"
        assert_allclose(row["tau2_deleted"], rest.tau2[0], rtol=1e-6, atol=1e-12)
        assert_allclose(row["q_deleted"], rest.q[0], rtol=1e-9)
        spread = np.sqrt(v[i] + rest.tau2[0] + rest.se[0] ** 2)
        assert_allclose(row["rstudent"], (y[i] - rest.estimate[0]) / spread, rtol=1e-6)
        change = whole.estimate[0] - rest.estimate[0]
        assert_allclose(row["cook_d"], (change / whole.se[0]) ** 2, rtol=1e-6)
        assert_allclose(row["cov_ratio"], (rest.se[0] / whole.se[0]) ** 2, rtol=1e-6)


def test_weights_and_hat_values_sum_to_one():
    rows = diagnose_influence(effects(), METHOD)
    for name in ("weight", "hat"):
        assert_allclose(sum(row[name] for row in rows), 1, rtol=1e-12)


def test_an_outlier_is_flagged_and_stands_apart_in_baujats_plot():
    rows = diagnose_influence(effects([*VALUES, (9.0, 0.05)]), METHOD)
    assert [row["influential"] for row in rows] == [False] * 6 + [True]
    assert chi2_upper_p(rows[-1]["cook_d"], 1) < 0.5
    assert max(rows, key=lambda row: row["baujat_x"])["effect_id"] == "s6:1"


def test_the_tau2_method_of_the_review_is_used():
    rows = diagnose_influence(effects(), METHOD | {"tau2_method": "DL"})
    y, v = np.delete(np.array(VALUES), 2, axis=0).T
    assert_allclose(rows[2]["tau2_deleted"], pool(y, v, tau2_method="DL").tau2[0], rtol=1e-9)
    assert {row["tau2_method"] for row in rows} == {"DL"}


def test_one_effect_has_no_influence_to_diagnose():
    assert diagnose_influence(effects(VALUES[:1]), METHOD) == []
    assert len(diagnose_influence(effects(VALUES[:2]), METHOD)) == 2
