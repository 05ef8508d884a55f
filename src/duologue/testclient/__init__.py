"""Test clients: they connect to an application in the same process.

`TestClient` is for tests that are not asynchronous. It wraps `AsyncTestClient`.
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
