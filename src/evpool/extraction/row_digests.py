"""Digests of typed rows: a rule that carries one reruns when its own rows change, and only then.

A table is read once however many outcomes ask for their rows of it.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from evpool.errors import InputError
from evpool.extraction.delimited import is_export, read_input, read_wanted
from evpool.extraction.row_groups import RowGroups


def digest_rows(arms, studies, wanted):
    """Digest what two tables say of the rows that hold the wanted values.

    Parameters
    ----------
    arms, studies : str or Path
        The typed tables.
    wanted : dict
        Column -> value or list of values, as in a review's config.

    Returns
    -------
    str
        Changes when a wanted row, or the study it belongs to, changes, and on nothing else. Where a
        table can't be read at all, any change of it counts, so that the job runs and says why.
    """
    try:
        own = _rows(arms, wanted)
        used = [*dict.fromkeys(row.get("study_id") for row in own)]
        about = _rows(studies, {"study_id": used})
    except InputError:
        return _digest([_bytes(arms), _bytes(studies)])
    parts = [row["row_id"] for row in (*own, *about)]
    return _digest([*parts, *_figure_digests(arms, own)])


def digest_table(path):
    """Digest all rows of a typed table, whatever their order of columns."""
    if is_export(path):  # it holds rows that are none of arms
        return _digest([_bytes(path)])
    try:
        rows = _rows(path, {})
    except InputError:
        return _digest([_bytes(path)])
    return _digest([*(row["row_id"] for row in rows), *_figure_digests(path, rows)])


def digest_wanted(path, wanted):
    """Digest the rows that `delimited.read_wanted` reads."""
    try:
        return _digest(row["row_id"] for row in read_wanted(path, (), wanted).rows)
    except InputError:
        return _digest([_bytes(path)])


def digest_overlays(path):
    """Digest what is drawn of figures.csv: what its drawings show, its files and their images."""
    # Imported here: most reviews have no digitised figure.
    from evpool.extraction.overlays import SHOWN, files_shown

    try:
        rows = _rows(path, {})
    except InputError:
        return _digest([_bytes(path)])
    cells = [repr([row.get(name) for name in SHOWN]) for row in rows]
    return _digest([*cells, *map(_bytes, files_shown(path, rows))])


def _figure_digests(path, rows):
    if not any(row.get("file") for row in rows):
        return []
    # Imported here: most tables point to no digitised figure.
    from evpool.extraction.digitised import figure_digest

    return figure_digest(path, rows)


def _rows(path, wanted):
    """Return the rows that hold a wanted value in every wanted column, in the table's order."""
    return _groups(str(path), _stamp(path)).matching(wanted)


@lru_cache(maxsize=16)
def _groups(path, stamp):
    """Read a table once for all outcomes; `stamp` tells its states apart."""
    return RowGroups(read_input(path, ()).rows)


def _stamp(path):
    path = Path(path)
    state = path.stat() if path.is_file() else None
    return state and (state.st_mtime_ns, state.st_size)


def _digest(parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _bytes(path):
    path = Path(path)
    return path.read_bytes().hex() if path.is_file() else "missing"
