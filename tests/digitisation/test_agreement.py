import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from evpool.digitisation.agreement import (
    bland_altman,
    icc_agreement,
    list_disagreements,
    match_readings,
    mean_absolute_percentage_difference,
    percentage_differences,
)

# Peak flow (l/min), Wright and mini Wright meter, 17 subjects: Bland & Altman (1986), table 1.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
# Six targets, four judges: Shrout & Fleiss (1979), table 2.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
READINGS = st.lists(st.tuples(*[st.integers(-900, 900)] * 2), min_size=4, max_size=12, unique=True)


def _lists(pairs):
    return np.array(pairs, dtype=float).T / 7


def test_bland_altman_gives_the_limits_of_their_1986_paper():
    # Printed: bias -2.1 (-22.0 to 17.8), SD 38.8, limits (2 SDs) -79.7 and 75.5 of rounded sums.
    got = bland_altman(WRIGHT, MINI, coverage=0.9544997361036416)
    assert_allclose([got.bias, got.sd], [-2.1, 38.8], rtol=0, atol=0.05)
    assert_allclose([got.bias_low, got.bias_high], [-22.0, 17.8], rtol=0, atol=0.05)
    assert_allclose([got.lower, got.upper], [-79.7, 75.5], rtol=0, atol=0.15)
    # Limits -114.3 to -45.1 and 40.9 to 110.1 in the paper, which takes 3 s^2 / n as variance.
    assert_allclose([got.lower_low, got.lower_high], [-114.3, -45.1], rtol=0, atol=0.8)
    assert_allclose([got.upper_low, got.upper_high], [40.9, 110.1], rtol=0, atol=0.8)


@settings(max_examples=40, deadline=None)
@given(READINGS)
def test_swapping_the_readers_mirrors_the_limits(pairs):
    a, b = _lists(pairs)
    one, other = bland_altman(a, b), bland_altman(b, a)
    assert_allclose(one.bias, -other.bias, atol=1e-9)
    assert_allclose([one.lower, one.lower_low], [-other.upper, -other.upper_high], atol=1e-8)
    assert_allclose(one.upper - one.lower, 2 * 1.959963984540054 * one.sd, rtol=1e-9, atol=1e-9)


def test_the_limits_interval_covers_the_true_limit():
    rng = np.random.default_rng(1)
    draws = rng.normal(0.5, 2.0, (1500, 20))
    fits = [bland_altman(d, np.zeros(20)) for d in draws]
    true = 0.5 + 1.959963984540054 * 2.0
    covered = np.mean([fit.upper_low <= true <= fit.upper_high for fit in fits])
    assert 0.925 < covered < 0.965


def test_icc_gives_the_table_of_shrout_and_fleiss():
    # ICC(2,1) = 0.29 in table 4; the interval 0.019 to 0.761 is what R's psych prints of it.
    got = icc_agreement(JUDGES)
    assert_allclose(got.estimate, 0.29, rtol=0, atol=0.005)
    assert_allclose([got.ci_low, got.ci_high], [0.019, 0.761], rtol=0, atol=0.0005)
    assert got.pairs == 6


def test_icc_is_the_ratio_of_its_variance_components():
    x = np.array(JUDGES, dtype=float)
    # Mean squares as printed in table 3: 11.24, 32.49 and 1.02.
    targets, judges, residual = (11.241667 - 1.019444) / 4, (32.486111 - 1.019444) / 6, 1.019444
    expected = targets / (targets + judges + residual)
    assert_allclose(icc_agreement(x).estimate, expected, rtol=1e-6)
    assert_allclose(icc_agreement(3 * x[::-1, ::-1] - 5).estimate, expected, rtol=1e-6)


def test_icc_interval_covers_the_truth():
    rng, n, k = np.random.default_rng(2), 20, 3
    rho, hits = 1.0 / (1.0 + 0.1 + 0.3), []
    for _ in range(1200):
        parts = rng.normal(size=(n, 1)), rng.normal(size=k), rng.normal(size=(n, k))
        got = icc_agreement(parts[0] + np.sqrt(0.1) * parts[1] + np.sqrt(0.3) * parts[2])
        hits.append(got.ci_low <= rho <= got.ci_high)
    assert 0.93 < np.mean(hits) < 0.97


def test_an_icc_with_hardly_a_degree_of_freedom_has_an_interval():
    got = icc_agreement(np.array([(0, 0), (0, 1), (0, -61), (140, -174)], dtype=float))
    assert -1 <= got.ci_low <= got.estimate <= got.ci_high <= 1


