"""Test clients: they hold conversations with an application, in process.

`TestClient` is for tests that are not asynchronous; it is a thin cover around `AsyncTestClient`.
"""

from duologue.testclient._async_client import AsyncTestClient
from duologue.testclient._client import TestClient, WebSocketTestSession
from duologue.testclient._session import AsyncWebSocketTestSession, WebSocketDenialResponse

__all__ = [
    "AsyncTestClient",
    "AsyncWebSocketTestSession",
    "TestClient",
    "WebSocketDenialResponse",
    "WebSocketTestSession",
]
