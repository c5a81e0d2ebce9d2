"""Serves one of the services beside on an abstract Unix socket, which is nowhere on disk and takes
no port: serve.py NAME SERVER WORKERS THREADS MODULE. SERVER is sync, gthread (gunicorn's classes)
or uvicorn. It ends with whoever began it."""

import socket
import sys

from work import die_with_parent, die_with_parent_when_forked

BACKLOG = 2048  # of gunicorn and of uvicorn, when nothing is said


def with_gunicorn(fd, worker_class, workers, threads, module):
    from gunicorn.app.wsgiapp import run
    sys.argv = ["gunicorn", "--bind", f"fd://{fd}", "--worker-class", worker_class,
                "--workers", workers, "--threads", threads, "--log-level", "critical",
                "--worker-tmp-dir", "/dev/shm", f"{module}:application"]
    run()


def with_uvicorn(fd, workers, module):
    import uvicorn
    uvicorn.run(f"{module}:application", fd=fd, workers=int(workers), loop="asyncio",
                http="h11", log_level="critical", access_log=False)


if __name__ == "__main__":
    die_with_parent()
    die_with_parent_when_forked()
    name, server, workers, threads, module = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind("\0" + name)
    listener.listen(BACKLOG)
    if server == "uvicorn":
        with_uvicorn(listener.fileno(), workers, module)
    else:
        with_gunicorn(listener.fileno(), server, workers, threads, module)
