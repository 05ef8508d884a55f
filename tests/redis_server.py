"""A Redis of the tests' own, and a way to it that can be cut or go silent."""

import signal
import socket
import subprocess
from contextlib import asynccontextmanager, contextmanager

import anyio
from listening import await_answer, free_port
from patience import PROCESS


class RedisServer:
    """A `redis-server` on a free port, with a folder of its own.

    Where there is none, the tests fail: `.ci/run` installs the Debian package `redis-server`.

    Args:
        folder: Its folder.
        settings: What else it is told, as in its configuration.
        arguments: What it is told before that.
    """

    def __init__(self, folder, settings, arguments):
        self.settings = settings
        self.arguments = arguments
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": ""}
        options |= self.settings
        command = [each for name, value in options.items() for each in (f"--{name}", str(value))]
        command = ["redis-server", *self.arguments, *command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        await_answer(self.process, "redis-server", lambda: self.ask("PING"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PROCESS)

    def ask(self, *words):
        """Send a command; what comes back, as it comes."""
        with self.connected() as ask:
            return ask(*words)

    @contextmanager
    def connected(self):
        """Have one connection for several commands."""
        with socket.create_connection(("127.0.0.1", self.port), PROCESS) as connection:

            def ask(*words):
                connection.sendall(" ".join(words).encode() + b"\r\n")
                return connection.recv(65536)

            yield ask


@contextmanager
def running_redis(folder, settings=None, arguments=()):
    server = RedisServer(folder, settings or {}, arguments)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Way:
    """The way to a server: open, cut, or silent, so that nothing comes through any more.

    Attributes:
        url: Where it begins.
    """

    def __init__(self, port):
        self.target = port
        self.silent = False
        self.shut = False
        self.scopes = set()

    async def serve(self, client):
        with anyio.CancelScope() as scope:
            self.scopes.add(scope)
            try:
                async with client:
                    if self.shut:
                        return
                    async with (
                        await anyio.connect_tcp("127.0.0.1", self.target) as server,
                        anyio.create_task_group() as tasks,
                    ):
                        tasks.start_soon(self.carry, client, server, scope)
                        tasks.start_soon(self.carry, server, client, scope)
            except OSError:
                pass  # the server is not there
            finally:
                self.scopes.discard(scope)

    async def carry(self, source, target, scope):
        try:
            async for data in source:
                if not self.silent:
                    await target.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
        scope.cancel()

    def cut(self):
        """Cut all connections; new ones come through."""
        for scope in self.scopes:
            scope.cancel()


@asynccontextmanager
async def way_to(port):
    way = Way(port)
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        way.url = f"redis://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, way.serve)
            yield way
            tasks.cancel_scope.cancel()
