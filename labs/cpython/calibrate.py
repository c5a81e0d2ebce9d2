"""One round of what this machine and interpreter cost: each figure a median of a few dozen, times
in seconds, rates in bytes a second. The names are those of cpython{} (convoy help cpython)."""

import asyncio
import mmap
import multiprocessing
import os
import pickle
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.reduction import ForkingPickler

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


def rate(n, action, size):
    """Bytes a second of action(bytes), by how much longer it takes with many than with few."""
    few, many = os.urandom(100), os.urandom(size)
    longer = median_of(n, lambda: action(many)) - median_of(n, lambda: action(few))
    return (size - 100) / max(longer, 1e-9)


def serialisation():
    data = os.urandom(1_000_000)
    text = pickle.dumps(data)
    tell(pickle_bytes=rate(1000, ForkingPickler.dumps, 60_000),
         unpickle_bytes=len(data) / median_of(30, lambda: pickle.loads(text)))


def pipe():
    end, begin = os.pipe()
    into = [memoryview(bytearray(60_000))]

    def both(data):
        os.write(begin, data)
        os.readv(end, into)

    tell(pipe_bytes=rate(500, both, 60_000))
    os.close(end)
    os.close(begin)


def memory():
    """A page is zeroed when it is first written, and given back with its map."""
    data = os.urandom(1 << 20)

    def first():
        with mmap.mmap(-1, len(data), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as m:
            m[:] = data

    again = bytearray(data)
    view = memoryview(again)

    def copy():
        view[:] = data

    tell(fresh_bytes=len(data) / max(median_of(60, first) - median_of(60, copy), 1e-9))
    large = bytes(64 << 20)
    view = memoryview(bytearray(large))
    tell(memory_bytes=len(large) / median_of(3, lambda: view.__setitem__(slice(None), large)))


def cache():
    """The last one of the first core, as the kernel says: "32768K"."""
    folder = "/sys/devices/system/cpu/cpu0/cache"
    sizes = []
    for index in os.listdir(folder) if os.path.isdir(folder) else []:
        try:
            with open(f"{folder}/{index}/size") as f:
                sizes.append(int(f.read().strip().rstrip("K")) * 1024)
        except (OSError, ValueError):
            pass
    if sizes:
        tell(cache_size=max(sizes))


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
        tell(pool_round_trip=median_of(60, lambda: pool.submit(nothing).result()),
             pool_burst=median_of(1, lambda: list(pool.map(nothing, range(300)))) / 300)


if __name__ == "__main__":
    die_with_parent()
    start_method("fork", 8)
    start_method("spawn", 1)
    start_method("forkserver", 3)
    threads()
    hand_over()
    loop()
    processes()
    serialisation()
    pipe()
    memory()
    cache()
