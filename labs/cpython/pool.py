"""A service on a ThreadPoolExecutor under open load: each request computes and then sleeps. Its
latency counts from the moment at which it should have been sent. pool.py RATE WORKERS, of the rates that there are arrivals
of (pool-RATE.csv)."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from common import arrivals, burn, die_with_parent, quantile, tell

WARMUP = 0.2
COMPUTE, SLEEP = 0.002, 0.020


def request(due, times):
    burn(COMPUTE)
    time.sleep(SLEEP)
    times.append((due, time.perf_counter() - due))


if __name__ == "__main__":
    die_with_parent()
    rate, workers = sys.argv[1], int(sys.argv[2])
    times = []
    with ThreadPoolExecutor(workers) as pool:
        for _ in range(workers):  # all workers are there before it counts
            pool.submit(time.sleep, 0.01)
        time.sleep(0.1)
        begin = time.perf_counter()
        for at in arrivals("pool-" + rate):
            due = begin + at
            time.sleep(max(0, due - time.perf_counter()))
            pool.submit(request, due, times)
    counted = [t for d, t in times if d > begin + WARMUP]
    tell(p50=quantile(counted, 0.5) * 1000, p90=quantile(counted, 0.9) * 1000,
         p99=quantile(counted, 0.99) * 1000)
