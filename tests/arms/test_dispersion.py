import json
import operator as op
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from evpool.arms.dispersion import CONVERTIBLE, Dispersion, estimate_from_five_numbers, to_sd


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


def _reference():
    path = Path(__file__).parents[1] / "reference/conversions.json"
    held = json.loads(path.read_text())["fivenum"]
    numbers = {name: np.array(values, dtype=float) for name, values in held["input"].items()}
    return numbers, np.array(held["mean"]), np.array(held["sd"])


def _rename(numbers):
    return {{"min": "minimum", "max": "maximum"}.get(name, name): x for name, x in numbers.items()}


def test_five_numbers_match_metafor():
    # metafor 5.1-12, conv.fivenum with its defaults (it refuses skewed rows: none is).
    numbers, mean, sd = _reference()
    got = estimate_from_five_numbers(**_rename(numbers))
    assert_allclose(got.mean, mean, rtol=1e-10)
    assert_allclose(got.sd, sd, rtol=1e-10)
    assert list(got.scenario[1:4]) == ["five_numbers", "q1_median_q3", "min_median_max"]
    assert not got.skewed.any()


def test_a_symmetric_summary_has_its_median_as_mean_and_the_bars_sd():
    got = estimate_from_five_numbers(10.0, 9, q1=8.0, q3=12.0)
    assert_allclose(got.mean, 10.0, rtol=1e-12)
    assert_allclose(got.sd, Dispersion("iqr", lower=8.0, upper=12.0, n=9).to_sd(), rtol=1e-12)
    got = estimate_from_five_numbers(10.0, 9, minimum=4.0, maximum=16.0)
    assert_allclose(got.mean, 10.0, rtol=1e-12)
    assert_allclose(got.sd, Dispersion("range", lower=4.0, upper=16.0, n=9).to_sd(), rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-50, 50), min_size=5, max_size=5, unique=True),
    st.integers(2, 200),
    st.floats(0.01, 100),
    st.floats(-100, 100),
)
def test_five_numbers_follow_the_unit(numbers, n, factor, shift):
    x = np.sort(numbers)
    assume(np.diff(x).min() > 1e-3)
    names = ("minimum", "q1", "median", "q3", "maximum")
    before = estimate_from_five_numbers(n=n, **dict(zip(names, x, strict=True)))
    moved = dict(zip(names, factor * x + shift, strict=True))
    after = estimate_from_five_numbers(n=n, **moved)
    assert_allclose(after.mean, factor * before.mean + shift, rtol=1e-9, atol=1e-7)
    assert_allclose(after.sd, factor * before.sd, rtol=1e-8)


@pytest.mark.parametrize("parts", ["extremes", "quartiles", "five"])
def test_normal_samples_give_back_their_mean_and_sd_and_rarely_look_skewed(parts):
    n, draws = 41, 20_000
    x = np.sort(np.random.default_rng(4).normal(50.0, 8.0, (draws, n)), axis=1)
    extremes = {"minimum": x[:, 0], "maximum": x[:, -1]}
    quartiles = {"q1": x[:, 10], "q3": x[:, 30]}
    stated = {"extremes": extremes, "quartiles": quartiles, "five": extremes | quartiles}[parts]
    got = estimate_from_five_numbers(x[:, 20], n, **stated)
    assert_allclose(got.mean.mean(), 50.0, atol=5 * got.mean.std() / np.sqrt(draws))
    assert_allclose(got.sd.mean(), 8.0, rtol=0.012)
    assert 0.03 < got.skewed.mean() < 0.07


def test_a_lopsided_summary_is_called_skewed():
    x = np.sort(np.random.default_rng(4).lognormal(0, 1, (2000, 41)), axis=1)
    got = estimate_from_five_numbers(
        x[:, 20], 41, minimum=x[:, 0], q1=x[:, 10], q3=x[:, 30], maximum=x[:, 40]
    )
    assert got.skewed.mean() > 0.95


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({}, "median must come with minimum and maximum, or q1 and q3"),
        ({"q1": 4.0}, "none of them halved. 1 of 1 rows break this: position 0 has 5"),
        ({"q1": 4.0, "q3": 6.0, "maximum": 9.0}, "none of them halved"),
        ({"q1": 6.0, "q3": 7.0}, "median must lie in order"),
        ({"minimum": 1.0, "maximum": 4.0}, "median must lie in order"),
        ({"q1": 5.0, "q3": 5.0}, "equal ones give no SD"),
        ({"q1": 4.0, "q3": 6.0, "n": 1}, "n must be >= 2"),
    ],
)
def test_impossible_five_numbers_are_refused(numbers, words):
    with pytest.raises(ValueError, match=words):
        estimate_from_five_numbers(5.0, **({"n": 10} | numbers))


