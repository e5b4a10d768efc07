import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.digitisation.click_error import calibration_share, click_error_from_pairs


def clicked(sd, count=20_000, seed=3):
    """Positions of one set of points, clicked by two people."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(0, 400, count)
    return [true + sd * rng.standard_normal(count) for _ in range(2)]


def test_the_click_error_is_that_of_one_digitiser():
    # An SD from the median of 20,000 differences is off by 0.8% (1 SE).
    assert_allclose(click_error_from_pairs(*clicked(0.6)).sd, 0.6, rtol=0.03)
    # The median of two differences of 1 is 1: over sqrt(2) and the normal quartile 0.67449.
    one = 1 / (np.sqrt(2) * 0.6744897501960817)
    assert_allclose(click_error_from_pairs([1.0, 3.0], [0.0, 4.0]).sd, one, rtol=1e-12)


def test_a_misread_bar_does_not_count_as_click_error():
    first, second = clicked(0.6)
    second[:1000] += 80.0
    assert_allclose(click_error_from_pairs(first, second).sd, 0.6, rtol=0.1)


def test_a_shift_between_the_two_counts_and_is_told():
    first, second = clicked(0.6)
    got = click_error_from_pairs(first, second + 2.0)
    assert_allclose(got.bias, -2.0, rtol=0, atol=0.03)
    assert got.sd > 1.0


def test_calibration_clicks_are_taken_out_of_the_differences():
    rng = np.random.default_rng(4)
    read, place, lever = [], rng.uniform(0, 1, 20_000), rng.uniform(0, 1, 20_000)
    for _ in range(2):
        low, high, left, right, click = 0.5 * rng.standard_normal((5, place.size))
        # A point of an affine map through four clicked points moves by their weighted shifts.
        moved = (1 - place) * low + place * high + lever * (right - left)
        read.append(400 * place + click - moved)
    assert click_error_from_pairs(*read).sd > 0.7
    got = click_error_from_pairs(*read, calibration_share(place, lever))
    assert_allclose(got.sd, 0.5, rtol=0.03)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ([1.0], [2.0], "2 or more clicks each"),
        ([1.0, 2.0], [2.0, 1.0, 3.0], "2 or more clicks each"),
        ([1.0, np.nan], [2.0, 1.0], "position 1 has nan"),
    ],
)
def test_impossible_clicks_are_refused(first, second, words):
    with pytest.raises(ValueError, match=words):
        click_error_from_pairs(first, second)
