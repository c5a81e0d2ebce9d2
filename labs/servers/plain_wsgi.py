"""The least that gunicorn can serve: WSGI without a framework."""

import time

from work import asked, compute


def application(environ, start_response):
    cpu, io = asked(environ["QUERY_STRING"])
    compute(cpu)
    if io:
        time.sleep(io)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
