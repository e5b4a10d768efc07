"""Multiverse: the combinatorics, and each row against its own direct fit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import evpool.stats.multiverse
from evpool.stats.multiverse import data_variant, enumerate_specifications, fit_multiverse
from evpool.stats.pooling import pool
from evpool.stats.sensitivity import leave_one_out
from tests.stats.moderator_references import REFERENCES, assert_matches, effects

CHOICES = {
    "timepoint": ["first", "last"],
    "exclude": ["none", "two"],
    "model": ["common", "random"],
    "tau2_method": ["DL", "REML", "PM"],
    "ci_method": ["wald", "hksj"],
}


def variants():
    """The SCI effects at two time points, whole and without two studies."""
    found = {}
    for timepoint in ("first", "last"):
        y, v = effects(f"sci_{timepoint}")
        found[timepoint, "none"], found[timepoint, "two"] = (y, v), (y[2:], v[2:])
    return found


def test_every_combination_once_and_common_effects_collapsed():
    found = enumerate_specifications(CHOICES)
    # 2 x 2 data variants; 2 intervals for the common effect, 3 x 2 for random effects.
    assert len(found) == 4 * (2 + 3 * 2)
    assert len({tuple(s.values()) for s in found}) == len(found)
    assert all((s["model"] == "common") == (s["tau2_method"] is None) for s in found)
    assert data_variant(found[0]) == ("first", "none")


def test_rows_equal_direct_fits():
    found = fit_multiverse(enumerate_specifications(CHOICES), variants())
    for row, s in enumerate(found.specifications):
        y, v = variants()[s["timepoint"], s["exclude"]]
        method = {} if s["tau2_method"] is None else {"tau2_method": s["tau2_method"]}
        own = pool(y, v, model=s["model"], ci_method=s["ci_method"], **method)
        for field in ("estimate", "se", "ci_low", "p_value", "tau2", "i2", "k", "pi_high"):
            wanted = getattr(own, field)[0]
            assert_allclose(getattr(found, field)[row], wanted, rtol=1e-8, err_msg=field)
    assert found.problem == (None,) * 32


@pytest.mark.parametrize(("method", "rtol"), [("DL", 1e-10), ("REML", 1e-6), ("HE", 1e-10)])
def test_row_matches_metafor(method, rtol):
    choices = {"timepoint": ["first"], "exclude": ["none"], "tau2_method": [method]}
    found = fit_multiverse(enumerate_specifications(choices), variants())
    expected = REFERENCES["sci_first"]["pool"][f"{method}_z"]
    names = {"beta": "estimate", "se": "se", "ci_lb": "ci_low", "tau2": "tau2", "pval": "p_value"}
    assert_matches(expected, {n: getattr(found, f)[0] for n, f in names.items()}, rtol)


def test_order_is_the_specification_curve():
    found = fit_multiverse(enumerate_specifications(CHOICES), variants())
    assert (np.diff(found.estimate[found.order]) >= 0).all()
    assert sorted(found.order.tolist()) == list(range(32))


def test_exclusions_as_variants_equal_leave_one_out():
    y, v = effects("bcg_rr")
    data = {(f"without {i}",): (np.delete(y, i), np.delete(v, i)) for i in range(y.size)}
    choices = {"exclude": [key[0] for key in data], "tau2_method": ["REML"]}
    found = fit_multiverse(enumerate_specifications(choices), data)
    assert_allclose(found.estimate, leave_one_out(y, v).estimate, rtol=1e-8)


def test_variant_without_data_keeps_its_reason():
    data = {("MD",): effects("bcg_rr"), ("ROM",): "3 of 21 means are not positive"}
    choices = {"measure": ["MD", "ROM"], "tau2_method": ["DL"]}
    found = fit_multiverse(enumerate_specifications(choices), data)
    assert found.problem == (None, "3 of 21 means are not positive")
    assert np.isnan(found.estimate).tolist() == [False, True]
    assert found.k.tolist() == [13, 0]
    assert found.order.tolist() == [0, 1]


def test_row_that_does_not_converge_is_flagged(monkeypatch):
    def stuck(*args, **settings):
        fit = pool(*args, **settings)
        fit.converged[0] = False
        return fit

    monkeypatch.setattr(evpool.stats.multiverse, "pool", stuck)
    choices = {"timepoint": ["first", "last"], "exclude": ["none"], "tau2_method": ["ML"]}
    found = fit_multiverse(enumerate_specifications(choices), variants())
    assert found.problem == ("tau2 by ML did not converge", None)
    assert np.isnan(found.estimate).tolist() == [True, False]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"model": []}, r"choices\['model'\] must list at least one option"),
        ({"measure": ["MD", "MD"]}, r"choices\['measure'\] must list .* each once"),
        ({"model": "random"}, r"choices\['model'\] must list .* got 'random'"),
        ({"ci_method": ["hks"]}, r"choices\['ci_method'\] must be one of .*mean 'hksj'"),
    ],
)
def test_bad_choices_are_named(choices, words):
    with pytest.raises(ValueError, match=words):
        enumerate_specifications(choices)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "each data variant must be one of"),
        ({("a",): ([1.0, 2.0], [1.0])}, r"variant \('a',\) must be \(yi, vi\)"),
        ({("a",): ([1.0, np.nan], [1.0, -1.0])}, r"variant \('a',\) .* positions \[1\] hold"),
    ],
)
def test_bad_variants_are_named(data, words):
    with pytest.raises(ValueError, match=words):
        fit_multiverse(enumerate_specifications({"exclude": ["a"]}), data)
