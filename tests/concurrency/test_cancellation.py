import asyncio

import anyio
import pytest
from anyio.lowlevel import checkpoint
from patience import MOMENT

from duologue._concurrency.cancellation import Cancellation, TrioTask, this_task
from duologue.applications import Duologue
from duologue.endpoints import WebSocketEndpoint
from duologue.routing import WebSocketRoute
from duologue.shutdown import shield
from duologue.testclient import AsyncTestClient


def make_app(endpoint):
    return Duologue(routes=[WebSocketRoute("/", endpoint)])


async def test_endpoint_in_a_shield_finishes():
    done = []

    async def endpoint(websocket):
        await websocket.accept()
        async with shield():
            async with shield():  # within another one it changes nothing
                await released.wait()
            await checkpoint()
            done.append("stored")
        done.append("went on")  # pragma: no cover

    released = anyio.Event()
    app = make_app(endpoint)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            await app.close_all(4000, grace=0)
            assert (await session.receive())["code"] == 4000
            assert (len(app.connections._present), done) == (1, [])
            released.set()
    assert done == ["stored"]


async def test_shield_changes_nothing_where_nobody_cancels():
    async with shield():
        await checkpoint()
    await checkpoint()


async def test_error_in_a_shield_comes_out_as_it_is():
    with pytest.raises(LookupError, match="full moon"):
        async with shield():
            raise LookupError("full moon")


async def test_shield_keeps_a_task_that_was_started_by_the_endpoint():
    done = []

    async def store():
        async with shield():
            await released.wait()
            done.append("stored")

    async def endpoint(websocket):
        await websocket.accept()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(store)

    released = anyio.Event()
    app = make_app(endpoint)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/"):
            await app.close_all(4000, grace=0)
            released.set()
    assert done == ["stored"]


async def test_endpoint_class_has_on_disconnect_in_full_length():
    close_codes = []

    class Endpoint(WebSocketEndpoint):
        async def on_receive(self, websocket, data):
            await anyio.sleep_forever()

        async def on_disconnect(self, websocket, close_code):
            await released.wait()
            close_codes.append(close_code)

    released = anyio.Event()
    app = make_app(Endpoint)
    with anyio.fail_after(MOMENT):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            await session.send_text("hello")
            await anyio.wait_all_tasks_blocked()
            await app.close_all(4000, grace=0)
            released.set()
    assert close_codes == [4000]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancellation_by_somebody_else_is_not_taken_for_ours():
    cancellations = []

    async def run():
        cancellation = Cancellation(this_task())
        cancellations.append(cancellation)
        with pytest.raises(asyncio.CancelledError) as raised:
            await anyio.sleep_forever()
        explained = cancellation.explains(raised.value)
        cancellation.end()
        return explained, asyncio.current_task().cancelling()

    for ours in (0, 1, 2):
        for others in (0, 1):
            task = asyncio.create_task(run())
            await asyncio.sleep(0)
            for _ in range(ours):
                cancellations[-1].cancel()
            for _ in range(others or not ours):
                task.cancel()
            assert await task == (ours and not others, others or not ours)


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_task_of_trio_is_left_once():
    task = this_task()
    assert isinstance(task, TrioTask)
    assert not task.leave()
    assert not task.leave()
