"""Effects that no fit can use are refused; those that no fit uses may hold anything."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.stats.batches import as_batch
from evpool.stats.moments import studies_of
from tests.stats.test_moments import V, Y


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1.0, np.nan], [1.0, 1.0]), "yi must be finite. 1 of 2 studies .* positions 1 hold nan"),
        (([1.0, 2.0], [1.0, 0.0]), "vi must be finite and > 0. 1 of 2 .* positions 1 hold 0"),
        (([1.0, 2.0], [-1.0, np.inf]), "vi .* 2 of 2 studies .* positions 0, 1 hold -1, inf"),
        (([1.0, 2.0], [1.0]), r"same number of studies .* yi \(1, 2\), vi \(1, 1\)"),
        (([], []), "at least one study"),
        (([1.0], [1.0], None, [1.0]), "include must hold booleans; got dtype float64"),
        (([1.0], [1.0], None, [[True], [False]]), "at least one study in every fit; 1 of 2"),
    ],
)
def test_unusable_effects_are_refused_with_place_and_remedy(arguments, words):
    with pytest.raises(ValueError, match=words):
        studies_of(*arguments)


def test_excluded_entries_may_hold_anything():
    y, v = np.append(Y, np.nan), np.append(V, -1.0)
    include = np.array([[True] * 7 + [False]])
    assert_allclose(studies_of(y, v, None, include).fixed.ypy, studies_of(Y, V).fixed.ypy)


def test_shapes_become_batches():
    y, v, mask = as_batch([1, 2], [0.5, 0.5])
    assert (y.shape, v.shape, mask) == ((1, 2), (1, 2), None)
    y, v, mask = as_batch(np.ones((3, 2)), [0.5, 0.5], [True, False])
    assert (y.shape, v.shape, mask.shape) == ((3, 2), (1, 2), (1, 2))
    with pytest.raises(
        ValueError, match=r"and of fits; got yi \(3, 2\), vi \(1, 2\) and include \(2, 2\)"
    ):
        as_batch(np.ones((3, 2)), [0.5, 0.5], np.ones((2, 2), dtype=bool))
