"""Rooms over Redis, as in several processes."""

from contextlib import asynccontextmanager

import anyio
from patience import MOMENT

from duologue.rooms import Rooms
from duologue.rooms.redis import RedisBackend

SOON = {"ping_seconds": 0.5, "publish_seconds": 3}


@asynccontextmanager
async def processes(*urls, rooms=None, **options):
    """Rooms as in as many processes, each with its own backend."""
    first = Rooms(RedisBackend(urls[0], **options), **(rooms or {}))
    async with first.lifespan():
        if len(urls) == 1:
            yield [first]
        else:
            async with processes(*urls[1:], rooms=rooms, **options) as others:
                yield [first, *others]


async def until(condition):
    with anyio.fail_after(MOMENT):
        while not condition():  # noqa: ASYNC110 - another process does not tell
            await anyio.sleep(0.005)


def last(guest):
    return guest.heard[-1] if guest.heard else None
