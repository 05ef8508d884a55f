import json

import msgspec
import orjson
import pytest
from recording_server import new_websocket, said_bytes, said_text

from duologue._codec import CODEC_KEY, Codec, codec_of, read_json, write_json
from duologue.exceptions import InvalidPayloadError

# The JSON codec of an application, which a WebSocket finds through its scope.

ORJSON = Codec(orjson.loads, orjson.dumps)
MSGSPEC = Codec(msgspec.json.decode, msgspec.json.encode)
STANDARD = Codec(json.loads, json.dumps)
CODECS = pytest.mark.parametrize(
    ("codec", "written"),
    [(ORJSON, '{"a":"é"}'), (MSGSPEC, '{"a":"é"}'), (STANDARD, '{"a": "\\u00e9"}')],
)


async def open_with(codec, *messages):
    websocket, server = new_websocket(*messages, **{CODEC_KEY: codec})
    await websocket.accept()
    server.sent.clear()
    return websocket, server


def test_without_an_application_there_is_the_standard_codec():
    codec = codec_of({"type": "websocket"})
    assert codec.read is read_json
    assert codec.write_text({"a": "é"}) == write_json({"a": "é"})
    assert codec.write_bytes({"a": "é"}) == write_json({"a": "é"}).encode()


def test_each_half_can_be_replaced_alone():
    reads = Codec(loads=lambda data: ["read", data])
    assert reads.read("1") == ["read", "1"]
    assert reads.write_text([1, 2]) == "[1,2]"
    writes = Codec(dumps=lambda data: f"written {data}")
    assert writes.read("1") == 1
    assert writes.write_bytes(1) == b"written 1"


@CODECS
async def test_json_is_sent_as_the_codec_writes_it_whether_str_or_bytes(codec, written):
    websocket, server = await open_with(codec)
    await websocket.send_json({"a": "é"})
    await websocket.send_json({"a": "é"}, mode="binary")
    assert server.sent == [
        {"type": "websocket.send", "text": written},
        {"type": "websocket.send", "bytes": written.encode()},
    ]


@CODECS
async def test_json_is_received_as_the_codec_reads_it_from_str_and_from_bytes(codec, written):
    websocket, _ = await open_with(codec, said_text(written), said_bytes(written.encode()))
    assert await websocket.receive_json() == {"a": "é"}
    assert await websocket.receive_json(mode="binary") == {"a": "é"}


@CODECS
async def test_json_is_iterated_over_as_the_codec_reads_it(codec, written):
    websocket, server = await open_with(codec, said_text(written), said_text("1"))
    server.say({"type": "websocket.disconnect", "code": 1000})
    assert [data async for data in websocket.iter_json()] == [{"a": "é"}, 1]


@pytest.mark.parametrize("mode", ["text", "binary"])
async def test_text_that_no_frame_can_carry_is_refused_before_the_server_sees_it(mode):
    codec = Codec(dumps=lambda data: json.dumps(data, ensure_ascii=False))
    websocket, server = await open_with(codec)
    with pytest.raises(ValueError):
        await websocket.send_json("\ud83d", mode=mode)
    assert server.sent == []
    await websocket.send_json("fine", mode=mode)


@pytest.mark.parametrize("mode", ["text", "binary"])
async def test_the_standard_codec_escapes_what_no_frame_can_carry(mode):
    said = r'{"a":"\ud83d é"}'
    websocket, server = await open_with(Codec(), said_text(said), said_bytes(said.encode()))
    for kind in ("text", "binary"):
        await websocket.send_json(await websocket.receive_json(kind), mode=mode)
    written = r'{"a":"\ud83d \u00e9"}'
    sent = {"text": written} if mode == "text" else {"bytes": written.encode()}
    assert server.sent == [{"type": "websocket.send", **sent}] * 2


@pytest.mark.parametrize("codec", [Codec(), ORJSON, MSGSPEC])
@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_could_not_be_sent_again_is_an_invalid_payload(codec, number):
    with pytest.raises(InvalidPayloadError):
        codec.read(number)


@CODECS
@pytest.mark.parametrize("data", ["", "{", "NaN!", b"\xff"])
def test_what_the_codec_cannot_read_is_an_invalid_payload(codec, written, data):
    with pytest.raises(InvalidPayloadError, match=r"^1007: The message is not JSON\.$") as raised:
        codec.read(data)
    assert raised.value.__cause__ is not None


def test_json_that_is_nested_too_deeply_is_an_invalid_payload():
    with pytest.raises(InvalidPayloadError):
        STANDARD.read("[" * 100_000)


def test_a_mistake_in_the_codec_is_none_of_the_clients():
    def loads(data):
        raise AttributeError("no such attribute")

    with pytest.raises(AttributeError):
        Codec(loads=loads).read("1")


@pytest.mark.parametrize(("mode", "kind"), [("text", "text"), ("binary", "binary")])
async def test_what_is_neither_str_nor_bytes_cannot_be_sent(mode, kind):
    websocket, server = await open_with(Codec(dumps=lambda data: None))
    with pytest.raises(TypeError, match=f"^A {kind} message is .*, not NoneType"):
        await websocket.send_json(1, mode=mode)
    assert server.sent == []
