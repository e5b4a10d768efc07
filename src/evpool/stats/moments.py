"""Moments of the weighted projection, from which every tau^2 estimator is written.

For weights w = 1 / (vi + tau2) and design X, the projection is P = W - W X (X'WX)^-1 X'W. The
estimators need y'Py, y'PPy, y'PPPy, tr P, tr PP and tr PV. Two classes give them for a batch of
fits: `Studies` with an intercept only, as plain sums, and `DesignStudies` with p columns.

With an intercept only the sums are arranged around an anchor, the most precise study of each fit:
yi is shifted to be 0 there and its weight is kept apart. Every moment is then a sum of terms of
one sign (or nearly so), which keeps all digits when one weight exceeds the others 1e18-fold.
"""

import numpy as np

from evpool.stats.batches import as_batch
from evpool.stats.lazy import lazy


def studies_of(yi, vi, design=None, include=None):
    """Build the `Studies` (design None) or `DesignStudies` of a batch from checked or raw input.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
    design : array_like, shape (k, p) or (B, k, p), optional
    include : array_like of bool, shape (k,) or (B, k), optional

    Returns
    -------
    Studies or DesignStudies
    """
    y, v, mask = as_batch(yi, vi, include)
    if design is None:
        return Studies.arrange(y, v, mask)
    from evpool.stats.moments_design import DesignStudies  # most fits have an intercept only

    return DesignStudies.arrange(y, v, design, mask)


def intercept_studies(yi, vi, include=None):
    """Build `OneFit` for a single fit of all studies, `Studies` for anything else."""
    y, v, mask = as_batch(yi, vi, include)
    if mask is None and len(y) == len(v) == 1:
        return OneFit.of(y[0], v[0])
    return Studies.arrange(y, v, mask)


class Studies:
    """The studies of a batch of fits with an intercept only, arranged around the anchors.

    Attributes
    ----------
    y : ndarray, shape (B, k)
        Effects minus the anchor's.
    v, rest : ndarray, shape (B, k)
        Variances; 1 for included studies other than the anchor, else 0.
    y0, v0, k, df : ndarray, shape (B,)
        Effect and variance of the anchor, number of studies, k - 1.
    """

    p = 1
    choose = staticmethod(np.where)

    def __init__(self, y, v, rest, y0, v0, k):
        self.y, self.v, self.rest = y, v, rest
        self.y0, self.v0, self.k = y0, v0, k

    @property
    def rows(self):
        """Index that picks one value of each fit from (B, n): values[(*rows, places)]."""
        return (np.arange(len(self)),)

    @classmethod
    def arrange(cls, y, v, mask):
        """Find each fit's most precise study and centre the effects there."""
        fits = max(y.shape[0], v.shape[0], 1 if mask is None else mask.shape[0])
        shape = (fits, y.shape[1])
        rows = np.arange(fits)
        if mask is None:
            anchor = v.argmin(axis=1)
            rest = np.ones(shape)
            k = np.full(fits, float(shape[1]))
        else:
            anchor = np.where(mask, v, np.inf).argmin(axis=1)
            rest = np.broadcast_to(mask, shape).astype(float)
            k = rest.sum(axis=1)
        if v.shape[0] != fits:
            v = np.broadcast_to(v, shape)
        rest[rows, anchor] = 0.0
        y0 = y[rows if y.shape[0] == fits else 0, anchor]
        return cls(y - y0[..., None], v, rest, y0, v[rows, anchor], k)

    def __len__(self):
        return len(self.k)

    @lazy
    def df(self):
        """Residual degrees of freedom, (B,)."""
        return self.k - self.p

    def take(self, rows):
        """Return the fits at `rows` (indices, a mask or a slice)."""
        return Studies(
            self.y[rows],
            self.v[rows],
            self.rest[rows],
            self.y0[rows],
            self.v0[rows],
            self.k[rows],
        )

    def batch(self):
        """Return these fits with a batch axis, which they have."""
        return self

    def spread(self):
        """Return the same fits, to be projected at several tau2 each, (B, n) at a time."""
        return self.take((slice(None), None))

    def project(self, tau2):
        """Return the projection with weights 1 / (vi + tau2), tau2 of shape (B,)."""
        return Projection(self, self.weigh(tau2), 1.0 / (self.v0 + tau2))

    def weigh(self, tau2):
        """Return the weights of all studies but the anchor, (B, k)."""
        w = self.v + tau2[..., None]
        np.divide(self.rest, w, out=w)
        return w

    @lazy
    def plain(self):
        """The projection with weight 1 for every study."""
        return Projection(self, self.rest, np.ones_like(self.v0))

    @lazy
    def fixed(self):
        """The projection at tau2 = 0."""
        return self.project(np.zeros_like(self.v0))

    @property
    def total_ss(self):
        """Sum of squared deviations of the effects from their mean, (B,)."""
        return self.plain.ypy

    @lazy
    def typical_v(self):
        """Typical sampling variance (k - 1) / tr P at tau2 = 0, (B,).

        Higgins & Thompson (2002), doi:10.1002/sim.1186, eq. 9; NaN where k = 1.
        """
        return self.choose(self.df > 0, self.df, np.nan) / self.fixed.tr_p


