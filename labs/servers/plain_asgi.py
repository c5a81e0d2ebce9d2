"""The least that uvicorn can serve: ASGI without a framework. With /blocking in place of /work the
waiting keeps the loop's thread, as a driver that is not async does."""

import asyncio
import time

from work import asked, body, compute, die_with_parent

die_with_parent()


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    cpu, io, size = asked(scope["query_string"].decode())
    compute(cpu)
    if io and scope["path"] == "/blocking":
        time.sleep(io)
    elif io:
        await asyncio.sleep(io)
    answer = body(size)
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"application/json"),
                            (b"content-length", str(len(answer)).encode())]})
    await send({"type": "http.response.body", "body": answer})
