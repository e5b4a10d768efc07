"""Digests of typed rows: a rule that carries one reruns when its own rows change, and only then.

A table is read once however many outcomes ask for their rows of it.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from evpool.errors import InputError
from evpool.extraction.delimited import columns_of, is_export, read_input
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
        Changes when a wanted row, or the study it belongs to, changes, and when a column is added
        or removed, since each outcome carries all of them; on nothing else. Where a table can't be
        read at all, any change of it counts, so that the job runs and says why.
    """
    try:
        (typed, arm_rows), (listed, study_rows) = _read(arms), _read(studies)
    except InputError:
        return _digest([_bytes(arms), _bytes(studies)])
    own = arm_rows.matching(wanted)
    used = [*dict.fromkeys(row.get("study_id") for row in own)]
    about = study_rows.matching({"study_id": used})
    parts = [_columns(typed), _columns(listed), *(row["row_id"] for row in (*own, *about))]
    return _digest([*parts, *_figure_digests(arms, own)])


def digest_table(path):
    """Digest all that a typed table says, whatever its order of columns.

    Rows with too few or too many cells count, for who reads the table refuses them; and so do the
    names of digitised files that no row names, for they are on the ledger.
    """
    if is_export(path):  # it holds rows that are none of arms
        return _digest([_bytes(path)])
    try:
        table, _ = _read(path)
    except InputError:
        return _digest([_bytes(path)])
    parts = [_columns(table), *(row["row_id"] for row in table.rows), *map(str, table.problems)]
    return _digest([*parts, *_figure_digests(path, table.rows), *_unnamed(path, table)])


def digest_wanted(path, wanted):
    """Digest what `delimited.read_wanted` reads: rows, and problems that may be theirs."""
    try:
        table, rows = _read(path)
    except InputError:
        return _digest([_bytes(path)])
    own = rows.matching(columns_of(wanted, table.header))
    return _digest([*(row["row_id"] for row in own), *map(str, table.problems)])


def digest_overlays(path):
    """Digest what is drawn of figures.csv: what its drawings show, its files and their images."""
    # Imported here: most reviews have no digitised figure.
    from evpool.extraction.overlays import SHOWN, files_shown

    try:
        table, _ = _read(path)
    except InputError:
        return _digest([_bytes(path)])
    cells = [repr([row.get(name) for name in SHOWN]) for row in table.rows]
    return _digest([*cells, *map(_bytes, files_shown(path, table.rows))])


def _figure_digests(path, rows):
    if not any(row.get("file") for row in rows):
        return []
    # Imported here: most tables point to no digitised figure.
    from evpool.extraction.digitised import figure_digest

    return figure_digest(path, rows)


def _unnamed(path, table):
    if "file" not in table.header:
        return []
    # Imported here: most tables point to no digitised figure.
    from evpool.extraction.digitised import unnamed_files

    return [file.name for file in unnamed_files(path, table.rows)]


def _columns(table):
    return repr((sorted(table.header), table.comma))


def _read(path):
    """Return a table as it is typed, its only problems being rows of another length, and groups."""
    return _read_once(str(path), _stamp(path))


@lru_cache(maxsize=16)
def _read_once(path, stamp):
    """Read a table once for all outcomes; `stamp` tells its states apart."""
    table = read_input(path, (), may_be_empty=True)
    return table, RowGroups(table.rows)


def _stamp(path):
    path = Path(path)
    state = path.stat() if path.is_file() else None
    return state and (state.st_mtime_ns, state.st_size)


def _digest(parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _bytes(path):
    path = Path(path)
    return path.read_bytes().hex() if path.is_file() else "missing"
