"""Check the effects of a batch of fits."""

import numpy as np


def as_batch(yi, vi, include=None):
    """Check the effects of a batch of fits and give them two dimensions.

    Parameters
    ----------
    yi, vi : array_like, shape (k,) or (B, k)
        Effects and their sampling variances. Entries that no fit includes may hold anything.
    include : array_like of bool, shape (k,) or (B, k), optional
        The studies in each fit; all of them if None.

    Returns
    -------
    ndarray, ndarray, ndarray or None
        yi and vi, each (1, k) or (B, k), and include as (B, k) or None. Excluded entries of yi and
        vi that are not usable are replaced by 0 and 1.

    Raises
    ------
    ValueError
        If the shapes do not fit together, a fit has no study, or an included value is not
        finite or vi is not positive; with the positions.
    """
    y = np.atleast_2d(np.asarray(yi, dtype=float))
    v = np.atleast_2d(np.asarray(vi, dtype=float))
    mask = None if include is None else np.atleast_2d(np.asarray(include))
    _check_shapes(y, v, mask)
    # A sum reveals NaN and inf in one pass; only then are the places looked for.
    if not (np.isfinite(y.sum() + v.sum()) and v.min() > 0):
        used = np.ones(1, dtype=bool) if mask is None else mask
        _check_values(y, "yi", "be finite", ~np.isfinite(y) & used)
        _check_values(v, "vi", "be finite and > 0", ~(np.isfinite(v) & (v > 0)) & used)
        y = np.where(np.isfinite(y), y, 0.0)
        v = np.where(np.isfinite(v) & (v > 0), v, 1.0)
    return y, v, mask


def _check_shapes(y, v, mask):
    shapes = [a.shape for a in (y, v, mask) if a is not None]
    columns = {shape[-1] for shape in shapes}
    rows = {shape[0] for shape in shapes} - {1}
    if len(columns) > 1 or len(rows) > 1 or any(len(shape) > 2 for shape in shapes):
        given = "" if mask is None else f" and include {mask.shape}"
        raise ValueError(
            f"yi, vi and include must have the same number of studies (last axis) and of fits; "
            f"got yi {y.shape}, vi {v.shape}{given}. Pass shapes (k,) or (B, k)."
        )
    if y.shape[-1] == 0:
        raise ValueError("yi must hold at least one study; got none.")
    if mask is None:
        return
    if mask.dtype != bool:
        raise ValueError(f"include must hold booleans; got dtype {mask.dtype}. Use include > 0.")
    empty = np.flatnonzero(~mask.any(axis=1))
    if empty.size:
        raise ValueError(
            f"include must keep at least one study in every fit; {_places(empty)} of "
            f"{mask.shape[0]} fits keep none. Leave them out of the batch."
        )


def _check_values(values, name, rule, bad):
    bad = np.broadcast_to(bad, np.broadcast_shapes(bad.shape, values.shape))
    if not bad.any():
        return
    columns = np.flatnonzero(bad.any(axis=0))
    held = np.broadcast_to(values, bad.shape)
    found = ", ".join(f"{held[bad[:, j].argmax(), j]:g}" for j in columns[:5])
    raise ValueError(
        f"{name} must {rule}. {columns.size} of {values.shape[-1]} studies break this: "
        f"positions {_places(columns)} hold {found}. Correct or exclude them."
    )


def _places(indices, most=5):
    shown = ", ".join(str(i) for i in indices[:most])
    return shown + (", ..." if len(indices) > most else "")
