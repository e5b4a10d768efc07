import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from evpool.dispersion import to_sd


def test_sem_times_root_n():
    assert to_sd(0.5, "sem", 16) == 2.0
    assert to_sd(0.5, "sd", 16) == 0.5


@pytest.mark.parametrize(("kind", "level"), [("ci95", 0.95), ("ci90", 0.90)])
def test_a_confidence_interval_gives_back_the_sd_of_a_sample(kind, level):
    sample = np.array([3.1, 4.7, 2.9, 5.5, 4.1, 3.8])
    half = stats.t.interval(level, 5, sample.mean(), stats.sem(sample))[1] - sample.mean()
    assert_allclose(to_sd(half, kind, 6), sample.std(ddof=1), rtol=1e-12)


def test_cochrane_handbook_example():
    # Handbook 6.4, 6.5.2.2: n = 25, 95% CI 30.0 to 34.2, t = 2.064 gives SD 5.09.
    assert_allclose(to_sd((34.2 - 30.0) / 2, "ci95", 25), 5.09, rtol=0, atol=0.005)


@pytest.mark.parametrize("kind", ["iqr", "range", "unknown", "none", None])
def test_other_kinds_are_refused(kind):
    with pytest.raises(ValueError, match="can't be converted to an SD; expected one of sd, sem"):
        to_sd(1.0, kind, 10)
