"""What a client sends, and how it is understood. wsproto is asked about the same bytes."""

import asyncio
import zlib
from collections import deque

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from peer import BINARY, CONTINUATION, PING, PONG, TEXT, close, frame, text
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Message, Ping, Pong, TextMessage
from wsproto.extensions import PerMessageDeflate

from duologue.uvicorn._deflate import Deflate, agree
from duologue.uvicorn._parser import MOST, parser
from duologue.uvicorn._reader import Reader

LARGEST = 100_000


class Heard:
    """A reader, and an application that takes each message when it is there."""

    def __init__(self, largest=LARGEST, most=32, deflated=False):
        self.messages, self.answered = [], []
        deflate = Deflate(agree(["permessage-deflate"])) if deflated else None
        self.reader = Reader(
            parser(), deque(), largest, most, deflate, lambda *pong: self.answered.append(pong)
        )

    def feed(self, *pieces):
        for piece in pieces:
            text = self.reader.feed(piece)
            if text is not None:
                self.messages.append(text)
            self.take()
        return self

    def take(self):
        while self.reader.messages:
            while self.reader.messages:
                _, kind = message = self.reader.messages.popleft()
                assert message["type"] == "websocket.receive"
                self.messages.append(message[kind])
            self.reader.go_on()

    @property
    def end(self):
        end = self.reader.end
        return end and (end.code, end.failure)


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def heard(*pieces, **options):
    found = Heard(**options).feed(*pieces)
    return found.messages, found.end


