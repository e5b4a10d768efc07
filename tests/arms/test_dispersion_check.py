import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evpool.arms.dispersion_check import check_stated_sds, read_both_ways

ROLES = ("treatment", "control")


def _simulate(rng, studies, wrong, between=0.25):
    """Arms of one outcome, (studies, 2), the first `wrong` studies with SEMs stated as SDs."""
    n = rng.integers(6, 13, (studies, 2))
    cv = np.exp(-1.3 + between * rng.normal(size=(studies, 1)) + 0.15 * rng.normal(size=n.shape))
    control = 10 * np.exp(0.5 * rng.normal(size=studies))
    treated = control + rng.normal(1.2, 0.8, studies) * cv[:, 1] * control
    true_mean = np.stack([np.maximum(treated, 0.2 * control), control], axis=1)
    true_sd = cv * true_mean
    mean = np.maximum(true_mean + true_sd / np.sqrt(n) * rng.normal(size=n.shape), 0.1)
    sd = true_sd * np.sqrt(rng.chisquare(n - 1) / (n - 1))
    sd[:wrong] /= np.sqrt(n[:wrong])
    return mean, sd, n


def _check(mean, sd, n, **options):
    ids, roles = np.repeat(np.arange(len(n)), 2), np.tile(ROLES, len(n))
    return check_stated_sds(np.ravel(mean), np.ravel(sd), np.ravel(n), ids, roles, **options)


def _rates(studies, wrong, between=0.25, draws=400, seed=11):
    """Share called (fits_sem, undecided): of studies that state SEMs, of those that state SDs."""
    rng = np.random.default_rng(seed)
    found = [_check(*_simulate(rng, studies, wrong, between)).verdict[::2] for _ in range(draws)]
    found = np.array(found)
    shares = [
        [(part == verdict).mean() for verdict in ("fits_sem", "undecided")]
        for part in (found[:, :wrong], found[:, wrong:])
        if part.size
    ]
    return np.round(shares, 3)


def test_false_alarms_on_clean_data():
    # Per study, 8000 studies: the docstring says 5% fits_sem and 5% undecided.
    assert_allclose(_rates(20, 0)[0], [0.05, 0.05], rtol=0, atol=0.01)


def test_detection_when_a_fifth_states_sems():
    # 1600 studies with SEMs: 80% fits_sem, 94% named; of 6400 others 5% fits_sem.
    wrong, sound = _rates(20, 4)
    assert_allclose(wrong[0], 0.80, rtol=0, atol=0.03)
    assert_allclose(wrong.sum(), 0.94, rtol=0, atol=0.02)
    assert_allclose(sound[0], 0.05, rtol=0, atol=0.015)


@pytest.mark.parametrize(
    ("studies", "clean", "found", "named", "sound"),
    [(10, 0.06, 0.80, 0.94, 0.04), (6, 0.07, 0.74, 0.92, 0.06)],
)
def test_error_rates_with_few_studies(studies, clean, found, named, sound):
    assert_allclose(_rates(studies, 0)[0, 0], clean, rtol=0, atol=0.015)
    got = _rates(studies, round(studies / 5))
    assert_allclose(got[0, 0], found, rtol=0, atol=0.05)
    assert_allclose(got[0].sum(), named, rtol=0, atol=0.03)
    assert_allclose(got[1, 0], sound, rtol=0, atol=0.015)


@pytest.mark.parametrize(("between", "alarm", "found"), [(0.15, 0.03, 0.92), (0.35, 0.06, 0.67)])
def test_error_rates_depend_on_how_much_the_spread_varies(between, alarm, found):
    assert_allclose(_rates(20, 0, between, 200)[0, 0], alarm, rtol=0, atol=0.015)
    assert_allclose(_rates(20, 4, between, 200)[0, 0], found, rtol=0, atol=0.05)


