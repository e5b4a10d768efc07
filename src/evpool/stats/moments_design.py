"""Moments of the weighted projection for a general design (see `evpool.stats.moments`)."""

import numpy as np

from evpool.stats.lazy import lazy

_RANK_TOLERANCE = 1e-10
_VARIANCE_RANGE = 1e8  # largest over smallest vi; traces lose half their digits there


def orthonormal_columns(design, k):
    """Split a design into orthonormal columns Q and R with X = QR.

    Parameters
    ----------
    design : array_like, shape (k, p) or (B, k, p)
    k : int
        Number of studies.

    Returns
    -------
    ndarray, ndarray
        Q with the shape of `design`, R of shape (p, p) or (B, p, p).

    Raises
    ------
    ValueError
        If the design has another number of rows, is not finite, has more columns than rows, or
        its columns are linearly dependent.
    """
    x = np.asarray(design, dtype=float)
    if x.ndim not in (2, 3) or x.shape[-2] != k:
        raise ValueError(
            f"design must have shape (k, p) or (B, k, p) with k = {k} studies; got {x.shape}."
        )
    if not np.isfinite(x).all():
        rows = np.unique(np.argwhere(~np.isfinite(x))[:, -2])
        raise ValueError(f"design must be finite; studies {rows.tolist()} hold NaN or infinity.")
    if x.shape[-1] > k:
        raise ValueError(
            f"design has {x.shape[-1]} coefficients for {k} studies; use fewer moderators."
        )
    scale = np.sqrt(np.sum(x**2, axis=-2, keepdims=True))
    q, r = np.linalg.qr(x / np.where(scale > 0, scale, 1.0))
    diagonal = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    if (diagonal < _RANK_TOLERANCE).any():
        columns = np.unique(np.argwhere(diagonal < _RANK_TOLERANCE)[:, -1])
        raise ValueError(
            f"design must have linearly independent columns; columns {columns.tolist()} are "
            "constant zero or a combination of those before them. Drop them."
        )
    return q, r * scale


def _check_range(v, rest):
    largest = np.max(rest * v)
    smallest = np.min(np.where(rest > 0, v, np.inf))
    if largest > _VARIANCE_RANGE * smallest:
        raise ValueError(
            f"vi must span less than {_VARIANCE_RANGE:g}-fold for a fit with moderators, or its "
            f"digits are lost; got {smallest:g} to {largest:g}. Check the smallest and largest vi."
        )


class DesignStudies:
    """The studies of a batch of fits with p coefficients.

    The moments do not change when the columns of X are replaced by an orthonormal basis, nor
    when a fitted value is taken from y; both are done once so that no digits are lost later.

    Attributes
    ----------
    y, v, rest : ndarray, shape (B, k)
        Residuals of unweighted least squares; variances; 1 for included studies, else 0.
    q, r : ndarray, shape (k, p) or (B, k, p) and (p, p) or (B, p, p)
        The design is q @ r.
    start : ndarray, shape (B, p)
        Coefficients (of q) already taken from y.
    total_ss : ndarray, shape (B,)
        Sum of squared deviations of the effects from their mean.
    k, df, v0 : ndarray, shape (B,)
        Number of studies, k - p, smallest variance.
    """

    choose = staticmethod(np.where)

    def __init__(self, y, v, rest, q, r, start, total_ss):
        self.y, self.v, self.rest = y, v, rest
        self.q, self.r, self.start = q, r, start
        self.total_ss = total_ss
        self.p = q.shape[-1]
        self.shared = q.ndim == 2

    @classmethod
    def arrange(cls, y, v, design, mask):
        """Orthonormalise the design and take the unweighted fit from y."""
        q, r = orthonormal_columns(design, y.shape[-1])
        rows = max(y.shape[0], v.shape[0], 1 if mask is None else mask.shape[0])
        rows = max(rows, q.shape[0] if q.ndim == 3 else 1)
        shape = (rows, y.shape[1])
        rest = np.ones(shape) if mask is None else np.broadcast_to(mask, shape).astype(float)
        _check_range(v, rest)
        kept = y * rest
        start = kept @ q if q.ndim == 2 else np.matvec(np.swapaxes(q, 1, 2), kept)
        fitted = start @ q.T if q.ndim == 2 else np.matvec(q, start)
        mean = kept.sum(axis=-1) / rest.sum(axis=-1)
        total_ss = np.vecdot(rest, (y - mean[..., None]) ** 2)
        return cls(y - fitted, np.broadcast_to(v, shape), rest, q, r, start, total_ss)

    def __len__(self):
        return len(self.y)

    @lazy
    def k(self):
        """Number of studies, (B,)."""
        return self.rest.sum(axis=-1)

    @lazy
    def df(self):
        """Residual degrees of freedom, (B,)."""
        return self.k - self.p

    @lazy
    def v0(self):
        """Smallest variance of each fit, (B,)."""
        return np.where(self.rest > 0, self.v, np.inf).min(axis=-1)

    @lazy
    def _pairs(self):
        """Products of the columns of q by pairs, (k, p * p), for a design all fits share."""
        return (self.q[:, :, None] * self.q[:, None, :]).reshape(len(self.q), -1)

    @lazy
    def fittable(self):
        """Whether the included studies determine all coefficients, (B,)."""
        values = np.linalg.eigvalsh(self.cross(self.rest))
        return (self.k >= self.p) & (values[:, 0] > _RANK_TOLERANCE)

    def take(self, rows):
        """Return the fits at `rows` (indices, a mask or a slice)."""
        q, r = (self.q, self.r) if self.shared else (self.q[rows], self.r[rows])
        part = DesignStudies(
            self.y[rows], self.v[rows], self.rest[rows], q, r, self.start[rows], self.total_ss[rows]
        )
        if self.shared:
            part._pairs = self._pairs
        return part

    @property
    def rows(self):
        """Index that picks one value of each fit from (B, n): values[(*rows, places)]."""
        return (np.arange(len(self)),)

    def spread(self):
        """Return the same fits, to be projected at several tau2 each, (B, n) at a time."""
        return self.take((slice(None), None))

    def cross(self, w):
        """Return X'WX for weights (B, k), shape (B, p, p)."""
        if self.shared:
            return (w @ self._pairs).reshape(*w.shape[:-1], self.p, self.p)
        return np.swapaxes(self.q * w[..., None], -1, -2) @ self.q

    def cross_y(self, wy):
        """Return X' times a weighted vector (B, k), shape (B, p)."""
        return wy @ self.q if self.shared else np.matvec(np.swapaxes(self.q, -1, -2), wy)

    def fit(self, coefficients):
        """Return X times the coefficients (B, p), shape (B, k)."""
        return coefficients @ self.q.T if self.shared else np.matvec(self.q, coefficients)

    def leverage(self, inverse):
        """Return x' (X'WX)^-1 x of each study, (B, k)."""
        if self.shared:
            return inverse.reshape(*inverse.shape[:-2], -1) @ self._pairs.T
        return np.vecdot(self.q @ inverse, self.q)

    def project(self, tau2):
        """Return the projection with weights 1 / (vi + tau2), tau2 of shape (B,)."""
        return DesignProjection(self, self.rest / (self.v + tau2[..., None]))

    @lazy
    def plain(self):
        """The projection with weight 1 for every study."""
        return DesignProjection(self, self.rest)

    @lazy
    def fixed(self):
        """The projection at tau2 = 0."""
        return self.project(np.zeros(len(self)))

    @lazy
    def typical_v(self):
        """Typical sampling variance (k - p) / tr P at tau2 = 0, (B,); NaN where k = p."""
        return np.where(self.df > 0, self.df, np.nan) / self.fixed.tr_p


