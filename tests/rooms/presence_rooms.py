"""What tests of presence across processes have in common."""

import json
from collections import Counter

import anyio
from guests import PACES, Guest, together
from patience import MOMENT

from duologue.rooms import Presence

SHORT, LONG = 0.3, 1000


def presence(ttl=LONG):
    return Presence(
        joined=lambda member: ["joined", member.info],
        left=lambda member: ["left", member.info],
        ttl=ttl,
    )


def told(guest):
    return [tuple(json.loads(text)) for text in guest.heard]


async def infos(rooms, name="lobby"):
    with anyio.fail_after(MOMENT):
        return sorted(member.info for member in await rooms.members(name))


async def until_listed(rooms, expected):
    with anyio.fail_after(MOMENT):
        while await infos(rooms) != expected:  # noqa: ASYNC110 - another process does not tell
            await anyio.sleep(0.005)


async def die(rooms):
    """Let a process say nothing any more, as if it was killed."""
    rooms._attendance._task.cancel()
    await rooms._attendance._task.wait()


async def storm(everywhere):
    """Let many come and go in all processes at once, and look at what one of them is told."""
    watcher, guests, done = (
        Guest(),
        [Guest(PACES[number % 2]) for number in range(40)],
        anyio.Event(),
    )
    stayed = [str(number) for number in range(0, 40, 8)]

    async def wander(number, guest):
        await guest.websocket.accept()
        for step in range(3):
            rooms = everywhere[(number + step) % len(everywhere)]
            with anyio.move_on_after(0 if (number + step) % 5 == 0 else MOMENT):
                async with rooms.join("lobby", guest.websocket, info=f"{number}.{step}"):
                    await anyio.lowlevel.checkpoint()
        if str(number) in stayed:
            rooms = everywhere[number // 8 % len(everywhere)]
            async with rooms.join("lobby", guest.websocket, info=str(number)):
                await done.wait()

    async with together(everywhere[0], watcher, info="watcher", queue=10_000):
        async with anyio.create_task_group() as tasks:
            for number, guest in enumerate(guests):
                tasks.start_soon(wander, number, guest)
            for rooms in everywhere:
                await until_listed(rooms, sorted([*stayed, "watcher"]))
            done.set()
        for rooms in everywhere:
            await until_listed(rooms, ["watcher"])
    there = Counter()
    for what, who in told(watcher):
        there[who] += 1 if what == "joined" else -1
        assert there[who] in (0, 1)
    assert not any(there.values())
    assert there.keys() >= set(stayed)
