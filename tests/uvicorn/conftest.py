"""The protocol below applications, without a socket. It is uvicorn's, so there is asyncio alone."""

import pytest
from peer import Peer


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"


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