class DesignProjection:
    """Weighted moments of one batch at given weights; see `evpool.stats.moments.Projection`."""

    def __init__(self, studies, w):
        self.studies, self.w = studies, w
        self.inverse = np.linalg.inv(studies.cross(w))

    @lazy
    def shift(self):
        """Weighted coefficients of q, counted from `studies.start`."""
        return np.matvec(self.inverse, self.studies.cross_y(self.w * self.studies.y))

    @property
    def coefficients(self):
        """Coefficients of the design's own columns, (B, p)."""
        total = (self.studies.start + self.shift)[:, :, None]
        return np.linalg.solve(self.studies.r, total)[:, :, 0]

    @property
    def covariance(self):
        """(X'WX)^-1 for the design's own columns, (B, p, p)."""
        half = np.linalg.solve(self.studies.r, self.inverse)
        return np.linalg.solve(self.studies.r, np.swapaxes(half, -1, -2))

    @lazy
    def residuals(self):
        """Residuals of the weighted fit, (B, k)."""
        return self.studies.y - self.studies.fit(self.shift)

    @lazy
    def hat(self):
        """Hat values, the diagonal of X (X'WX)^-1 X'W, (B, k); 0 for excluded studies."""
        return self.w * self.studies.leverage(self.inverse)

    @lazy
    def wr(self):
        """Weighted residuals Py, (B, k)."""
        return self.w * self.residuals

    @lazy
    def ypy(self):
        """The weighted residual sum of squares y'Py."""
        return np.vecdot(self.wr, self.residuals)

    @lazy
    def yppy(self):
        """The second moment y'PPy."""
        return np.vecdot(self.wr, self.wr)

    @lazy
    def ypppy(self):
        """The third moment y'PPPy."""
        part = np.matvec(self.inverse, self.studies.cross_y(self.w * self.wr))
        rest = self.wr - self.studies.fit(part)
        return np.vecdot(self.w * rest, rest)

    @lazy
    def _ratio(self):
        """(X'WX)^-1 X'W^2X, (B, p, p)."""
        return self.inverse @ self.studies.cross(self.w**2)

    @lazy
    def tr_w(self):
        """Trace of W."""
        return self.w.sum(axis=-1)

    @lazy
    def tr_ww(self):
        """Trace of WW."""
        return np.vecdot(self.w, self.w)

    @lazy
    def tr_p(self):
        """Trace of P, from the hat values."""
        return np.vecdot(self.w, 1.0 - self.hat)

    @lazy
    def tr_pp(self):
        """Trace of PP."""
        cubes = self.inverse * self.studies.cross(self.w**3)
        squares = self._ratio * np.swapaxes(self._ratio, -1, -2)
        return self.tr_ww - 2.0 * cubes.sum(axis=(-2, -1)) + squares.sum(axis=(-2, -1))

    @property
    def tr_pv(self):
        """Trace of PV with V = diag(vi)."""
        return np.vecdot(self.w * self.studies.v, 1.0 - self.hat)

    def log_likelihood(self, restricted):
        """Log-likelihood (ML) or restricted log-likelihood (REML), up to a constant in tau2."""
        weights = np.where(self.studies.rest > 0, self.w, 1.0)
        half = np.log(weights).sum(axis=-1) - self.ypy
        if restricted:
            half += np.linalg.slogdet(self.inverse).logabsdet
        return 0.5 * half
