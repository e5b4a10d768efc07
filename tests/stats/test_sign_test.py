from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.stats.sign_test import sign_test


def test_all_studies_in_one_direction_have_a_closed_form():
    # 1 - (alpha / 2)^(1 / n) at the open end, and p = 2 / 2^n.
    test = sign_test(20, 0)
    assert (test.share, test.high) == (1.0, 1.0)
    assert_allclose(test.low, 0.025 ** (1 / 20), rtol=1e-12)
    assert_allclose(test.p_value, 2 * 0.5**20, rtol=1e-12)


def test_known_answers():
    # R 4.2.2: binom.test(11, 13).
    test = sign_test(11, 2)
    assert_allclose([test.low, test.high], [0.5455285, 0.9807933], rtol=1e-5)
    assert_allclose(test.p_value, 0.02246094, rtol=1e-6)


@given(benefit=st.integers(0, 30), harm=st.integers(0, 30))
def test_the_interval_inverts_the_binomial_and_the_sides_mirror(benefit, harm):
    n = benefit + harm
    if not n:
        assert sign_test(benefit, harm).share is None
        return
    test, mirror = sign_test(benefit, harm), sign_test(harm, benefit)
    assert_allclose([mirror.low, mirror.high], [1 - test.high, 1 - test.low], atol=1e-12)
    assert test.p_value == mirror.p_value
    if benefit:
        tail = sum(
            comb(n, x) * test.low**x * (1 - test.low) ** (n - x) for x in range(benefit, n + 1)
        )
        assert_allclose(tail, 0.025, rtol=1e-8)
    exact = sum(comb(n, x) for x in range(n + 1) if comb(n, x) <= comb(n, benefit)) / 2**n
    assert_allclose(test.p_value, min(exact, 1), rtol=1e-9)


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match="got -1 and 2"):
        sign_test(-1, 2)
