"""The three descriptions of the environment say the same."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"matplotlib-base": "matplotlib", "python-duckdb": "duckdb"}


def locked():
    text = (ROOT / "requirements.lock").read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", text, re.MULTILINE))


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    every = sum(project["optional-dependencies"].values(), project["dependencies"])
    return dict(re.fullmatch(r"([a-z0-9-]+)>=([0-9.]+)", item).groups() for item in every)


def conda():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pinned = [item for item in environment["dependencies"] if "==" in str(item)]
    pairs = (item.split(" ==") for item in pinned)
    return {CONDA_NAMES.get(name, name): version for name, version in pairs}


def test_conda_has_the_locked_version_of_every_declared_package():
    assert conda() == {name: locked()[name] for name in declared()}


def test_lock_satisfies_the_declared_minimum():
    for name, minimum in declared().items():
        found = [int(part) for part in re.findall(r"\d+", locked()[name])]
        assert found >= [int(part) for part in minimum.split(".")], name


def test_lock_pins_by_hash_and_names_no_index():
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|index-url|find-links", text)
    packages = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in package for package in packages if "==" in package)


def test_every_python_gets_the_same_versions():
    # numpy's and scipy's versions decide the last digits of results.
    assert "python_full_version" not in (ROOT / "requirements.lock").read_text()


def test_installed_package_is_the_declared_version():
    from evpool import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert __version__ == project["version"] == citation["version"]
