"""Rooms over Redis, as in several processes."""

from contextlib import asynccontextmanager

import pytest
from guests import Guest, until
from patience import limit

from duologue.rooms import BackendError, Rooms
from duologue.rooms.redis import RedisBackend

SOON = {"ping_seconds": limit(0.5), "publish_seconds": limit(3)}


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


async def cut_off(way, rooms):
    """Let nothing get through to Redis."""
    way.shut = True
    way.cut()
    await until(lambda: not rooms.statistics().listening)


async def check_that_nobody_can_join(rooms):
    guest = Guest()
    await guest.websocket.accept()
    with pytest.raises(BackendError, match="Redis cannot be reached"):
        async with rooms.join("lobby", guest.websocket):
            pass


def last(guest):
    return guest.heard[-1] if guest.heard else None
