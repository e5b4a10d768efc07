"""Is a stated SD a standard error? Each study's spread is held against the outcome's others."""

from dataclasses import dataclass

import numpy as np

from evpool.arms.dispersion import Dispersion
from evpool.errors import unknown_name
from evpool.stats.effects import cohens_d, require

SCALES = ("log_cv", "log_sd")
VERDICTS = ("fits_sd", "fits_sem", "undecided")
FEWEST_OTHERS = 4  # other studies without which nothing can be told
MOST_ROUNDS = 10  # of re-reading; two or three are usual
MAD_TO_SD = 1.4826  # of a normal distribution


@dataclass(frozen=True)
class SdCheck:
    """One entry an arm; the evidence and the verdict are those of the arm's study.

    Attributes
    ----------
    spread : ndarray, shape (A,)
        Log coefficient of variation (or log SD) of the arm, as stated.
    ratio, sqrt_n : ndarray, shape (A,)
        How many times smaller than in the other studies the study's spread is (geometric mean over
        its arms), and what that would be if it were an SEM.
    z_sd, z_sem : ndarray, shape (A,)
        Robust z of the study's spread among the others', as stated and re-read as an SEM; NaN with
        fewer than 4 other studies.
    smd_stated, smd_as_sem : ndarray, shape (A,)
        The study's largest |SMD|, as stated and with its SDs re-read as SEMs; NaN without a pair.
    verdict : ndarray of str, shape (A,)
        'fits_sd', 'fits_sem' or 'undecided'.
    other_studies, rounds : int
        Studies each one was held against; rounds until the verdicts stood still.
    scale : str
        'log_cv' or 'log_sd'.
    """

    spread: np.ndarray
    ratio: np.ndarray
    sqrt_n: np.ndarray
    z_sd: np.ndarray
    z_sem: np.ndarray
    smd_stated: np.ndarray
    smd_as_sem: np.ndarray
    verdict: np.ndarray
    other_studies: int
    rounds: int
    scale: str


def check_stated_sds(
    mean, sd, n, study_id, role, comparison=None, *, scale=None, z_limit=2.0, smd_limit=3.0
):
    """Name the studies of one outcome whose stated SDs fit standard errors better.

    The rule. A study's spread is the log of SD / mean, averaged over its arms, each taken from the
    typical one of its role. `ratio` tells how many times smaller it is than the median of the other
    studies. The study is held to state SEMs ('fits_sem') if

    1. `ratio` is nearer to sqrt(n) than to 1 or to n (in logs), and
    2. its robust z among the other studies is `-z_limit` or less, or its largest |SMD| is above
       `smd_limit`.

    It is 'undecided' if only (1) holds, or only the z of (2), or there are fewer than 4 other
    studies. Else it 'fits_sd'. Studies found are re-read as SEM and all are compared again, until
    nothing changes, so that several such studies do not hide each other.

    Parameters
    ----------
    mean, sd : array_like, shape (A,)
        Of each arm of the outcome, in one unit; `sd` as stated.
    n : array_like, shape (A,)
        Animals per arm.
    study_id, role : array_like, shape (A,)
        A study is taken to state one kind of spread throughout; give finer ids where it does not.
        Roles 'treatment' and 'control' are compared; others only count with their spread.
    comparison : array_like, shape (A,), optional
        Which treatment belongs to which control within a study; one comparison if None.
    scale : {'log_cv', 'log_sd'}, optional
        None takes log_cv, or log_sd where a mean is not above 0, which has no CV.
    z_limit, smd_limit : float

    Returns
    -------
    SdCheck

    Raises
    ------
    ValueError
        If a value is impossible (with the positions), the scale is unknown or does not suit the
        means, or a comparison has two arms of one role.

    Notes
    -----
    Error rates per study, by seeded simulation (tests/test_dispersion_check.py): two arms of 6 to
    12 animals, |SMD| about 1.2, study log CVs with an SD of 0.25 between studies.

    ======= ====================== ===================================================
    studies all state SDs          20% state SEMs as SDs
    ======= ====================== ===================================================
    20      5% of them fits_sem,   80% of the SEMs fits_sem, 94% fits_sem or undecided;
            5% undecided           5% of the others fits_sem
    10      6%, 4%                 80%, 94%; 4%
    6       7%, 5%                 74%, 92%; 6%
    ======= ====================== ===================================================

    With log CVs that vary less (0.15; 20 studies) 3% are falsely called fits_sem and 92% found;
    with more (0.35) 6% and 67%. So a verdict is a reason to look into the paper, no correction.
    It takes the majority to be right: where most studies state SEMs, only the SMDs can show it.

    References
    ----------
    The error: Nagele (2003), doi:10.1093/bja/aeg087. Robust z by median and MAD: Iglewicz &
    Hoaglin (1993), How to detect and handle outliers. Var(log s) = 1 / (2 (n - 1)).
    """
    mean, sd, n, scale = _checked_numbers(mean, sd, n, scale)
    spread = np.log(sd / mean) if scale == "log_cv" else np.log(sd)
    names, study = np.unique(np.asarray(study_id), return_inverse=True)
    roles = np.unique(np.asarray(role), return_inverse=True)[1]
    pairs = _pairs(study_id, role, comparison, len(mean))
    smd_stated = _largest_smd(mean, sd, n, pairs, study)
    half_log_n = 0.5 * np.log(n)
    if_sem = np.nanmean(_by_role(half_log_n, study, roles), axis=1)
    noise = _sampling_sd(n, study, roles)
    found = np.zeros(len(names), dtype=bool)
    rounds, changed = 0, True
    while changed and rounds < MOST_ROUNDS:
        rounds += 1
        read = _by_role(spread + found[study] * half_log_n, study, roles)
        place = np.nanmean(read - np.nanmedian(read, axis=0), axis=1)
        centre, width = _of_the_others(place, noise)
        # Where a study was re-read, its own place is still that of its SDs as stated.
        off = place - found * if_sem - centre
        near = (off < -0.5 * if_sem) & (off > -1.5 * if_sem)
        low = off / width <= -z_limit
        before, found = found, near & (low | (smd_stated > smd_limit))
        changed = not np.array_equal(found, before)
    unsure = (near | low | np.isnan(off)) & ~found
    return SdCheck(
        spread=spread,
        ratio=np.exp(-off)[study],
        sqrt_n=np.exp(if_sem)[study],
        z_sd=(off / width)[study],
        z_sem=((off + if_sem) / width)[study],
        smd_stated=smd_stated[study],
        smd_as_sem=_largest_smd(mean, sd * np.sqrt(n), n, pairs, study)[study],
        verdict=np.select([found, unsure], ["fits_sem", "undecided"], "fits_sd")[study],
        other_studies=len(names) - 1,
        rounds=rounds,
        scale=scale,
    )


