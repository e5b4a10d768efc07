"""One twin through the real snakemake: the stamp is in every file that comes out."""

import json

import pytest
from PIL import Image

from evpool.tables import is_synthetic
from tests.conftest import Project

STAMP = "SYNTHETIC"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("twin"))
    project.run("--config", "reviews=[bone_synthetic]")
    return project


def carries_the_stamp(path):
    """Tell whether a file says that it was made from simulated data, each kind in its own way."""
    if path.suffix == ".parquet":
        return is_synthetic(path)
    if path.suffix == ".png":
        return STAMP in Image.open(path).text.get("Comment", "")
    if path.name == "config.json":
        return json.loads(path.read_text(encoding="utf-8"))["synthetic"] is True
    return STAMP in path.read_text(encoding="utf-8")


def test_every_file_made_from_a_twin_is_stamped(project):
    files = [path for path in (project / "results").rglob("*") if path.is_file()]
    files = [path for path in files if path.name != ".snakemake_timestamp"]  # Snakemake's own
    kinds = {path.suffix for path in files}
    assert {".parquet", ".svg", ".png", ".html", ".R", ".json"} <= kinds
    assert len(files) > 60
    unstamped = [path for path in files if not carries_the_stamp(path)]
    assert [path.relative_to(project / "results").as_posix() for path in unstamped] == []


def test_a_twin_that_hides_is_refused_before_anything_runs(project):
    config = project / "config/reviews/bone_synthetic.yaml"
    shown = config.read_text()
    config.write_text(shown.replace("synthetic: true\n", ""))
    done = project.snakemake("-n", "--config", "reviews=[bone_synthetic]")
    config.write_text(shown)
    assert done.returncode != 0
    assert "resources/bone_synthetic/arms.csv: 54 of its rows are marked as simulated" in (
        done.stdout + done.stderr
    )
