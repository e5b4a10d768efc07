"""GOSH: every row equals the direct fit of its subset; all subsets, or a fair sample."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.stats.gosh import gosh
from evpool.stats.pooling import pool
from tests.stats.moderator_references import effects

# No field of the reference files covers GOSH; metafor's gosh() is a loop over direct fits.
STUDIES = st.lists(
    st.tuples(st.integers(-50, 50), st.floats(0.01, 10)), min_size=1, max_size=6
).map(lambda rows: np.array(rows, dtype=float).T * [[0.1], [1.0]])
MODELS = [{"model": "common"}, *({"tau2_method": m} for m in ("DL", "REML", "PM", "HE"))]


def assert_rows_are_direct_fits(found, y, v, settings, rows):
    """Fit the subsets of some rows one by one and compare every field."""
    include = np.stack([found.contains(i) for i in range(y.size)], axis=1)
    for row in rows:
        own = pool(y[include[row]], v[include[row]], **settings)
        for field in ("estimate", "se", "tau2", "q", "i2", "k"):
            wanted = getattr(own, field)[0]
            atol = 1e-6 if field == "i2" else 1e-9  # I2 at Q = df amplifies rounding of Q
            assert_allclose(getattr(found, field)[row], wanted, 1e-7, atol, err_msg=field)


@given(studies=STUDIES, settings=st.sampled_from(MODELS))
def test_every_row_equals_a_direct_fit(studies, settings):
    y, v = studies
    found = gosh(y, v, **settings)
    assert found.exact
    assert len(found.estimate) == 2**y.size - 1
    assert_rows_are_direct_fits(found, y, v, settings, range(2**y.size - 1))


@pytest.mark.parametrize("settings", MODELS, ids=str)
def test_rows_of_thirteen_studies_equal_direct_fits(settings):
    y, v = effects("bcg_rr")
    found = gosh(y, v, **settings)
    rows = np.random.default_rng(5).integers(0, 8191, 40)
    assert_rows_are_direct_fits(found, y, v, settings, [*rows, 8190])


def test_subset_numbers_are_bits():
    found = gosh([1.0, 2.0, 4.0], [1.0, 1.0, 1.0], model="common")
    assert_allclose(found.estimate, [1, 2, 1.5, 4, 2.5, 3, 7 / 3], rtol=1e-14)
    assert found.k.tolist() == [1, 1, 2, 1, 2, 2, 3]
    assert found.contains(2).tolist() == [False] * 3 + [True] * 4


@pytest.mark.parametrize("k", [8, 9, 17])
def test_members_of_any_width(k):
    found = gosh(np.arange(float(k)), np.ones(k), model="common")
    sizes = sum(found.contains(i).astype(int) for i in range(k))
    assert_allclose(found.k, sizes)
    assert len(np.unique(found.members, axis=0)) == 2**k - 1


def test_weights_of_very_different_size_keep_their_digits():
    y, v = np.array([1.0, 2.0, 3.0, 5.0]), np.array([1e-12, 1e-3, 1.0, 1e6])
    settings = {"tau2_method": "DL"}
    assert_rows_are_direct_fits(gosh(y, v, **settings), y, v, settings, range(15))


def test_single_studies_are_themselves():
    found = gosh([1.0, 2.0], [0.25, 4.0])
    assert_allclose(found.estimate[:2], [1.0, 2.0])
    assert_allclose(found.se[:2], [0.5, 2.0])
    assert np.isnan(found.i2[:2]).all()
    assert found.tau2[:2].tolist() == [0.0, 0.0]


def test_sample_is_fair_and_seeded():
    y, v = effects("curtis1998_rom")
    runs = [
        gosh(y, v, tau2_method="DL", n_subsets=4000, rng=np.random.default_rng(2)) for _ in "ab"
    ]
    found = runs[0]
    assert not found.exact
    assert_allclose(found.estimate, runs[1].estimate, rtol=0)
    assert_rows_are_direct_fits(found, y, v, {"tau2_method": "DL"}, range(20))
    # k is binomial(102, 1/2): its mean is 51 with a standard error of 0.08.
    assert abs(found.k.mean() - 51) < 0.4
    assert abs(np.mean([found.contains(i).mean() for i in (0, 50, 101)]) - 0.5) < 0.03


def test_small_sample_has_no_empty_subset():
    found = gosh([1.0, 2.0, 3.0], np.ones(3), n_subsets=5, rng=np.random.default_rng(1))
    assert (found.k > 0).all()
    assert len(found.k) == 5


def test_asking_for_more_than_all_gives_all():
    assert gosh([1.0, 2.0, 3.0], np.ones(3), n_subsets=100).exact


def test_memory_stays_small():
    y, v = (column[:18] for column in effects("sci_first"))
    tracemalloc.start()
    found = gosh(y, v, tau2_method="DL")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 70 * len(found.estimate) + 2**24  # results, and working arrays of some MB


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_subsets": 10}, r"rng must be given to draw 10.*default_rng\(seed\)"),
        ({"n_subsets": 0, "rng": np.random.default_rng()}, "n_subsets must be at least 1; got 0"),
        ({"model": "both"}, "model must be one of common, random; got 'both'"),
        ({"tau2_method": "REM"}, r"tau2_method must be one of.*Did you mean 'REML'"),
    ],
)
def test_bad_options_are_named(change, words):
    with pytest.raises(ValueError, match=words):
        gosh(*effects("bcg_rr"), **change)


def test_more_than_twenty_one_studies_need_an_rng():
    with pytest.raises(ValueError, match="rng must be given to draw 1000000 of the subsets of 22"):
        gosh(np.arange(22.0), np.ones(22))
