"""How many messages a Celery worker has at a time that it has not done, when more wait than it may
have: reserve.py CONCURRENCY MULTIPLIER ACKS SECONDS, where ACKS is early or late. Worker and sender are one
process, with a broker in memory; its pool is of threads, for which that broker is asked often enough."""

import os
import sys
import threading
import time
import warnings

from celery import Celery
from celery.signals import worker_ready
from celery.worker import state

from work import die_with_parent

TASKS, TASK_S = 40, 1.0

warnings.filterwarnings("ignore")  # that it may be root who tries this
concurrency, multiplier, acks, seconds = sys.argv[1:]
app = Celery("reserve", broker="memory://")
app.conf.update(
    broker_transport_options={"polling_interval": 0.005},
    task_ignore_result=True,
    worker_redirect_stdouts=False,
    worker_prefetch_multiplier=int(multiplier),
    task_acks_late=acks == "late",
)


@app.task(name="work")
def work():
    time.sleep(TASK_S)


def watch():
    """What is received and not done; those that run are among them."""
    for _ in range(TASKS):
        work.delay()
    most, end = 0, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        most = max(most, len(state.reserved_requests))
        time.sleep(0.005)
    print("most", most, flush=True)
    os._exit(0)


@worker_ready.connect
def begin(**_):
    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    die_with_parent()
    app.worker_main(["worker", "--pool", "threads", "--concurrency", concurrency, "--without-gossip",
                     "--without-mingle", "--without-heartbeat", "--loglevel", "critical"])
