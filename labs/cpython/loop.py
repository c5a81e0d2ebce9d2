"""An event loop whose handlers compute: how late a probe is that wants to run each 10 ms, with the
computation in the handler, and with it sent to a thread. loop.py WAY

Requests come from outside: another process writes to a connection of its own for each, at its time, so
those that came during one turn are found by one poll. A task of the same loop that made them
would come round to each in a turn of its own, late as the loop is.
"""

import asyncio
import os
import socket
import sys
import time

from common import arrivals, burn, die_with_parent, quantile, tell

SECONDS, WARMUP, SETTLE = 1.5, 0.2, 0.05
COMPUTE, PERIOD = 0.050, 0.010


async def probe(lags, begin):
    loop = asyncio.get_running_loop()
    beat = begin
    while beat < begin + SECONDS:
        beat += PERIOD
        await asyncio.sleep(max(0, beat - loop.time()))
        lags.append((beat, loop.time() - beat))


async def request(way, due, times):
    if way == "thread":
        await asyncio.to_thread(burn, COMPUTE)
    else:
        burn(COMPUTE)
    times.append((due, time.monotonic() - due))


def send(begin, connections):
    """What the other process does: it shares the clock, and nothing else."""
    for at, connection in connections:
        time.sleep(max(0, begin + at - time.monotonic()))
        connection.send(b"x")


def receive(way, begin, connections, times):
    """Each connection brings one task."""
    loop, tasks = asyncio.get_running_loop(), []

    def came(at, connection):
        loop.remove_reader(connection)
        tasks.append(loop.create_task(request(way, begin + at, times)))

    for at, connection in connections:
        loop.add_reader(connection, came, at, connection)
    return tasks


async def main(way, begin, connections):
    lags, times = [], []
    tasks = receive(way, begin, connections, times)
    await asyncio.sleep(begin - time.monotonic())
    await probe(lags, begin)
    await asyncio.gather(*tasks)
    late = [lag for beat, lag in lags if beat > begin + WARMUP]
    took = [t for d, t in times if d > begin + WARMUP]
    tell(lag_mean=sum(late) / len(late) * 1000, p50=quantile(took, 0.5) * 1000)


if __name__ == "__main__":
    die_with_parent()
    due = arrivals("loop")
    pairs = [socket.socketpair() for _ in due]
    begin = time.monotonic() + SETTLE
    sender = os.fork()
    if sender == 0:
        die_with_parent()
        send(begin, [(at, there) for at, (there, _) in zip(due, pairs)])
        os._exit(0)
    asyncio.run(main(sys.argv[1], begin, [(at, here) for at, (_, here) in zip(due, pairs)]))
    os.waitpid(sender, 0)
