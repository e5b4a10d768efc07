"""The packages measured, each in a process of its own that answers orders."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = ("PyMetaAnalysis", "pymare", "statsmodels")
# One thread each: R has one, and the machine may be shared.
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Tool:
    """A worker process.

    Attributes
    ----------
    name : str
    versions : str
        What the worker announced, e.g. "metafor=5.1 R=4.2.2".
    """

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(
            [str(part) for part in command],
            env=os.environ | THREADS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.versions = self._read()

    def _read(self):
        line = self.process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{self.name} stopped: {self.close()}")
        return line

    def measure(self, task, amount, seconds):
        """Return the mean seconds of a call and its value, or None where it cannot do the task.

        Parameters
        ----------
        task : str
        amount : int
            Refits in one call, for the tasks that have a choice.
        seconds : float
            Calls are repeated for so long.
        """
        self.process.stdin.write(f"{task} {amount} {seconds}\n")
        self.process.stdin.flush()
        answer = self._read()
        return None if answer == "absent" else tuple(float(part) for part in answer.split())

    def close(self):
        """End the worker; return what it complained about."""
        return self.process.communicate()[1].strip()


def start_tools(data, peers_python):
    """Start evpool and every peer that is present; say which are not.

    Parameters
    ----------
    data : Path
        CSV with yi, vi and year.
    peers_python : str or None
        The Python of the peers' environment.

    Returns
    -------
    dict of str to Tool
    """
    commands = {"evpool": (sys.executable, HERE / "engine_worker.py", data)}
    if shutil.which("Rscript"):
        commands["metafor"] = ("Rscript", HERE / "metafor_worker.R", data)
    else:
        print("metafor: not measured, Rscript is not on the path (see docs/engine.md)")
    for name in PEERS if peers_python else ():
        commands[name] = (peers_python, HERE / "peers_worker.py", data, name)
    if not peers_python:
        print("Python peers: not measured; name their Python with --peers (see docs/engine.md)")
    tools = {}
    for name, command in commands.items():
        try:
            tools[name] = Tool(name, command)
        except (OSError, RuntimeError) as error:
            if name == "evpool":
                raise
            print(f"{name}: not measured, {str(error).splitlines()[-1]}")
    return tools


def peak_memory(data, what):
    """Peak resident memory in MiB of a fresh process that does all subsets by a tau2 method.

    Parameters
    ----------
    data : Path
    what : {"DL", "REML", "imports"}
        "imports" only loads the library.
    """
    command = (sys.executable, HERE / "engine_worker.py", data, what)
    environment = os.environ | THREADS
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)
