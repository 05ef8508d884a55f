from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from patience import MOMENT

from duologue import Duologue, WebSocketRoute
from duologue._in_process.server import ClientGoneError
from duologue.responses import PlainTextResponse
from duologue.scripts.transports import in_process
from duologue.scripts.transports.connectors import Accepted, Broken, Denied, Ended
from duologue.scripts.transports.in_process import AppConnector
from duologue.websockets import WebSocket, WebSocketDisconnect


def conversation(function):
    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await function(WebSocket(scope, receive, send))

    return app


async def open_channel(connector, path="/", headers=(), subprotocols=()):
    channel = connector.channel(path, headers, subprotocols)
    return channel, await channel.open()


async def test_a_handshake_carries_everything():
    @conversation
    async def app(websocket):
        seen.update(path=websocket.url.path, query=websocket.url.query, a=websocket.headers["x-a"])
        await websocket.accept("two", headers=[("x-b", "ü")])
        await websocket.close()

    seen = {}
    async with AppConnector(app) as connector:
        channel, answer = await open_channel(connector, "/p?q=1", [("x-a", "é")], ["one", "two"])
        assert answer == Accepted("two", [("x-b", "ü")])
        assert seen == {"path": "/p", "query": "q=1", "a": "é"}
        assert await channel.receive() == Ended(1000)
        await channel.finish()
        assert channel.crash is None


async def test_a_denial_is_an_answer():
    @conversation
    async def app(websocket):
        await websocket.send_denial_response(PlainTextResponse("no", 401))

    async with AppConnector(app) as connector:
        channel, answer = await open_channel(connector)
        assert isinstance(answer, Denied)
        assert (answer.status, answer.body) == (401, b"no")
        assert ("content-length", "2") in answer.headers
        await channel.finish()


@pytest.mark.parametrize(
    ("begin", "answer"),
    [
        ([], Denied(500, [], b"")),
        (
            [{"type": "websocket.http.response.start", "status": 401, "headers": []}],
            Broken("no answer: the connection was lost"),
        ),
        ([{"type": "websocket.close"}], Denied(403, [], b"")),
    ],
)
async def test_an_exception_instead_of_an_answer(begin, answer):
    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            for message in begin:
                await send(message)
            raise KeyError("x")

    async with AppConnector(app) as connector:
        channel, came = await open_channel(connector)
        assert came == answer
        assert repr(channel.crash) == "KeyError('x')"


async def test_an_exception_after_accepting_loses_the_connection():
    @conversation
    async def app(websocket):
        await websocket.accept()
        raise KeyError("x")

    async with AppConnector(app) as connector:
        channel, _ = await open_channel(connector)
        assert await channel.receive() == Ended(1006)
        assert await channel.receive() == Ended(1006)
        assert repr(channel.crash) == "KeyError('x')"
        await channel.finish()


class WebSocketDisconnectedError(Exception):
    """As a framework of others calls it."""


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (KeyError("x"), True),
        (OSError("x"), True),
        (ClientGoneError("x"), False),
        (WebSocketDisconnect(1001), False),
        (WebSocketDisconnectedError(), False),
        (ExceptionGroup("x", [WebSocketDisconnect(1001), ClientGoneError("x")]), False),
        (ExceptionGroup("x", [WebSocketDisconnect(1001), KeyError("x")]), True),
    ],
)
async def test_an_exception_after_the_client_has_gone_is_kept_if_it_says_more(error, kept):
    @conversation
    async def app(websocket):
        await websocket.accept()
        async for _ in websocket.iter_text():
            pass
        raise error

    async with AppConnector(app) as connector:
        channel, _ = await open_channel(connector)
        await channel.drop()
        assert await channel.receive() == Ended(1006, ours=True)
        await channel.finish()
        assert channel.crash is (error if kept else None)


async def test_a_disconnect_is_kept_while_the_client_is_there():
    @conversation
    async def app(websocket):
        await websocket.accept()
        raise WebSocketDisconnect(1001)

    async with AppConnector(app) as connector:
        channel, _ = await open_channel(connector)
        assert await channel.receive() == Ended(1006)
        assert repr(channel.crash) == "WebSocketDisconnect(1001, '')"


