"""Every order of calls and messages, against a small model of what the design decides.

The model knows facts about a conversation, not the phases of the code: what the client has said,
whether the application has accepted, and how it ended.
"""

import json
from collections import deque

import anyio
import anyio.lowlevel
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from patience import MOMENT
from recording_server import LOSSES

from duologue.exceptions import (
    InvalidPayloadError,
    UnsupportedDataError,
    WebSocketDisconnect,
    WebSocketStateError,
)
from duologue.responses import PlainTextResponse, Response, StreamingResponse
from duologue.websockets import WebSocket
from fuzz.strict_server import STEPS

OFFERED = ["chat.v2", "chat.v1"]
SCOPES = {
    "bare": {},
    "denial": {"extensions": {"websocket.http.response": {}}},
    "uvicorn": {
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "extensions": {"websocket.http.response": {}},
    },
}


class IllegalSequence(BaseException):
    """The WebSocket did to the server what no application may do."""


def law(holds, words):
    if not holds:
        raise IllegalSequence(words)


class Server:
    """It raises where it is asked or told what ASGI does not allow."""

    def __init__(self):
        self.stage = "connect"
        self.client = deque([{"type": "websocket.connect"}])
        self.sent = []
        self.error = None
        self.receiving = False
        self.spoke = anyio.Event()
        self.cut_off = False  # whether a sender was cancelled
        self.slow = None  # an event that the next data has to wait for

    def say(self, message):
        self.client.append(message)
        self.spoke.set()

    async def receive(self):
        law(not self.receiving, "two receives at once")
        law(self.stage not in {"denying", "ended", "broken"}, f"a receive when it is {self.stage}")
        self.receiving = True
        try:
            while not self.client:
                self.spoke = anyio.Event()
                await self.spoke.wait()
        finally:
            self.receiving = False
        message = self.client.popleft()
        if message["type"] == "websocket.connect":
            self.stage = "handshake"
        elif message["type"] == "websocket.disconnect":
            self.stage = "ended"
        return message

    async def send(self, message):
        await anyio.lowlevel.checkpoint()
        kind = message["type"].removeprefix("websocket.")
        law((self.stage, kind) in STEPS, f"{kind} when it is {self.stage}")
        getattr(self, "check_" + kind.replace(".", "_"))(message)
        if kind == "send" and self.slow is not None:
            slow, self.slow = self.slow, None
            await slow.wait()
        if self.error is not None:
            self.stage = "broken"
            raise self.error
        if self.stage == "ended":  # meanwhile
            return
        self.sent.append(message)
        self.stage = STEPS[self.stage, kind]
        if kind == "http.response.body":
            self.stage = "denying" if message["more_body"] else "ended"
        if self.stage == "ended" and self.receiving:
            self.say({"type": "websocket.disconnect", "code": 1006})

    def check_accept(self, message):
        law(message.get("subprotocol") in (None, *OFFERED), "a subprotocol that was not offered")
        self.check_headers(message.get("headers") or [])

    def check_close(self, message):
        law(message.get("code", 1000) in {1000, 1001, 3001}, "a code that must not be sent")
        law(len((message.get("reason") or "").encode()) <= 123, "a reason that is too long")

    def check_send(self, message):
        text, data = message.get("text"), message.get("bytes")
        law((text is None) != (data is None), "both text and bytes, or neither")
        law(text is None or isinstance(text, str), "text that is no text")
        law(data is None or isinstance(data, bytes), "bytes that are no bytes")

    def check_http_response_start(self, message):
        law(message["status"] == 403, "another status than that of the response")
        law(len(dict(message["headers"])) == len(message["headers"]), "a header that stands twice")
        self.check_headers(message["headers"])

    def check_http_response_body(self, message):
        law(isinstance(message["body"], bytes), "a body that is no bytes")
        law(isinstance(message["more_body"], bool), "a body that does not say whether it goes on")

    def check_headers(self, headers):
        for name, value in headers:
            law(name == name.lower() and b"\n" not in value, "a header that is not allowed")


# What an application and its surroundings can do: a name, and what is passed.