@dataclass(frozen=True)
class BothWays:
    """SDs to pool both ways: as stated, and with those of `changed` arms re-read as SEMs."""

    stated: np.ndarray
    reread: np.ndarray
    changed: np.ndarray


def read_both_ways(sd, n, verdict, *, undecided_too=False):
    """Re-read the stated SDs that fit standard errors better; the others stay as they are.

    Parameters
    ----------
    sd, n : array_like, shape (A,)
        As given to `check_stated_sds`.
    verdict : array_like of str, shape (A,)
        Its verdicts.
    undecided_too : bool
        Whether the undecided arms are re-read as well.

    Returns
    -------
    BothWays
        Each of shape (A,).

    Raises
    ------
    ValueError
        If a verdict is unknown, or an SD or n is impossible; with the positions.
    """
    sd, n, verdict = np.asarray(sd, dtype=float), np.asarray(n, dtype=float), np.asarray(verdict)
    for unknown in set(verdict.tolist()) - set(VERDICTS):
        raise unknown_name("verdict", unknown, VERDICTS)
    changed = verdict == "fits_sem"
    if undecided_too:
        changed |= verdict == "undecided"
    reread = np.where(changed, Dispersion("sem", sd, n=n).to_sd(), sd)
    return BothWays(stated=sd, reread=reread, changed=changed)


def _checked_numbers(mean, sd, n, scale):
    """Check the numbers; settle the scale."""
    mean, sd, n = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (mean, sd, n)))
    require("mean", mean, np.isfinite(mean), "be finite")
    require("sd", sd, np.isfinite(sd) & (sd > 0), "be > 0")
    require("n", n, np.isfinite(n) & (n >= 2), "be >= 2")
    if scale is None:
        scale = "log_cv" if np.all(mean > 0) else "log_sd"
    if scale not in SCALES:
        raise unknown_name("scale", scale, SCALES)
    if scale == "log_cv":
        require("mean", mean, mean > 0, "be > 0 for a coefficient of variation (or use log_sd)")
    return mean, sd, n, scale


def _by_role(values, study, roles):
    """Average over the arms of one role in one study: shape (studies, roles), NaN where none."""
    shape = (study.max() + 1, roles.max() + 1)
    cell = study * shape[1] + roles
    count = np.bincount(cell, minlength=shape[0] * shape[1])
    total = np.bincount(cell, values, minlength=count.size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(shape)


def _sampling_sd(n, study, roles):
    """What animals alone make the studies' log SDs vary by."""
    variance = _by_role(1 / (2 * (n - 1)), study, roles)
    arms = np.isfinite(variance).sum(axis=1)
    return np.sqrt(np.mean(np.nanmean(variance, axis=1) / arms))


def _of_the_others(place, noise):
    """Median of the other studies, and the SD of a new one about it, from their MAD."""
    k = len(place)
    if k - 1 < FEWEST_OTHERS:
        return np.full(k, np.nan), np.full(k, np.nan)
    others = np.broadcast_to(place, (k, k))[~np.eye(k, dtype=bool)].reshape(k, k - 1)
    centre = np.median(others, axis=1)
    mad = np.median(np.abs(others - centre[:, np.newaxis]), axis=1)
    width = np.maximum(MAD_TO_SD * mad, noise)
    return centre, width * np.sqrt(1 + np.pi / (2 * (k - 1)))  # the median itself varies


def _pairs(study_id, role, comparison, count):
    """Index of the treatment and control arm of each comparison: shape (2, comparisons)."""
    comparison = [1] * count if comparison is None else comparison
    arms = {}
    for index, key in enumerate(zip(study_id, comparison, role, strict=True)):
        if key[2] in ("treatment", "control") and arms.setdefault(key, index) != index:
            raise ValueError(
                f"study {key[0]!r} has two {key[2]} arms in comparison {key[1]!r} (positions "
                f"{arms[key]} and {index}). Number its comparisons."
            )
    treated = [key for key in arms if key[2] == "treatment" and (*key[:2], "control") in arms]
    return (
        np.array([[arms[k], arms[(*k[:2], "control")]] for k in treated], dtype=int)
        .reshape(-1, 2)
        .T
    )


def _largest_smd(mean, sd, n, pairs, study):
    """Largest |SMD| of each study; NaN where it has no comparison."""
    t, c = pairs
    d, _ = cohens_d(mean[t], sd[t], n[t], mean[c], sd[c], n[c])
    largest = np.full(study.max() + 1, -np.inf)
    np.maximum.at(largest, study[t], np.abs(d))
    return np.where(np.isfinite(largest), largest, np.nan)
