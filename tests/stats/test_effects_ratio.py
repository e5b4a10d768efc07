"""Ratios of means and of variability and NMD: exact cases, identities, refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.errors import UnknownNameError
from evpool.stats.effects import mean_difference
from evpool.stats.effects_ratio import (
    log_cv_ratio,
    log_response_ratio,
    log_variability_ratio,
    normalised_mean_difference,
)

DATA = (6.0, 1.0, 4, 3.0, 1.0, 9)  # squared CV of the means: 1/144 and 1/81


def test_response_ratio_by_hand():
    yi, vi = log_response_ratio(*DATA)
    assert_allclose([yi, vi], [np.log(2), 1 / 144 + 1 / 81], rtol=1e-14)
    corrected, same = log_response_ratio(*DATA, bias_correction=True)
    assert_allclose([corrected, same], [yi + (1 / 144 - 1 / 81) / 2, vi], rtol=1e-14)
    _, second = log_response_ratio(*DATA, variance="LS2")
    assert_allclose(second, vi + (1 / 144**2 + 1 / 81**2) / 2, rtol=1e-14)


def test_bias_correction_removes_the_bias():
    # Simulated group means of log-normal size: mean 10 and 5, SD 3 and 3, n 6 and 4.
    rng = np.random.default_rng(11)
    t, c = rng.normal(10, 3 / np.sqrt(6), 400_000), rng.normal(5, 3 / np.sqrt(4), 400_000)
    kept = (t > 1) & (c > 1)
    plain, _ = log_response_ratio(t[kept], 3.0, 6, c[kept], 3.0, 4)
    corrected, _ = log_response_ratio(t[kept], 3.0, 6, c[kept], 3.0, 4, bias_correction=True)
    assert abs(corrected.mean() - np.log(2)) < 0.7 * abs(plain.mean() - np.log(2))


def test_variability_ratios_by_hand():
    yi, vi = log_variability_ratio(4.0, 6, 2.0, 11)
    assert_allclose([yi, vi], [np.log(2) + 1 / 10 - 1 / 20, 1 / 10 + 1 / 20], rtol=1e-14)
    cv, _ = log_cv_ratio(8.0, 4.0, 6, 4.0, 2.0, 11)  # equal coefficients of variation
    assert_allclose(cv, 1 / 10 - 1 / 20, rtol=1e-13)


def test_ratios_do_not_depend_on_the_unit():
    scaled = (600.0, 100.0, 4, 300.0, 100.0, 9)
    for function in (log_response_ratio, log_cv_ratio):
        assert_allclose(function(*scaled), function(*DATA), rtol=1e-13)


def test_nmd_is_in_percent_of_the_lesion():
    # Locomotor score: sham 21, control 10, treated 14: 4 of the 11 lost points are regained.
    yi, vi = normalised_mean_difference(14.0, 2.0, 8, 10.0, 3.0, 6, 21.0)
    assert_allclose([yi, vi], [400 / 11, (4 / 8 + 9 / 6) * (100 / 11) ** 2], rtol=1e-14)
    # Infarct volume: sham 0, control 50, treated 30: treatment lowers it by 40 %.
    assert normalised_mean_difference(30.0, 2.0, 8, 50.0, 3.0, 6, 0.0)[0] == -40
    difference, _ = mean_difference(30.0, 2.0, 8, 50.0, 3.0, 6)
    assert difference < 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: log_response_ratio(0.0, 1, 5, 1, 1, 5), "mean_t must be > 0 for a ratio of means"),
        (lambda: log_cv_ratio(1, 1, 5, -2.0, 1, 5), "mean_c must be > 0 for a ratio of means"),
        (lambda: log_variability_ratio(0.0, 5, 1, 5), "sd_t must be > 0"),
        (
            lambda: normalised_mean_difference([1, 2], 1, 5, [3, 3], 1, 5, [0, 3]),
            "mean_s must differ from mean_c. 1 of 2 rows .* position 1 has 3",
        ),
    ],
)
def test_unusable_groups_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_an_unknown_variance_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="variance must be one of LS, LS2; got 'HO'"):
        log_response_ratio(*DATA, variance="HO")