reasons = st.sampled_from([None, "", "bye", "a" * 123, "a" * 124])
kinds = st.sampled_from(["text", "bytes", "json", "binary json"])
payloads = st.sampled_from(["hello", '{"a":1}', "null", ""])
operations = st.one_of(
    st.tuples(
        st.just("accept"),
        st.sampled_from([None, None, "chat.v1", "chess"]),
        st.sampled_from([None, {"x": "1"}, {"x": "1\n"}, {"sec-websocket-protocol": "chat.v1"}]),
    ),
    st.tuples(st.just("close"), st.sampled_from([1000, 1000, 3001, 1005]), reasons),
    st.tuples(st.just("send"), kinds, st.sampled_from(["good", "good", "bad"])),
    st.tuples(st.just("send_slowly"), kinds),
    st.tuples(st.just("finish_sending"), st.sampled_from([None, OSError("gone")])),
    st.tuples(st.just("receive"), kinds),
    st.tuples(st.just("iterate"), kinds, st.integers(1, 3)),
    st.tuples(st.just("receive_raw")),
    st.tuples(
        st.just("send_raw"),
        st.sampled_from(
            [
                {"type": "websocket.accept"},
                {"type": "websocket.accept", "subprotocol": None, "headers": None},
                {"type": "websocket.accept", "subprotocol": "chess"},
                {"type": "websocket.close"},
                {"type": "websocket.close", "code": 1001, "reason": "bye"},
                {"type": "websocket.close", "code": 1006},
                {"type": "websocket.send", "text": "hello", "bytes": None},
                {"type": "websocket.send", "bytes": b""},
                {"type": "websocket.send", "text": "hello", "bytes": b"hello"},
            ]
        ),
    ),
    st.tuples(
        st.just("send_raw"),
        st.sampled_from(
            [
                {"type": "websocket.http.response.start", "status": 403},
                {"type": "websocket.http.response.start", "status": 101},
                {"type": "websocket.http.response.body"},
                {"type": "websocket.http.response.body", "body": b"No", "more_body": True},
                {"type": "websocket.http.response.body", "body": "No"},
            ]
        ),
    ),
    st.tuples(st.just("deny"), st.sampled_from(["plain", "stream", "cookies", "incomplete"])),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("cut_off"), st.just("accept"), st.none(), st.none()),
    st.tuples(st.just("cut_off"), st.just("close"), st.sampled_from([1000, 3001, 1005]), reasons),
    st.tuples(st.just("cut_off"), st.just("deny"), st.sampled_from(["plain", "stream"])),
    st.tuples(
        st.just("cut_off"),
        st.just("send_raw"),
        st.sampled_from(
            [
                {"type": "websocket.accept"},
                {"type": "websocket.close"},
                {"type": "websocket.send", "text": "hello"},
                {"type": "websocket.http.response.start", "status": 403},
                {"type": "websocket.http.response.body"},
                {"type": "websocket.http.response.body", "body": b"No", "more_body": True},
            ]
        ),
    ),
    st.tuples(st.just("client_says"), st.sampled_from(["text", "bytes"]), payloads, st.booleans()),
    st.tuples(
        st.just("client_leaves"),
        st.sampled_from(
            [
                {},
                {"code": None},
                {"code": 1005},
                {"code": 1005, "reason": ""},
                {"code": 1001, "reason": "bye"},
                {"code": 1000, "reason": None},
            ]
        ),
    ),
    st.tuples(st.just("break_server"), st.sampled_from(LOSSES)),
)
beginnings = st.sampled_from(
    [
        [],
        [("accept", None, None)],
        [("accept", "chat.v1", None), ("receive_raw",)],
        [("accept", None, None), ("receive", "text"), ("send_slowly", "text")],
        [("send_raw", {"type": "websocket.http.response.start", "status": 403})],
        [("cut_off", "accept", None, None)],
        [("accept", None, None), ("receive", "text"), ("cut_off", "close", 3001, "bye")],
        [("cut_off", "deny", "plain")],
    ]
)


