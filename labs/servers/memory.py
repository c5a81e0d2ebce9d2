"""What each server's worker owns of memory, and what of that is the interpreter's: a figure a line,
in MB. memory.py [REQUESTS]. Own is what a process shares with nobody (Private_* of
/proc/PID/smaps_rollup); resident counts shared pages too. The interpreter is one that has imported what
a server needs of the standard library, asyncio and concurrent.futures.
"""

import os
import socket
import subprocess
import sys
import time
from importlib.util import find_spec

from work import die_with_parent

HERE = os.path.dirname(os.path.abspath(__file__))
BARE = "import asyncio, concurrent.futures, sys; print(flush=True); sys.stdin.read()"
SERVERS = {
    "gunicorn": ("sync", "plain_wsgi", ["gunicorn"]),
    "Django": ("sync", "with_django", ["gunicorn", "django"]),
    "uvicorn": ("uvicorn", "plain_asgi", ["uvicorn"]),
    "FastAPI": ("uvicorn", "with_fastapi", ["uvicorn", "fastapi"]),
}


def memory(pid):
    """Own and resident, in MB."""
    figures = {}
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        for line in lines:
            words = line.split()
            if len(words) == 3 and words[2] == "kB":
                figures[words[0]] = int(words[1]) * 1024 / 1e6
    return figures["Private_Clean:"] + figures["Private_Dirty:"], figures["Rss:"]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(child) for child in f.read().split()]


def ask(name):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(5)
        s.connect("\0" + name)
        s.sendall(b"GET /work?cpu=0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while s.recv(4096):
            pass


def until_it_answers(name):
    for _ in range(100):
        try:
            return ask(name)
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(name)


def of_server(server, module, requests):
    """gunicorn's worker is a child of its arbiter; uvicorn with one worker has none."""
    name = f"convoy-memory-{os.getpid()}-{module}"
    arguments = [sys.executable, "-B", os.path.join(HERE, "serve.py"), name, server, "1", "1", module]
    with subprocess.Popen(arguments) as p:
        try:
            until_it_answers(name)
            for _ in range(requests):
                ask(name)
            return memory((children(p.pid) or [p.pid])[0])
        finally:
            p.kill()  # its worker asked the kernel to end with it


def of_interpreter():
    with subprocess.Popen([sys.executable, "-B", "-c", BARE], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as p:
        p.stdout.readline()
        figures = memory(p.pid)
        p.stdin.close()
    return figures


if __name__ == "__main__":
    die_with_parent()
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    own, resident = of_interpreter()
    print(f"interpreter: own {own:.1f}, resident {resident:.1f}", flush=True)
    for name, (server, module, needs) in SERVERS.items():
        if not all(find_spec(need) for need in needs):
            print(f"{name}: not there")
            continue
        more, resident_more = of_server(server, module, requests)
        print(f"{name}: own {more:.1f} ({more - own:+.1f}), resident {resident_more:.1f} "
              f"({resident_more - resident:+.1f})", flush=True)
