"""What every service here does for a request: /work?cpu=0.002&io=0.005&size=10000 computes for
2 ms, waits for 5 ms and answers with 10 kB of JSON. Each service calls die_with_parent, for it is
imported in the worker, a process of its own that must end with whoever began it.

work.py SIZE prints what encoding so many bytes costs: seconds a byte, of this thread's clock."""

import ctypes
import json
import os
import signal
import sys
import time
from urllib.parse import parse_qs

PR_SET_PDEATHSIG = 1  # prctl(2)
RECORD = {"id": 12345, "name": "a customer's name", "total": 99.5, "paid": True}


def die_with_parent(parent=None):
    """Linux ends this process when its parent has ended, whatever ended that. One that ended before
    it could be asked has left another parent here."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1 or parent not in (None, os.getppid()):
        os._exit(1)


def die_with_parent_when_forked():
    """The same for all that is forked from here on, before it does anything else: until a worker
    has imported the service, it would belong to nobody."""
    parents = []
    os.register_at_fork(before=lambda: parents.append(os.getpid()),
                        after_in_parent=parents.pop,
                        after_in_child=lambda: die_with_parent(parents.pop()))


def asked(query):
    """The seconds of bytecode, the seconds of waiting and the bytes in a query string."""
    values = parse_qs(query)
    cpu, io, size = (float(values.get(name, ["0"])[0]) for name in ("cpu", "io", "size"))
    return cpu, io, int(size)


def compute(seconds):
    """Bytecode for so long on this thread's own clock, whatever else the machine does."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def records(size):
    """Plain data whose JSON has about so many bytes."""
    return [RECORD] * (size // len(json.dumps(RECORD)))


def body(size):
    return json.dumps(records(size)).encode() if size else b"ok"


if __name__ == "__main__":
    costs, asked_for = [], int(sys.argv[1])
    for _ in range(200):
        begin = time.thread_time()
        encoded = body(asked_for)
        costs.append((time.thread_time() - begin) / len(encoded))
    print("encode", f"{sorted(costs)[len(costs) // 2]:.9g}")
