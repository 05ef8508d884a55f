import math
from contextlib import ExitStack, asynccontextmanager

import anyio
import pytest
from anyio.lowlevel import checkpoint
from freezegun import freeze_time
from patience import MOMENT
from running_server import serve
from sayings import SAYINGS

from duologue import Duologue, WebSocketRoute
from duologue.scripts import (
    Accept,
    AppConnector,
    Drop,
    Open,
    Script,
    ScriptFailure,
    parse,
    play,
)
from duologue.scripts.transports import in_process
from duologue.scripts.transports.connectors import CannotConnectError, Connector
from duologue.websockets import WebSocket

WHILE = 0.6
"""Seconds of a line of the server: something has to come in them first, and then nothing."""


def endpoint(function):
    """An application of one function, which is given an accepted connection."""

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            return
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await function(websocket)

    return app


@endpoint
async def echo(websocket):
    async for message in websocket.iter_text():
        await websocket.send_text(message)


@endpoint
async def fickle(websocket):
    """Does what it is error."""
    while True:
        match await websocket.receive_text():
            case "close":
                return await websocket.close(3000, "bye")
            case "raise":
                raise KeyError("room")
            case "twice":
                await websocket.send_text("one")
                await websocket.send_text("two")
            case "stay":
                with anyio.CancelScope(shield=False):
                    await anyio.sleep_forever()


async def hold(text, app=echo, **options):
    with anyio.fail_after(MOMENT):
        await play(parse(text, "talk.duo"), app, **options)


async def failure(text, app=echo, timeout=MOMENT):
    with pytest.raises(ScriptFailure) as caught:
        await hold(text, app, timeout=timeout)
    return caught.value


async def test_a_script_that_holds_is_quiet():
    await hold('# Echo.\n> open /\n< accept\n> "a"\n< "a"\n> wait 0.001\n> close 1000')


async def test_a_listener_is_told_what_is_said():
    said = []
    await hold(
        '# Echo.\n> open /a\n< accept\n> "b"\n< any\n> [1, {}]\n< like "*"\n> wait 0.001\n> drop',
        listener=said.append,
    )
    assert said == [
        "> open /a",
        "< accept",
        '> "b"',
        '< "b"',
        "> [1, {}]",
        '< "[1,{}]"',
        "> wait 0.001",
        "> drop",
    ]


