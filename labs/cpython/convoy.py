"""The convoy effect: round trips to a thread that answers, beside threads that compute, all on
one core. convoy.py INTERVAL_MS THREADS"""

import os
import socket
import sys
import threading
import time

from common import die_with_parent, pin, quantile, tell

SECONDS, AT_LEAST, AT_MOST = 0.8, 12, 400


def answer(sock):
    while data := sock.recv(1):
        sock.send(data)


def compute(stop):
    while not stop.is_set():
        for _ in range(1000):
            pass


def peer(sock):
    """In a process of its own: asks, waits, and pauses a little so that all come to rest."""
    times, end = [], time.perf_counter() + SECONDS
    while len(times) < AT_MOST and (len(times) < AT_LEAST or time.perf_counter() < end):
        begin = time.perf_counter()
        sock.send(b"x")
        sock.recv(1)
        times.append(time.perf_counter() - begin)
        time.sleep(0.001)
    return times[1:]


if __name__ == "__main__":
    die_with_parent()
    pin(min(os.sched_getaffinity(0)))
    here, there = socket.socketpair()
    begun, begin = os.pipe()
    child = os.fork()
    if child == 0:
        die_with_parent()
        here.close()
        os.read(begun, 1)
        time.sleep(0.05)
        times = peer(there)
        tell(p50=quantile(times, 0.5) * 1000)
        os._exit(0)
    there.close()
    stop = threading.Event()
    sys.setswitchinterval(float(sys.argv[1]) / 1000)
    computing = [threading.Thread(target=compute, args=(stop,), daemon=True)
                 for _ in range(int(sys.argv[2]))]
    answering = threading.Thread(target=answer, args=(here,), daemon=True)
    for t in [answering, *computing]:
        t.start()
    os.write(begin, b"x")  # each start waits for the GIL: four at 20 ms take 0.3 s
    os.waitpid(child, 0)
    stop.set()
    os._exit(0)
