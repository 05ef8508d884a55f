"""Ends that are easily lost, on every server: real signals, real sockets."""

from pathlib import Path

import pytest
from endings_apps import CODE, MUCH, REASON
from features import watch
from rough_client import Client, Closed
from variants import VARIANTS, serving

ROUNDS = 30


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=lambda variant: variant.name)
def server(request):
    with serve(request.param) as running:
        yield running


def serve(variant):
    return serving(variant, "endings_apps:app", Path(__file__).parent)


LAST = Closed(CODE, REASON)


def test_a_close_beside_a_sending_task_is_heard(server):
    for _ in range(ROUNDS):
        with Client(f"{server.url}/sender") as client:
            received = client.receive()
            while received == "news":
                received = client.receive()
            assert received == LAST


def test_a_client_that_takes_its_time_hears_all_that_was_said_before_the_close(server):
    with (
        Client(f"{server.url}/much", buffer=1 << 16) as client,
        Client(f"{server.url}/echo") as witness,
    ):
        # Left to itself, daphne cuts the connection at the next full second of the clock.
        watch(witness, witness, 1.1)
        assert client.receive() == MUCH
        assert client.receive() == LAST


def test_a_stray_cancellation_ends_with_1011(server):
    if server.variant.name.endswith("trio"):
        return  # there, no task of asyncio can be awaited
    with Client(f"{server.url}/stray") as client:
        received = client.receive()
    assert isinstance(received, Closed)
    assert received.code == 1011


def test_text_that_no_frame_can_carry_is_refused(server):
    with Client(f"{server.url}/half") as client:
        assert client.receive() == "refused"
        assert client.receive() == LAST


def test_a_mistake_in_middleware_ends_with_1011(server):
    with Client(f"{server.url}/mistake") as client:
        received = client.receive()
    assert isinstance(received, Closed)
    assert received.code == 1011


def test_a_list_for_a_reason_refuses_the_handshake(server):
    with Client(f"{server.url}/list") as client:
        assert client.response.status_code == 403


STREAMS = {"uvicorn-picows", "uvicorn-wsproto", "hypercorn-asyncio", "hypercorn-trio"}
STREAMS |= {"anycorn-asyncio", "anycorn-trio"}
CANNOT_DENY = {"daphne", "gunicorn"}


def test_a_denial_without_end_is_streamed_or_given_up(server):
    if server.variant.name in STREAMS:
        with Client(f"{server.url}/endless", wait=False) as client:
            client.send_raw(client.request)
            came = b""
            while len(came) < 3 << 20:
                came += client.socket.recv(1 << 16)
            assert came.startswith(b"HTTP/1.1 403")
            client.reset()
        with Client(f"{server.url}/flow") as client:
            assert client.receive() == "0"
    else:
        with Client(f"{server.url}/endless") as client:
            expected = 403 if server.variant.name in CANNOT_DENY else 500
            assert client.response.status_code == expected


@pytest.mark.parametrize(
    "variant",
    [each for each in VARIANTS.values() if not each.waits_for_clients],  # it cancels nothing
    ids=lambda variant: variant.name,
)
def test_a_close_that_sigterm_cancels_is_heard(variant):
    with serve(variant) as own, Client(f"{own.url}/block") as client:
        assert client.receive() == "hello"
        own.terminate()
        assert client.receive() == LAST
        own.wait()
