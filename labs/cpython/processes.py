"""Round trips through a ProcessPoolExecutor, by payload: bytes there and the same back."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

from common import die_with_parent, quantile, tell


def echo(data):
    return data


def round_trip(pool, size, n):
    times, data = [], os.urandom(size)
    for _ in range(n):
        begin = time.perf_counter()
        pool.submit(echo, data).result()
        times.append(time.perf_counter() - begin)
    return quantile(times, 0.5)


if __name__ == "__main__":
    die_with_parent()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=context, initializer=die_with_parent) as pool:
        round_trip(pool, 100, 20)
        small = round_trip(pool, 100, 150)
        begin = time.perf_counter()
        list(pool.map(echo, range(300)))
        tell(round_trip=small, burst=(time.perf_counter() - begin) / 300)
        tell(kB_10=round_trip(pool, 10_000, 150) / small,
             MB_1=round_trip(pool, 1_000_000, 40) / small,
             MB_10=round_trip(pool, 10_000_000, 5) / small)
