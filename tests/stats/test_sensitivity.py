"""Leave-one-out, named sets and cumulative pooling against metafor 5.1-12 and against refits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.errors import UnknownNameError
from evpool.stats.pooling import pool
from evpool.stats.sensitivity import (
    exclusion_masks,
    leave_one_out,
    leave_sets_out,
    pool_cumulatively,
)
from tests.stats.moderator_references import (
    REFERENCES,
    assert_matches,
    effects,
    entries,
    settings_of,
    tolerance,
)

# Left out: I2 and H2 of the first row of cumul_*, where the reference has 0 and 1 by convention;
# evpool has NaN, because one study has no heterogeneity to measure.


def as_reference(fit, method):
    """The fields of a batch of fits under the reference's names and in its units."""
    from_q = method in ("EE", "DL")  # for DL both definitions of I2 agree
    return {
        "estimate": fit.estimate, "se": fit.se, "zval": fit.statistic, "pval": fit.p_value,
        "ci.lb": fit.ci_low, "ci.ub": fit.ci_high, "Q": fit.q, "Qp": fit.q_p, "tau2": fit.tau2,
        "I2": 100 * (fit.i2 if from_q else fit.i2_tau2), "H2": fit.h2,
    }  # fmt: skip


def compare(dataset, key, fit):
    """Compare the fields that both have."""
    method = key.rsplit("_", 1)[1]
    expected = {n: np.array(x) for n, x in REFERENCES[dataset]["sensitivity"][key].items()}
    found = {n: x for n, x in as_reference(fit, method).items() if n in expected}
    if key.startswith("cumul"):
        expected["I2"][0] = expected["H2"][0] = np.nan
    assert len(found) == len(expected)
    assert_matches(expected, found, tolerance(method))


@pytest.mark.parametrize(("dataset", "key"), entries("sensitivity", "leave1out"))
def test_leave_one_out_matches_metafor(dataset, key):
    compare(dataset, key, leave_one_out(*effects(dataset), **settings_of(key[10:])))


@pytest.mark.parametrize(("dataset", "key"), entries("sensitivity", "cumul"))
def test_cumulative_matches_metafor(dataset, key):
    compare(dataset, key, pool_cumulatively(*effects(dataset), **settings_of(key[6:])))


FIELDS = ("estimate", "se", "ci_low", "ci_high", "pi_low", "tau2", "i2", "q", "k")
# Effects on a grid: rows of a batch and single fits then round alike to about 1e-9.
STUDIES = st.lists(
    st.tuples(st.integers(-50, 50), st.floats(0.01, 10)), min_size=3, max_size=8
).map(lambda rows: np.array(rows, dtype=float).T * [[0.1], [1.0]])


@given(studies=STUDIES, method=st.sampled_from(["DL", "REML", "PM", "HE"]))
def test_leave_one_out_equals_refitting(studies, method):
    y, v = studies
    fit = leave_one_out(y, v, tau2_method=method, ci_method="hksj")
    for i in range(y.size):
        own = pool(np.delete(y, i), np.delete(v, i), tau2_method=method, ci_method="hksj")
        for field in FIELDS:
            found, wanted = getattr(fit, field)[i], getattr(own, field)[0]
            assert_allclose(found, wanted, rtol=1e-6, atol=1e-8, err_msg=field)


@given(studies=STUDIES, data=st.data())
def test_cumulative_rows_equal_refitting(studies, data):
    y, v = studies
    order = np.array(data.draw(st.permutations(range(y.size))))
    fit = pool_cumulatively(y, v, order, tau2_method="DL")
    for j in range(y.size):
        own = pool(y[order[: j + 1]], v[order[: j + 1]], tau2_method="DL")
        for field in FIELDS:
            found, wanted = getattr(fit, field)[j], getattr(own, field)[0]
            assert_allclose(found, wanted, rtol=1e-8, atol=1e-10, err_msg=field)


def test_named_sets_are_left_out():
    y, v = effects("bcg_rr")
    ids = REFERENCES["bcg_rr"]["data"]["author"]
    keep = exclusion_masks({"TPT": ["TPT Madras"], "none": [], "twice": ["Rosenthal et al"]}, ids)
    assert (~keep).sum(axis=1).tolist() == [1, 0, 2]
    fit = leave_sets_out(y, v, keep)
    assert_allclose(fit.estimate[0], leave_one_out(y, v).estimate[7], rtol=1e-10)
    assert_allclose(fit.estimate[1], pool(y, v).estimate[0], rtol=1e-10)


def test_unknown_study_in_a_set_is_named():
    words = "each study of exclusion set 'late' must be one of.*Did you mean 'Li2019'"
    with pytest.raises(UnknownNameError, match=words):
        exclusion_masks({"late": ["Li2018"]}, ["Li2019", "Wu2021"])


def test_set_of_all_studies_is_refused():
    with pytest.raises(ValueError, match="exclusion set 'all' must leave at least one study"):
        exclusion_masks({"all": ["a", "b"]}, ["a", "b"])


def test_one_study_cannot_be_left_out():
    with pytest.raises(ValueError, match="at least two studies to leave one out; got 1"):
        leave_one_out([1.0], [0.1])


@pytest.mark.parametrize("order", [[0, 1, 1], [0, 1], [1, 2, 3]])
def test_order_must_be_a_permutation(order):
    with pytest.raises(ValueError, match=r"each position 0 to 2 once; got .* Use np.argsort"):
        pool_cumulatively([1.0, 2.0, 3.0], [0.1, 0.1, 0.1], order)


def test_bad_variances_are_named():
    with pytest.raises(ValueError, match=r"vi must be finite and > 0.*positions 1 hold -0.1"):
        leave_one_out([1.0, 2.0, 3.0], [0.1, -0.1, 0.1])
