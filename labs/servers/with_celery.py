"""A Celery worker and, in the same process, who sends it tasks: its in-memory broker needs no
service. with_celery.py POOL CONCURRENCY CPU IO TASKS ROUNDS prints a line a round: how many tasks a
second were done while all were waiting, from the first fifth of them on."""

import os
import sys
import threading
import time
import warnings

from celery import Celery
from celery.signals import worker_ready

from work import compute, die_with_parent, die_with_parent_when_forked

warnings.filterwarnings("ignore")  # that it may be root who tries this
app = Celery("with_celery", broker="memory://")
app.conf.update(
    broker_transport_options={"polling_interval": 0.001},
    task_ignore_result=True,
    worker_redirect_stdouts=False,
    # This broker is asked again only once a message has come or 2 s have gone by, so a worker
    # that had to wait for acknowledgements would stand still for that long.
    worker_prefetch_multiplier=0,
)
done_in, done_out = os.pipe()  # forked workers write when they have done a task


@app.task(name="work")
def work(cpu, io):
    compute(cpu)
    if io:
        time.sleep(io)
    os.write(done_out, b".")


def one_round(cpu, io, tasks):
    for _ in range(tasks):
        work.delay(cpu, io)
    times = []
    while len(times) < tasks:
        times += [time.perf_counter()] * len(os.read(done_in, 4096))
    first = tasks // 5
    return (tasks - 1 - first) / (times[-1] - times[first])


def send(cpu, io, tasks, rounds):
    for _ in range(rounds):
        print("rate", f"{one_round(cpu, io, tasks):.9g}", flush=True)
    os._exit(0)  # forked workers end with this process


if __name__ == "__main__":
    die_with_parent()
    die_with_parent_when_forked()
    pool, concurrency, cpu, io, tasks, rounds = sys.argv[1:]

    @worker_ready.connect
    def when_ready(**_):
        threading.Thread(target=send, args=(float(cpu), float(io), int(tasks), int(rounds)),
                         daemon=True).start()

    app.worker_main(["--quiet", "worker", "--pool", pool, "--concurrency", concurrency,
                     "--loglevel", "critical", "--without-gossip", "--without-mingle",
                     "--without-heartbeat"])
