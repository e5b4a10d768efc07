"""Scripts in forks of a warm process behave as scripts started by themselves."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import yte

from snakemake_executor_plugin_warm.nursery import Nursery
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def script(tmp_path):
    """Write a Python script: script("print(1)") returns its path."""

    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        return str(path)

    return write


def exit_code(run, script):
    """The exit code that a way of running a script reports."""
    try:
        run(script)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


def cold(script):
    subprocess.run([sys.executable, script], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import sys; sys.exit()",
        "import sys; sys.exit(0)",
        "import sys; sys.exit(7)",
        "import sys; sys.exit('\\nresources/sci/arms.csv: 2 problems')",
        "1 / 0",
        "raise KeyboardInterrupt",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_the_exit_code_and_the_last_words_are_those_of_a_cold_start(script, text, capfd):
    path = script(text)
    with closing(Nursery()) as nursery:  # started here, where its words are caught
        warm_code, warm_said = exit_code(nursery.run, path), capfd.readouterr().err
    cold_code, cold_said = exit_code(cold, path), capfd.readouterr().err
    assert bool(warm_code) == bool(cold_code)
    if "KeyboardInterrupt" not in text:  # a cold Python dies of the signal it reports
        assert warm_code == cold_code
    assert warm_said.splitlines()[-1:] == cold_said.splitlines()[-1:]


def test_a_script_is_main_and_finds_its_neighbours(nursery, script, tmp_path):
    (tmp_path / "neighbour_of_script.py").write_text("NAME = 'neighbour'\n")
    nursery.run(
        script(
            "import sys, neighbour_of_script as n\n"
            f"open({str(tmp_path / 'out')!r}, 'w').write(f'{{__name__}} {{n.NAME}} {{sys.argv}}')\n"
        )
    )
    said = (tmp_path / "out").read_text()
    assert said == f"__main__ neighbour [{str(tmp_path / 'script.py')!r}]"


def test_a_script_leaves_nothing_to_the_next(nursery, script, tmp_path):
    nursery.run(script("import numpy, os; numpy.seen = 1; os.environ['SEEN'] = '1'"))
    nursery.run(
        script("import numpy, os; assert not hasattr(numpy, 'seen') and 'SEEN' not in os.environ")
    )


def test_scripts_run_side_by_side(nursery, script, tmp_path):
    # Each waits for the other: one after the other they would wait for ever.
    text = (
        "import os, time, pathlib\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "(folder / f'here_{os.getpid()}').touch()\n"
        "end = time.time() + 60\n"
        "while len(list(folder.glob('here_*'))) < 2:\n"
        "    assert time.time() < end\n"
        "    time.sleep(0.01)\n"
    )
    path = script(text)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(nursery.run, [path, path]))


def test_a_nursery_ends_with_its_owner(script):
    text = "from snakemake_executor_plugin_warm.nursery import Nursery\nimport os, signal\n"
    text += "print(Nursery()._process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    done = subprocess.run([sys.executable, "-c", text], stdout=subprocess.PIPE, check=False)
    assert done.returncode == -signal.SIGKILL
    pid, end = int(done.stdout), time.time() + 60
    while _runs(pid):
        assert time.time() < end, "the nursery outlived its owner"
        time.sleep(0.05)


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().split(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_failed_job_is_reported_with_its_words(tmp_path):
    (tmp_path / "Snakefile").write_text('rule a:\n    output: "o"\n    script: "fail.py"\n')
    (tmp_path / "fail.py").write_text("import sys\nsys.exit('arms.csv: mend row 3')\n")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--executor", "warm"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "arms.csv: mend row 3" in done.stderr
    assert "Error in rule a" in done.stderr


def test_a_job_of_several_threads_starts_by_itself(tmp_path):
    (tmp_path / "Snakefile").write_text(
        'rule all:\n    input: "one", "two"\n'
        'rule one:\n    output: "one"\n    script: "threads.py"\n'
        'rule two:\n    output: "two"\n    threads: 2\n    script: "threads.py"\n'
    )
    (tmp_path / "threads.py").write_text(
        "import os, sys\n"
        "warm = 'snakemake_executor_plugin_warm' in ' '.join(sys.orig_argv)\n"
        "said = f\"{os.environ['OMP_NUM_THREADS']} {warm}\"\n"
        "open(snakemake.output[0], 'w').write(said)\n"
    )
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--executor", "warm"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert [(tmp_path / name).read_text() for name in ("one", "two")] == ["1 True", "2 False"]
    assert os.listdir(tmp_path / ".snakemake/scripts") == []


@pytest.mark.parametrize(
    ("words", "variable", "executor"),
    [
        (["--cores", "4"], None, "warm"),
        (["--profile", "slurm"], None, None),
        (["--profile=slurm"], None, None),
        (["--cores", "4"], "slurm", None),
    ],
)
def test_another_profile_brings_its_own_executor(monkeypatch, words, variable, executor):
    # Snakemake reads the project's profile after it, so that its executor would win.
    monkeypatch.setattr(sys, "argv", ["snakemake", *words])
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)
    if variable:
        monkeypatch.setenv("SNAKEMAKE_PROFILE", variable)
    profile = (ROOT / "workflow/profiles/default/config.yaml").read_text()
    assert yte.process_yaml(profile, require_use_yte=True).get("executor") == executor