class Application:
    """It does the operations, on a real WebSocket."""

    def __init__(self, scope):
        self.server = Server()
        scope = {"type": "websocket", "path": "/", "headers": [], "subprotocols": OFFERED, **scope}
        self.websocket = WebSocket(scope, self.server.receive, self.server.send)

    async def accept(self, subprotocol, headers):
        await self.websocket.accept(subprotocol, headers)

    async def close(self, code, reason):
        await self.websocket.close(code, reason)

    async def send(self, kind, quality):
        match kind:
            case "text":
                await self.websocket.send_text("hello" if quality == "good" else b"hello")
            case "bytes":
                await self.websocket.send_bytes(b"hello" if quality == "good" else "hello")
            case "json":
                await self.websocket.send_json({} if quality == "good" else set())
            case _:
                await self.websocket.send_json({} if quality == "good" else set(), mode="binary")

    async def receive(self, kind):
        match kind:
            case "text":
                return await self.websocket.receive_text()
            case "bytes":
                return await self.websocket.receive_bytes()
            case "json":
                return await self.websocket.receive_json()
            case _:
                return await self.websocket.receive_json(mode="binary")

    async def iterate(self, kind, count):
        match kind:
            case "text":
                messages = self.websocket.iter_text()
            case "bytes":
                messages = self.websocket.iter_bytes()
            case "json":
                messages = self.websocket.iter_json()
            case _:
                messages = self.websocket.iter_json(mode="binary")
        got = []
        async for message in messages:
            got.append(message)
            if len(got) == count:
                break
        return got

    async def receive_raw(self):
        return await self.websocket.receive()

    async def send_raw(self, message):
        await self.websocket.send(message)

    async def deny(self, kind):
        await self.websocket.send_denial_response(getattr(self, f"{kind}_response")())

    def plain_response(self):
        return PlainTextResponse("No", status_code=403)

    def stream_response(self):
        async def parts():
            yield "N"
            await settle(6)  # whether the client has left is known meanwhile
            yield "o"

        return StreamingResponse(parts(), status_code=403)

    def cookies_response(self):
        response = Response(status_code=403)
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    def incomplete_response(self):
        async def response(scope, receive, send):
            await send({"type": "websocket.http.response.start", "status": 403})

        return response