class OneFit(Studies):
    """A batch of one, with scalars where `Studies` has arrays of length 1.

    It works the same everywhere but in `iterate`, several times faster: numpy spends longer on
    calling a function for one number than on the numbers of all studies.
    """

    rows = ()
    choose = staticmethod(lambda condition, first, second: first if condition else second)

    @classmethod
    def of(cls, y, v):
        """Arrange all studies of two vectors, each (k,)."""
        anchor = v.argmin()
        rest = np.ones(len(v))
        rest[anchor] = 0.0
        # numpy handles its own numbers several times faster than Python's.
        return cls(y - y[anchor], v, rest, y[anchor], v[anchor], np.float64(len(v)))

    def __len__(self):
        return 1

    def batch(self):
        """Return `Studies` with this one fit."""
        fields = (self.y, self.v, self.rest, self.y0, self.v0, self.k)
        return Studies(*(np.asarray(values, dtype=float)[None] for values in fields))

    def spread(self):
        """Return the same fit, to be projected at several tau2, (n,) at a time."""
        return self

    def project(self, tau2):
        """Return the projection with weights 1 / (vi + tau2), tau2 a scalar or (n,)."""
        if isinstance(tau2, np.ndarray):
            return super().project(tau2)
        w = self.v + tau2
        np.divide(self.rest, w, out=w)
        return OneProjection(self, w, 1.0 / (self.v0 + tau2))

    @lazy
    def plain(self):
        """The projection with weight 1 for every study."""
        return OneProjection(self, self.rest, 1.0)

    @lazy
    def fixed(self):
        """The projection at tau2 = 0."""
        return self.project(0.0)


class Projection:
    """Weighted moments of one batch at given weights; each attribute has shape (B,).

    `w` (B, k) is 0 for the anchor, whose weight is `w0` (B,). With r1, r2, r3 the sums of the
    other weights' first three powers and s = w0 + r1, the traces below are the textbook ones
    (sum w - sum w^2 / s and so on) multiplied out so that the powers of w0 cancel exactly.
    """

    dot = staticmethod(np.vecdot)
    column = staticmethod(lambda values: values[..., None])

    def __init__(self, studies, w, w0):
        self.studies, self.w, self.w0 = studies, w, w0
        self.r1 = self.dot(w, studies.rest)
        self.s = w0 + self.r1

    @lazy
    def shift(self):
        """Weighted mean of the effects, counted from the anchor's."""
        return self.dot(self.w, self.studies.y) / self.s

    @property
    def estimate(self):
        """Weighted mean of the effects."""
        return self.studies.y0 + self.shift

    @property
    def se(self):
        """Its standard error, 1 / sqrt(sum of the weights)."""
        return 1.0 / np.sqrt(self.s)

    @lazy
    def residuals(self):
        """Effects minus their weighted mean, (B, k)."""
        return self.studies.y - self.column(self.shift)

    @lazy
    def wr(self):
        """Weighted residuals Py of all studies but the anchor, (B, k)."""
        return self.w * self.residuals

    @lazy
    def ypy(self):
        """y'Py: the weighted sum of squared residuals, Cochran's Q."""
        return self.dot(self.wr, self.residuals) + self.w0 * self.shift**2

    @lazy
    def yppy(self):
        """y'PPy: minus the derivative of y'Py by tau2."""
        return self.dot(self.wr, self.wr) + (self.w0 * self.shift) ** 2

    @lazy
    def ypppy(self):
        """y'PPPy: half of minus the derivative of y'PPy by tau2."""
        first = -self.w0 * self.shift
        rest = (first * self.r1 - self.dot(self.w, self.wr)) / self.s
        centred = self.wr - self.column(first - rest)
        return self.dot(self.w * centred, centred) + self.w0 * rest**2

    @lazy
    def r2(self):
        """Sum of squared weights, anchor apart."""
        return self.dot(self.w, self.w)

    @lazy
    def r3(self):
        """Sum of cubed weights, anchor apart."""
        return self.dot(self.w * self.w, self.w)

    @property
    def tr_w(self):
        """Sum of the weights."""
        return self.s

    @property
    def tr_ww(self):
        """Sum of the squared weights."""
        return self.w0**2 + self.r2

    @lazy
    def tr_p(self):
        """Trace of P, the derivative of log|V + tau2 I| + log|X'WX| by tau2."""
        return (self.r1 * (2.0 * self.w0 + self.r1) - self.r2) / self.s

    @lazy
    def tr_pp(self):
        """Trace of PP, minus the derivative of tr P by tau2."""
        w0, r1, r2, r3 = self.w0, self.r1, self.r2, self.r3
        square = r1 * r1
        inner = w0 * (square + 3.0 * r2) + 2.0 * (r1 * r2 - r3)
        return (w0 * inner + r2 * (square + r2) - 2.0 * r1 * r3) / (self.s * self.s)

    @property
    def tr_pv(self):
        """Trace of PV with V = diag(vi)."""
        others = self.dot(self.w * self.studies.v, self.column(self.s) - self.w)
        return (others + self.w0 * self.studies.v0 * self.r1) / self.s

    def log_likelihood(self, restricted):
        """Log-likelihood (ML) or restricted log-likelihood (REML), up to a constant in tau2."""
        rest = self.studies.rest
        logs = np.log(self.w + (1.0 - rest))  # log 1 for what has no weight here
        half = self.dot(logs, rest) + np.log(self.w0) - self.ypy
        return 0.5 * (half - np.log(self.s) if restricted else half)


class OneProjection(Projection):
    """The same for `OneFit` at one tau2: scalars, and vectors of shape (k,)."""

    dot = staticmethod(np.ndarray.dot)
    column = staticmethod(lambda value: value)
