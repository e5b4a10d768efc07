"""A file in memory: its bytes, its text, its XML, its cells. Nothing is written to disk."""

import csv
import math
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

from evpool.cells import NUMBER
from evpool.errors import InputError
from evpool.readers.model import Report

# What unpacking a damaged or encrypted zip may raise.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError)
LARGEST = 256 * 2**20  # bytes; a digitiser's project with its images has a few million


@dataclass(frozen=True)
class Source:
    """A file's path and bytes."""

    path: str
    data: bytes

    @cached_property
    def text(self):
        """The decoded text, with lines that end in a newline: UTF-8, or else Latin-1."""
        try:
            text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = self.data.decode("latin-1")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def flags(self):
        """('latin1',) if the text is not UTF-8."""
        try:
            self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return ("latin1",)
        return ()

    @property
    def stem(self):
        """The file's name without its ending."""
        return Path(self.path).stem

    @cached_property
    def cells(self):
        """The rows of a quoted, comma-separated file: (line, cells), blank rows left out."""
        lines = csv.reader(self.text.splitlines(keepends=True))
        try:
            rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines]
        except csv.Error as error:
            raise self.error("the file", f"no CSV: {error}", "Export it again.") from None
        return [(line, row) for line, row in rows if any(row)]

    @property
    def is_xml(self):
        """Tell whether the content starts as XML does."""
        return self.data[:500].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")

    @cached_property
    def header(self):
        """The cells of the first filled row; none if this is no CSV."""
        try:
            return () if self.is_xml or not self.cells else tuple(self.cells[0][1])
        except InputError:
            return ()

    @cached_property
    def xml(self):
        """The root element.

        Raises
        ------
        InputError
            If it is not well formed, or declares entities, which none of these programs do.
        """
        if b"<!ENTITY" in self.data or b"\0" in self.data:
            raise self.error(
                "the file", "an XML file with entity declarations or NUL bytes", "Export it again."
            )
        try:
            return self._parsed()
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise self.error(
                "the file", f"truncated or damaged XML ({error})", "Save it again in its program."
            ) from None

    def _parsed(self):
        if "latin1" in self.flags and b"encoding" not in self.data[:100]:
            return ElementTree.fromstring(self.text)
        return ElementTree.fromstring(self.data)

    def error(self, item, problem, remedy):
        """Return an InputError with one problem of this file."""
        return InputError(self.path, [Report(item, problem, remedy)])


def load(path):
    """Read a file into memory.

    Raises
    ------
    InputError
        If it is missing, empty or larger than `LARGEST`.
    """
    file = Path(path)
    if not file.is_file():
        problem, remedy = "there is no such file", "Correct the path."
    elif file.stat().st_size > LARGEST:
        problem = f"{file.stat().st_size} bytes, more than the {LARGEST} that are read"
        remedy = "Remove large images from the project."
    elif not file.stat().st_size:
        problem, remedy = "the file is empty", "Save or export it again."
    else:
        return Source(str(path), file.read_bytes())
    raise InputError(path, [Report("the file", problem, remedy)])


def number(text):
    """Return the plain number that a text (or a number) is; None for anything else."""
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, int | float):
        value = _float(text)
    else:
        text = str(text).strip()
        value = _float(text) if NUMBER.match(text) else None
    return value if value is not None and math.isfinite(value) else None


def _float(text):
    try:
        return float(text)
    except OverflowError:
        return None


def named_columns(header, aliases):
    """Find columns by name, without case; the last of several.

    Parameters
    ----------
    header : list of str
    aliases : dict
        Column -> the names it may have.

    Returns
    -------
    dict
        Column -> position, for those that exist.
    """
    places = {re.sub(r"\s+", " ", name).strip().casefold(): i for i, name in enumerate(header)}
    found = {}
    for column, names in aliases.items():
        for name in names:
            if name.casefold() in places:
                found.setdefault(column, places[name.casefold()])
    return found