class Model:
    """What the design says of each operation: what it returns, raises, or that it waits."""

    def __init__(self, scope_name):
        self.can_deny = scope_name != "bare"
        self.is_uvicorn = scope_name == "uvicorn"
        self.connect_read = False
        self.accepted = False
        self.denying = False
        self.said = deque()  # what the client has said, and nobody has read
        self.client_left = False
        self.broken = None  # what it raises
        self.sent = []
        self.end = None  # "denied", or who ended it, the code and the reason
        self.waiting = None  # the receive that is under way
        self.sending = None  # the message that the server has not taken yet
        self.cutting = False  # whether what is done is cancelled before the server has it
        self.half_accepted = False
        self.unsent = []  # what ended the conversation, and was cut off

    # What the facts mean.

    @property
    def open(self):
        return self.accepted and self.end is None

    @property
    def close(self):
        return self.end[1:] if self.end and self.end != "denied" else (None, None)

    @property
    def states(self):
        gone = self.end is not None and self.end[0] == "peer"
        if self.end is not None:
            application = "DISCONNECTED"
        elif self.denying:
            application = "RESPONSE"
        else:
            application = "CONNECTED" if self.accepted else "CONNECTING"
        client = "CONNECTED" if self.connect_read else "CONNECTING"
        return "DISCONNECTED" if gone else client, application

    def not_open(self):
        if self.end is not None and self.end[0] == "peer":
            return raises(WebSocketDisconnect, *self.end[1:])
        return raises(WebSocketStateError)

    def handshake_open(self):
        return not self.accepted and not self.denying and self.end is None

    def lose(self):
        self.end = ("peer", 1006, "")
        return raises(WebSocketDisconnect, 1006, "")

    def hand_over(self, *messages):
        """Hand messages to the server, which may fail."""
        if self.cutting:
            return CUT_OFF
        if self.broken:
            return self.lose()
        self.sent += messages
        return returns(None)

    def application_end(self, code, reason):
        """The end that a close makes: a client that was not accepted gets a 403, and no code."""
        unaccepted = not self.accepted and not self.half_accepted
        return ("application", None, None) if unaccepted else ("application", code, reason)

    def finish(self, end, *messages):
        """Hand the last messages to the server: who is receiving gets the end."""
        outcome = self.hand_over(*messages)
        if self.cutting:
            self.end, self.unsent = end, messages
        elif not self.broken:
            self.end = end
            self.tell_of_end()
        return outcome

    def finish_after_all(self):
        """Hand over the last messages that were cut off; that the server fails tells nothing."""
        if self.cutting:
            return CUT_OFF
        if not self.broken:
            self.sent += self.unsent
            self.tell_of_end()
        self.unsent = []
        return returns(None)

    def tell_of_end(self):
        if self.waiting:
            self.said.append({"type": "websocket.disconnect", "code": 1006})

    # What the application does.

    def do_accept(self, subprotocol, headers):
        if headers and "\n" in headers.get("x", ""):
            return raises(ValueError)
        message = {"type": "websocket.accept", "subprotocol": subprotocol}
        pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        return self.do_send_raw({**message, "headers": pairs})

    def do_close(self, code, reason):
        if code == 1005 or len(reason or "") > 123:
            return raises(ValueError)
        if self.unsent:
            return self.finish_after_all()
        if self.end is not None:
            return returns(None)
        if self.denying:
            message = {"type": "websocket.http.response.body", "body": b"", "more_body": False}
            outcome = self.finish("denied", message)
        else:
            self.connect_read = True
            reason = reason or ""
            message = {"type": "websocket.close", "code": code, "reason": reason}
            outcome = self.finish(self.application_end(code, reason), message)
        return outcome if self.cutting else returns(None)

    def do_send(self, kind, quality):
        if quality == "bad" and "json" in kind:
            return raises(TypeError)
        if not self.open:
            return self.not_open()
        if quality == "bad":
            return raises(TypeError)
        return self.hand_over(self.make_data(kind))

    def make_data(self, kind):
        data = "{}" if "json" in kind else "hello"
        payload = {"text": data} if kind in {"text", "json"} else {"bytes": data.encode()}
        return {"type": "websocket.send", **payload}

    def do_send_slowly(self, kind):
        if not self.open:
            return self.not_open()
        self.sending = self.make_data(kind)
        return ("waits",)

    def finish_sending(self):
        """Tell what comes of the send that is under way."""
        message, self.sending = self.sending, None
        if self.end is None:
            return self.hand_over(message)
        if self.unsent:  # the server knows of no end
            if self.broken:
                self.unsent = []
            return self.hand_over(message)
        return raises(WebSocketDisconnect, *self.close) if self.broken else returns(None)

    def do_send_raw(self, message):
        kind = message["type"].removeprefix("websocket.")
        if self.handshake_open():
            self.connect_read = True
        if self.unsent and kind in {"close", "http.response.body"}:
            return self.finish_after_all()
        if self.end is not None:
            return self.not_open()
        if self.denying:
            allowed = {"http.response.body"}
        elif self.half_accepted:
            allowed = {"accept", "close"}
        elif self.accepted:
            allowed = {"send", "close"}
        else:
            allowed = {"accept", "close", "http.response.start"}
        if kind not in allowed:
            return raises(WebSocketStateError)
        return getattr(self, "send_raw_" + kind.replace(".", "_"))(message)

    def send_raw_accept(self, message):
        names = [name for name, _ in message.get("headers") or ()]
        if message.get("subprotocol") == "chess" or b"sec-websocket-protocol" in names:
            return raises(ValueError)
        outcome = self.hand_over(message)
        self.half_accepted, self.accepted = self.cutting, not self.cutting
        return outcome

    def send_raw_close(self, message):
        if message.get("code") == 1006 and (self.accepted or self.half_accepted):
            return raises(ValueError)
        if message.get("code") == 1006:  # the answer is a 403, whatever it says
            message = {"type": "websocket.close", "code": 1000, "reason": ""}
        end = self.application_end(message.get("code", 1000), message.get("reason", ""))
        return self.finish(end, message)

    def send_raw_send(self, message):
        if message.get("text") is not None and message.get("bytes") is not None:
            return raises(TypeError)
        return self.hand_over(message)

    def send_raw_http_response_start(self, message):
        if not self.can_deny:
            return raises(RuntimeError)
        if message["status"] == 101:
            return raises(ValueError)
        self.denying = not self.cutting
        return self.hand_over({**message, "headers": []})

    def send_raw_http_response_body(self, message):
        if message.get("body") == "No":
            return raises(TypeError)
        message = {"body": b"", "more_body": False, **message}
        return self.hand_over(message) if message["more_body"] else self.finish("denied", message)

    def do_deny(self, kind):
        if not self.handshake_open():
            return self.not_open()
        if self.half_accepted:
            return raises(WebSocketStateError)
        if not self.can_deny or kind == "incomplete":
            return raises(RuntimeError)
        if kind == "stream" and self.cutting:  # before it has come to the server
            return CUT_OFF
        if kind == "cookies":
            return raises(ValueError)
        self.connect_read = True
        if kind == "stream" and self.client_left:  # the response is cancelled after its first part
            self.end = ("peer", *self.code_and_reason(self.said.popleft()))
            return self.not_open()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"2")]
        start = {"type": "websocket.http.response.start", "status": 403}
        body = {"type": "websocket.http.response.body", "body": b"No", "more_body": False}
        return self.finish("denied", {**start, "headers": headers if kind == "plain" else []}, body)

    # Receiving: it may have to wait.

    def do_receive(self, kind):
        return self.begin(("one", kind, 1, [])) if self.open else self.not_open()

    def do_iterate(self, kind, count):
        if self.end is not None:
            return returns([])
        return self.begin(("iterate", kind, count, [])) if self.open else self.not_open()

    def do_receive_raw(self):
        if self.end is not None or self.denying:
            return self.not_open()
        if not self.connect_read:
            self.connect_read = True
            return returns({"type": "websocket.connect"})
        return self.begin(("raw", None, 1, []))

    def begin(self, receive):
        if self.waiting:
            return raises(WebSocketStateError)
        self.waiting = receive
        return self.proceed() or ("waits",)

    def proceed(self):
        """Let the receive that is under way take what has been said; tell what comes of it."""
        while self.waiting and self.said:
            outcome = self.take(self.said.popleft(), *self.waiting)
            if outcome:
                self.waiting = None
                return outcome
        return None

    def take(self, message, style, kind, count, got):
        left = message["type"] == "websocket.disconnect"
        if left and (self.end is None or self.unsent):
            self.end, self.unsent = ("peer", *self.code_and_reason(message)), []
        if style == "raw":
            return returns(message)
        if left:
            if style == "iterate":
                return returns(got)
            return raises(WebSocketDisconnect, *self.close)
        data = message.get("text" if kind in {"text", "json"} else "bytes")
        if data is None:
            return raises(UnsupportedDataError)
        if "json" in kind:
            try:
                data = json.loads(data)
            except ValueError:
                return raises(InvalidPayloadError)
        if style == "one":
            return returns(data)
        got.append(data)
        return returns(got) if len(got) == count or self.end else None

    def code_and_reason(self, message):
        code, reason = message.get("code") or 1005, message.get("reason")
        if code == 1005 and reason is None and self.is_uvicorn:
            code = 1006
        return code, reason or ""


