import os
import threading
from functools import partial

import anyio
import anyio.lowlevel
import pytest
from patience import MOMENT

from duologue.cli._recording import Lines, Recording, read_input
from duologue.scripts import (
    AppConnector,
    Binary,
    CannotConnectError,
    ClientClose,
    ClientMessage,
    Drop,
    Json,
    Open,
    Recorder,
    ServerMessage,
    Text,
    Wait,
    play,
)
from duologue.scripts.transports.connectors import Broken
from duologue.websockets import WebSocket


async def echo(scope, receive, send):
    if scope["type"] != "websocket":
        return
    websocket = WebSocket(scope, receive, send)
    if scope["path"] != "/no":
        await websocket.accept()
        async for message in websocket.iter_text():
            if message == "bye":
                await websocket.close(3000, "bye")
                return
            await websocket.send_text(message)
    await websocket.close()


class Held:
    """A conversation that was recorded, with what was written meanwhile."""

    def __init__(self, app, path="/", *, pause=0.02, timeout=MOMENT, write=None):
        self.connector = AppConnector(app)
        self.written = []
        self.on_message = None
        self.channel = self.connector.channel(path, (), ())
        self.opened = Open("", path)
        self.recorder = Recorder()
        self.recording = Recording(
            self.channel,
            self.recorder,
            write or self.write,
            timeout=timeout,
            pause=pause,
        )

    def write(self, line):
        self.written.append(line)
        if isinstance(line, ServerMessage) and self.on_message is not None:
            self.on_message()

    async def hold(self, lines):
        with anyio.fail_after(MOMENT):
            async with self.connector:
                self.kept = await self.recording.hold(self.opened, lines)
        return self.script

    @property
    def script(self):
        script = self.recorder.script
        assert list(script.lines) == self.written
        return str(script)


class said:  # noqa: N801 - it reads like a function
    """Says its lines, and then ends, or says nothing more."""

    def __init__(self, *lines, ends=True):
        self._lines = list(lines)
        self._ends = ends

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self._lines:
            return self._lines.pop(0)
        if not self._ends:
            await anyio.sleep_forever()
        raise StopAsyncIteration


@pytest.mark.parametrize(
    ("line", "turn"),
    [
        ("hello", ClientMessage("", Text("hello"))),
        ("  spaces  ", ClientMessage("", Text("  spaces  "))),
        ('"hello"', ClientMessage("", Text("hello"))),
        ('"hello" you', ClientMessage("", Text('"hello" you'))),
        ("{oops", ClientMessage("", Text("{oops"))),
        ('{"a": 1}', ClientMessage("", Json({"a": 1}))),
        ("42", ClientMessage("", Json(42))),
        ("0x00ff", ClientMessage("", Binary(b"\0\xff"))),
        ("binary [1]", ClientMessage("", Json([1], binary=True))),
        ("close", ClientClose("")),
        ('close 1000 "bye"', ClientClose("", 1000, "bye")),
        ("close the door", ClientMessage("", Text("close the door"))),
        ("drop", Drop("")),
        ("wait 0.5", Wait("", 0.5)),
        ("open /again", ClientMessage("", Text("open /again"))),
        ("any", ClientMessage("", Text("any"))),
        ("# a", ClientMessage("", Text("# a"))),
    ],
)
def test_what_a_person_types_is_understood(line, turn):
    assert read_input(line) == turn


async def test_a_conversation_is_recorded_in_its_order():
    held = Held(echo)
    script = await held.hold(said("a", "", "[1]", "wait 0.001", "c", "close 1001", "never"))
    assert (
        script
        == """\
> open /
< accept
> "a"
< "a"
> [1]
< [1]
> wait 0.001
> "c"
< "c"
> close 1001
"""
    )
    assert held.kept
    await play(held.recorder.script, echo)


async def test_the_end_of_the_lines_closes_it():
    held = Held(echo)
    assert await held.hold(said("a")) == '> open /\n< accept\n> "a"\n< "a"\n> close 1000\n'


@pytest.mark.parametrize("line", ["too late", "wait 0.001", "close 1000"])
async def test_what_is_said_after_the_server_has_closed_is_not_in_the_script(line):
    async def hang_up(scope, receive, send):
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.close(3000, "bye")

    class late(said):  # noqa: N801
        async def __anext__(self):
            while not held.recorder.ended:
                await anyio.lowlevel.checkpoint()
            return await super().__anext__()

    held = Held(hang_up, pause=0)
    assert await held.hold(late(line)) == '> open /\n< accept\n< close 3000 "bye"\n'


