"""The least that gunicorn can serve: WSGI without a framework."""

import time

from work import asked, body, compute, die_with_parent

die_with_parent()


def application(environ, start_response):
    cpu, io, size = asked(environ["QUERY_STRING"])
    compute(cpu)
    if io:
        time.sleep(io)
    answer = body(size)
    start_response("200 OK", [("Content-Type", "application/json"),
                              ("Content-Length", str(len(answer)))])
    return [answer]
