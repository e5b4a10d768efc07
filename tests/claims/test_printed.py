import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.claims.printed import (
    estimate_of,
    meet,
    most_decimals,
    rounded,
    same,
    spread_of,
    statistic_of,
)


@pytest.mark.parametrize(
    ("printed", "relation", "expected"),
    [
        ("1.26", None, (1.255, 1.265)),
        ("76", "=", (75.5, 76.5)),
        ("4e-5", None, (3.5e-5, 4.5e-5)),
        ("0.01", "<", (-np.inf, 0.01)),
        ("50", ">=", (50, np.inf)),
    ],
)
def test_a_printed_number_stands_for_all_that_round_to_it(printed, relation, expected):
    assert_allclose(rounded(printed, relation), expected)


def test_the_decimals_of_numbers_that_were_read_as_floats():
    assert most_decimals([2.0, 1.52, None]) == 2
    assert most_decimals([100.0, -3.0]) == 0
    assert most_decimals([0.1 + 0.2]) == 1  # 0.30000000000000004
    assert most_decimals([None]) == 0


def test_neighbouring_numbers_meet_at_an_end_but_are_not_the_same():
    assert meet(rounded("1.26"), rounded("1.27"))
    assert not same(rounded("1.26"), rounded("1.27"))
    assert same(rounded("3.9"), rounded("3.88"))
    assert not meet(rounded("1.26"), rounded("1.28"))


def test_the_spread_behind_an_interval_holds_the_true_one():
    # Estimate 2, SE 0.5: 1.0200 to 2.9800.
    claim = {"measure": "MD", "estimate": "2.00", "ci_lower": "1.02", "ci_upper": "2.98"}
    ranges = estimate_of(claim)
    low, high = spread_of(ranges)
    assert low < 0.5 < high
    assert high - low < 0.006
    low, high = statistic_of(ranges)
    assert low < 4 < high


def test_ratios_are_taken_as_logarithms():
    claim = {"measure": "OR", "estimate": "2.0", "ci_lower": "1.0", "ci_upper": "4.0"}
    middle = np.add(estimate_of(claim)["ci_lower"], estimate_of(claim)["ci_upper"]) / 2
    assert middle[0] < np.log(2) < middle[1]
    assert estimate_of(claim | {"ci_lower": "0.0"}) is None
    assert estimate_of(claim | {"measure": None}) is None
