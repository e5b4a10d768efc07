"""The project inside a WebPlotDigitizer .tar, taken out in memory: nothing is unpacked to disk."""

import io
import json
import struct
import tarfile
from pathlib import PurePosixPath

from evpool.errors import InputError
from evpool.readers.model import Report
from evpool.readers.source import LARGEST, Source

MOST_MEMBERS = 1000
RESAVE = "Save the project again in WebPlotDigitizer; don't use an archive of unknown origin."


def is_tar(data):
    """Tell whether the bytes are a tar archive."""
    return data[257:262] == b"ustar"


def open_project(source):
    """Find the project and the size of its image in an archive.

    Parameters
    ----------
    source : Source
        The bytes of the archive.

    Returns
    -------
    project : Source
        The project file; its path names the archive and the member.
    image_size : tuple of int or None
        Width and height of its one PNG, pixels.

    Raises
    ------
    InputError
        If the archive is damaged, or has members that point elsewhere, are links or devices, are
        larger than the archive or come twice; or if it has no project.
    """
    members = _members(source)
    infos = [name for name in members if PurePosixPath(name).name == "info.json"]
    if len(infos) != 1:
        raise source.error("info.json", f"the archive has {len(infos)} of them, not one", RESAVE)
    try:
        info = json.loads(members[infos[0]])
        wanted = str(PurePosixPath(infos[0]).parent / info.get("json", "wpd.json"))
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise source.error("info.json", "it is not the expected JSON object", RESAVE) from None
    if wanted not in members:
        raise source.error("info.json", f"it names {wanted!r}, which the archive lacks", RESAVE)
    sizes = [_png_size(body) for body in members.values() if body.startswith(b"\x89PNG")]
    path = f"{source.path} ({wanted})"
    return Source(path, members[wanted]), sizes[0] if len(sizes) == 1 else None


def image_in(source):
    """Return the one PNG or JPEG inside an archive: (member, bytes); None if there is not one."""
    found = [
        (name, body)
        for name, body in _members(source).items()
        if body.startswith((b"\x89PNG", b"\xff\xd8\xff"))
    ]
    return found[0] if len(found) == 1 else None


def _members(source):
    """Return name -> bytes of the regular files, after every member has been checked."""
    problems, found = [], {}
    try:
        with tarfile.open(fileobj=io.BytesIO(source.data), mode="r:") as archive:
            for count, member in enumerate(archive):
                problem = _fault(member, found, len(source.data))
                if count >= MOST_MEMBERS:
                    problem = f"more than {MOST_MEMBERS} members"
                if problem:
                    problems.append(Report(f"member {member.name!r}", problem, RESAVE))
                if count >= MOST_MEMBERS:
                    break
                if member.isfile() and not problem:
                    found[member.name] = archive.extractfile(member).read()
    except (tarfile.TarError, ValueError, EOFError, OverflowError, OSError) as error:
        problem = f"truncated or damaged ({error})"
        problems.append(Report("the archive", problem, "Save the project again."))
    if problems:
        raise InputError(source.path, problems)
    return found


def _fault(member, found, room):
    """Return what makes a member unacceptable, or None."""
    path = PurePosixPath(member.name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in member.name:
        return "its name points outside the archive"
    if member.issym() or member.islnk():
        return f"a link to {member.linkname!r}"
    if not (member.isfile() or member.isdir()) or member.issparse():
        return "neither a plain file nor a folder"
    if member.size < 0 or member.size > min(room, LARGEST):
        return f"it declares {member.size} bytes, and the archive has {room}"
    if member.name in found:
        return "it comes twice"
    return None


def _png_size(body):
    return struct.unpack(">II", body[16:24]) if len(body) >= 24 else None
