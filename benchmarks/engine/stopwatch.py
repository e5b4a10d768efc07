"""Answer a benchmark's orders: one task a line on stdin, one answer a line on stdout.

An order is "task amount seconds"; the answer is "seconds value", the mean time of a call (a mean,
so that collecting garbage counts) and a number that shows whether the packages agree.
"""

import sys
import time

WARM_CALLS = 3  # before timing; slow tasks get one


def serve(tasks, packages):
    """Announce the packages and answer orders until stdin ends.

    Parameters
    ----------
    tasks : dict of str to callable
        Each takes the amount of work (refits) and returns a number.
    packages : dict of str to str
        Name and version of what is measured.
    """
    print(" ".join(f"{name}={version}" for name, version in packages.items()), flush=True)
    warm = set()
    for line in sys.stdin:
        name, amount, seconds = line.split()
        if name not in tasks:
            print("absent", flush=True)
            continue
        if name not in warm:
            warm.add(name)
            _warm_up(tasks[name], int(amount), float(seconds))
        print(*_measure(tasks[name], int(amount), float(seconds)), flush=True)


def _warm_up(task, amount, seconds):
    start = time.perf_counter()
    for _ in range(WARM_CALLS):
        task(amount)
        if time.perf_counter() - start > seconds:
            break


def _measure(task, amount, seconds):
    """Call the task for at least so many seconds; return the mean time of a call and its value."""
    calls, start, spent = 0, time.perf_counter(), 0.0
    while not calls or spent < seconds:
        value = task(amount)
        calls, spent = calls + 1, time.perf_counter() - start
    return repr(spent / calls), repr(float(value))
