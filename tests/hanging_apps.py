"""Applications that leave a careless client waiting for ever, and what our clients make of them."""

from typing import NamedTuple

import anyio
from patience import MOMENT

from duologue.responses import StreamingResponse
from duologue.websockets import WebSocket, WebSocketDisconnect

SOON = 0.01
"""A time limit, in seconds, for what waits for ever."""


class Case(NamedTuple):
    app: object
    steps: list[str]  # the methods of the session that the test calls, or "hurry"
    error: type[Exception]
    message: str
    timeout: float = MOMENT


sessions = []
"""The session with which a test holds its conversation."""


def hurry():
    """From here on nothing will come: let the time limit be short."""
    session = sessions[-1]
    getattr(session, "_session", session)._timeout = SOON


async def accept(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    return websocket


async def returns_without_an_answer(scope, receive, send):
    assert (await receive())["type"] == "websocket.connect"


async def returns_at_once(scope, receive, send):
    pass


async def returns_without_closing(scope, receive, send):
    websocket = await accept(scope, receive, send)
    await websocket.send_text("hello")


async def returns_after_accepting(scope, receive, send):
    await accept(scope, receive, send)


async def closes_and_returns(scope, receive, send):
    websocket = await accept(scope, receive, send)
    await websocket.send_text("hello")
    await websocket.close(3001, "enough")


async def never_answers(scope, receive, send):
    await anyio.sleep_forever()


async def never_says_anything(scope, receive, send):
    await accept(scope, receive, send)
    await anyio.sleep_forever()


async def pushes_for_ever(scope, receive, send):
    websocket = await accept(scope, receive, send)
    while True:
        await websocket.send_text("hello")


async def pushes_for_ever_whatever_comes(scope, receive, send):
    await send({"type": "websocket.accept"})
    while True:
        try:
            await send({"type": "websocket.send", "text": "hello"})
        except OSError:
            pass


async def receives_for_ever_whatever_comes(scope, receive, send):
    await send({"type": "websocket.accept"})
    while True:
        try:
            await receive()
        except RuntimeError:
            pass


async def does_not_end_after_the_client_has_left(scope, receive, send):
    websocket = await accept(scope, receive, send)
    try:
        await websocket.receive_text()
    except WebSocketDisconnect:
        await anyio.sleep_forever()


async def does_not_end_after_its_own_close(scope, receive, send):
    websocket = await accept(scope, receive, send)
    await websocket.close()
    await anyio.sleep_forever()


async def receives_after_its_own_close(scope, receive, send):
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})
    while True:
        await receive()


async def receives_after_the_disconnect(scope, receive, send):
    await send({"type": "websocket.accept"})
    while True:
        await receive()


async def does_not_end_after_refusing(scope, receive, send):
    await WebSocket(scope, receive, send).close()
    hurry()
    await anyio.sleep_forever()


async def begins_a_denial_and_waits(scope, receive, send):
    await send({"type": "websocket.http.response.start", "status": 403})
    hurry()
    await send({"type": "websocket.http.response.body", "body": b"No", "more_body": True})
    await anyio.sleep_forever()


async def denies_for_ever(scope, receive, send):
    await send({"type": "websocket.http.response.start", "status": 403})
    hurry()
    while True:
        await send({"type": "websocket.http.response.body", "body": b"No", "more_body": True})


async def denies_with_an_endless_response(scope, receive, send):
    async def parts():
        while True:
            yield b"No"

    await WebSocket(scope, receive, send).send_denial_response(StreamingResponse(parts()))


async def returns_in_the_middle_of_a_denial(scope, receive, send):
    await send({"type": "websocket.http.response.start", "status": 403})
    await send({"type": "websocket.http.response.body", "body": b"No", "more_body": True})


async def raises_before_accepting(scope, receive, send):
    raise LookupError("full moon")


async def raises_after_accepting(scope, receive, send):
    await accept(scope, receive, send)
    raise LookupError("full moon")


async def raises_when_the_client_has_left(scope, receive, send):
    websocket = await accept(scope, receive, send)
    async for _ in websocket.iter_text():
        pass
    raise LookupError("full moon")


async def raises_after_refusing(scope, receive, send):
    await WebSocket(scope, receive, send).close()
    raise LookupError("full moon")


NO_ANSWER = (
    "The application returned without an answer to the handshake: accept(), close() or "
    "send_denial_response()."
)
NOT_CLOSED = (
    "The application returned without closing the connection. Servers differ in what they make of "
    "that; some leave the client waiting. Call close() at the end."
)
STILL_RUNNING = (
    f"The connection is closed, and {SOON} s later the application is still running. "
    "Let it end when the client disconnects."
)

