"""Endpoints whose ends are easily lost: cancelled, racing, or hidden behind a mistake."""

import asyncio

import anyio

from duologue import Duologue, Mount, WebSocketRoute
from duologue.middleware import Middleware
from duologue.responses import StreamingResponse
from duologue.shutdown import Drain

CODE, REASON = 4000, "bye"
MUCH = bytes(1 << 20)  # more than a connection of a client that reads nothing takes


async def close_in_a_cancelled_block(websocket):
    """Close where everything is being cancelled because it is time to go."""
    await websocket.accept()
    async with websocket.until_closed():
        try:
            await websocket.send_text("hello")
            await anyio.sleep_forever()
        finally:
            await websocket.close(CODE, REASON)


async def close_beside_a_sender(websocket):
    """Close while another task is sending, which then fails and has everything cancelled."""
    await websocket.accept()

    async def push():
        while True:
            await websocket.send_text("news")
            await anyio.lowlevel.checkpoint()

    async with websocket.until_closed(), anyio.create_task_group() as tasks:
        tasks.start_soon(push)
        await anyio.sleep(0.01)
        await websocket.close(CODE, REASON)


async def await_a_cancelled_task(websocket):
    """Let out a cancellation that is another task's."""
    await websocket.accept()
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task


async def send_half_a_pair(websocket):
    """Try to send what no frame can carry."""
    await websocket.accept()
    try:
        await websocket.send_text("\ud83d")
    except ValueError:
        await websocket.send_text("refused")
    await websocket.close(CODE, REASON)


async def send_through_a_mistake(websocket):
    """Send through middleware that fails."""
    await websocket.accept()
    await websocket.send_text("hello")


flowing, ended = 0, anyio.Event()


async def deny_without_end(websocket):
    """Refuse with a body that never ends, and note when it is given up."""

    async def body():
        global flowing
        flowing += 1
        try:
            while True:
                yield b"x" * 10_000
        finally:
            flowing -= 1
            ended.set()

    await websocket.send_denial_response(StreamingResponse(body(), status_code=403))


async def tell_of_the_flow(websocket):
    """Wait until a body is given up, and tell whether others still flow."""
    await websocket.accept()
    await ended.wait()
    await websocket.send_json(flowing)
    await websocket.close(CODE, REASON)


async def say_much(websocket):
    """Close behind a message that takes its time."""
    await websocket.accept()
    await websocket.send_bytes(MUCH)
    await websocket.close(CODE, REASON)


async def echo(websocket):
    """Repeat what comes."""
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


class Mistaken:
    """Middleware that fails with each text, as if a client had left."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def wrapped(message):
            if message["type"] == "websocket.send":
                raise OSError("no space left for the log")
            await send(message)

        await self.app(scope, receive, wrapped)


async def refuse_with_a_list(scope, receive, send):
    """Refuse a handshake as FastAPI does with an invalid query."""
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": [{"msg": "no number"}]})
    assert (await receive())["type"] == "websocket.disconnect"


app = Duologue(
    [
        WebSocketRoute("/block", close_in_a_cancelled_block),
        WebSocketRoute("/sender", close_beside_a_sender),
        WebSocketRoute("/stray", await_a_cancelled_task),
        WebSocketRoute("/half", send_half_a_pair),
        WebSocketRoute("/endless", deny_without_end),
        WebSocketRoute("/flow", tell_of_the_flow),
        WebSocketRoute("/much", say_much),
        WebSocketRoute("/echo", echo),
        WebSocketRoute("/mistake", send_through_a_mistake, middleware=[Middleware(Mistaken)]),
        Mount("/list", app=refuse_with_a_list),
    ],
    drain=Drain(code=4012),
)