CUT_OFF = ("cut off",)


def returns(value):
    return ("returns", value)


def raises(error, *code_and_reason):
    return ("raises", error, code_and_reason)


class Performance:
    """It plays the operations to both, the application and the model, and compares."""

    def __init__(self, scope_name, tasks):
        self.application = Application(SCOPES[scope_name])
        self.model = Model(scope_name)
        self.tasks = tasks
        self.under_way = None  # what the waiting receive has led to, and how to cancel it
        self.sending = None  # the same of a send
        self.release = None

    async def play(self, name, *arguments):
        if hasattr(self, name):
            await getattr(self, name)(*arguments)
        else:
            expected = getattr(self.model, f"do_{name}")(*arguments)
            outcomes, scope = await self.start(getattr(self.application, name), *arguments)
            if expected == ("waits",):
                assert outcomes == []
                self.under_way = outcomes, scope
            else:
                assert outcomes == [expected]
        await self.compare()

    async def start(self, function, *arguments):
        outcomes, scope = [], anyio.CancelScope()
        self.tasks.start_soon(self.run, outcomes, scope, function, *arguments)
        await settle(20)
        return outcomes, scope

    async def run(self, outcomes, scope, function, *arguments):
        with scope:
            try:
                outcomes.append(returns(await function(*arguments)))
            except WebSocketDisconnect as error:
                outcomes.append(raises(WebSocketDisconnect, error.code, error.reason))
            except Exception as error:  # noqa: BLE001 - it is compared
                outcomes.append(raises(type(error)))

    async def compare(self):
        """Compare what both say of the conversation, and what has become of who was waiting."""
        if self.under_way:
            await settle()
            expected = self.model.proceed()
            assert self.under_way[0] == ([expected] if expected else [])
            if expected:
                self.under_way = None
        websocket, model = self.application.websocket, self.model
        assert websocket.connected == model.open
        assert (websocket.close_code, websocket.close_reason) == model.close
        assert (websocket.client_state.name, websocket.application_state.name) == model.states
        assert self.application.server.sent == model.sent

    async def send_slowly(self, kind):
        if self.sending is None:
            expected = self.model.do_send_slowly(kind)
            self.release = anyio.Event()
            self.application.server.slow = self.release if expected == ("waits",) else None
            self.sending, _ = await self.start(self.application.send, kind, "good")
            if expected != ("waits",):
                assert self.sending == [expected]
                self.sending = None

    async def finish_sending(self, error):
        if self.sending is not None:
            assert self.sending == []
            if error is not None:
                await self.break_server(error)
            expected = self.model.finish_sending()
            self.release.set()
            await settle()
            assert self.sending == [expected]
            self.sending = None

    async def cancel(self):
        if self.under_way:
            self.under_way[1].cancel()
            await settle()
            assert self.under_way[0] == []
            self.under_way = self.model.waiting = None

    async def cut_off(self, name, *arguments):
        """Do something that is cancelled before the server has taken it."""
        if self.model.broken:
            return
        self.model.cutting = True
        expected = getattr(self.model, f"do_{name}")(*arguments)
        self.model.cutting = False
        outcomes = []
        scope = anyio.CancelScope()
        scope.cancel()
        await self.run(outcomes, scope, getattr(self.application, name), *arguments)
        assert outcomes == ([] if expected == CUT_OFF else [expected])
        self.application.server.cut_off |= expected == CUT_OFF

    async def end(self):
        """End it: by whichever side, there is one end, and what was cut off is sent after all."""
        await self.play("close", 1000, None)
        sent = [message["type"] for message in self.model.sent]
        assert self.model.end is not None
        assert not self.model.unsent
        if not self.model.broken:
            ends = ["websocket.close", "websocket.http.response.start"]
            assert sum(map(sent.count, ends)) <= 1

    async def client_says(self, kind, payload, other_key):
        if self.model.accepted and not self.model.client_left and not self.model.end:
            message = {"type": "websocket.receive", "text": payload}
            if kind == "bytes":
                message = {"type": "websocket.receive", "bytes": payload.encode()}
            if other_key:
                message["bytes" if kind == "text" else "text"] = None
            self.model.said.append(message)
            self.application.server.say(message)

    async def client_leaves(self, keys):
        if not self.model.client_left:
            self.model.client_left = True
            message = {"type": "websocket.disconnect", **keys}
            self.model.said.append(message)
            self.application.server.say(message)

    async def break_server(self, error):
        if self.application.server.cut_off and isinstance(error, RuntimeError):
            error = OSError("gone")  # an application could not know which message it refuses
        self.model.broken = error
        self.application.server.error = error


