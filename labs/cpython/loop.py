"""An event loop whose handlers compute: how late a probe is that wants to run each 10 ms, with the
computation in the handler, and with it sent to a thread. loop.py WAY"""

import asyncio
import sys
import time

from common import arrivals, burn, die_with_parent, quantile, tell

SECONDS, WARMUP = 1.5, 0.2
COMPUTE, PERIOD = 0.050, 0.010


async def probe(lags, end):
    loop = asyncio.get_running_loop()
    beat = loop.time()
    while beat < end:
        beat += PERIOD
        await asyncio.sleep(max(0, beat - loop.time()))
        lags.append((beat, loop.time() - beat))


async def request(way, due, times):
    if way == "thread":
        await asyncio.to_thread(burn, COMPUTE)
    else:
        burn(COMPUTE)
    times.append((due, time.perf_counter() - due))


async def main(way):
    lags, times, tasks = [], [], []
    begin = time.perf_counter()
    loop = asyncio.get_running_loop()
    probing = asyncio.create_task(probe(lags, loop.time() + SECONDS))
    began = loop.time()
    for at in arrivals("loop"):
        due = begin + at
        await asyncio.sleep(max(0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(request(way, due, times)))
    await asyncio.gather(probing, *tasks)
    late = [lag for beat, lag in lags if beat > began + WARMUP]
    took = [t for d, t in times if d > begin + WARMUP]
    tell(lag_mean=sum(late) / len(late) * 1000, p50=quantile(took, 0.5) * 1000)


if __name__ == "__main__":
    die_with_parent()
    asyncio.run(main(sys.argv[1]))
