"""One round of what this machine and interpreter cost: each figure a median of a few dozen, times
in seconds, rates in bytes a second. The names are those of cpython{} (convoy help cpython)."""

import asyncio
import multiprocessing
import os
import pickle
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from common import die_with_parent, quantile, tell

clock = time.perf_counter


def median_of(n, action):
    times = []
    for _ in range(n):
        begin = clock()
        action()
        times.append(clock() - begin)
    return quantile(times, 0.5)


def nothing(*_):
    pass


def echo(data):
    return data


def threads():
    def start():
        t = threading.Thread(target=nothing)
        t.start()
        t.join()

    tell(thread_start=median_of(60, start))
    with ThreadPoolExecutor(4) as pool:
        pool.submit(nothing).result()
        tell(executor_round_trip=median_of(100, lambda: pool.submit(nothing).result()))
        list(pool.map(nothing, range(100)))
        tell(executor_burst=median_of(3, lambda: list(pool.map(nothing, range(1000)))) / 1000)


def hand_over():
    """Two threads that compute: how long each holds the GIL, and how long nobody does."""
    stamps, end = ([], []), clock() + 0.3

    def compute(mine):
        begin = last = clock()
        while last < end:
            now = clock()
            if now - last > 0.001:  # away for longer than anything but a lost GIL takes
                mine.append((begin, last))
                begin = now
            last = now
        mine.append((begin, last))

    workers = [threading.Thread(target=compute, args=(s,)) for s in stamps]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    slices = sorted(stamps[0] + stamps[1])[2:-2]
    gaps = [b[0] - a[1] for a, b in zip(slices, slices[1:]) if b[0] > a[1]]
    lock, late = threading.Lock(), []
    lock.acquire()
    interval = sys.getswitchinterval()
    for _ in range(20):
        begin = clock()
        lock.acquire(timeout=interval)
        late.append(clock() - begin - interval)
    slack = quantile(late, 0.5)
    tell(timer_slack=max(0, slack))
    if len(gaps) >= 8:
        held = quantile([b - a for a, b in slices], 0.5)
        wake = quantile(gaps, 0.5)
        tell(wake=wake, wake_spread=max(1, quantile(gaps, 0.9) / wake),
             resume=max(0, held - interval - slack))


def loop():
    async def yields(n):
        for _ in range(n):
            await asyncio.sleep(0)

    async def main():
        begin = clock()
        await yields(2000)
        tell(loop_iteration=(clock() - begin) / 2000)
        begin = clock()
        await asyncio.gather(*(yields(5) for _ in range(1000)))
        tell(task_switch=(clock() - begin) / 6000)
        begin = clock()
        for _ in range(1000):
            await asyncio.create_task(yields(0))
        tell(task_create=(clock() - begin) / 1000)
        begin = clock()
        for _ in range(100):
            await asyncio.to_thread(nothing)
        tell(to_thread=(clock() - begin) / 100)

    asyncio.run(main())


def serialisation(round_trip, echo_1MB):
    data = os.urandom(1_000_000)
    text = pickle.dumps(data)
    dumps = median_of(30, lambda: pickle.dumps(data))
    loads = median_of(30, lambda: pickle.loads(text))
    tell(pickle_bytes=len(data) / dumps, unpickle_bytes=len(data) / loads)
    left = echo_1MB - round_trip - 2 * (dumps + loads)
    if left > 0:
        tell(pipe_bytes=2 * len(data) / left)


def start_method(name, n):
    context = multiprocessing.get_context(name)

    def start():
        p = context.Process(target=nothing)
        p.start()
        p.join()

    tell(**{f"{name}_first": median_of(1, start), f"{name}_start": median_of(n, start)})


def processes():
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=context, initializer=die_with_parent) as pool:
        pool.submit(nothing).result()
        list(pool.map(nothing, range(50)))
        round_trip = median_of(60, lambda: pool.submit(nothing).result())
        tell(pool_round_trip=round_trip,
             pool_burst=median_of(1, lambda: list(pool.map(nothing, range(300)))) / 300)
        data = bytes(1_000_000)
        serialisation(round_trip, median_of(12, lambda: pool.submit(echo, data).result()))


if __name__ == "__main__":
    die_with_parent()
    start_method("fork", 8)
    start_method("spawn", 1)
    start_method("forkserver", 3)
    threads()
    hand_over()
    loop()
    processes()
