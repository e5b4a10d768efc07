"""All file input and output of the rules: Parquet with declared columns, logs, atomic writes."""

import contextlib
import json
import os
import sys
import traceback
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from evpool import __version__
from evpool.errors import ConvergenceError, InputError

TYPES = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}


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
    sources = made_from if isinstance(made_from, list | tuple) else [made_from]
    synthetic = synthetic or any(is_synthetic(source) for source in sources)
    declared = {column.name: TYPES[column.type] for column in columns}
    extras = dict.fromkeys(name for row in rows for name in row if name not in declared)
    fields, arrays = [], []
    for name in (*declared, *extras):
        values = [_missing_to_none(row.get(name)) for row in rows]
        kind = declared.get(name) or _shown_type(values)
        fields.append(pa.field(name, kind))
        arrays.append(pa.array(values, type=kind))
    metadata = {"evpool_version": __version__, "synthetic": json.dumps(bool(synthetic))}
    if settings is not None:
        metadata["settings"] = json.dumps(settings, sort_keys=True)
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=metadata))
    with replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd")


def read_table(path):
    """Read a Parquet table as a pyarrow.Table."""
    return pq.ParquetFile(path).read()


def read_rows(*paths):
    """Read Parquet tables, one after the other, as one list of dicts; null is None."""
    return [row for path in paths for row in read_table(path).to_pylist()]


def is_synthetic(path):
    """Tell whether a Parquet table was made from simulated data."""
    metadata = pq.read_schema(path).metadata or {}
    return json.loads(metadata.get(b"synthetic", b"false"))


def write_text(text, path):
    """Write a text file as UTF-8, whole or not at all."""
    with replacing(path) as partial:
        Path(partial).write_text(text, encoding="utf-8", newline="\n")


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
