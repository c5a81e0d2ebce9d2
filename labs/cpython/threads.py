"""Throughput of several threads, relative to one: bytecode, native code that releases the GIL,
native code that keeps it, and two processes. Everything is measured in turn, in one run."""

import hashlib
import multiprocessing
import threading
import time

from common import burn, die_with_parent, tell

BATCH = 0.12  # seconds for each


def throughput(threads, work):
    """Units of work a second that so many threads get done together."""
    done = [0.0] * threads
    end = time.perf_counter() + BATCH

    def loop(i):
        while time.perf_counter() < end:
            done[i] += work()

    begin = time.perf_counter()
    workers = [threading.Thread(target=loop, args=(i,)) for i in range(threads)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    return sum(done) / (time.perf_counter() - begin)


def bytecode():
    before = time.thread_time()
    burn(0.001)
    return time.thread_time() - before


LARGE, SMALL = bytes(1 << 20), bytes(1024)  # hashlib releases the GIL from 2048 bytes on


def releasing():
    hashlib.sha256(LARGE)
    return 1


def keeping():
    for _ in range(100):
        hashlib.sha256(SMALL)
    return 1


def process(begin, results):
    die_with_parent()
    begin.wait()
    results.put(throughput(1, bytecode))


def processes(n):
    context = multiprocessing.get_context("fork")
    begin, results = context.Barrier(n), context.SimpleQueue()
    workers = [context.Process(target=process, args=(begin, results)) for _ in range(n)]
    for w in workers:
        w.start()
    done = sum(results.get() for _ in workers)
    for w in workers:
        w.join()
    return done


if __name__ == "__main__":
    die_with_parent()
    one = throughput(1, bytecode)
    tell(two_threads=throughput(2, bytecode) / one,
         four_threads=throughput(4, bytecode) / one)
    tell(releasing=throughput(2, releasing) / throughput(1, releasing),
         keeping=throughput(2, keeping) / throughput(1, keeping))
    tell(two_processes=processes(2) / throughput(1, bytecode))
