"""Holm's adjustment; the coefficients themselves are tested in test_regression."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.stats.coefficients import holm


def test_holm_known_case():
    # Holm (1979): step-down; 0.01 * 4, 0.02 * 3, 0.03 * 2 is raised to 0.06, 0.8 * 1.
    assert_allclose(holm([0.03, 0.01, 0.8, 0.02]), [0.06, 0.04, 0.8, 0.06], rtol=1e-14)
    assert_allclose(holm([0.03, np.nan, 0.02]), [0.04, np.nan, 0.04], rtol=1e-14)
    assert holm([]).size == 0
    with pytest.raises(ValueError, match=r"p must be between 0 and 1; positions \[1\]"):
        holm([0.5, 1.5])


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_p_and_bonferroni(p):
    p = np.array(p)
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(p * p.size, 1)).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
