"""Profile-likelihood confidence intervals of the mean and of tau^2.

Both intervals hold the values whose likelihood ratio statistic LR, with the other parameter at
its best, is below the chi-squared quantile. The limits are found by Newton steps on sqrt(LR),
which is close to linear, inside a bracket.
"""

import numpy as np

from evpool.stats.distributions import normal_quantile
from evpool.stats.lazy import lazy
from evpool.stats.moments import Projection, Studies
from evpool.stats.tau2 import in_chunks, iterate, maximise_likelihood


class KnownMean(Studies):
    """Studies whose mean is given: `shift` (B,), counted from the anchor's effect."""

    def __init__(self, y, v, rest, y0, v0, k, shift):
        super().__init__(y, v, rest, y0, v0, k)
        self.shift = shift

    def take(self, rows):
        """Return the fits at `rows` (indices, a mask or a slice)."""
        fields = (self.y, self.v, self.rest, self.y0, self.v0, self.k, self.shift)
        return KnownMean(*(values[rows] for values in fields))

    def project(self, tau2):
        """Return the moments with weights 1 / (vi + tau2)."""
        return KnownMeanProjection(self, self.weigh(tau2), 1.0 / (self.v0 + tau2))

    @lazy
    def plain(self):
        """The moments with weight 1 for every study."""
        return KnownMeanProjection(self, self.rest, np.ones_like(self.v0))


class KnownMeanProjection(Projection):
    """Moments about a given mean; P is the diagonal matrix of the weights."""

    @lazy
    def shift(self):
        """The given mean, counted from the anchor's effect."""
        return self.studies.shift

    @lazy
    def ypppy(self):
        """Sum of cubed weights times squared residuals."""
        return np.vecdot(self.w * self.wr, self.wr) + self.w0**3 * self.shift**2


def mean_profile(studies, level):
    """Profile-likelihood confidence limits of the mean, and its signed root test of zero.

    Parameters
    ----------
    studies : Studies
        B fits, each with k >= 2.
    level : float
        Confidence level, 0 to 1.

    Returns
    -------
    dict of str to ndarray, shape (B,)
        ci_low, ci_high; statistic (the signed root of the likelihood ratio statistic of a zero
        mean, standard normal) and converged.

    References
    ----------
    Hardy & Thompson (1996), Statistics in Medicine 15:619-629, section 2.2.
    """
    names = ("ci_low", "ci_high", "statistic", "converged")
    found = in_chunks(studies, lambda part: _mean_limits(part, level), share=16)
    return dict(zip(names, found, strict=True))


def _mean_limits(studies, level):
    tau2, converged, _ = maximise_likelihood(studies, restricted=False)
    best = studies.project(tau2)
    top = best.log_likelihood(restricted=False)
    z = normal_quantile(0.5 + 0.5 * level)
    zero = _at_mean(studies, -studies.y0)[0]
    root = np.sqrt(np.maximum(2.0 * (top - zero), 0.0))
    limits = []
    for side in (-1.0, 1.0):

        def advance(part, distance, centre, top, low, high, side=side):
            value, score = _at_mean(part, centre + side * distance)
            ratio = 2.0 * (top - value)
            new, low, high = _root_step(distance, ratio, -2.0 * side * score, z, low, high)
            return new, centre, top, low, high

        state = (best.shift, top, np.zeros_like(tau2), np.full_like(tau2, np.inf))
        distance, settled, _ = iterate(studies, z * best.se, advance, *state)
        limits.append(best.estimate + side * distance)
        converged = converged & settled
    return limits[0], limits[1], np.sign(best.estimate) * root, converged


def _at_mean(studies, shift):
    """Profile log-likelihood at a mean and its derivative, each (B,)."""
    fields = (studies.y, studies.v, studies.rest, studies.y0, studies.v0, studies.k)
    known = KnownMean(*fields, shift)
    at = known.project(maximise_likelihood(known, restricted=False)[0])
    return at.log_likelihood(restricted=False), at.wr.sum(axis=1) - at.w0 * shift


def _root_step(x, ratio, slope, z, low, high):
    """Newton step on sqrt(ratio) = z for increasing ratio >= 0; doubles or halves if unsafe."""
    below = ratio < z * z
    low, high = np.where(below, x, low), np.where(below, high, x)
    root = np.sqrt(np.maximum(ratio, 0.0))
    usable = (slope > 0) & (root > 0)
    new = x + 2.0 * root * (z - root) / np.where(usable, slope, 1.0)
    inside = usable & (new > low) & (new < np.minimum(high, 4.0 * x))
    safe = np.where(np.isinf(high), 2.0 * x, 0.5 * (low + np.minimum(high, 4.0 * x)))
    return np.where(inside | (new == x), new, safe), low, high


def tau2_profile(studies, tau2, level, restricted):
    """Profile-likelihood confidence limits of tau^2.

    Parameters
    ----------
    studies : Studies or DesignStudies
        B fits, each with residual degrees of freedom.
    tau2 : ndarray, shape (B,)
        The (restricted) maximum likelihood estimates.
    level : float
        Confidence level, 0 to 1.
    restricted : bool
        Whether the restricted likelihood is meant.

    Returns
    -------
    low, high, converged : ndarray, shape (B,)
        low is 0 where tau2 = 0 is inside the interval.

    References
    ----------
    Viechtbauer (2007), doi:10.1002/sim.2514, section 2.3.
    """
    z = normal_quantile(0.5 + 0.5 * level)
    best = studies.project(tau2)
    top = best.log_likelihood(restricted)
    scale = studies.v0
    u = np.log1p(tau2 / scale)
    zero_ratio = 2.0 * (top - studies.fixed.log_likelihood(restricted))
    limits, settled = [], []
    for side in (-1.0, 1.0):

        def advance(part, distance, centre, top, low, high, side=side):
            at_u = centre + side * distance
            at = part.project(part.v0 * np.expm1(at_u))
            score = 0.5 * (at.yppy - (at.tr_p if restricted else at.tr_w))
            slope = -2.0 * side * score * part.v0 * np.exp(at_u)
            ratio = 2.0 * (top - at.log_likelihood(restricted))
            new, low, high = _root_step(distance, ratio, slope, z, low, high)
            return new, centre, top, low, high

        open_side = (side > 0) | (zero_ratio > z * z)
        bound = np.full_like(u, np.inf) if side > 0 else np.where(open_side, u, np.inf)
        start = np.minimum(1.0, 0.5 * bound)
        state = (u, top, np.zeros_like(u), bound)
        rows = np.flatnonzero(np.broadcast_to(open_side, u.shape))
        limit, done = np.zeros_like(u), np.ones(len(u), dtype=bool)
        if rows.size:
            state = [values[rows] for values in state]
            found, done[rows], _ = iterate(studies.take(rows), start[rows], advance, *state)
            limit[rows] = scale[rows] * np.expm1(u[rows] + side * found)
        limits.append(limit)
        settled.append(done)
    return limits[0], limits[1], settled[0] & settled[1]
