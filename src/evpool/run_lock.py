"""One run at a time in a folder, by a lock that ends with the process that holds it.

Snakemake's own lock is files: they outlive a run that was killed, and the next run then asks for
`--unlock`. The profiles turn it off in favour of this one, which the system takes back by itself.
"""

import fcntl
import os
import socket
from pathlib import Path

_held = []  # open files: closing one would give its lock back


def run_alone(path):
    """Hold the lock of a folder until this process ends.

    Where the file system has no locks (some clusters), the run goes on without one.

    Parameters
    ----------
    path : str or Path
        The lock file; it is made if it is missing, and stays.

    Raises
    ------
    RuntimeError
        If another run holds the lock; names its process and machine.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    lock = open(path, "a+")  # noqa: SIM115 - open as long as the process lives
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "another process"
        lock.close()
        raise RuntimeError(
            f"{owner} is running this workflow in {os.getcwd()}: wait until it has ended, or run in"
            " another folder with --directory."
        ) from None
    except OSError:
        lock.close()
        return
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    lock.flush()
    _held.append(lock)
