"""What rooms refuse, and what they say then."""

import anyio
import pytest
from guests import Guest, together

from duologue._concurrency.idle import wait_until_idle
from duologue.rooms import Rooms
from duologue.rooms._envelope import BINARY, TEXT, Envelope, unpack


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"queue": 0}, ValueError, "at least one message"),
        ({"policy": "drop"}, ValueError, "A policy is one of"),
        ({"missed": "missed"}, TypeError, "`missed` and `wrap` are functions, not 'missed'"),
        ({"wrap": "wrap"}, TypeError, "`missed` and `wrap` are functions, not 'wrap'"),
        ({"history": 100}, TypeError, r"A history is a History\(...\), not 100"),
        ({"json_dumps": "json"}, TypeError, "by functions, not by 'json'"),
    ],
)
def test_rooms_that_cannot_be(arguments, error, message):
    with pytest.raises(error, match=message):
        Rooms(**arguments)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((Guest().websocket, "lobby"), {}, TypeError, "The name of a room is a str, not <"),
        (("lobby", "ada"), {}, TypeError, "Only a WebSocket can join, not 'ada'"),
        (("lobby", Guest().websocket), {"queue": 0}, ValueError, "at least one message"),
        (("lobby", Guest().websocket), {"policy": "all"}, ValueError, "A policy is one of"),
        (("lobby", Guest().websocket), {"buffer": 0}, ValueError, "A buffer holds at least"),
        (("lobby", Guest().websocket), {"after": 1}, TypeError, "An offset is a str, not 1"),
        (("lobby", Guest().websocket), {"after": "1"}, RuntimeError, "make Rooms.history=History"),
    ],
)
def test_joining_in_a_way_that_cannot_be_is_refused_at_once(arguments, options, error, message):
    with pytest.raises(error, match=message):
        Rooms().join(*arguments, **options)


@pytest.mark.parametrize(
    ("send", "error", "message"),
    [
        (lambda rooms: rooms.send_text("a", b"b"), TypeError, "A text message is a str, not bytes"),
        (lambda rooms: rooms.send_bytes("a", "b"), TypeError, "A binary message is bytes, not str"),
        (lambda rooms: rooms.send_text("a", "\ud800"), ValueError, "half of a surrogate pair"),
        (lambda rooms: rooms.send_json("a", {1, 2}), TypeError, "set"),
        (lambda rooms: rooms.send_json("a", 1, mode="b"), RuntimeError, "argument should be"),
        (lambda rooms: rooms.send_text(1, "b"), TypeError, "The name of a room is a str, not 1"),
        (lambda rooms: rooms.send_text("a", "b", key=1), TypeError, "A key is a str, not 1"),
        (
            lambda rooms: rooms.send_text("a", "b", exclude=["ada"]),
            TypeError,
            "Only a WebSocket can be excluded, not 'ada'",
        ),
    ],
)
async def test_what_cannot_be_sent_is_not_sent(send, error, message):
    rooms, ada = Rooms(), Guest()
    async with together(rooms, ada, room="a"):
        with pytest.raises(error, match=message):
            await send(rooms)
    assert ada.heard == []


async def test_who_is_cancelled_has_sent_the_message_all_the_same():
    rooms, ada = Rooms(), Guest()
    numbers = [str(number) for number in range(40)]
    async with together(rooms, ada):
        for number in numbers:
            with anyio.CancelScope() as scope:
                scope.cancel()
                await rooms.send_text("lobby", number)
        await wait_until_idle()
        assert ada.heard == numbers


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_another_event_loop_is_refused_while_rooms_are_in_use():
    rooms, ada, eve = Rooms(), Guest(), Guest()

    async def intrude():
        await eve.websocket.accept()
        with pytest.raises(RuntimeError, match="in use in another event loop"):
            await rooms.send_text("lobby", "hello")
        with pytest.raises(RuntimeError, match="in use in another event loop"):
            async with rooms.join("lobby", eve.websocket):
                pass

    async with together(rooms, ada):
        await anyio.to_thread.run_sync(anyio.run, intrude)
    assert ada.heard == []


def test_rooms_that_are_empty_can_be_used_in_another_event_loop():
    rooms = Rooms()

    async def visit():
        ada = Guest()
        async with together(rooms, ada):
            await rooms.send_text("lobby", "hello")
        assert ada.heard == ["hello"]

    for backend in ("asyncio", "trio", "asyncio"):
        anyio.run(visit, backend=backend)


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope(TEXT, b"hello"),
        Envelope(BINARY, b""),
        Envelope(TEXT, b"hello", "here", (1, 2), "a key"),
        Envelope(BINARY, b"\x00", "here", (3,)),
        Envelope(BINARY, b"\x00", key=""),
    ],
)
def test_what_goes_through_a_backend_comes_out_as_it_was(envelope):
    came = unpack(envelope.pack())
    assert came._replace(excluded=tuple(came.excluded)) == envelope


@pytest.mark.parametrize(
    "payload", [b"", b"t", b"x\0\0\0\0hello", b"t\0\0\0\x05hello", b"t\0\0\0\0\xff"]
)
async def test_what_others_publish_in_a_room_is_logged_and_not_heard(payload, caplog):
    rooms, ada = Rooms(), Guest()
    async with together(rooms, ada):
        rooms._listener.message("lobby", payload, None)
        await rooms.send_text("lobby", "hello")
    assert ada.heard == ["hello"]
    (record,) = caplog.records
    assert "Ignored a message for the room 'lobby' that these rooms" in record.getMessage()
