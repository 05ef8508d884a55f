import logging
import signal
import subprocess
import sys
from contextlib import nullcontext

import anyio
import pytest
from patience import MOMENT, PROCESS

from duologue.applications import Duologue
from duologue.routing import Mount, WebSocketRoute
from duologue.shutdown import Drain, OpenConnections
from duologue.shutdown._sigterm import Termination
from duologue.shutdown.drain import GracefulShutdown
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse


async def news(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await anyio.sleep_forever()
    await websocket.send_text("The last message.")


def make_app(**options):
    return Duologue(routes=[WebSocketRoute("/", news)], **options)


class Server:
    """What a server has to do with the signal."""

    def __init__(self):
        self.told = anyio.Event()

    def handle(self, number, frame):
        self.told.set()


@pytest.fixture
async def server():
    server = Server()
    before = signal.signal(signal.SIGTERM, server.handle)
    yield server
    assert signal.getsignal(signal.SIGTERM) == server.handle
    signal.signal(signal.SIGTERM, before)


async def closed(session):
    message = await session.receive()
    assert message["type"] == "websocket.close"
    return message["code"], message["reason"]


async def test_clients_are_told_before_the_server_is(server, caplog):
    caplog.set_level(logging.INFO, "duologue.shutdown")
    app = make_app()
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        signal.raise_signal(signal.SIGTERM)
        assert not server.told.is_set()
        assert await session.receive_text() == "The last message."
        assert await closed(session) == (1012, "")
        with anyio.fail_after(MOMENT):
            await server.told.wait()
    assert caplog.messages == ["SIGTERM: closing 1 connections."]


async def test_code_and_reason_can_be_chosen(server):
    app = make_app(drain=Drain(code=1001, reason="moving house"))
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        signal.raise_signal(signal.SIGTERM)
        assert await session.receive_text() == "The last message."
        assert await closed(session) == (1001, "moving house")


async def test_nobody_is_let_in_while_it_drains(server):
    async def slow(websocket):
        await websocket.accept()
        async with websocket.until_closed():
            await anyio.sleep_forever()
        left.set()
        await released.wait()

    left, released = anyio.Event(), anyio.Event()
    app = Duologue(routes=[WebSocketRoute("/", slow)])
    async with AsyncTestClient(app) as client, client.websocket_connect("/"):
        signal.raise_signal(signal.SIGTERM)
        with anyio.fail_after(MOMENT):
            await left.wait()
        with pytest.raises(WebSocketDenialResponse) as denial:
            async with client.websocket_connect("/"):
                pass
        assert (denial.value.status_code, denial.value.text) == (503, "Shutting down.")
        released.set()


async def test_signal_goes_to_the_server_where_nobody_drains(server):
    app = make_app(drain=None)
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        signal.raise_signal(signal.SIGTERM)
        assert server.told.is_set()
        await session.close()


async def test_server_without_a_lifespan(server):
    app = make_app()
    async with (
        AsyncTestClient(app, lifespan=False) as client,
        client.websocket_connect("/") as session,
    ):
        signal.raise_signal(signal.SIGTERM)
        assert await session.receive_text() == "The last message."
        assert await closed(session) == (1012, "")
        with anyio.fail_after(MOMENT):
            await server.told.wait()


async def test_application_within_an_application_is_drained_by_the_outer_one(server):
    app = Duologue(routes=[Mount("/inner", app=make_app())], drain=Drain(code=4000))
    async with AsyncTestClient(app) as client, client.websocket_connect("/inner/") as session:
        signal.raise_signal(signal.SIGTERM)
        assert await session.receive_text() == "The last message."
        assert await closed(session) == (4000, "")


async def test_application_can_be_started_again(server):
    app = make_app()
    for _ in range(2):
        async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
            signal.raise_signal(signal.SIGTERM)
            assert await session.receive_text() == "The last message."
            assert await closed(session) == (1012, "")
        assert signal.getsignal(signal.SIGTERM) == server.handle


@pytest.mark.parametrize("living", [True, False])
async def test_signal_that_comes_at_the_very_beginning(server, monkeypatch, living):
    hold = Termination.hold

    def hold_and_be_hit(termination, **options):
        held = hold(termination, **options)
        signal.raise_signal(signal.SIGTERM)
        return held

    monkeypatch.setattr(Termination, "hold", hold_and_be_hit)
    shutdown = GracefulShutdown(OpenConnections(), Drain())
    with shutdown.life() if living else nullcontext(shutdown.settle()):
        assert not server.told.is_set()
        with anyio.fail_after(MOMENT):
            await server.told.wait()


def test_drain_that_cannot_be():
    with pytest.raises(ValueError, match="1006 is not a close code"):
        Drain(code=1006)
    with pytest.raises(ValueError, match="from zero up, not -1"):
        Drain(grace=-1)
    with pytest.raises(ValueError, match="from zero up, not '5'"):
        Drain(grace="5")
    with pytest.raises(TypeError) as raised:
        make_app(drain=False)
    assert str(raised.value) == (
        "`drain` is a Drain, or None to leave the signal to the server, not False."
    )


PROGRAM = """
import signal
import subprocess
import sys
import anyio
from duologue import Duologue, WebSocketRoute
from duologue.testclient import AsyncTestClient

async def news(websocket):
    await websocket.accept()
    async with websocket.until_closed():
        await anyio.sleep_forever()
    await websocket.send_text("The last message.")

async def main():
    app = Duologue(routes=[WebSocketRoute("/", news)])
    async with AsyncTestClient(app) as client, client.websocket_connect("/") as session:
        signal.raise_signal(signal.SIGTERM)
        print(await session.receive_text(), flush=True)
        await anyio.sleep_forever()

anyio.run(main, backend={backend!r})
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_process_whose_server_handles_no_signal_ends_after_its_shutdown(backend):
    program = PROGRAM.replace("{backend!r}", repr(backend))
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PROCESS,
        check=False,
    )
    assert (ended.stdout, ended.returncode) == ("The last message.\n", -signal.SIGTERM)
