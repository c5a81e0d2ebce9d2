"""What every service here does for a request: /work?cpu=0.002&io=0.005 computes for 2 ms and then
waits for 5 ms."""

import time
from urllib.parse import parse_qs


def asked(query):
    """The seconds of bytecode and of waiting in a query string."""
    values = parse_qs(query)
    return [float(values.get(name, ["0"])[0]) for name in ("cpu", "io")]


def compute(seconds):
    """Bytecode for so long on this thread's own clock, whatever else the machine does."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
