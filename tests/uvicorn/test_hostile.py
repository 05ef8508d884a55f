"""Clients that mean no good, over real sockets and on uvloop: nothing is left of them."""

import asyncio
import gc
import logging
import resource
import socket
import ssl
import struct
import tracemalloc
import zlib
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trustme
from patience import MOMENT
from peer import BINARY, CLOSE, CONTINUATION, HEADERS, PING, PONG, TEXT, close, frame, text
from uvicorn import Config, Server

from duologue.uvicorn import PicowsProtocol, _ending

REQUEST = b"GET / HTTP/1.1\r\n%b\r\n" % b"".join(b"%b: %b\r\n" % pair for pair in HEADERS)
COMPRESSING = REQUEST[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"


@pytest.fixture(scope="module")
def anyio_backend():
    return ("asyncio", {"use_uvloop": True})


async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


@asynccontextmanager
async def serving(app=echo, **settings):
    """Serve an application, and see that in the end nothing is left and nothing was logged."""
    settings = {"port": 0, "lifespan": "off", "log_config": None, "loop": "none"} | settings
    server = Server(Config(app, ws=PicowsProtocol, **settings))
    run = asyncio.create_task(server.serve())
    async with asyncio.timeout(6 * MOMENT):
        while not server.started:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)
        server.port = server.servers[0].sockets[0].getsockname()[1]
        yield server
        await forget(server)
        server.should_exit = True
        await run


async def forget(server):
    """Wait until the server has forgotten all connections."""
    while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def quiet(caplog):
    yield
    records = caplog.get_records("call")  # caplog.records are by now those of the teardown
    assert [record for record in records if record.levelno > logging.INFO] == []


class Client:
    """A connection, after the handshake."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def say(self, *frames):
        for each in frames:
            self.writer.write(each)
            await self.writer.drain()

    async def hear(self):
        first, size = await self.reader.readexactly(2)
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
        return first & 0x0F, await self.reader.readexactly(size)

    async def hear_close(self):
        while (heard := await self.hear())[0] != CLOSE:
            pass
        return int.from_bytes(heard[1][:2])

    def reset(self):
        option = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
        self.writer.transport.abort()


@asynccontextmanager
async def connecting(server, request=REQUEST, pieces=1, **options):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, **options)
    for piece in cut(request, pieces):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101 "), answer
    client = Client(reader, writer)
    try:
        yield client
    finally:
        writer.transport.abort()


def cut(data, pieces):
    size = -(-len(data) // pieces)
    return [data[at : at + size] for at in range(0, len(data), size)]


async def test_byte_by_byte():
    async with serving() as server, connecting(server, pieces=len(REQUEST)) as client:
        said = text("Grüße, 你好" * 20)
        await client.say(*cut(said, len(said)))
        assert await client.hear() == (TEXT, "Grüße, 你好".encode() * 20)


async def test_a_hundred_thousand_empty_fragments():
    async with serving() as server, connecting(server) as client:
        await client.say(text("a", fin=False))
        await client.say(*[frame(CONTINUATION, fin=False) * 1_000] * 100)
        await client.say(frame(CONTINUATION, b"b"))
        assert await client.hear() == (TEXT, b"ab")


async def test_a_bomb():
    compressor = zlib.compressobj(wbits=-15)
    bomb = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(256))
    bomb += compressor.flush(zlib.Z_SYNC_FLUSH)[:-4]
    async with (
        serving(ws_max_size=1 << 20) as server,
        connecting(server, COMPRESSING) as client,
    ):
        tracemalloc.start()
        try:
            await client.say(frame(BINARY, bomb, rsv=4))
            assert await client.hear_close() == 1009
            assert tracemalloc.get_traced_memory()[1] < 16 << 20
        finally:
            tracemalloc.stop()


async def test_a_message_without_end_hears_that_it_is_too_large():
    async with serving(ws_max_size=1 << 20) as server, connecting(server) as client:
        head = b"\x82\xff" + (1 << 40).to_bytes(8) + b"mask"
        # It goes on sending what is not read any more, and still hears why.
        client.writer.write(head + bytes(4 << 20))
        assert await client.hear_close() == 1009


async def test_pings_without_end_from_who_does_not_read():
    count = 50_000
    async with serving() as server, connecting(server, limit=1 << 12) as client:
        for _ in range(count // 500):
            await client.say(frame(PING, b"x" * 125) * 500)
            [protocol] = server.server_state.connections
            assert protocol._transport.get_write_buffer_size() < 1 << 20
        await client.say(frame(PING, b"the end"))
        answered = [await client.hear()]
        while answered[-1][1] != b"the end":
            answered.append(await client.hear())
        assert {opcode for opcode, _ in answered} == {PONG}
        assert len(answered) <= count + 1


async def test_a_client_that_reads_late_gets_everything_as_it_was_sent():
    messages = [bytes([number % 251]) * (20_000 + number) for number in range(1_000)]

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        # Several at once, so that some are written while others cannot be sent.
        async with asyncio.TaskGroup() as tasks:
            for message in messages:
                tasks.create_task(send({"type": "websocket.send", "bytes": message}))
        await receive()

    async with serving(app) as server, connecting(server, limit=1 << 12) as client:
        [protocol] = server.server_state.connections
        while protocol._writable is None:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)
        assert [await client.hear() for _ in messages] == [(BINARY, each) for each in messages]


async def test_a_client_that_never_answers_a_close(monkeypatch):
    monkeypatch.setattr(_ending, "CLOSE_SECONDS", 0.05)

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})

    async with serving(app) as server, connecting(server) as client:
        assert await client.hear_close() == 1000
        await forget(server)


async def test_a_client_that_reads_nothing_of_a_failure(monkeypatch):
    monkeypatch.setattr(_ending, "LINGER_SECONDS", 0.05)

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        with pytest.raises(OSError):
            while True:
                await send({"type": "websocket.send", "bytes": bytes(1 << 18)})

    async with serving(app) as server, connecting(server, limit=1 << 12) as client:
        await client.say(frame(TEXT, b"\xff"))
        await forget(server)


def count_connections():
    gc.collect()
    return sum(type(each) is PicowsProtocol for each in gc.get_objects())


@pytest.fixture
def many_files():
    """Let this process have both ends of 2,000 connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8_192)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_two_thousand_connections_that_are_reset_at_once(many_files):
    before = count_connections()  # of tests whose failures are still looked at
    count = 2_000

    async def come(server, stack):
        client = await stack.enter_async_context(connecting(server))
        await client.say(text("hello"))
        return client

    async with serving(backlog=2 * count) as server:
        async with AsyncExitStack() as stack:
            clients = await asyncio.gather(*[come(server, stack) for _ in range(count)])
            assert len(server.server_state.connections) == count
            for client in clients:
                client.reset()
        await forget(server)
        async with connecting(server) as client:
            await client.say(text("still there?"))
            assert await client.hear() == (TEXT, b"still there?")
    assert count_connections() <= before


