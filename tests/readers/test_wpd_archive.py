import io
import json
import tarfile

import pytest

from evpool.errors import InputError
from evpool.readers import read_figure
from tests.readers.projects import FORMATS, dataset, project, save

INFO = {"version": [4, 0], "json": "wpd.json", "images": []}
GOOD = {"fig 2/info.json": INFO, "fig 2/wpd.json": project(dataset("a", [(150, 250)]))}


def archive(files=None, odd=()):
    """Return the bytes of a tar of JSON files and odd members."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in (GOOD if files is None else files).items():
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
        for member in odd:
            tar.addfile(member)
    return memory.getvalue()


def member(name, kind=tarfile.REGTYPE, **more):
    made = tarfile.TarInfo(name)
    made.type = kind
    for key, value in more.items():
        setattr(made, key, value)
    return made


def refused(folder, data, words):
    with pytest.raises(InputError, match=words):
        read_figure(save(folder, data, "figure.tar"))
    assert [path.name for path in folder.iterdir()] == ["figure.tar"]


def test_an_archive_with_spaces_in_its_name(tmp_path):
    readings = read_figure(save(tmp_path, archive(), "figure.tar"))
    assert readings.arms[0].centre == pytest.approx(30)


@pytest.mark.parametrize("name", ["../evil.json", "a/../../b", "/etc/passwd", "C:/x", "..\\..\\x"])
def test_path_tricks_are_refused(tmp_path, name):
    refused(tmp_path, archive(odd=[member(name)]), "points outside the archive")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_are_refused(tmp_path, kind):
    odd = member("fig 2/link", kind, linkname="/etc/passwd")
    refused(tmp_path, archive(odd=[odd]), "a link to '/etc/passwd'")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE])
def test_devices_and_sparse_files_are_refused(tmp_path, kind):
    refused(tmp_path, archive(odd=[member("fig 2/odd", kind)]), "neither a plain file|damaged")


def test_a_member_that_declares_ten_gigabytes(tmp_path):
    # The octal size field of a USTAR header holds up to 8 GB; beyond that it is binary.
    data = archive(odd=[member("fig 2/large.png")])
    huge = member("fig 2/large.png", size=10 * 2**30)
    plain = member("fig 2/large.png").tobuf(tarfile.USTAR_FORMAT)
    data = data.replace(plain, huge.tobuf(tarfile.GNU_FORMAT))
    refused(tmp_path, data, "declares 10737418240 bytes")


def test_all_odd_members_are_named_at_once(tmp_path):
    odd = [member("../a"), member("b", tarfile.SYMTYPE, linkname="c")]
    refused(tmp_path, archive(odd=odd), "2 problems(.|\n)*'../a'(.|\n)*a link")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"fig 2/wpd.json": project()}, "the archive has 0 of them"),
        (GOOD | {"other/info.json": INFO}, "the archive has 2 of them"),
        (GOOD | {"fig 2/info.json": b"{"}, "not the expected JSON object"),
        (GOOD | {"fig 2/info.json": [1]}, "not the expected JSON object"),
        (GOOD | {"fig 2/info.json": {"json": "../../x"}}, "which the archive lacks"),
        (GOOD | {"fig 2/info.json": {"json": 3}}, "not the expected JSON object"),
        (GOOD | {"fig 2/wpd.json": b'{"version'}, "truncated or no JSON"),
    ],
)
def test_an_archive_without_a_project(tmp_path, files, words):
    refused(tmp_path, archive(files), words)


def test_a_name_that_comes_twice(tmp_path):
    refused(tmp_path, archive(odd=[member("fig 2/wpd.json")]), "it comes twice")


@pytest.mark.parametrize("size", [1000, 2500])
def test_a_truncated_archive(tmp_path, size):
    data = (FORMATS / "wpd_v5_project.tar").read_bytes()[:size]
    refused(tmp_path, data, "truncated|declares")