def _exact(count=8, n=9):
    """Studies with slightly different CVs about 0.3, all |SMD| near 1, in exact numbers."""
    cv = 0.3 * np.exp(np.linspace(-0.2, 0.2, count))[:, np.newaxis] * np.ones(2)
    mean = np.array([13.0, 10.0]) * np.ones((count, 2))
    return mean, cv * mean, np.full((count, 2), n)


def test_one_study_with_sems_is_named_with_its_evidence():
    mean, sd, n = _exact()
    sd[3] /= 3.0  # sqrt(9)
    got = _check(mean, sd, n)
    assert_array_equal(np.flatnonzero(got.verdict == "fits_sem"), [6, 7])
    assert set(got.verdict) == {"fits_sem", "fits_sd"}
    assert_allclose(got.sqrt_n, 3.0)
    clean = _check(mean, np.where(np.arange(8)[:, np.newaxis] == 3, 3 * sd, sd), n)
    assert_allclose(got.ratio[6], 3 * clean.ratio[6], rtol=1e-12)
    assert_allclose(got.z_sem[6], clean.z_sd[6], rtol=1e-12)
    assert_allclose(got.smd_as_sem[6], got.smd_stated[6] / 3.0, rtol=1e-12)
    assert_allclose(got.smd_as_sem[6], clean.smd_stated[6], rtol=1e-12)
    assert (got.rounds, got.other_studies, got.scale) == (2, 7, "log_cv")


def test_several_such_studies_do_not_hide_each_other():
    mean, sd, n = _exact(count=9)
    sd[:3] /= 3.0
    got = _check(mean, sd, n)
    assert_array_equal(got.verdict[::2] == "fits_sem", np.arange(9) < 3)


def test_re_reading_makes_a_found_study_unremarkable():
    mean, sd, n = _exact()
    sd[3] /= 3.0
    both = read_both_ways(sd.ravel(), n.ravel(), _check(mean, sd, n).verdict)
    assert_array_equal(np.flatnonzero(both.changed), [6, 7])
    assert_allclose(both.reread[6:8], 3.0 * sd[3], rtol=1e-12)
    assert_array_equal(both.stated, sd.ravel())
    assert set(_check(mean, both.reread, n).verdict) == {"fits_sd"}


def test_a_spread_far_smaller_than_an_sem_is_undecided():
    # 40 times too small is no SEM of 9 animals (a slip of the unit, perhaps): not re-read.
    mean, sd, n = _exact()
    sd[3] /= 40.0
    got = _check(mean, sd, n)
    assert set(got.verdict[6:8]) == {"undecided"}
    assert got.z_sem[6] < -2
    assert got.smd_stated[6] > 3


def test_a_large_effect_alone_is_no_sem():
    mean, sd, n = _exact()
    mean[3, 0], sd[3, 0] = 60.0, 60.0 * 0.3
    got = _check(mean, sd, n)
    assert got.smd_stated[6] > 3
    assert set(got.verdict) == {"fits_sd"}


def test_the_smd_decides_where_the_spread_is_not_extreme():
    mean, sd, n = _exact()
    sd *= np.exp(np.linspace(-1.0, 1.0, 8))[:, np.newaxis]
    small = _check(mean, sd, n)
    assert small.verdict[0] == "undecided"
    assert small.z_sd[0] > -2
    mean[0, 0], sd[0, 0] = 30.0, sd[0, 0] * 30.0 / 13.0  # its CV stays
    large = _check(mean, sd, n)
    assert_allclose(large.z_sd[0], small.z_sd[0], rtol=1e-9)
    assert large.smd_stated[0] > 3
    assert large.verdict[0] == "fits_sem"


@pytest.mark.parametrize("factor", [0.001, 1000.0])
def test_the_unit_does_not_matter(factor):
    mean, sd, n = _simulate(np.random.default_rng(5), 12, 2)
    plain, scaled = _check(mean, sd, n), _check(factor * mean, factor * sd, n)
    assert_array_equal(plain.verdict, scaled.verdict)
    assert_allclose(plain.z_sd, scaled.z_sd, rtol=1e-9)


