import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.arms.combined import combine_declared

DECLARED = [{"study_id": "a", "reason": "two doses"}]


def arm(name, role="treatment", **changes):
    row = {"study_id": "a", "comparison": 1, "role": role, "arm": name, "row_id": name}
    row |= {"n": 4, "mean": 2.0, "sd": 1.0, "sd_source": "stated", "source": None}
    return row | {"history": f"extract: {name}", "flags": None, "events": None} | changes


def key(row):
    return row["study_id"], row["comparison"]


def test_two_arms_are_one_as_if_their_animals_had_been_pooled():
    rng = np.random.default_rng(5)
    animals = rng.normal(2, 1, 5), rng.normal(4, 2, 7)
    arms = [
        arm(name, n=len(x), mean=x.mean(), sd=x.std(ddof=1), flags=flag)
        for name, x, flag in zip(("low", "high"), animals, (None, "skewed"), strict=True)
    ]
    whole, control = combine_declared([*arms, arm("PBS", "control")], DECLARED, key)
    every = np.concatenate(animals)
    assert whole["n"] == 12
    assert_allclose([whole["mean"], whole["sd"]], [every.mean(), every.std(ddof=1)], rtol=1e-12)
    assert (whole["row_id"], whole["arm"]) == ("low;high", "low + high")
    assert whole["flags"] == "skewed; combined"
    lines = whole["history"].splitlines()
    assert lines[:2] == ["extract: low", "extract: high"]
    assert lines[2].startswith("combine: n 5, mean ")
    assert lines[2].endswith("(two doses)")
    assert control["arm"] == "PBS"


def test_counts_add_up():
    arms = [arm(name, mean=None, sd=None, events=e) for name, e in (("low", 1.0), ("high", 3.0))]
    (whole,) = combine_declared(arms, DECLARED, key)
    assert (whole["events"], whole["n"]) == (4, 8)


def test_only_the_declared_study_and_comparison_is_combined():
    other = [arm("x", study_id="b"), arm("y", study_id="b")]
    assert combine_declared(other, DECLARED, key) == other
    second = [arm("x"), arm("y"), arm("v", comparison=2), arm("w", comparison=2)]
    made = combine_declared(second, [DECLARED[0] | {"comparison": 2}], key)
    assert [row["row_id"] for row in made] == ["x", "y", "v;w"]


def test_an_entry_that_combines_nothing_is_refused():
    with pytest.raises(ValueError, match="`combine` names a, which has no two arms of one role"):
        combine_declared([arm("low"), arm("PBS", "control")], DECLARED, key)