async def test_who_sees_the_answers_is_not_made_to_wait():
    held = Held(echo, pause=0)
    assert await held.hold(said("a", "drop")) == '> open /\n< accept\n> "a"\n< "a"\n> drop\n'


async def test_the_server_may_end_it():
    held = Held(echo)

    script = await held.hold(said("bye", ends=False))
    assert script == '> open /\n< accept\n> "bye"\n< close 3000 "bye"\n'


async def test_a_denial_ends_it():
    held = Held(echo, "/no")
    assert await held.hold(said("never")) == "> open /no\n< deny 403\n"
    assert held.kept


async def test_a_server_may_not_answer():
    async def silent(scope, receive, send):
        if scope["type"] == "websocket":
            await anyio.sleep_forever()

    held = Held(silent, timeout=0.2)
    with pytest.raises(CannotConnectError, match=r"the server did not answer within 0\.2 s"):
        await held.hold(said())
    assert held.script == ""


async def test_a_server_may_not_answer_the_close():
    held = Held(echo, timeout=0.5)

    async def never(code, reason):
        await anyio.sleep_forever()

    held.channel.close = never
    assert await held.hold(said("close 1000")) == "> open /\n< accept\n> close 1000\n"


async def test_a_server_may_break_the_rules():
    held = Held(echo)

    async def receive():
        return Broken("invalid opcode")

    held.channel.receive = receive
    assert await held.hold(said()) == (
        "> open /\n< accept\n# The server broke the rules: invalid opcode\n> drop\n"
    )
    assert not held.kept


async def test_what_came_before_the_end_is_received():
    async def late(scope, receive, send):
        if scope["type"] != "websocket":
            return
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.receive_text()
        await websocket.send_text("one")
        await websocket.send_text("two")
        await websocket.receive()

    held = Held(late, pause=0)
    script = await held.hold(said("a", "close 1000"))
    assert script == '> open /\n< accept\n> "a"\n< "one"\n< "two"\n> close 1000\n'


async def cancelled(held, lines):
    """Cancel what has received an answer."""
    with anyio.fail_after(MOMENT):
        async with held.connector, anyio.create_task_group() as tasks:
            held.on_message = tasks.cancel_scope.cancel
            await held.recording.hold(held.opened, lines)
    return held.script


async def test_when_it_is_cancelled_nothing_is_lost():
    script = await cancelled(Held(echo), said("a", ends=False))
    assert script == '> open /\n< accept\n> "a"\n< "a"\n> close 1000\n'


async def test_when_it_is_cancelled_the_server_may_stay_silent():
    held = Held(echo)

    async def never(code, reason):
        await anyio.sleep_forever()

    held.channel.close = never
    script = await cancelled(held, said("a", ends=False))
    assert script == '> open /\n< accept\n> "a"\n< "a"\n> close 1000\n'


async def test_what_writing_raises_is_raised():
    def write(line):
        if isinstance(line, ClientMessage):
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await Held(echo, write=write).hold(said("a", ends=False))


async def lines_of(chunks):
    reading, writing = os.pipe()
    with anyio.fail_after(MOMENT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(write_chunks, writing, chunks))
            lines = [line async for line in Lines(reading)]
    os.close(reading)
    return lines


async def write_chunks(descriptor, chunks):
    for chunk in chunks:
        os.write(descriptor, chunk)
        await anyio.wait_all_tasks_blocked()
    os.close(descriptor)


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([], []),
        ([b"one\ntwo\r\n"], ["one", "two"]),
        ([b"o", b"ne\n", b"\ntw", b"o"], ["one", "", "two"]),
        (["é".encode()[:1], "é".encode()[1:] + b"\n\xff\n"], ["é", "\ufffd"]),
    ],
)
async def test_lines_are_read(anyio_backend, chunks, lines):
    assert await lines_of(chunks) == lines


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
async def test_what_cannot_be_read_has_no_lines(anyio_backend, tmp_path):
    descriptor = os.open(tmp_path, os.O_RDONLY)
    with anyio.fail_after(MOMENT):
        assert [line async for line in Lines(descriptor)] == []
    os.close(descriptor)


def test_a_program_may_end_before_the_lines_do():
    async def read_one():
        return await anext(Lines(reading))

    reading, writing = os.pipe()
    os.write(writing, b"one\n")
    before = set(threading.enumerate())
    assert anyio.run(read_one) == "one"
    [thread] = set(threading.enumerate()) - before
    os.write(writing, b"two\n")
    thread.join(MOMENT)
    assert not thread.is_alive()
    os.close(writing)
    os.close(reading)