async def test_an_application_that_does_not_answer_breaks_the_rules():
    @conversation
    async def app(websocket):
        await websocket.receive()

    async with AppConnector(app) as connector:
        channel, answer = await open_channel(connector)
        assert answer == Denied(500, [], b"")
        assert "returned without an answer" in str(channel.crash)


async def test_an_application_that_does_not_close_breaks_the_rules():
    @conversation
    async def app(websocket):
        await websocket.accept()

    async with AppConnector(app) as connector:
        channel, _ = await open_channel(connector)
        assert await channel.receive() == Ended(1006)
        assert "returned without closing" in str(channel.crash)


async def test_messages_go_both_ways():
    @conversation
    async def app(websocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.send_bytes(await websocket.receive_bytes())
        await websocket.close(3000, "bye")

    async with AppConnector(app) as connector:
        channel, _ = await open_channel(connector)
        await channel.send("text")
        await channel.send(b"bytes")
        assert await channel.receive() == "text"
        assert await channel.receive() == b"bytes"
        assert await channel.receive() == Ended(3000, "bye")
        await channel.send("too late")
        await channel.finish()


async def test_a_close_without_a_code_is_received_as_1005():
    @conversation
    async def app(websocket):
        await websocket.accept()
        async for _ in websocket.iter_text():
            pass
        codes.append(websocket.close_code)

    codes = []
    async with AppConnector(app) as connector:
        channel, _ = await open_channel(connector)
        await channel.close(None, "")
        assert await channel.receive() == Ended(1005, ours=True)
        await channel.finish()
    assert codes == [1005]


def reacting(react, said):
    """An application that does something about each message, and about the end."""

    @conversation
    async def app(websocket):
        await websocket.accept()
        async for message in websocket.iter_text():
            await react()
            said.append(message)
        await react()
        said.append("gone")

    return app


async def work():
    for _ in range(1000):
        await anyio.lowlevel.checkpoint()


async def work_in_tasks():
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(work)


async def work_in_a_thread():
    await anyio.to_thread.run_sync(lambda: None)


async def send_and_leave(app, said):
    """Hold a conversation, and look at each stage for what the application has done."""
    stages = []
    with anyio.fail_after(MOMENT):
        async with AppConnector(app) as connector:
            channel, _ = await open_channel(connector)
            await channel.send("a")
            await channel.settle()
            stages.append([*said])
            await channel.close(1000, "")
            await channel.settle()
            stages.append([*said])
            await channel.finish()
    return stages


@pytest.mark.parametrize("react", [work, work_in_tasks])
async def test_what_the_application_can_do_is_waited_for_whatever_it_takes(monkeypatch, react):
    monkeypatch.setattr(in_process, "OUTSIDE", 0)  # no clock decides
    said = []
    assert await send_and_leave(reacting(react, said), said) == [["a"], ["a", "gone"]]


async def test_an_application_that_waits_for_a_thread_has_some_time(monkeypatch):
    monkeypatch.setattr(in_process, "OUTSIDE", MOMENT)  # it takes what it takes, and no longer
    said = []
    app = reacting(work_in_a_thread, said)
    assert await send_and_leave(app, said) == [["a"], ["a", "gone"]]


async def test_an_application_that_waits_for_something_else_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(in_process, "OUTSIDE", 0.01)

    @conversation
    async def app(websocket):
        await websocket.accept()
        await done.wait()

    done = anyio.Event()
    with anyio.fail_after(MOMENT):
        async with AppConnector(app) as connector:
            channel, _ = await open_channel(connector)
            assert channel.hint is None
            await channel.send("a")
            await channel.settle()
            await channel.drop()
            await channel.settle()
            done.set()
            await channel.finish()


async def test_a_conversation_shares_the_state_of_the_lifespan():
    @asynccontextmanager
    async def lifespan(app):
        yield {"greeting": "hello"}

    async def greet(websocket):
        await websocket.accept()
        await websocket.send_text(websocket.state.greeting)
        await websocket.close()

    app = Duologue([WebSocketRoute("/", greet)], lifespan=lifespan)
    async with AppConnector(app) as connector:
        channel, _ = await open_channel(connector)
        assert await channel.receive() == "hello"
        assert await channel.receive() == Ended(1000)
        await channel.finish()
