import base64
import hashlib
import importlib
import ssl
import sys
from contextlib import asynccontextmanager

import anyio
import pytest
import trustme
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSListener
from patience import MOMENT

from duologue.scripts import URLConnector, parse, play
from duologue.scripts.transports.connectors import (
    Accepted,
    Broken,
    CannotConnectError,
    Denied,
    Ended,
)

ACCEPT_SALT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING = 0x81, 0x82, 0x88, 0x89


@asynccontextmanager
async def serving(handle, tls=None):
    """Serve on a free port what a function does with each connection."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra(SocketAttribute.local_port)
    if tls is not None:
        listener = TLSListener(listener, tls, standard_compatible=False)

    async def serve(stream):
        async with stream:
            await handle(stream)

    with anyio.fail_after(MOMENT):
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, serve)
            yield f"{'ws' if tls is None else 'wss'}://127.0.0.1:{port}"
            tasks.cancel_scope.cancel()


async def read_request(stream):
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += await stream.receive()
    return request


def answer_to(request, *headers):
    key = request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + ACCEPT_SALT).digest())
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accept,
        *headers,
    ]
    return b"\r\n".join([*lines, b"", b""])


def frame(kind, data=b""):
    return bytes([kind, len(data)]) + data


def closing(code, reason=b""):
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


async def read_frame(stream):
    """Read a short frame of a client."""
    kind, length = await receive_exactly(stream, 2)
    mask = await receive_exactly(stream, 4)
    data = await receive_exactly(stream, length & 0x7F)
    return kind, bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))


async def receive_exactly(stream, count):
    data = b""
    while len(data) < count:
        data += await stream.receive(count - len(data))
    return data


def server(*frames, headers=()):
    """A server that sends its frames, then waits for the client to go."""

    async def handle(stream):
        await stream.send(answer_to(await read_request(stream), *headers))
        await stream.send(b"".join(frames))
        await wait_for_end(stream)

    return handle


async def wait_for_end(stream):
    try:
        while True:
            await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        pass


@asynccontextmanager
async def talking(handle, *arguments, url_path=""):
    async with serving(handle) as url, URLConnector(url + url_path) as connector:
        channel = connector.channel(*(arguments or ("/", (), ())))
        yield channel, await channel.open()
        await channel.finish()


async def test_a_request_carries_everything():
    requests = []

    async def handle(stream):
        requests.append(await read_request(stream))
        await stream.send(answer_to(requests[0], b"Sec-WebSocket-Protocol: two", b"X-B: \xfc"))
        await wait_for_end(stream)

    headers = [("host", "example.com"), ("x-a", "é"), ("x-a", "2")]
    async with talking(handle, "/ws;a?x=1?", headers, ["one", "two"], url_path="/live/") as (
        _,
        answer,
    ):
        assert isinstance(answer, Accepted)
        assert answer.subprotocol == "two"
        assert ("x-b", "ü") in answer.headers
    first, *lines = requests[0].split(b"\r\n")
    assert first == b"GET /live/ws;a?x=1? HTTP/1.1"
    assert [line for line in lines if line.lower().startswith(b"host:")] == [b"host: example.com"]
    assert b"Sec-WebSocket-Protocol: one, two" in lines
    assert lines[-4:] == [b"x-a: \xe9", b"x-a: 2", b"", b""]


async def test_the_host_is_that_of_the_url():
    async def handle(stream):
        host = [line for line in (await read_request(stream)).split(b"\r\n") if b"Host" in line]
        await stream.send(b"HTTP/1.1 403 No\r\nContent-Length: 30\r\n\r\n" + host[0].ljust(30))

    async with serving(handle) as url, URLConnector(url) as connector:
        channel = connector.channel("/", (), ())
        answer = await channel.open()
        await channel.finish()
    assert answer.body.strip().decode() == "Host: " + url.removeprefix("ws://")


async def test_a_denial_has_status_headers_and_body():
    async def handle(stream):
        await read_request(stream)
        await stream.send(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nno")
        await wait_for_end(stream)

    async with talking(handle) as (_, answer):
        assert answer == Denied(302, [("location", "/x"), ("content-length", "2")], b"no")


async def test_a_denial_may_come_without_a_length():
    async def handle(stream):
        await read_request(stream)
        await stream.send(b"HTTP/1.1 404 Not Found\r\n\r\nnot here")

    async with talking(handle) as (_, answer):
        assert answer == Denied(404, [], b"not here")


async def test_messages_come_in_both_kinds_and_in_fragments():
    frames = [
        frame(TEXT, "é".encode()),
        frame(BINARY, b"\0\xff"),
        frame(0x01, b"one "),
        frame(PING, b"still there?"),
        frame(0x00, b"two "),
        frame(0x80, b"three"),
        frame(BINARY),
        closing(3000, b"bye"),
    ]
    async with talking(server(*frames)) as (channel, answer):
        assert isinstance(answer, Accepted)
        assert await channel.receive() == "é"
        assert await channel.receive() == b"\0\xff"
        assert await channel.receive() == "one two three"
        assert await channel.receive() == b""
        assert await channel.receive() == Ended(3000, "bye")
        assert await channel.receive() == Ended(3000, "bye")
        await channel.send("too late")


async def test_messages_are_sent_in_both_kinds():
    received = []

    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)) + frame(PING, b"?"))
        received.extend([await read_frame(stream) for _ in range(4)])
        await stream.send(closing(1000))

    async with talking(handle) as (channel, _):
        await channel.send("é")
        await channel.send(b"\0")
        await channel.close(4000, "bye")
        assert await channel.receive() == Ended(1000, ours=True)
    assert sorted(received) == sorted(
        [
            (0x8A, b"?"),
            (TEXT, "é".encode()),
            (BINARY, b"\0"),
            (CLOSE, (4000).to_bytes(2, "big") + b"bye"),
        ]
    )


async def test_a_close_frame_may_be_empty():
    received = []

    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)))
        received.append(await read_frame(stream))
        await stream.send(frame(CLOSE))

    async with talking(handle) as (channel, _):
        await channel.close(None, "")
        assert await channel.receive() == Ended(1005, ours=True)
    assert received == [(CLOSE, b"")]


async def test_what_came_before_the_close_is_still_received():
    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)))
        await read_frame(stream)
        await stream.send(frame(TEXT, b"late") + closing(1000))

    async with talking(handle) as (channel, _):
        await channel.close(1000, "")
        assert await channel.receive() == "late"
        assert await channel.receive() == Ended(1000, ours=True)


async def test_a_server_may_be_faster_to_close():
    async with talking(server(closing(1001, b"restart"))) as (channel, _):
        assert await channel.receive() == Ended(1001, "restart")
        await channel.close(1000, "")
        assert await channel.receive() == Ended(1001, "restart")
        await channel.drop()
        assert await channel.receive() == Ended(1001, "restart")


@pytest.mark.parametrize(("sent", "event"), [(frame(CLOSE), Ended(1005)), (b"", Ended(1006))])
async def test_an_end_may_have_no_code(sent, event):
    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)) + sent)

    async with talking(handle) as (channel, _):
        assert await channel.receive() == event


async def test_a_connection_may_be_lost_while_it_is_closed():
    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)))
        await read_frame(stream)

    async with talking(handle) as (channel, _):
        await channel.close(1000, "")
        assert await channel.receive() == Ended(1006)


async def test_a_connection_can_be_dropped():
    ends = []

    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)) + frame(TEXT, b"a"))
        await wait_for_end(stream)
        ends.append("lost")
        over.set()

    over = anyio.Event()
    async with talking(handle) as (channel, _):
        assert await channel.receive() == "a"
        await channel.drop()
        assert await channel.receive() == Ended(1006, ours=True)
        await over.wait()
    assert ends == ["lost"]


async def test_a_connection_may_be_lost_while_something_is_sent():
    async with talking(server()) as (channel, _):
        await anyio.aclose_forcefully(channel._stream)
        await channel.send("into the void")
        assert await channel.receive() == Ended(1006)
        await channel.send("into the void")


async def test_the_server_sees_the_end_of_the_stream():
    ends = []

    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)) + closing(1000))
        await stream.send_eof()
        await wait_for_end(stream)
        ends.append("seen")
        over.set()

    over = anyio.Event()
    async with talking(handle) as (channel, _):
        assert await channel.receive() == Ended(1000)
        await over.wait()
    assert ends == ["seen"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (frame(0x83), "invalid opcode"),
        (frame(TEXT, b"\xff"), "a text message that is not in UTF-8"),
    ],
)
async def test_a_server_may_break_the_rules(sent, words):
    async with talking(server(sent)) as (channel, _):
        event = await channel.receive()
        assert isinstance(event, Broken)
        assert words in event.words
        assert await channel.receive() == Ended(1006)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "no answer: the connection was lost"),
        (b"220 mail.example.com ESMTP\r\n\r\n", "an answer that is not HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "an answer with status 100, which is not final"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "an answer with status 103, which is not final"),
        (
            answer_to(b"another request"),
            "an answer to another handshake: ",
        ),
    ],
)
async def test_a_handshake_may_fail(sent, words):
    async def handle(stream):
        await read_request(stream)
        await stream.send(sent)

    async with talking(handle) as (_, answer):
        assert isinstance(answer, Broken)
        assert answer.words.startswith(words)


async def test_a_subprotocol_that_was_not_offered_breaks_the_rules():
    async with talking(server(headers=[b"Sec-WebSocket-Protocol: x"])) as (_, answer):
        assert isinstance(answer, Broken)


async def test_a_script_is_played_against_a_url():
    script = parse('> open /\n< accept\n< "a"\n> close 1000')

    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)) + frame(TEXT, b"a"))
        _, data = await read_frame(stream)
        await stream.send(frame(CLOSE, data))

    async with serving(handle) as url:
        await play(script, url)


async def refused(url, **options):
    with anyio.fail_after(MOMENT), pytest.raises(CannotConnectError) as caught:
        async with URLConnector(url, **options) as connector:
            await connector.channel("/", (), ()).open()
    return str(caught.value)


async def test_nothing_may_listen(free_tcp_port):
    url = f"ws://127.0.0.1:{free_tcp_port}"
    assert await refused(url) == f"cannot connect to {url}: nothing listens there"


async def test_there_may_be_no_such_host():
    assert await refused("ws://nowhere.invalid/x") == (
        "cannot connect to ws://nowhere.invalid:80: there is no host of this name"
    )


async def test_a_server_may_speak_no_tls():
    async def handle(stream):
        await stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serving(handle) as url:
        message = await refused(url.replace("ws", "wss"))
    assert message.endswith("TLS failed (WRONG_VERSION_NUMBER)")


async def test_a_certificate_may_be_trusted_or_not():
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)

    async with serving(server(frame(TEXT, b"a")), tls) as url:
        assert "its certificate is not trusted" in await refused(url)
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        async with URLConnector(url, trusting) as connector:
            channel = connector.channel("/", (), ())
            assert isinstance(await channel.open(), Accepted)
            assert await channel.receive() == "a"
            await channel.finish()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(113, "No route\nto host"), "[Errno 113] No route to host"),
        (OSError(), "OSError"),
        (anyio.BrokenResourceError(), "BrokenResourceError"),
    ],
)
async def test_another_reason_is_told_in_one_line(monkeypatch, error, reason):
    async def connect_tcp(*arguments, **options):
        raise error

    monkeypatch.setattr("anyio.connect_tcp", connect_tcp)
    assert await refused("ws://x") == f"cannot connect to ws://x:80: {reason}"


async def test_one_reason_is_told_of_many(monkeypatch):
    async def connect_tcp(*arguments, **options):
        refusals = [ConnectionRefusedError("::1"), ConnectionRefusedError("127.0.0.1")]
        raise OSError("all attempts failed") from ExceptionGroup("many", refusals)

    monkeypatch.setattr("anyio.connect_tcp", connect_tcp)
    assert await refused("ws://x") == "cannot connect to ws://x:80: nothing listens there"


async def test_what_is_left_open_is_closed():
    async def handle(stream):
        await stream.send(answer_to(await read_request(stream)))
        await wait_for_end(stream)
        over.set()

    over = anyio.Event()
    async with serving(handle) as url:
        async with URLConnector(url) as connector:
            await connector.channel("/", (), ()).open()
        await over.wait()


async def test_what_is_raised_meanwhile_is_not_wrapped():
    with pytest.raises(KeyError):
        async with URLConnector("ws://x"):
            raise KeyError("x")


@pytest.mark.parametrize(
    ("url", "better"),
    [
        ("localhost:8000/ws", "ws://localhost:8000/ws"),
        ("localhost", "ws://localhost"),
        ("http://x:1/a", "ws://x:1/a"),
        ("HTTPS://x/a", "wss://x/a"),
        ("", "ws://HOST:PORT or wss://HOST:PORT"),
        ("ws://", "ws://HOST:PORT or wss://HOST:PORT"),
        ("ws://x:99999", "ws://HOST:PORT or wss://HOST:PORT"),
        ("ws://[x", "ws://HOST:PORT or wss://HOST:PORT"),
        ("ws://x/#a", "ws://HOST:PORT or wss://HOST:PORT"),
    ],
)
def test_what_is_no_url_is_refused(url, better):
    with pytest.raises(ValueError) as raised:
        URLConnector(url)
    assert str(raised.value) == f"{url!r} is not the URL of a WebSocket server: write {better}"


def test_a_query_belongs_to_the_paths_of_the_script():
    with pytest.raises(ValueError, match="has a query; the paths in a script have theirs instead"):
        URLConnector("ws://x/?a=b")


def test_the_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "duologue.scripts.transports.sockets")
    monkeypatch.setitem(sys.modules, "websockets.client", None)
    with pytest.raises(ImportError, match=r'pip install "duologue\[cli\]"'):
        importlib.import_module("duologue.scripts.transports.sockets")
