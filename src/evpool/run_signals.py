"""A run that is asked to stop (SIGTERM, as clusters send it) finishes its running jobs and ends."""

import signal
import threading


def stop_on_sigterm(stop):
    """Have SIGTERM call `stop` in a thread of its own.

    Snakemake's own handler takes the scheduler's lock in the thread that it interrupts. If that
    thread holds the lock, the run hangs for ever.

    Parameters
    ----------
    stop : callable
        Called without arguments, once for each signal.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop).start())