async def test_writes_after_the_client_is_gone():
    outcomes = []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while True:
                await send({"type": "websocket.send", "text": "are you there?"})
                await asyncio.sleep(0)
        except OSError as error:
            outcomes.append(type(error).__name__)
        outcomes.append(await receive())

    async with serving(app) as server:
        async with connecting(server) as client:
            client.reset()
        await forget(server)
    assert outcomes == [
        "ClientDisconnected",
        {"type": "websocket.disconnect", "code": 1006, "reason": ""},
    ]


@asynccontextmanager
async def leaving(server, *said, resets):
    """Say something and be gone, before the server looks at the connection again."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(REQUEST)
        yield
        client.recv(1 << 16)  # what is not read would reset the connection in any case
        client.sendall(b"".join(said))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", resets, 0))


LOOPS = pytest.mark.parametrize(
    "anyio_backend",
    [("asyncio", {"use_uvloop": each}) for each in (True, False)],
    ids=["uvloop", "asyncio"],
)


@LOOPS
@pytest.mark.parametrize("resets", [True, False])
@pytest.mark.parametrize(
    "said",
    [text("hello"), frame(TEXT, b"\xff"), close(1000)],
    ids=["message", "failure", "close"],
)
async def test_a_client_that_speaks_and_is_gone(resets, said):
    opened, codes = asyncio.Event(), []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        opened.set()
        while (message := await receive())["type"] == "websocket.receive":
            for _ in range(100):  # without a turn in which it could hear of the end
                await send({"type": "websocket.send", "text": message["text"]})
        codes.append(message["code"])

    async with serving(app) as server, leaving(server, said, resets=resets):
        await opened.wait()
    assert codes in ([1006], [1007], [1000])


async def test_with_tls():
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    options = {"ssl": trusting, "server_hostname": "localhost"}
    settings = {"ssl_context_factory": lambda config, default: context}
    async with serving(**settings) as server:
        async with connecting(server, **options) as client:
            await client.say(text("hello"), frame(BINARY, bytes(100_000)))
            assert await client.hear() == (TEXT, b"hello")
            assert await client.hear() == (BINARY, bytes(100_000))
            await client.say(close(4000))
            assert await client.hear_close() == 4000
        async with connecting(server, **options) as client:
            await client.say(frame(TEXT, b"\xff"))
            assert await client.hear_close() == 1007