async def settle(steps=12):
    """Let every other task go as far as it can."""
    for _ in range(steps):
        await anyio.lowlevel.checkpoint()


@settings(max_examples=500, deadline=None)
@given(
    scope_name=st.sampled_from(sorted(SCOPES)),
    begin=beginnings,
    then=st.lists(operations, min_size=5, max_size=30),
)
@example(scope_name="denial", begin=[], then=[("client_leaves", {}), ("deny", "stream")])
@example(
    scope_name="uvicorn",
    begin=[("accept", None, None)],
    then=[
        ("receive", "text"),
        ("break_server", OSError("gone")),
        ("send", "text", "good"),
        ("client_leaves", {"code": 1001, "reason": "bye"}),
        ("iterate", "text", 1),
    ],
)
@example(
    scope_name="bare",
    begin=[("accept", None, None)],
    then=[("iterate", "json", 2), ("receive_raw",), ("close", 3001, "bye"), ("receive", "text")],
)
def test_every_order_of_calls_and_messages(anyio_backend, scope_name, begin, then):
    failures = []

    async def perform():
        with anyio.fail_after(MOMENT):
            async with anyio.create_task_group() as tasks:
                performance = Performance(scope_name, tasks)
                try:
                    for name, *arguments in begin + then:
                        await performance.play(name, *arguments)
                    await performance.end()
                except AssertionError as error:
                    failures.append(error)  # not in a group
                tasks.cancel_scope.cancel()

    anyio.run(perform, backend=anyio_backend)
    if failures:
        raise failures[0]


def test_the_model_finds_what_a_server_must_not_see():
    server = Server()
    with pytest.raises(IllegalSequence, match=r"^send when it is connect$"):
        anyio.run(server.send, {"type": "websocket.send", "text": "hello"})
