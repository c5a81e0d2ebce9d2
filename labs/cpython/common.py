"""What the programs beside have in common. Each measures one batch and prints figures, one a
line: a name and a number. Nothing is written to disk, and nothing outlives the caller."""

import ctypes
import os
import signal
import sys
import time


def die_with_parent():
    """Linux ends this process when its parent has ended, whatever ended that."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)


def burn(seconds):
    """Bytecode for so much CPU time of this thread, however long that takes on the wall."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def pin(core):
    os.sched_setaffinity(0, {core})


def arrivals(name):
    """When requests are due, in seconds: one Poisson process, the same for each batch and for the
    scenario beside, so that a batch differs from the next by the machine alone."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".csv")) as lines:
        return [float(line) for line in lines]


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def tell(**figures):
    for name, value in figures.items():
        print(name, f"{value:.9g}")
    sys.stdout.flush()
