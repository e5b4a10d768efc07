"""The image of the Dockerfile, where buildah and the base image are: it takes minutes to build.

In a container of its own, buildah needs BUILDAH_ISOLATION=chroot and the storage driver vfs.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BASE, IMAGE = "python:3.12-slim", "evpool-test"


def buildah(*words):
    return subprocess.run(["buildah", *words], check=True, capture_output=True, text=True).stdout


def missing():
    """Return why no image can be built here, or nothing."""
    if not shutil.which("buildah"):
        return "buildah not found; on Debian: apt-get install buildah"
    look = ["buildah", "inspect", "--type", "image", BASE]
    if subprocess.run(look, capture_output=True, check=False).returncode:
        return f"the base image is not here: buildah pull {BASE}"
    return None


@pytest.fixture
def container():
    buildah("bud", "--tag", IMAGE, str(ROOT))
    name = buildah("from", IMAGE).strip()
    yield name
    buildah("rm", name)
    buildah("rmi", IMAGE)


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_anybody_may_run_the_image(container, tmp_path, finished):
    options = ["--user", "1234:1234"]
    for name in ("results", "logs", ".snakemake"):
        (tmp_path / name).mkdir()
        os.chmod(tmp_path / name, 0o777)
        options += ["--volume", f"{tmp_path / name}:/evpool/{name}"]
    command = ["snakemake", "--cores", "2", "--config", "reviews=[sci]"]
    buildah("run", *options, container, "--", *command)
    made, local = tmp_path / "results", finished / "results"
    files = [path.relative_to(local) for path in local.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert (made / files[0]).stat().st_uid == 1234
    # The image's Python is another than the machine's.
    assert all((made / file).read_bytes() == (local / file).read_bytes() for file in files)
    again = buildah("run", *options, container, "--", *command, "--dry-run")
    assert "Nothing to be done" in again
