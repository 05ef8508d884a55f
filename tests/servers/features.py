"""What is tried on every server, beside the scripts.

Each feature is a function that says in a word what it has seen. What is right stands in
`conformance/features.toml`.
"""

import itertools
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from rough_client import Client, Closed, frame
from shared import remember
from variants import ROOT, Server, serving
from websockets.frames import Opcode

MEBIBYTE = 1 << 20
MANY = 1000

_identifiers = itertools.count()


FEATURES: dict[str, Callable[[Server], str]] = {}


def feature(measure: Callable[[Server], str]) -> Callable[[Server], str]:
    """Make a function known as the feature of its name."""
    FEATURES[measure.__name__] = measure
    return measure


class Probe(Client):
    """A client of one of the `behaviours`, that can ask for its record afterwards."""

    def __init__(self, server: Server, behaviour: str, **options: Any):
        self.server = server
        self._identifier = str(next(_identifiers))
        super().__init__(f"{server.url}/{behaviour}/{self._identifier}", **options)

    def record(self, until: Callable[[], object] = bool) -> dict[str, Any]:
        """Wait for the end of the conversation, and read what the application has seen of it.

        Once it is asked, the application may want something of us: that is what `until` does.
        """
        with Client(f"{self.server.url}/record/{self._identifier}") as client:
            until()
            told = client.receive()
            assert isinstance(told, str), told
            # Not closed by both at once: hypercorn on trio answers our close while it shuts the
            # stream for its own, gets a BusyResourceError, and its worker ends.
            client.receive()
        return json.loads(told)

    def end(self) -> tuple[int, str]:
        """Wait for the end, and tell with which code and reason the application has seen it.

        However it ended: everything that the application calls afterwards raises the same.
        """
        record = self.record()
        assert record.keys() == {"end", "again"}, record
        code, reason = record["end"]
        assert record["again"] == [["WebSocketDisconnect", code, reason]] * 3
        return code, reason


# The handshake


@feature
def subprotocol(server: Server) -> str:
    with Probe(server, "greet", subprotocols=("chat.v2", "chat.v1")) as client:
        return yes(client.protocol.subprotocol == "chat.v2")


@feature
def accept_headers(server: Server) -> str:
    with Probe(server, "greet") as client:
        return yes(client.response.headers.get("x-greeting") == "hello")


@feature
def two_cookies(server: Server) -> str:
    with Probe(server, "greet") as client:
        return yes(client.response.headers.get_all("set-cookie") == ["a=1", "b=2"])


@feature
def lifespan_state(server: Server) -> str:
    with Probe(server, "greet") as client:
        return yes(json.loads(client.receive())["state"] == "the lifespan")


@feature
def repeated_header(server: Server) -> str:
    with Probe(server, "greet", headers=[("x-twice", "a"), ("x-twice", "b")]) as client:
        return yes(json.loads(client.receive())["twice"] == ["a", "b"])


@feature
def close_before_accept(server: Server) -> str:
    with Probe(server, "refuse") as client:
        return str(client.response.status_code)


@feature
def denial(server: Server) -> str:
    with Probe(server, "deny") as client:
        response = client.response
        if response.status_code == 401:
            assert response.headers["content-type"] == "application/json"
            assert response.headers["x-denial"] == "yes"
            assert json.loads(response.body) == {"error": "no"}
        return str(response.status_code)


# Messages


@feature
def empty_messages(server: Server) -> str:
    with Probe(server, "echo") as client:
        for message in ("", b"", "the end"):
            client.send(message)
        came = [client.receive()]
        while came[-1] != "the end":
            came.append(client.receive())
        return yes(came == ["", b"", "the end"])