def compress(*messages):
    compressor = zlib.compressobj(wbits=-15)
    for message in messages:
        yield (compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


LONG = "Grüße, 你好" * 5_000


async def test_messages_of_every_length():
    said = ["", "hello", "x" * 125, "x" * 126, "x" * MOST, "x" * (MOST + 1), LONG, b"", b"\x00\xff"]
    frames = [text(each) if isinstance(each, str) else frame(2, each) for each in said]
    assert await heard(*frames) == (said, None)
    assert await heard(b"".join(frames)) == (said, None)


async def test_a_message_comes_byte_by_byte():
    data = text("Grüße, 你好" * 30)
    assert await heard(*(data[at : at + 1] for at in range(len(data)))) == (
        ["Grüße, 你好" * 30],
        None,
    )


async def test_clients_share_a_parser_and_nothing_else():
    second = Heard()
    said = ["é" * 62, "x" * 125, "", "x", "é", *map(str, range(100))]
    for number, each in enumerate(said):
        assert second.feed(text(each)).messages.pop() == each
        wrong = [frame(1, b"caf\xe9"), frame(1, b"\xff" * 125), frame(3, b"x"), b"\x81\x01x"]
        first = Heard().feed(text("short"), wrong[number % 4], text("unread"))
        assert (first.messages, first.end) == (
            ["short"],
            ([1007, 1007, 1002, 1002][number % 4], True),
        )
    assert second.end is None


@pytest.mark.parametrize("largest", [0, 3, 124, 125, 126])
async def test_a_short_text_has_a_limit_too(largest):
    found = Heard(largest=largest).feed(text("x" * largest))
    assert (found.messages, found.end) == (["x" * largest], None)
    found.feed(text("x" * (largest + 1)))
    assert (found.messages, found.end) == (["x" * largest], (1009, True))


async def test_control_frames_stand_between_fragments():
    found = Heard().feed(
        frame(1, b"G", fin=False), frame(9, b"?"), frame(0, b"r", fin=False), frame(10, b"!"),
        frame(0, b"\xc3", fin=False), frame(0, b"\xbc"),
    )  # fmt: skip
    assert found.messages == ["Grü"]
    assert found.answered == [(9, b"?"), (10, b"!")]


@pytest.mark.parametrize(
    "pieces",
    [
        (frame(1, b"\xff"),),
        (frame(1, b"\xc3"),),
        (frame(1, b"a\xc3", fin=False), frame(0, b"a", fin=False)),
        (text("x" * 1_000)[:500], b"\xff" * 20),  # in the middle of a frame
        (frame(8, b"\x03\xe8\xff"),),
        (frame(0x41, b"\xff" * 10),),
    ],
)
async def test_1007_as_soon_as_text_is_no_utf8(pieces):
    messages, end = await heard(*pieces, deflated=True)
    assert (messages, end) == ([], (1007, True))


@pytest.mark.parametrize(
    "data",
    [
        frame(0, b"x"),
        frame(1, b"x", fin=False) + frame(1, b"x"),
        frame(1, b"x", rsv=4),
        frame(2, b"x", rsv=2),
        frame(9, b"x", rsv=1),
        frame(8, b"", rsv=4),
        b"\x83\x80mask",
        b"\x8b\x80mask",
        b"\x83\xfe\xff\xffmask",
        b"\x01\x01x",  # no mask
        b"\x81\x7c",  # as many bytes as would be right with one
        b"\x09\x80mask",  # a fragment
        b"\x08\x80mask",
        b"\x89\xfe\x00\x7emask",
        b"\x81\xfe\x00\x7dmask",
        b"\x81\xff" + (65_535).to_bytes(8) + b"mask",
        b"\x82\xff" + (1 << 63).to_bytes(8) + b"mask",
        close(1006),
        close(999),
        close(5000),
        close(1016),
        frame(8, b"\x03"),
    ],
)
async def test_1002_for_what_breaks_a_rule(data):
    assert await heard(text("before") + data + text("after")) == (["before"], (1002, True))
    assert await heard(*(data[at : at + 1] for at in range(len(data)))) == ([], (1002, True))


@pytest.mark.parametrize(
    "pieces",
    [
        (text("x" * 101),),
        (frame(2, bytes(101)),),
        (frame(2, bytes(100), fin=False), frame(0, b"x")),
        (frame(2, bytes(101))[:8],),  # before any of it has come
        (b"\x82\xff" + (1 << 62).to_bytes(8) + b"mask",),
        (frame(2, bytes(50_000)),),
        (frame(0x41, next(compress(bytes(101)))),),
    ],
)
async def test_1009_for_a_message_that_is_too_large(pieces):
    messages, end = await heard(*pieces, largest=100, deflated=True)
    assert (messages, end) == ([], (1009, True))
    assert await heard(text("x" * 100), largest=100) == (["x" * 100], None)


async def test_compressed_messages_in_fragments():
    first, second = compress(b"hello" * 20, b"hello" * 20)
    frames = [frame(1, first[:4], fin=False, rsv=4), frame(0, first[4:], fin=False)]
    frames += [frame(0), frame(2, second, rsv=4), text("plain")]
    assert await heard(*frames, deflated=True) == (["hello" * 20, b"hello" * 20, "plain"], None)
    assert await heard(frame(1, b"x", fin=False) + frame(0, rsv=4), deflated=True) == (
        [],
        (1002, True),
    )


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (close(), (1005, False)),
        (close(1000), (1000, False)),
        (close(4999, "Grüße"), (4999, False)),
    ],
)
async def test_nothing_is_read_behind_a_close_frame(data, end):
    found = Heard().feed(text("bye") + data + text("again"), text("and again"))
    assert (found.messages, found.end) == (["bye"], end)


async def test_no_more_is_read_than_the_application_takes():
    reader = Heard(most=3).reader
    reader.feed(b"".join(text(str(number)) for number in range(10)))
    assert (len(reader.messages), reader.full) == (3, True)
    reader.messages.clear()
    reader.go_on()
    assert [message["text"] for message in reader.messages] == ["3", "4", "5"]
    reader = Heard().reader
    reader.feed(frame(2, bytes(20_000)) * 4)
    assert (len(reader.messages), reader.full) == (2, True)


