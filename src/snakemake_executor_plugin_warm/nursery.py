"""The process that imports the libraries once, and its client.

    python nursery.py DESCRIPTOR

DESCRIPTOR is a socket. For each job one byte arrives on it, and with it the job's own socket, from
which the path of a script is read and to which its exit code is written as one byte. The script
runs as `python script` would run it, in a fork of this process.
"""

import contextlib
import importlib
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import traceback
import warnings

# Imported one by one while no job waits; first what most jobs need.
LIBRARIES = (
    "snakemake.logging",
    "snakemake.iocontainers",
    "pyarrow.parquet",
    "evpool.extraction.delimited",
    "evpool.tables",
    "scipy.special",
    "evpool.stats.distributions",
    "evpool.stats.measures",
    "evpool.stats.pooling",
    "evpool.steps.draw_figures",
    "jinja2",
)
# Snakemake sets as many for a job of one thread.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}


class Nursery:
    """Have scripts run in forks of one warm process; may be used from many threads."""

    def __init__(self):
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            env=os.environ | ONE_THREAD,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def run(self, script):
        """Run a Python script and wait for it.

        Raises
        ------
        subprocess.CalledProcessError
            If its exit code is not 0; -SIGKILL stands for a script that ended without one.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self._control, [b"+"], [theirs.fileno()])
            ours.sendall(os.path.abspath(script).encode())
            ours.shutdown(socket.SHUT_WR)
            answer = ours.recv(1)
        code = answer[0] if answer else -signal.SIGKILL
        if code:
            raise subprocess.CalledProcessError(code, [sys.executable, script])

    def close(self):
        """End the process once the running scripts have ended."""
        self._control.close()
        self._process.wait()


def serve(control):
    """Fork a process for each job that arrives; meanwhile import the libraries."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # an interrupted nursery has nothing to say
    # The other thread is pyarrow's allocator, which sees to forks itself.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    libraries = list(LIBRARIES)
    while True:
        if libraries and not select.select([control], [], [], 0)[0]:
            importlib.import_module(libraries.pop(0))
            continue
        signs, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not signs:
            break
        job = socket.socket(fileno=descriptors[0])
        if not os.fork():
            control.close()
            _run(job)
        job.close()
        _reap(os.WNOHANG)
    _reap(0)


def _reap(options):
    """Bury the forks that have ended, or wait for all of them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def _run(job):
    """Run the script that a job names, send its exit code, and end this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with job.makefile("r", encoding="utf-8") as words:
        script = words.read()
    sys.argv, sys.path[0] = [script], os.path.dirname(script)
    code = 1
    try:
        runpy.run_path(script, run_name="__main__")
        code = 0
    except SystemExit as stop:
        code = _exit_code(stop.code)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        job.sendall(bytes([code]))
        os._exit(code)


def _exit_code(said):
    """Read `sys.exit`'s argument as Python does: nothing is success, a text is printed."""
    if said is None:
        return 0
    if isinstance(said, int):
        return said & 0xFF
    print(said, file=sys.stderr)
    return 1


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