@feature
def fragments(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.send_frame(Opcode.TEXT, "fü".encode()[:2], fin=False)
        client.send_frame(Opcode.PING, b"in between")
        client.send_frame(Opcode.CONT, "fü".encode()[2:] + b"r", fin=False)
        client.send_frame(Opcode.CONT, b"")
        return yes(client.receive() == "für")


@feature
def pings(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.send_frame(Opcode.PING, b"are you there?")
        return yes(client.receive_pong() == b"are you there?")


@feature
def message_size(server: Server) -> str:
    return f"{limit(server)} MiB"


@remember
def limit(server: Server) -> int:
    """The size of the largest message that comes back, in MiB: that of most servers, or less."""
    for size in (16, 1):
        with Probe(server, "echo") as client:
            message = bytes(size * MEBIBYTE)
            client.send(message)
            if client.receive() == message:
                return size
    return 0


@remember
def exceed(server: Server) -> tuple[str, str]:
    """The codes that client and application get for a message that is one byte too large."""
    with Probe(server, "echo") as client:
        # The server has to take the first frame: no data is left that could reset the connection.
        client.send_frame(Opcode.BINARY, bytes(limit(server) * MEBIBYTE), fin=False)
        client.send_frame(Opcode.CONT, b"!")
        came = client.receive()
        if not isinstance(came, Closed):
            return "accepted", "accepted"
        return str(came.code), str(client.end()[0])


@feature
def too_large(server: Server) -> str:
    return exceed(server)[0]


@feature
def too_large_seen(server: Server) -> str:
    return exceed(server)[1]


@feature
def invalid_text(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.send_frame(Opcode.TEXT, b"\xff")
        return code_of(client.receive())


@feature
def invalid_text_seen(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.send_frame(Opcode.TEXT, b"\xff")
        client.receive()
        return str(client.end()[0])


# Ends


@feature
def close_code(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.close(4000, "lunch")
        return str(client.end()[0])


@feature
def close_reason(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.close(4000, "Grüße, 你好")
        return yes(client.end()[1] == "Grüße, 你好")


@feature
def close_without_code(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.close(None)
        return str(client.end()[0])


@feature
def close_answered(server: Server) -> str:
    with Probe(server, "echo") as client:
        return code_of(client.close(4000))


@feature
def code_sent(server: Server) -> str:
    with Probe(server, "greet") as client:
        client.receive()
        return code_of(client.receive())


@feature
def standard_code_sent(server: Server) -> str:
    with Probe(server, "protest") as client:
        return code_of(client.receive())


@feature
def reason_sent(server: Server) -> str:
    with Probe(server, "greet") as client:
        client.receive()
        closed = client.receive()
        return yes(isinstance(closed, Closed) and closed.reason == "bye")


@feature
def lost_connection(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.hang_up()
        return str(client.end()[0])


@feature
def reset_connection(server: Server) -> str:
    with Probe(server, "echo") as client:
        client.reset()
        return str(client.end()[0])


@feature
def send_to_nobody(server: Server) -> str:
    with Probe(server, "push") as client:
        client.receive()
        client.reset()
        if "silent" in client.record():
            return "silent"
        assert client.end() == (1006, "")
        return "raises"


@feature
def application_returns(server: Server) -> str:
    with Probe(server, "leave") as client:
        return end_of(client)


@feature
def application_raises(server: Server) -> str:
    with Probe(server, "fail") as client:
        return end_of(client)


# Flow


@remember
def flood(server: Server) -> dict[str, Any]:
    """What comes of an application that sends to a client that does not read, and then is gone.

    It is tried on another server of the same kind, for it may die of it.
    """
    with serving(server.variant, "behaviours:app") as own, Probe(own, "echo") as witness:
        with Probe(own, "flood", buffer=1 << 16) as client:
            record = client.record()
            client.reset()
        record["survives"] = not watch(witness, witness)
    return record


def watch(witness: Client, watched: Client, seconds: float = 0.5) -> bool:
    """Talk with a witness while something should be happening to a connection of its server.

    It is long enough by the clock and, where all are slow, by what the server does meanwhile.

    Args:
        witness: A client that gets an answer at once.
        watched: The client that something should come to.
        seconds: How long nothing comes before nothing will.

    Returns:
        Whether it has come to an end, or a message has come.
    """
    started = time.monotonic()
    for number in itertools.count():
        witness.send("still there?")
        if witness.receive() != "still there?":
            return watched is witness
        if watched is not witness and watched.has_news():
            return True
        if number > 100 and time.monotonic() - started > seconds:
            return False
    raise AssertionError


@feature
def slow_reader(server: Server) -> str:
    return "waits" if flood(server)["waits"] else "never waits"


@feature
def cancelled_send(server: Server) -> str:
    return yes(flood(server)["cancelled"])


@feature
def reset_while_sending(server: Server) -> str:
    return yes(flood(server)["survives"])


@feature
def cancelled_receive(server: Server) -> str:
    messages = [str(number) for number in range(100)]
    with Probe(server, "impatient") as client:
        client.send_raw(
            b"".join(frame(Opcode.TEXT, each.encode()) for each in ["begin", *messages])
        )
        # Some servers wait until their close is answered.
        received = client.record(until=client.receive)["received"]
        return yes(received == messages)


@feature
def close_while_receiving(server: Server) -> str:
    with Probe(server, "interrupt") as client, Probe(server, "echo") as witness:
        closes = watch(witness, client)
        client.send_frame(Opcode.TEXT, b"wake up")  # which ends the receiving, where it goes on
        assert client.receive() == Closed(4001)
        return yes(closes)


@feature
def many_senders(server: Server) -> str:
    with Probe(server, "choir", buffer=1 << 16) as client, Probe(server, "echo") as witness:
        watch(witness, witness)  # until they all have to wait
        voices: list[str] = []
        while len(voices) < 8 * 20:
            message = client.receive()
            if not isinstance(message, str) or message != message[0] * 70_000:
                return "no"
            voices.append(message[0])
        client.send("thanks")
        return yes(sorted(voices) == sorted("abcdefgh" * 20))


@feature
def connections(server: Server) -> str:
    with ExitStack() as stack:
        clients = [stack.enter_context(Probe(server, "echo")) for _ in range(MANY)]
        for client in clients:
            client.send("hello")
        answers = [client.receive() for client in clients]
        for client in clients:
            client.close()
        return str(answers.count("hello"))


# Shutdown


@feature
def terminated(server: Server) -> str:
    with serving(server.variant, "behaviours:app") as own, Probe(own, "echo") as client:
        own.terminate()
        if own.variant.waits_for_clients:
            assert not watch(client, client, 1.5)  # longer than it is told to wait
            code = end_by(client)
        else:
            code = code_of(client.receive())
        own.wait()
        return code


@feature
def closed_at_sigterm(server: Server) -> str:
    return code_at_sigterm(server, Server.terminate)


@feature
def closed_at_sigterm_to_all(server: Server) -> str:
    return code_at_sigterm(server, Server.terminate_all)


def code_at_sigterm(server: Server, terminate: Callable[[Server], None]) -> str:
    """Read the close code of an application that sends a last message at SIGTERM."""
    app = "docs_src.shutdown.last_message:app"
    with serving(server.variant, app, ROOT) as own, Client(f"{own.url}/news") as client:
        assert client.receive() == "Nothing has happened yet."
        terminate(own)
        if own.variant.waits_for_clients and terminate == Server.terminate:
            code = end_by(client)
        else:
            received = client.receive()
            if received == "We will be back in a minute.":
                received = client.receive()
            code = code_of(received)
        own.wait()
        return code


def end_by(client: Client) -> str:
    """Close, since the server does not."""
    assert client.close() == Closed(1000)
    return "waits"


def yes(fact: bool) -> str:
    return "yes" if fact else "no"


def code_of(came: object) -> str:
    assert isinstance(came, Closed), came
    return str(came.code)


def end_of(client: Probe) -> str:
    """Say how the server ends what the application has left, or whether it does not."""
    client.record()
    with Probe(client.server, "echo") as witness:
        # daphne looks once a second what has become of its applications.
        return code_of(client.receive()) if watch(witness, client, 2.5) else "open"
