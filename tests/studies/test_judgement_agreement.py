import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from evpool.studies.judgement_agreement import WEIGHTS, cohens_kappa, cross_table, gwet_ac1, pabak

# Two psychiatrists, 100 patients: Fleiss, Statistical methods for rates and proportions, ch. 18.
DIAGNOSES = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
# 125 subjects, nearly all positive: the worked example of Gwet (2008).
PARADOX = [[118, 5], [2, 0]]
TABLES = st.lists(st.integers(0, 20), min_size=9, max_size=9).filter(lambda x: sum(x) > 5)


def _table(counts):
    return np.array(counts, dtype=float).reshape(3, 3)


def test_kappa_gives_the_worked_example_of_fleiss():
    # kappa = 0.68, standard error 0.087 to 0.088, interval 0.51 to 0.85.
    got = cohens_kappa(DIAGNOSES)
    assert_allclose([got.observed, got.expected], [0.89, 0.66], rtol=1e-12)
    assert_allclose(got.estimate, 0.23 / 0.34, rtol=1e-12)
    assert_allclose(got.se, 0.0875, rtol=0, atol=0.0005)
    assert_allclose([got.ci_low, got.ci_high], [0.51, 0.85], rtol=0, atol=0.006)


def test_ac1_does_not_collapse_where_kappa_does():
    # Gwet (2008): AC1 = 0.9408, kappa = -0.0234.
    assert_allclose(gwet_ac1(PARADOX).estimate, 0.9408, rtol=0, atol=5e-5)
    assert_allclose(cohens_kappa(PARADOX).estimate, -0.0234, rtol=0, atol=5e-5)
    assert_allclose(pabak(PARADOX).estimate, 2 * 118 / 125 - 1, rtol=1e-12)


def test_ac1_variance_is_gwets_formula():
    p, gamma = np.array(PARADOX) / 125, gwet_ac1(PARADOX)
    share = (p.sum(axis=0) + p.sum(axis=1)) / 2
    po, pe = gamma.observed, gamma.expected
    left = 1 - gamma.estimate
    first = np.sum(np.diag(p) * (1 - share)) - po * pe
    second = np.sum(p * (1 - (share[:, None] + share) / 2) ** 2) - pe**2
    variance = po * (1 - po) - 4 * left * first + 4 * left**2 * second
    assert_allclose(gamma.se, np.sqrt(variance / 125) / (1 - pe), rtol=1e-10)


def test_kappa_variance_is_that_of_fleiss_cohen_and_everitt():
    p = np.array(DIAGNOSES) / 100
    got, apart = (
        cohens_kappa(DIAGNOSES, weights="linear"),
        np.abs(np.subtract.outer(*[range(3)] * 2)),
    )
    w = 1 - apart / 2
    mean_weight = (w @ p.sum(axis=0))[:, None] + (p.sum(axis=1) @ w)
    left = 1 - got.estimate
    spread = np.sum(p * (w - mean_weight * left) ** 2)
    variance = (spread - (got.estimate - got.expected * left) ** 2) / (
        100 * (1 - got.expected) ** 2
    )
    assert_allclose(got.se, np.sqrt(variance), rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_quadratic_kappa_is_the_concordance_of_the_scores(counts):
    table = _table(counts)
    rows, columns = np.indices((3, 3)).reshape(2, -1)
    scores = [np.repeat(side, counts).astype(float) for side in (rows, columns)]
    got = cohens_kappa(table, weights="quadratic").estimate
    x, y = scores
    apart = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    # Lin (1989), doi:10.2307/2532051; undefined where both raters give one same score throughout.
    ccc = 2 * np.mean((x - x.mean()) * (y - y.mean())) / apart if apart else np.nan
    assert_allclose(got, ccc, rtol=1e-9, atol=1e-12, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_swapping_raters_changes_nothing(counts):
    table = _table(counts)
    for fit in (*(lambda t, w=w: cohens_kappa(t, weights=w) for w in WEIGHTS), gwet_ac1, pabak):
        one, other = fit(table), fit(table.T)
        assert_allclose([one.estimate, one.se], [other.estimate, other.se], rtol=1e-6, atol=1e-9)
        assert not one.estimate > 1 + 1e-12


@pytest.mark.parametrize("weights", WEIGHTS)
def test_two_categories_know_no_weights(weights):
    table = [[20, 5], [10, 15]]
    got = cohens_kappa(table, weights=weights)
    assert_allclose(got.estimate, 0.4, rtol=1e-12)
    assert_allclose(got.se, cohens_kappa(table).se, rtol=1e-12)


def test_balanced_margins_make_all_three_equal():
    table = [[30, 10], [10, 30]]
    for fit in (cohens_kappa, gwet_ac1, pabak):
        assert_allclose(fit(table).estimate, 0.5, rtol=1e-12)


@pytest.mark.parametrize("fit", [cohens_kappa, gwet_ac1, pabak])
def test_intervals_cover_the_truth(fit):
    p = np.array([[0.5, 0.1], [0.08, 0.32]])
    tables = np.random.default_rng(4).multinomial(100, p.ravel(), 1500).reshape(-1, 2, 2)
    true = fit(p * 1e9).estimate
    fits = [fit(table) for table in tables]
    assert 0.925 < np.mean([got.ci_low <= true <= got.ci_high for got in fits]) < 0.97


def test_perfect_agreement_and_one_used_category():
    for fit in (cohens_kappa, gwet_ac1, pabak):
        assert_allclose(fit([[7, 0], [0, 3]]).estimate, 1.0, rtol=1e-12)
    assert np.isnan(cohens_kappa([[10, 0], [0, 0]]).estimate)
    assert gwet_ac1([[10, 0], [0, 0]]).estimate == 1.0


def test_a_cross_table_keeps_unused_categories():
    categories = ("low", "unclear", "high")
    table = cross_table(["low", "high", "low"], ["low", "low", "low"], categories)
    assert_array_equal(table, [[2, 0, 0], [0, 0, 0], [1, 0, 0]])
    assert_allclose(pabak(table).estimate, (3 * 2 / 3 - 1) / 2, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cross_table(["lo"], ["low"], ("low", "high")), "got 'lo'. Did you mean 'low'"),
        (lambda: cross_table(["low"], [], ("low", "high")), "same subjects; got 1 and 0"),
        (lambda: cross_table([], [], ("low", "high")), "got 0 and 0"),
        (lambda: cross_table(["a"], ["a"], ("a", "a")), "at least two different categories"),
        (lambda: cohens_kappa(PARADOX, weights="cubic"), "weights must be one of .* got 'cubic'"),
        (lambda: pabak([[1, 2, 3], [1, 2, 3]]), r"square table .* got \(2, 3\)"),
        (lambda: gwet_ac1([[1, -2], [3, 4]]), "counts >= 0"),
        (lambda: gwet_ac1([[0, 0], [0, 0]]), "not all 0"),
    ],
)
def test_impossible_judgements_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