@pytest.mark.parametrize("where", ["in process", "at a URL"])
async def test_a_message_travels_as_it_is_written_here(where):
    said = []

    @endpoint
    async def listen(websocket):
        while (message := await websocket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            said.append(message["bytes"] if text is None else text)

    script = "> open /\n< accept\n" + "".join(f"> {line}\n" for line in SAYINGS) + "> close"
    with ExitStack() as stack:
        target = listen if where == "in process" else stack.enter_context(serve(listen))
        await hold(script, target)
    assert said == list(SAYINGS.values())


async def test_clients_begin_and_end_in_any_order():
    clients = []

    @endpoint
    async def room(websocket):
        clients.append(websocket)
        async for message in websocket.iter_text():
            for client in clients:
                await client.send_text(message)
        clients.remove(websocket)

    await hold(
        """\
ada> open /room
bob> open /room
bob< accept
ada< accept
ada> "hi"
bob< "hi"
ada< "hi"
ada> close 1000
bob> "alone"
bob< "alone"
ada> open /room
ada< accept
ada> "back"
bob< "back"
bob> drop
ada< "back"
ada> close
""",
        room,
    )


async def test_an_answer_may_wait_for_another_client():
    other = anyio.Event()

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            return
        websocket = WebSocket(scope, receive, send)
        if scope["path"] == "/first":
            await other.wait()
        other.set()
        await websocket.accept()
        await websocket.close()

    await hold(
        "a> open /first\nb> open /second\nb< accept\na< accept\nb< close 1000\na< close 1000", app
    )


async def test_another_message_fails():
    error = await failure('> open /\n< accept\n> "a"\n< "b"\n> close')
    assert (
        str(error)
        == """\
talk.duo:4: the server sent something else

expected  < "b"
got       < "a"
          they differ from character 1 on

so far    > open /
          < accept
          > "a\""""
    )
    assert (error.expected, error.got) == ('< "b"', '< "a"')


async def test_another_answer_fails():
    error = await failure("> open /\n< deny 403")
    assert (error.what, error.expected, error.got) == (
        "the server sent something else",
        "< deny 403",
        "< accept",
    )
    assert error.conversation == ("> open /",)


async def test_an_end_where_a_message_was_expected_fails():
    error = await failure('> open /\n< accept\n> "close"\n< "closing"\n> drop', fickle)
    assert (error.line.number, error.got) == (4, '< close 3000 "bye"')


async def test_silence_fails_after_its_time():
    error = await failure("> open /\n< accept\n< any\n> close", timeout=WHILE)
    assert (error.what, error.got) == (f"the server sent nothing for {WHILE} s", "nothing")
    assert error.line.number == 3


async def test_a_message_that_no_line_expects_fails():
    error = await failure('> open /\n< accept\n> "twice"\n< "one"\n> close', fickle)
    assert (error.what, error.got) == ("the server sent what no line expects", '< "two"')
    assert error.line.number == 5
    error = await failure('> open /\n< accept\n> "a"\n> drop')
    assert (error.line.number, error.got) == (4, '< "a"')


async def test_an_end_that_no_line_expects_fails():
    error = await failure('> open /\n< accept\n> "close"\n> close 1000', fickle)
    assert (error.what, error.got) == (
        "the server sent what no line expects",
        '< close 3000 "bye"',
    )


async def test_what_the_application_raises_fails():
    error = await failure('> open /\n< accept\n> "raise"\n< any\n> close', fickle)
    assert error.got == "< close 1006"
    assert repr(error.crash) == "KeyError('room')"
    assert str(error).endswith("KeyError: 'room'")
    assert "inprocess.py" not in str(error)


async def test_what_the_application_raises_after_the_end_fails():
    @endpoint
    async def careless(websocket):
        async for _ in websocket.iter_text():
            pass
        raise KeyError("room")

    error = await failure("> open /\n< accept\n> close 1001", careless)
    assert error.what == "the application failed"
    assert repr(error.crash) == "KeyError('room')"
    assert error.line.number == 3


async def test_an_application_may_let_out_that_the_client_has_left():
    await hold("> open /\n< accept\n> close 1001", fickle)


async def test_what_another_conversation_raises_is_told():
    error = await failure(
        'a> open /\na< accept\nb> open /\nb< accept\na> "raise"\nb< any\nb> drop\na< close 1006',
        fickle,
        timeout=WHILE,
    )
    assert error.line.number == 6
    assert repr(error.crash) == "KeyError('room')"


async def test_an_exception_may_be_announced():
    await hold('> open /\n< accept\n> "raise"\n< close 1006', fickle)

    async def broken(scope, receive, send):
        if scope["type"] == "websocket":
            raise KeyError("room")

    await hold("> open /\n< deny 500", broken)


async def test_an_application_that_returns_without_closing_fails():
    @endpoint
    async def returns(websocket):
        pass

    error = await failure("> open /\n< accept\n> close 1000", returns)
    assert (error.what, error.got) == ("the server sent what no line expects", "< close 1006")
    assert error.line.number == 3
    assert "RuntimeError: The application returned without closing the connection." in str(error)
    error = await failure("> open /\n< accept\n> drop", returns)
    assert error.what == "the application failed"
    assert "RuntimeError: The application returned without closing the connection." in str(error)
    await hold("> open /\n< accept\n< close 1006", returns)


async def test_an_application_that_exits_fails():
    @endpoint
    async def exits(websocket):
        raise SystemExit("enough")

    error = await failure("> open /\n< accept\n< close 1000", exits)
    assert error.got == "< close 1006"
    assert repr(error.crash) == "SystemExit('enough')"


async def test_an_application_that_stays_fails():
    error = await failure('> open /\n< accept\n> "stay"\n> close', fickle, timeout=WHILE)
    assert error.what == f"the application is still running {WHILE} s after the end"
    assert error.line.number == 4


async def test_an_application_that_stays_after_its_denial_fails():
    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close()
            await anyio.sleep_forever()

    error = await failure("> open /\n< deny 403", app, timeout=WHILE)
    assert error.why == "the application has ended the conversation, but has not returned"


async def test_a_server_that_takes_nothing_fails():
    class Deaf(AppConnector):
        def channel(self, path, headers, subprotocols):
            channel = super().channel(path, headers, subprotocols)

            async def never(*arguments):
                await anyio.sleep_forever()

            channel.send = channel.close = never
            return channel

    error = await failure('> open /\n< accept\n> "a"\n> close', Deaf(echo), timeout=WHILE)
    assert error.what == f"the server took nothing for {WHILE} s"
    assert error.line.number == 3
    error = await failure("> open /\n< accept\n> close", Deaf(echo), timeout=WHILE)
    assert error.what == f"the server did not answer the close frame within {WHILE} s"
    assert error.conversation[-1] == "> close"


async def test_who_speaks_next_speaks_after_what_is_done_about_the_one_before(monkeypatch):
    monkeypatch.setattr(in_process, "OUTSIDE", 0)  # no clock decides
    said = []

    @endpoint
    async def app(websocket):
        async for text in websocket.iter_text():
            for _ in range(1000 // len(text)):  # the later, the faster
                await checkpoint()
            said.append(text)

    await hold(
        """
        a> open /
        a< accept
        b> open /
        b< accept
        a> "1"
        b> "twelve"
        a> "one hundred and twenty-three"
        a> close
        b> drop
        """.replace("  ", ""),
        app,
    )
    assert said == ["1", "twelve", "one hundred and twenty-three"]


async def test_an_application_that_is_never_done_holds_nobody_up():
    over = anyio.Event()

    @endpoint
    async def app(websocket):
        if await websocket.receive_text() == "end":
            over.set()
        while not over.is_set():
            await checkpoint()
        await websocket.close()

    script = "a> open /\na< accept\nb> open /\nb< accept\n"
    await hold(f'{script}a> "go on"\nb> "end"\na< close 1000\nb< close 1000', app, timeout=WHILE)


async def test_an_application_that_does_not_start_fails():
    async def app(scope, receive, send):
        await receive()
        raise KeyError("database")

    error = await failure("> open /\n< deny 403", app)
    assert str(error).startswith("talk.duo: the application did not start\n\n")
    assert str(error).endswith("KeyError: 'database'")


def stopping_badly(scope_app):
    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            return await scope_app(scope, receive, send)
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise KeyError("database")

    return app


async def test_an_application_that_does_not_stop_fails():
    error = await failure("> open /\n< accept\n> drop", stopping_badly(echo))
    assert error.what == "the application did not stop as it should"
    error = await failure("> open /\n< deny 403", stopping_badly(echo))
    assert error.what == "the server sent something else"


async def test_a_server_that_is_not_there_is_no_failure():
    class Nowhere(Connector):
        def channel(self, path, headers, subprotocols):
            channel = AppConnector(echo).channel(path, headers, subprotocols)

            async def refuse():
                raise CannotConnectError("nobody is there")

            channel.open = refuse
            return channel

    with pytest.raises(CannotConnectError, match="nobody is there"):
        await hold("> open /\n< accept\n> drop", Nowhere())


async def test_a_script_without_order_is_not_played():
    script = Script((Open("", "/"), Accept("")))
    with pytest.raises(ValueError, match=r"no end: .* \(line 2 of the script\)"):
        await play(script, echo)


async def test_what_is_no_url_is_refused():
    script = Script((Open("", "/"), Accept(""), Drop("")))
    with pytest.raises(ValueError, match="'http://x' is not the URL of a WebSocket server"):
        await play(script, "http://x")


async def test_playing_can_be_cancelled():
    with anyio.move_on_after(0.05) as scope:
        await play(parse("> open /\n< accept\n< any\n> close"), echo, timeout=math.inf)
    assert scope.cancelled_caught


async def test_frozen_time_does_not_stop_the_limits():
    with freeze_time("2026-02-03"):
        error = await failure("> open /\n< accept\n> wait 0.01\n< any\n> close", timeout=0.3)
    assert error.what == "the server sent nothing for 0.3 s"


# Each client may talk to a target of its own.


def sayer(text):
    """An application that says one thing, and its count of startups."""
    started = []

    @asynccontextmanager
    async def lifespan(app):
        started.append(text)
        yield

    async def say(websocket):
        await websocket.accept()
        await websocket.send_text(text)
        await websocket.close()

    return Duologue([WebSocketRoute("/", say)], lifespan=lifespan), started


TWO = """
ada> open /
ada< accept
ada< "one"
ada< close 1000
bob> open /
bob< accept
bob< "two"
bob< close 1000
"""


async def test_each_client_has_a_target():
    (one, _), (two, _) = sayer("one"), sayer("two")
    await hold(TWO, {"ada": one, "bob": AppConnector(two)})
    await hold(TWO, {"": one, "bob": two})


async def test_a_target_of_several_clients_is_started_once():
    one, started = sayer("one")
    await hold(TWO.replace("two", "one"), {"ada": one, "bob": one, "": one})
    assert started == ["one"]


async def test_a_client_without_a_target_is_an_error():
    message = "The client 'bob' has no target. Add one for it, or one at '' for all others."
    with pytest.raises(ValueError, match=message):
        await hold(TWO, {"ada": echo})


async def test_a_target_that_does_not_start_fails_the_script():
    async def broken(scope, receive, send):
        await receive()
        raise KeyError("startup")

    one, _ = sayer("one")
    with pytest.raises(ScriptFailure, match="the application did not start"):
        await hold(TWO, {"ada": one, "bob": broken})
