"""What planning does once a rule finds the same faults as what Snakemake does once a job."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import snakemake.api  # noqa: F401 - first, since its modules import each other
from snakemake.jobs import GroupJob

from snakemake_executor_plugin_warm.planning import _is_same_group

RULES = """
import snakemake.script as scripts
from snakemake_executor_plugin_warm.planning import do_less_per_job

looked, get_source = [], scripts.get_source
def count(path, *rest):
    looked.append(str(path))
    return get_source(path, *rest)
scripts.get_source = count
do_less_per_job()

onstart:
    open("looked.txt", "w").write("\\n".join(looked))

rule all:
    input: expand("fixed/{job}", job=range(9)), expand("named/{name}", name=["one", "two"])
rule fixed:
    output: "fixed/{job}"
    params: job=lambda wildcards: wildcards.job
    script: "fixed.py"
rule named:
    output: "named/{name}"
    script: "{wildcards.name}.py"
"""
WRITE = "open(snakemake.output[0], 'w').write(str(snakemake.params.get('job')))\n"


@pytest.fixture
def run(tmp_path):
    (tmp_path / "Snakefile").write_text(RULES)
    for name in ("fixed", "one", "two"):
        (tmp_path / f"{name}.py").write_text(WRITE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--executor", "warm"]
    return lambda *more: subprocess.run(
        [*command, *more], cwd=tmp_path, capture_output=True, text=True
    )


def test_a_script_is_looked_for_once_a_rule_or_once_a_path(run, tmp_path):
    done = run()
    assert done.returncode == 0, done.stderr
    looked = (tmp_path / "looked.txt").read_text().splitlines()
    assert len(looked) == 3
    assert [(tmp_path / f"fixed/{job}").read_text() for job in range(9)] == list("012345678")


@pytest.mark.parametrize("name", ["fixed", "two"])
def test_a_script_that_is_not_there_stops_the_run_before_it_starts(run, tmp_path, name):
    (tmp_path / f"{name}.py").unlink()
    done = run()
    assert done.returncode != 0
    assert f"{name}.py" in done.stderr
    assert not (tmp_path / "fixed").exists()


PIPED = """
from snakemake_executor_plugin_warm.planning import do_less_per_job

do_less_per_job()

rule all:
    input: expand("read/{name}", name=["a", "b"])
rule write:
    output: pipe("{name}.pipe")
    shell: "echo {wildcards.name} > {output}"
rule note:
    output: "{name}.note"
    shell: "echo noted > {output}"
rule read:
    input: "{name}.pipe", "{name}.note"
    output: "read/{name}"
    shell: "cat {input} > {output}"
"""


def test_a_pipe_is_still_known_as_one(run, tmp_path):
    (tmp_path / "Snakefile").write_text(PIPED)
    done = run("--cores", "3", "--executor", "local")
    assert done.returncode == 0, done.stderr
    assert [(tmp_path / f"read/{name}").read_text() for name in "ab"] == [
        "a\nnoted\n",
        "b\nnoted\n",
    ]


def test_groups_are_equal_if_their_jobs_are():
    class Step:
        dag = SimpleNamespace(
            workflow=SimpleNamespace(execution_settings=SimpleNamespace(attempt=1))
        )

    one, two = Step(), Step()
    group, again, other = (
        GroupJob("outcome", frozenset(steps), None) for steps in ((one, two), (two, one), (one,))
    )
    assert _is_same_group(group, group)
    assert _is_same_group(group, again)
    assert not _is_same_group(group, other)
    assert not _is_same_group(group, "outcome")
