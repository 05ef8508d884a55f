"""Who leaves, or takes nothing, gives its place among the connections back, on every server."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from rough_client import Client, Closed, frame
from slots_apps import SECONDS
from variants import VARIANTS, serving
from websockets.frames import Opcode

MORE_THAN_WAIT = 40  # the buffer of a block, and what a server keeps


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=lambda variant: variant.name)
def server(request):
    with serving(request.param, "slots_apps:app", Path(__file__).parent) as running:
        yield running


def all_are_free(server):
    with Client(f"{server.url}/free") as client:
        return client.receive() == "free"


@pytest.mark.parametrize("leave", [Client.hang_up, Client.reset], ids=lambda leave: leave.__name__)
def test_who_says_too_much_and_leaves_holds_nothing(server, leave):
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(f"{server.url}/deaf")) for _ in range(5)]
        for client in clients:
            assert client.receive() == "hello"
            for _ in range(MORE_THAN_WAIT):
                client.send("hello?")
            leave(client)
        assert all_are_free(server)


def test_who_says_too_much_and_stays_is_told_so(server):
    with Client(f"{server.url}/deaf") as client:
        assert client.receive() == "hello"
        for _ in range(MORE_THAN_WAIT):
            client.send("hello?")
        reason = f"No queued message was read for {SECONDS} seconds."
        assert client.receive() == Closed(1008, reason)
        assert all_are_free(server)


def test_who_says_much_and_is_reset_holds_nothing(server):
    with ExitStack() as stack:
        for _ in range(50):
            client = stack.enter_context(Client(f"{server.url}/echo"))
            assert client.accepted
            client.send_raw(frame(Opcode.TEXT, b"hello?") * 300)
            client.reset()
        assert all_are_free(server)


# Their `send` cannot be cancelled, or never waits: they hold a client until it leaves.
HOLD_IT = {"hypercorn-trio", "anycorn-asyncio", "anycorn-trio", "daphne"}


def test_who_takes_nothing_holds_nothing(server):
    with Client(f"{server.url}/flood", buffer=4096) as client:
        assert client.accepted
        if server.variant.name in HOLD_IT:
            client.reset()
        assert all_are_free(server)
