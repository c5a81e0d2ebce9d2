"""The same service in FastAPI: /work on the loop, /blocking in its pool of threads."""

import asyncio
import time

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from work import compute

application = FastAPI()


@application.get("/work", response_class=PlainTextResponse)
async def on_the_loop(cpu: float = 0, io: float = 0):
    compute(cpu)
    if io:
        await asyncio.sleep(io)
    return "ok"


@application.get("/blocking", response_class=PlainTextResponse)
def in_a_thread(cpu: float = 0, io: float = 0):
    compute(cpu)
    if io:
        time.sleep(io)
    return "ok"