CASES = [
    Case(returns_without_an_answer, [], RuntimeError, NO_ANSWER),
    Case(returns_at_once, [], RuntimeError, NO_ANSWER),
    Case(returns_without_closing, ["receive_text", "receive_text"], RuntimeError, NOT_CLOSED),
    Case(returns_without_closing, ["receive_text"], RuntimeError, NOT_CLOSED),
    Case(returns_after_accepting, ["receive"], RuntimeError, NOT_CLOSED),
    Case(returns_after_accepting, [], RuntimeError, NOT_CLOSED),
    Case(
        closes_and_returns,
        ["receive_text", "receive_text"],
        WebSocketDisconnect,
        "3001 enough",
    ),
    Case(
        closes_and_returns,
        ["receive", "receive", "receive"],
        WebSocketDisconnect,
        "3001 enough",
    ),
    Case(
        never_answers,
        [],
        TimeoutError,
        f"Waited {SOON} s for the handshake, and the application sent nothing.",
        SOON,
    ),
    Case(
        never_says_anything,
        ["hurry", "receive"],
        TimeoutError,
        f"Waited {SOON} s for a message, and the application sent nothing.",
    ),
    Case(never_says_anything, ["hurry"], TimeoutError, STILL_RUNNING),
    Case(pushes_for_ever, [], WebSocketDisconnect, "1006"),
    Case(pushes_for_ever, ["receive_text", "close"], WebSocketDisconnect, "1006"),
    Case(pushes_for_ever_whatever_comes, ["receive_text", "hurry"], TimeoutError, STILL_RUNNING),
    Case(receives_for_ever_whatever_comes, ["hurry"], TimeoutError, STILL_RUNNING),
    Case(does_not_end_after_the_client_has_left, ["hurry"], TimeoutError, STILL_RUNNING),
    Case(does_not_end_after_the_client_has_left, ["drop", "hurry"], TimeoutError, STILL_RUNNING),
    Case(does_not_end_after_its_own_close, ["receive", "hurry"], TimeoutError, STILL_RUNNING),
    Case(receives_after_its_own_close, ["receive", "hurry"], TimeoutError, STILL_RUNNING),
    Case(receives_after_the_disconnect, ["hurry"], TimeoutError, STILL_RUNNING),
    Case(does_not_end_after_refusing, [], TimeoutError, STILL_RUNNING),
    Case(
        begins_a_denial_and_waits,
        [],
        TimeoutError,
        f"The application took more than {SOON} s to finish its denial response.",
    ),
    Case(
        denies_for_ever,
        [],
        TimeoutError,
        f"The application took more than {SOON} s to finish its denial response.",
    ),
    Case(
        denies_with_an_endless_response,
        [],
        TimeoutError,
        f"Waited {SOON} s for the handshake, and the application sent nothing.",
        SOON,
    ),
    Case(
        returns_in_the_middle_of_a_denial,
        [],
        RuntimeError,
        "The application returned before the end of its denial response.",
    ),
    Case(raises_before_accepting, [], LookupError, "full moon"),
    Case(raises_after_accepting, ["receive_text"], LookupError, "full moon"),
    Case(raises_after_accepting, [], LookupError, "full moon"),
    Case(raises_when_the_client_has_left, ["close"], LookupError, "full moon"),
    Case(raises_after_refusing, [], LookupError, "full moon"),
]
IDS = [" ".join([case.app.__name__, *case.steps]) for case in CASES]


async def does_not_start(scope, receive, send):
    await receive()
    await receive()


async def does_not_stop(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await anyio.sleep_forever()


async def fails_to_start(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


async def fails_to_start_without_a_word(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed"})


async def fails_to_start_and_raises(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the traceback"})
    raise LookupError("full moon")


async def fails_to_stop(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.failed", "message": "no database"})


async def raises_on_start(scope, receive, send):
    await receive()
    raise LookupError("full moon")


async def raises_while_it_serves(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    raise LookupError("full moon")


async def raises_on_stop(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    raise LookupError("full moon")


async def misspells_its_answer(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.completed"})


async def answers_twice(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.startup.complete"})


async def answers_for_ever(scope, receive, send):
    await receive()
    while True:
        try:
            await send({"type": "lifespan.startup.completed"})
        except RuntimeError:
            pass


def took_too_long(purpose):
    return f"The application took more than {SOON} s to {purpose}."


LIFESPAN_CASES = [
    Case(does_not_start, [], TimeoutError, took_too_long("start up"), SOON),
    Case(answers_for_ever, [], TimeoutError, took_too_long("start up"), SOON),
    Case(does_not_stop, ["hurry"], TimeoutError, took_too_long("shut down")),
    Case(
        fails_to_start,
        [],
        RuntimeError,
        "The startup of the application failed: no database",
    ),
    Case(
        fails_to_start_without_a_word,
        [],
        RuntimeError,
        "The startup of the application failed: it gives no reason",
    ),
    Case(fails_to_start_and_raises, [], LookupError, "full moon"),
    Case(
        fails_to_stop,
        [],
        RuntimeError,
        "The shutdown of the application failed: no database",
    ),
    Case(raises_on_start, [], LookupError, "full moon"),
    Case(raises_while_it_serves, [], LookupError, "full moon"),
    Case(raises_on_stop, [], LookupError, "full moon"),
    Case(
        misspells_its_answer,
        [],
        RuntimeError,
        "Expected \"lifespan.startup.complete\", but got 'lifespan.startup.completed'.",
    ),
    Case(
        answers_twice,
        [],
        RuntimeError,
        "The startup has been answered already, but came 'lifespan.startup.complete'.",
    ),
]
LIFESPAN_IDS = [case.app.__name__ for case in LIFESPAN_CASES]
