"""Two applications in another framework, in a process that is told to stop."""

from fastapi import FastAPI
from shutdown_apps import make_inner

first, second = make_inner(), make_inner()


async def lifespan(app):
    async with first.lifespan_context(), second.lifespan_context():
        yield


beside = FastAPI(lifespan=lifespan)
beside.mount("/a", first)
beside.mount("/b", second)