async def test_empty_fragments_take_no_memory():
    found = Heard().feed(text("a", fin=False), *[frame(0, fin=False) * 1_000] * 100, frame(0, b"b"))
    assert found.messages == ["ab"]


# What wsproto says


def understood(data, deflated):
    """What wsproto hears: messages, pings and pongs, and how it ends."""
    extension = PerMessageDeflate()
    if deflated:
        extension.accept("permessage-deflate")
    connection = Connection(ConnectionType.SERVER, [extension] if deflated else [])
    messages, answered, parts = [], [], []
    connection.receive_data(data)
    for event in connection.events():
        match event:
            case Message():
                parts.append(event.data)
                if event.message_finished:
                    whole = parts[0][:0].join(parts)
                    messages.append(whole if isinstance(event, TextMessage) else bytes(whole))
                    parts = []
            case Ping() | Pong():
                opcode = PING if isinstance(event, Ping) else PONG
                answered.append((opcode, bytes(event.payload)))
            case CloseConnection():
                return messages, answered, int(event.code)
    return messages, answered, None


payloads = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=20).map(str.encode),
    st.sampled_from([b"x" * 125, b"x" * 126, "ü".encode() * 300, bytes(70_000)]),
)
bits = st.sampled_from([0] * 8 + [1, 2, 4])
data_frames = st.builds(
    lambda opcode, payload, fin, rsv: frame(opcode, payload, fin=fin, rsv=rsv),
    st.sampled_from([TEXT, BINARY, CONTINUATION]),
    payloads,
    st.booleans(),
    bits,
)
controls = st.builds(
    frame, st.sampled_from([PING, PONG]), st.binary(max_size=125)
)  # fmt: skip
closes = st.one_of(
    st.just(close()),
    st.builds(
        close,
        st.sampled_from([1000, 1001, 1003, 1007, 1011, 3000, 4999, 0, 999, 1005, 1006, 5000]),
        st.text(max_size=10),
    ),
)
fragmented = st.builds(
    lambda opcode, parts: b"".join(
        frame(opcode if at == 0 else CONTINUATION, part, fin=at == len(parts) - 1)
        for at, part in enumerate(parts)
    ),
    st.sampled_from([TEXT, BINARY]),
    st.lists(st.text(max_size=8).map(str.encode), min_size=1, max_size=4),
)
squeezed = st.builds(
    lambda opcode, payload: frame(opcode, next(compress(payload)), rsv=4),
    st.sampled_from([TEXT, BINARY]),
    st.binary(max_size=50),
)
conversations = st.lists(
    st.one_of(data_frames, fragmented, controls, closes, squeezed, st.binary(max_size=8)),
    max_size=8,
).map(b"".join)
cuts = st.lists(st.integers(1, 200), max_size=12)


@given(conversations, cuts, st.booleans())
@example(b"\x89\xff", [], False)
@example(b"\x82\xff\x01" + bytes(11), [], False)  # longer than most limits
@example(b"\x81\x80maskA\x81" + bytes(5), [], True)
@example(b"\x01\x80mask\x00~", [], False)
@settings(max_examples=300)
def test_whatever_comes_is_understood_as_by_wsproto(data, cuts, deflated):
    async def read():
        # wsproto knows no largest message.
        found, at, pieces = Heard(largest=1 << 64, deflated=deflated), 0, []
        for size in cuts:
            pieces.append(data[at : at + size])
            at += size
        found.feed(*[piece for piece in [*pieces, data[at:]] if piece])
        return found.messages, found.answered, found.end and found.end[0]

    *ours, code = asyncio.run(read())
    *theirs, other = understood(data, deflated)
    assert ours == theirs
    if code == 1002 and other is None:  # wsproto wants to know the length of what has no mask
        other = understood(data + b"\x01" * 8, deflated)[-1]
    # wsproto inflates a frame before it looks whether it may come at all.
    assert code == other or (deflated and {code, other} == {1002, 1007})
