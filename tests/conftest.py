"""A small copy of the project to run in, and typed tables to break."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow" / "scripts"
ARMS = """study_id,outcome,timepoint,role,n,mean,sd
ito_2020,bbb,first,treatment,10,2.5,0.8
ito_2020,bbb,first,control,9,1.2,0.7
roy_2021,bbb,first,treatment,8,2.1,0.9
roy_2021,bbb,first,control,8,1.0,0.6
lee_2022,bbb,first,treatment,12,1.9,0.5
lee_2022,bbb,first,control,12,1.1,0.4
"""
STUDIES = """study_id,label,year,source_group
ito_2020,Ito 2020,2020,marrow
roy_2021,Roy 2021,2021,marrow
lee_2022,Lee 2022,2022,fat
"""


class Project:
    """A copy of the workflow in a folder of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        shutil.copy(ROOT / "Snakefile", self.folder)
        shutil.copy(ROOT / "profiles", self.folder, follow_symlinks=False)
        for name in ("workflow", "config", "resources", "src"):
            shutil.copytree(
                ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        # One review shows what the workflow does; the others are tested where they differ.
        config = self.folder / "config/config.yaml"
        reviews = re.compile(r"^reviews:\n(  - .*\n)+", re.MULTILINE)
        config.write_text(reviews.sub("reviews:\n  - sci\n", config.read_text()))

    def __truediv__(self, path):
        return self.folder / path

    def start(self, *arguments, log=subprocess.PIPE):
        """Start snakemake in the copy; a test waits for it, or kills it."""
        command = [sys.executable, "-m", "snakemake", "--nocolor", *arguments]
        # The copy's own library, so that a test sees one state of the source.
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src")}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=log, stderr=log, text=True
        )

    def snakemake(self, *arguments):
        """Run snakemake in the copy and return the finished process."""
        process = self.start(*arguments)
        said = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, *said)

    def run(self, *arguments):
        """Run snakemake with two cores; it must succeed."""
        done = self.snakemake("--cores", "2", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def planned(self, *arguments):
        """Return what a dry run would do: (rule, outcome or review) pairs."""
        done = self.snakemake("-n", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        jobs, rule = set(), None
        for line in done.stdout.splitlines() + done.stderr.splitlines():
            if line.strip().startswith(("rule ", "localrule ")):  # indented in a group
                rule = line.split()[1].rstrip(":")
                jobs.add((rule, None))
            if line.strip().startswith("wildcards:"):
                wildcards = dict(pair.split("=") for pair in line.split(":", 1)[1].split(", "))
                wildcards = {name.strip(): value for name, value in wildcards.items()}
                jobs.discard((rule, None))
                jobs.add((rule, wildcards.get("outcome", wildcards.get("review"))))
        return jobs - {("all", None)}

    def files(self, *suffixes):
        """Return the bytes of every result by its path."""
        results = self.folder / "results"
        return {
            path.relative_to(results).as_posix(): path.read_bytes()
            for path in sorted(results.rglob("*"))
            if path.suffix in suffixes
        }


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The project after a whole run; tests only read it."""
    project = Project(tmp_path_factory.mktemp("finished"))
    project.run()
    return project


@pytest.fixture
def rerun(finished, tmp_path):
    """A copy of the finished project that a test may change and run again."""
    shutil.copytree(finished.folder, tmp_path / "project", dirs_exist_ok=True)
    project = object.__new__(Project)
    project.folder = tmp_path / "project"
    return project


@pytest.fixture
def typed(tmp_path):
    """Write typed tables: typed(arms=..., studies=...) returns their paths."""

    def write(arms=ARMS, studies=STUDIES):
        paths = tmp_path / "arms.csv", tmp_path / "studies.csv"
        for path, text in zip(paths, (arms, studies), strict=True):
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return paths

    return write
