"""All file input and output of the rules: Parquet with declared columns, logs, atomic writes."""

import contextlib
import csv
import json
import os
import sys
import traceback
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evpool import __version__
from evpool.errors import ConvergenceError, InputError

TYPES = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}
# Bytes: forty columns of a few rows take as much room compressed, and twice the time to read.
WORTH_COMPRESSING = 50_000


def write_table(rows, columns, path, settings=None, *, made_from=(), synthetic=False):
    """Write rows as Parquet: declared columns first, then the others with the type they show.

    Parameters
    ----------
    rows : list of dict
        One dict a row; absent, None and NaN are written as null.
    columns : tuple of Column
        The declared columns; each gets its declared type.
    path : str or Path
        Written beside the target first and renamed, so that no half-written file stays behind.
    settings : dict, optional
        The settings that made the table; kept in the metadata.
    made_from : str, Path or list of them
        The tables behind this one: if any holds simulated data, so does this one.
    synthetic : bool
        Whether the data were simulated; kept in the metadata.
    """
    _write(as_table(rows, columns), path, settings, made_from, synthetic)


def write_arrays(values, columns, path, settings=None, *, made_from=()):
    """Write a long table from one array a column, as Parquet.

    Parameters
    ----------
    values : dict of str to ndarray, each of shape (n,)
        One for every declared column; NaN is written as null.
    columns, path, settings, made_from
        As of `write_table`.
    """
    kinds = {column.name: TYPES[column.type] for column in columns}
    arrays = {name: _array(values[name], kind) for name, kind in kinds.items()}
    _write(pa.table(arrays), path, settings, made_from, False)


def as_table(rows, columns=()):
    """Return rows as a pyarrow.Table, with the columns and types that `write_table` writes."""
    declared = {column.name: TYPES[column.type] for column in columns}
    extras = dict.fromkeys(name for row in rows for name in row if name not in declared)
    arrays = {}
    for name in (*declared, *extras):
        values = [_missing_to_none(row.get(name)) for row in rows]
        arrays[name] = _array(values, declared.get(name) or _shown_type(values))
    return pa.table(arrays)


def _write(table, path, settings, made_from, synthetic):
    """Write a table with the version and what made it."""
    sources = made_from if isinstance(made_from, list | tuple) else [made_from]
    synthetic = synthetic or any(is_synthetic(source) for source in sources)
    metadata = {"evpool_version": __version__, "synthetic": json.dumps(bool(synthetic))}
    if settings is not None:
        metadata["settings"] = json.dumps(settings, sort_keys=True)
    compression = "zstd" if table.nbytes > WORTH_COMPRESSING else "none"
    with replacing(path) as partial:
        pq.write_table(table.replace_schema_metadata(metadata), partial, compression=compression)


def read_table(path):
    """Read a Parquet table as a pyarrow.Table."""
    return pq.ParquetFile(path).read(use_threads=False)


def read_rows(*paths, columns=None):
    """Read Parquet tables, one after the other, as one list of dicts; null is None.

    A thousand outcomes' tables take a third of the time with the few `columns` that are needed.
    """
    columns = columns and list(columns)
    files = map(pq.ParquetFile, paths)
    filled = (file.read(columns, use_threads=False) for file in files if file.metadata.num_rows)
    return [row for table in filled for row in table.to_pylist()]


def is_synthetic(path):
    """Tell whether a Parquet table was made from simulated data."""
    metadata = pq.read_schema(path).metadata or {}
    return json.loads(metadata.get(b"synthetic", b"false"))


def write_text(text, path):
    """Write a text file as UTF-8, whole or not at all."""
    with replacing(path) as partial:
        Path(partial).write_text(text, encoding="utf-8", newline="\n")


def write_csv(rows, names, path):
    """Write rows as CSV for people: the named columns; what is missing is an empty cell."""
    with replacing(path) as partial, Path(partial).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _missing_to_none(row.get(name)) for name in names} for row in rows)


@contextlib.contextmanager
def replacing(path):
    """Give a temporary path beside `path`; rename it to `path` if the block succeeds."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def log_to(path):
    """Run a script's work; a refusal reaches stderr as its message, and the log in full."""
    log = Path(path)
    log.write_text("")
    try:
        yield
    except InputError as error:
        log.write_text(f"{error}\n", encoding="utf-8")
        sys.exit(f"\n{error}\n")
    except Exception as error:
        log.write_text(traceback.format_exc(), encoding="utf-8")
        if isinstance(error, ValueError | ConvergenceError):
            sys.exit(f"\n{error}\n")
        raise


def _array(values, kind):
    """Build a pyarrow.Array from its buffers.

    `pa.array` would load pandas, a third of a light job's time, to ask if a list is a Series.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        valid = ~np.isnan(values)
    else:
        valid = np.array([value is not None for value in values], dtype=bool)
    mask = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    fill = _string_buffers if kind == pa.string() else _number_buffer
    return pa.Array.from_buffers(kind, len(values), [mask, *fill(values, valid, kind)])


def _string_buffers(values, valid, kind):
    texts = [str(value).encode() if its else b"" for value, its in zip(values, valid, strict=True)]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return [pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))]


def _number_buffer(values, valid, kind):
    if isinstance(values, np.ndarray):
        given = np.where(valid, values, 0)
    else:
        given = np.array([value if its else 0 for value, its in zip(values, valid, strict=True)])
    numbers = given.astype(bool if kind == pa.bool_() else kind.to_pandas_dtype())
    if (numbers != given).any():
        raise TypeError(f"{given[numbers != given][0]!r} can't be stored as {kind}")
    packed = np.packbits(numbers, bitorder="little") if kind == pa.bool_() else numbers
    return [pa.py_buffer(packed)]


def _missing_to_none(value):
    if value is None or value != value:  # NaN differs from itself
        return None
    return value.item() if hasattr(value, "item") else value


def _shown_type(values):
    seen = {type(value) for value in values if value is not None}
    if seen == {bool}:
        return pa.bool_()
    if seen == {int}:
        return pa.int64()
    if seen and seen <= {int, float}:
        return pa.float64()
    return pa.string()
