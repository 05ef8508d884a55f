"""The protocol below applications, without a socket. It is uvicorn's, so there is asyncio alone."""

import logging

import pytest
from peer import Peer


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def fresh_loggers(monkeypatch):
    """Let uvicorn log to pytest alone, whatever servers in this process have set up."""
    monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)
    for name in ["uvicorn", "uvicorn.error", "uvicorn.access"]:
        logger = logging.getLogger(name)
        for option, value in [("propagate", True), ("handlers", []), ("disabled", False)]:
            monkeypatch.setattr(logger, option, value)
        monkeypatch.setattr(logger, "_cache", {})  # else another level would not count
        monkeypatch.setattr(logger, "level", logging.NOTSET)


@pytest.fixture
async def connect():
    """Let a client talk with an application; see `Peer`. In the end, nothing is left of it."""
    peers = []

    async def connect(app, **options):
        peer = Peer(app, **options)
        peers.append(peer)
        await peer.settle()
        return peer

    yield connect
    for peer in peers:
        await peer.leave()
