"""The same service in FastAPI: /work on the loop, /blocking in its pool of threads."""

import asyncio
import time

from fastapi import FastAPI
from fastapi.responses import Response

from work import body, compute, die_with_parent

die_with_parent()

application = FastAPI()


@application.get("/work")
async def on_the_loop(cpu: float = 0, io: float = 0, size: int = 0):
    compute(cpu)
    if io:
        await asyncio.sleep(io)
    return Response(body(size), media_type="application/json")


@application.get("/blocking")
def in_a_thread(cpu: float = 0, io: float = 0, size: int = 0):
    compute(cpu)
    if io:
        time.sleep(io)
    return Response(body(size), media_type="application/json")