@settings(max_examples=60, deadline=None)
@given(READINGS)
def test_two_readers_icc_follows_from_their_variances_and_covariance(pairs):
    a, b = _lists(pairs)
    n, product, shift = len(a), np.cov(a, b)[0, 1], (a.mean() - b.mean()) ** 2
    spread = a.var(ddof=1) + b.var(ddof=1)
    icc = 2 * product / (spread + shift - (a - b).var(ddof=1) / n)
    assert_allclose(icc_agreement(np.array([a, b]).T).estimate, icc, rtol=1e-7, atol=1e-9)


def test_equal_readings_agree_perfectly_and_constant_ones_tell_nothing():
    assert icc_agreement(np.array([MINI, MINI]).T).estimate == 1.0
    assert bland_altman(MINI, MINI).upper_high == 0.0
    assert np.isnan(icc_agreement(np.ones((4, 2))).estimate)


def test_percentage_difference_by_hand():
    got = percentage_differences([9.0, 0.0, -1.0, 2.0], [11.0, 0.0, 1.0, 2.0])
    assert_allclose(got, [20.0, 0.0, 200.0, 0.0], rtol=1e-12)
    assert_allclose(mean_absolute_percentage_difference([9.0, 2.0], [11.0, 2.0]), 10.0, rtol=1e-12)


ROWS = [{"study": s, "role": r, "mean": 1.0} for s in "abc" for r in ("treatment", "control")]


def test_readings_are_matched_by_key_not_by_order():
    other = [{**ROWS[i], "mean": 2.0} for i in (4, 1, 0)] + [{"study": "z", "role": "control"}]
    got = match_readings(ROWS, other, ("study", "role"))
    assert_array_equal(got.first, [0, 1, 4])
    assert_array_equal(got.second, [2, 1, 0])
    assert_array_equal(got.only_first, [2, 3, 5])
    assert_array_equal(got.only_second, [3])
    assert got.keys[0] == ("a", "treatment")


def test_a_reading_made_twice_by_one_digitiser_is_refused():
    words = r"the second digitiser read something twice: .*'study': 'a'.* \(rows 0 and 1\)"
    with pytest.raises(ValueError, match=words):
        match_readings(ROWS[::2], ROWS[:2], ("study",))


def test_disagreements_are_listed_worst_first_with_both_values_and_pixels():
    clicks = [[0, 0], [10, 10], [5, 5]], [[0, 1], [13, 14], [5, 5]]
    got = list_disagreements(
        ["a", "b", "c"], [10.0, 1.0, 3.0], [10.4, 2.0, 3.0], percent=3, pixels=clicks
    )
    assert [row["key"] for row in got] == ["b", "a"]
    assert (got[0]["first"], got[0]["second"], got[0]["difference"]) == (1.0, 2.0, -1.0)
    assert_allclose([got[0]["percent"], got[0]["mean"]], [200 / 3, 1.5])
    assert [row["pixel_distance"] for row in got] == [5.0, 1.0]


def test_either_threshold_lists_a_pair():
    values = ["a", "b", "c"], [100.0, 0.1, 5.0], [103.0, 0.2, 5.0]
    assert [row["key"] for row in list_disagreements(*values, absolute=1)] == ["a"]
    assert [row["key"] for row in list_disagreements(*values, percent=10)] == ["b"]
    both = list_disagreements(*values, percent=10, absolute=1)
    assert [row["key"] for row in both] == ["b", "a"]
    assert both[0]["pixel_distance"] is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bland_altman([1.0], [1.0]), "2 or more readings each"),
        (lambda: bland_altman([1.0, 2.0], [1.0]), r"got shapes \(2,\) and \(1,\)"),
        (lambda: bland_altman([1.0, 2, np.nan], [1.0, 2, 3]), "first must be finite.* position 2"),
        (lambda: icc_agreement([[1.0, 2.0]]), r"\(subjects, readers\).* got \(1, 2\)"),
        (lambda: icc_agreement([[1, 2], [np.nan, 1]]), "ratings must be finite.* position 2"),
        (lambda: list_disagreements([], [], []), "percent or absolute; got None and None"),
        (lambda: list_disagreements([], [], [], percent=-1), "got -1 and None"),
        (lambda: list_disagreements(["a"], [1, 2], [1, 2], percent=1), "1 keys for 2 pairs"),
    ],
)
def test_impossible_readings_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
