"""A real uvicorn, in a thread, for tests that need a socket."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn
from patience import MOMENT
from shared import silence, watch


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock goes on where a test has frozen the time of the process.

    Its next alarm would be set by the frozen clock, and never ring once that goes on.
    """

    time = staticmethod(time.monotonic)  # as it is now, before any test


class Server(uvicorn.Server):
    """A server that tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, *arguments: Any, **options: Any) -> None:
        await super().startup(*arguments, **options)
        self.listening.set()


@contextmanager
def serve(app: Any, lifespan: Literal["auto", "off"] = "off", **options: Any) -> Iterator[str]:
    """Serve an application on a free port, and say at which URL.

    Args:
        app: The application.
        lifespan: Whether to run its lifespan.
        options: Further settings of uvicorn; `uds` serves at a socket that has no port.
    """
    options |= {"log_level": "critical", "lifespan": lifespan, "ws": "websockets-sansio"}
    server = Server(uvicorn.Config(app, port=0, loop="running_server:Loop", **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.listening.wait(MOMENT)
        [[socket]] = [each.sockets for each in server.servers]
        scheme = "wss" if server.config.is_ssl else "ws"
        if "uds" in options:
            yield f"{scheme}://127.0.0.1"
        else:
            port = socket.getsockname()[1]
            url = f"{scheme}://127.0.0.1:{port}"
            with watch(url, lambda: silence("127.0.0.1", port)):
                yield url
    finally:
        server.should_exit = True
        thread.join(MOMENT)
    assert not thread.is_alive()