@pytest.mark.parametrize(("kind", "level"), [("ci95", 0.95), ("ci90", 0.90), ("ci", 0.8)])
def test_a_dispersion_from_both_tips_equals_the_half_length(kind, level):
    stated = {"level": level, "n": [6, 9]}
    tips = Dispersion(kind, lower=[1.0, 2.0], upper=[2.0, 5.0], **stated)
    assert_allclose(tips.to_sd(), Dispersion(kind, [0.5, 1.5], **stated).to_sd(), rtol=1e-15)
    expected = np.array([0.5, 1.5]) * np.sqrt([6, 9]) / stats.t.ppf((1 + level) / 2, [5, 8])
    assert_allclose(tips.to_sd(), expected, rtol=1e-12)


def test_a_confidence_interval_of_a_huge_group_is_normal():
    wide = Dispersion("ci95", stats.norm.ppf(0.975), n=1e9).to_sd()
    assert_allclose(wide, Dispersion("sem", 1.0, n=1e9).to_sd(), rtol=1e-8)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(CONVERTIBLE), st.floats(1e-6, 1e6), st.integers(2, 500), st.floats(0.1, 10))
def test_the_sd_scales_with_the_bar_and_equals_the_plain_converter(kind, value, n, factor):
    sd = Dispersion(kind, value, n=n).to_sd()
    assert_allclose(Dispersion(kind, factor * value, n=n).to_sd(), factor * sd, rtol=1e-12)
    assert sd == to_sd(value, kind, n)


@pytest.mark.parametrize("operation", ["add", "sub", "mul", "truediv", "lt"])
def test_a_dispersion_has_no_arithmetic(operation):
    bar = Dispersion("sem", 0.5, n=8)
    with pytest.raises(TypeError):
        getattr(op, operation)(bar, 2.0)
    with pytest.raises(TypeError):
        getattr(op, operation)(bar, bar)
    with pytest.raises(TypeError):
        float(bar)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"kind": "se", "value": 1.0, "n": 5}, "kind of dispersion must be one of .* got 'se'"),
        ({"kind": "unknown", "value": 1.0, "n": 5}, "kind of dispersion must be one of"),
        ({"kind": "sem", "value": 1.0}, "needs n, the animals in the arm"),
        ({"kind": "sem", "value": 1.0, "n": 1}, "n must be >= 2"),
        ({"kind": "sem", "value": 0.0, "n": 5}, "sem: value must be > 0"),
        ({"kind": "sem", "value": [1.0, np.nan], "n": 5}, "position 1 has nan"),
        ({"kind": "sem", "lower": 2.0, "upper": 1.0, "n": 5}, "half of upper - lower must be > 0"),
        ({"kind": "sem", "n": 5}, "either value or both lower and upper"),
        ({"kind": "sem", "lower": 2.0, "n": 5}, "either value or both lower and upper"),
        ({"kind": "sem", "value": 1.0, "lower": 1, "upper": 2, "n": 5}, "either value or both"),
        ({"kind": "iqr", "value": 1.0, "n": 5}, "may be the width or half of it"),
        ({"kind": "range", "value": 1.0, "n": 5}, "State both ends"),
        ({"kind": "ci", "value": 1.0, "n": 5}, "level .* must be between 0 and 1; got None"),
        ({"kind": "ci", "value": 1.0, "n": 5, "level": 95}, "must be between 0 and 1; got 95"),
        ({"kind": "ci95", "value": 1.0, "n": 5, "level": 0.9}, "must be 0.95; got 0.9"),
        ({"kind": "sd", "value": 1.0, "level": 0.9}, "must be None; got 0.9"),
    ],
)
def test_a_dispersion_that_says_too_little_or_too_much_is_refused(stated, words):
    with pytest.raises(ValueError, match=words):
        Dispersion(**stated)
