"""A hundred thousand connections leave no more behind than a thousand."""

import gc
import sys
from collections import deque

import anyio
import pytest

from duologue import Duologue, HTTPException, Middleware, Mount, WebSocketRoute
from duologue.limits import LimitMiddleware, Limits

FEW, MANY = 1_000, 100_000
# The few caches have their full size after more than the first thousand; one block kept for each
# connection would make 99,000.
TOLERATED_BLOCKS = 5_000


async def echo(websocket):
    await websocket.accept()
    async for message in websocket.iter_json():
        await websocket.send_json(message)


async def refuse(websocket):
    raise HTTPException(401)


limits = Limits(connections=10, connections_per_client=10, message_size=100, message_rate=1e6)
app = Duologue(
    routes=[
        WebSocketRoute("/echo/{room}", echo),
        WebSocketRoute("/refuse/{room}", refuse),
        Mount("/inner", routes=[WebSocketRoute("/{room}", echo)]),
        Mount(
            "/app", app=Duologue(routes=[WebSocketRoute("/{room}", echo)], allowed_origins=["*"])
        ),
    ],
    middleware=[Middleware(LimitMiddleware, limits)],
    allowed_origins=["https://*.example.com"],
)


async def converse(path, number):
    """Hold one conversation, from a page and an address that have not been seen before."""
    messages = deque(
        [
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": f'{{"number": {number}}}'},
            {"type": "websocket.disconnect", "code": 1001, "reason": "bye"},
        ]
    )

    async def receive():
        return messages.popleft()

    async def send(message):
        pass

    await app(
        {
            "type": "websocket",
            "path": f"{path}/{number}",
            "query_string": f"number={number}".encode(),
            "headers": [
                (b"host", b"example.org"),
                (b"origin", f"https://n{number}.example.com".encode()),
            ],
            "client": (f"client-{number}", 1),
            "extensions": {"websocket.http.response": {}},
            "state": {},
        },
        receive,
        send,
    )


def blocks():
    gc.collect()
    return sys.getallocatedblocks()


@pytest.mark.parametrize(
    ("path", "many"),
    [("/echo", MANY), *((path, MANY // 5) for path in ("/refuse", "/inner", "/app", "/nowhere"))],
)
def test_connections_leave_nothing_behind(path, many):
    async def hold(first, last):
        for number in range(first, last):
            await converse(path, number)

    async def main():
        await hold(0, FEW)
        after_few = blocks()
        await hold(FEW, many)
        assert blocks() - after_few < TOLERATED_BLOCKS

    # asyncio only: it is the same code, and this is quick.
    anyio.run(main)
    assert limits._open.total() == 0
