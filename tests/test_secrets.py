"""What clients send stays between them and the application: no log and no error repeats it."""

import logging

import pytest

from duologue import Duologue, WebSocketRoute
from duologue.limits import LimitMiddleware, Limits
from duologue.middleware import Middleware
from duologue.responses import PlainTextResponse
from duologue.testclient import AsyncTestClient, WebSocketDenialResponse

SECRET = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0"
HANDSHAKE = {
    "subprotocols": ["bearer", SECRET],
    "headers": {"authorization": SECRET, "cookie": f"session={SECRET}"},
}


async def repeat_in_header(websocket):
    await websocket.accept(headers={"x-token": websocket.headers["authorization"] + "\r\n"})


async def repeat_in_denial(websocket):
    cookie = websocket.headers["cookie"] + "\n"
    await websocket.send_denial_response(PlainTextResponse("", headers={"set-cookie": cookie}))


async def accept_another_subprotocol(websocket):
    await websocket.accept(subprotocol=f"{SECRET}, bearer")


async def repeat_in_reason(websocket):
    await websocket.accept()
    await websocket.close(1008, "I do not know: " + 5 * await websocket.receive_text())


async def close_with_what_was_said(websocket):
    await websocket.accept()
    await websocket.close(await websocket.receive_text())


async def close_with_wrong_reason(websocket):
    await websocket.accept()
    await websocket.close(1008, (await websocket.receive_text()).encode())


async def send_as_the_wrong_kind(websocket):
    await websocket.accept()
    await websocket.send_text((await websocket.receive_text()).encode())


async def send_what_is_no_utf8(websocket):
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text() + "\ud800")


async def expect_binary(websocket):
    await websocket.accept()
    await websocket.receive_bytes()


async def expect_json(websocket):
    await websocket.accept()
    await websocket.receive_json()


async def receive_too_much(websocket):
    await websocket.accept()
    await websocket.receive_text()
    await websocket.receive_text()


FAILURES = [
    repeat_in_header,
    repeat_in_denial,
    accept_another_subprotocol,
    repeat_in_reason,
    close_with_what_was_said,
    close_with_wrong_reason,
    send_as_the_wrong_kind,
    send_what_is_no_utf8,
]
REFUSALS = [expect_binary, expect_json, receive_too_much]


async def talk(endpoint):
    """Let a client say the secret in every way, and tell what it receives."""
    app = Duologue(
        routes=[WebSocketRoute("/ws", endpoint)],
        middleware=[Middleware(LimitMiddleware, Limits(message_rate=1))],
    )
    client = AsyncTestClient(app, raise_server_exceptions=False)
    try:
        async with client, client.websocket_connect(f"/ws?token={SECRET}", **HANDSHAKE) as session:
            await session.send_text(SECRET)
            await session.send_text(SECRET)
            return repr(await session.receive())
    except WebSocketDenialResponse as denial:
        return repr((denial.status_code, denial.headers, denial.content))


@pytest.mark.parametrize("endpoint", FAILURES)
async def test_a_bug_is_logged_without_what_the_client_has_sent(endpoint, caplog):
    caplog.set_level(logging.DEBUG)
    received = await talk(endpoint)
    assert SECRET not in received
    [line] = caplog.messages
    assert "Error(" in line
    assert "'/ws'" in line
    assert SECRET not in caplog.text


@pytest.mark.parametrize("endpoint", REFUSALS)
async def test_what_a_client_does_wrong_is_not_logged_at_all(endpoint, caplog):
    caplog.set_level(logging.DEBUG)
    assert SECRET not in await talk(endpoint)
    assert caplog.messages == []