def test_the_order_of_rows_does_not_matter():
    mean, sd, n = (a.ravel() for a in _simulate(np.random.default_rng(6), 12, 2))
    ids, roles = np.repeat(np.arange(12), 2), np.tile(ROLES, 12)
    mixed = np.random.default_rng(7).permutation(24)
    plain = check_stated_sds(mean, sd, n, ids, roles)
    other = check_stated_sds(mean[mixed], sd[mixed], n[mixed], ids[mixed], roles[mixed])
    assert_array_equal(plain.verdict[mixed], other.verdict)
    assert_allclose(plain.z_sd[mixed], other.z_sd, rtol=1e-12)
    assert_allclose(plain.smd_stated[mixed], other.smd_stated, rtol=1e-12)


def test_means_of_any_sign_are_judged_by_their_sds():
    mean, sd, n = _exact()
    sd[:] = 3.0 * np.exp(np.linspace(-0.2, 0.2, 8))[:, np.newaxis]
    sd[3] /= 3.0
    got = _check(mean - 10.0, sd, n)
    assert got.scale == "log_sd"
    assert_array_equal(np.flatnonzero(got.verdict == "fits_sem"), [6, 7])
    assert_allclose(got.spread, np.log(sd.ravel()), rtol=1e-12)


def test_too_few_studies_can_tell_nothing():
    got = _check(*(a[:4] for a in _exact()))
    assert set(got.verdict) == {"undecided"}
    assert np.isnan(got.z_sd).all()
    assert np.isfinite(got.smd_stated).all()


def test_sham_arms_and_lone_arms_count_with_their_spread_only():
    mean, sd, n = (a.ravel() for a in _exact())
    ids, roles = np.repeat(np.arange(8), 2), np.tile(ROLES, 8)
    keep = np.arange(16) != 1  # study 0 lacks its control
    more = [np.append(a[keep], a[3]) for a in (mean, sd, n)]
    got = check_stated_sds(*more, np.append(ids[keep], 1), np.append(roles[keep], "sham"))
    assert np.isnan(got.smd_stated[0])
    assert np.isfinite(got.smd_stated[1:]).all()
    assert set(got.verdict) == {"fits_sd"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sd": [0.0, 1.0]}, r"sd must be > 0. 1 of 2 rows .* position 0 has 0"),
        ({"n": [1, 5]}, "n must be >= 2"),
        ({"mean": [np.nan, 5]}, "mean must be finite"),
        ({"mean": [-1.0, 5], "scale": "log_cv"}, "must be > 0 for a coefficient of variation"),
        ({"scale": "cv"}, "scale must be one of log_cv, log_sd; got 'cv'"),
        ({"role": ROLES[:1] * 2}, r"study 'a' has two treatment arms in comparison 1 .* 0 and 1"),
    ],
)
def test_impossible_arms_are_refused(change, words):
    arms = {"mean": [1.0, 1.0], "sd": [1.0, 1.0], "n": [5, 5], "study_id": ["a", "a"]}
    with pytest.raises(ValueError, match=words):
        check_stated_sds(**(arms | {"role": ROLES} | change))


def test_both_ways_with_the_undecided_and_wrong_verdicts():
    verdicts = ["fits_sd", "fits_sem", "undecided"]
    got = read_both_ways([1.0, 1.0, 1.0], [4, 9, 16], verdicts, undecided_too=True)
    assert_allclose(got.reread, [1.0, 3.0, 4.0], rtol=1e-15)
    assert_allclose(read_both_ways([1.0] * 3, [4, 9, 16], verdicts).reread, [1.0, 3.0, 1.0])
    with pytest.raises(ValueError, match=r"verdict must be one of .* got 'sem'"):
        read_both_ways([1.0], [4], ["sem"])
