"""A client and its transport, which are in memory: what each side does is seen at once."""

import asyncio

from uvicorn import Config
from uvicorn.server import ServerState

from duologue.uvicorn import PicowsProtocol

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
HEADERS = (
    (b"host", b"chat.example"),
    (b"upgrade", b"websocket"),
    (b"connection", b"Upgrade"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", KEY),
)


MASK = b"mask"


def frame(opcode, data=b"", *, fin=True, rsv=0):
    """Write a frame as a client does, were it against all rules."""
    size = len(data)
    short = size if size < 126 else 126 if size < 1 << 16 else 127
    wide = {126: 2, 127: 8}.get(short, 0)
    key = int.from_bytes((MASK * (size // 4 + 1))[:size])
    masked = (int.from_bytes(data) ^ key).to_bytes(size)
    head = bytes([fin << 7 | rsv << 4 | opcode, 0x80 | short])
    return head + (size.to_bytes(wide) if wide else b"") + MASK + masked


def text(data, **bits):
    return frame(TEXT, data.encode(), **bits)


def close(code=None, reason=""):
    return frame(CLOSE, b"" if code is None else code.to_bytes(2) + reason.encode())


class Transport(asyncio.Transport):
    """Takes what is written, and notes what is done to it."""

    def __init__(self, tls=False):
        super().__init__({"socket": self, "ssl_object": self, "sslcontext": tls or None})
        self.written = bytearray()
        self.reading = True
        self.can_end = True
        self.done = []

    def fileno(self):
        return -1

    def getpeername(self):
        return ("192.0.2.1", 50000)

    def getsockname(self):
        return ("192.0.2.2", 8000)

    def get_write_buffer_size(self):
        return 0

    def write(self, data):
        assert not self.done, "nothing is written after the end"
        self.written += data

    def pause_reading(self):
        assert not self.is_closing(), "asyncio fails, with TLS"
        self.reading = False

    def resume_reading(self):
        assert not self.is_closing(), "asyncio fails, with TLS"
        self.reading = True

    def can_write_eof(self):
        return self.can_end

    def write_eof(self):
        self.done.append("eof")

    def is_closing(self):
        return "close" in self.done or "abort" in self.done

    def close(self):
        self.done.append("close")

    def abort(self):
        self.done.append("abort")


class Loop:
    """The event loop that runs, but for its timers: they go off when a test says so."""

    def __init__(self):
        self._loop = asyncio.get_running_loop()
        self.timers = []

    def __getattr__(self, name):
        return getattr(self._loop, name)

    def call_later(self, seconds, callback, *arguments):
        timer = Timer(self, seconds, callback, arguments)
        self.timers.append(timer)
        return timer

    @property
    def pending(self):
        """What the timers wait for, in seconds."""
        return [timer.seconds for timer in self.timers]

    def pass_time(self):
        """Let the one timer go off that there is."""
        [timer] = self.timers
        callback, arguments = timer.callback, timer.arguments
        timer.cancel()
        callback(*arguments)


class Timer:
    def __init__(self, loop, seconds, callback, arguments):
        self._loop, self.seconds, self.callback = loop, seconds, callback
        self.arguments = arguments

    def cancel(self):
        if self in self._loop.timers:
            self._loop.timers.remove(self)
        self.callback = None


class Peer:
    """A client of an application.

    Args:
        app: The application.
        headers: Headers of the request, beside those that make the handshake.
        request: The whole request, instead.
        tls: Whether the connection has TLS.
        kind: The class of the protocol.
        settings: uvicorn's.
    """

    def __init__(
        self, app, *, headers=(), request=None, tls=False, kind=PicowsProtocol, **settings
    ):
        self.config = Config(app, lifespan="off", log_config=None, **settings)
        self.config.load()
        self.state = ServerState()
        self.state.default_headers = [(b"server", b"uvicorn")]
        self.transport = Transport(tls)
        self.loop = Loop()
        shared = {"seen": "the lifespan"}
        self.protocol = kind(self.config, self.state, shared, self.loop)
        self.protocol.connection_made(self.transport)
        lines = [b"%b: %b\r\n" % pair for pair in [*HEADERS, *headers]]
        request = request or b"GET /caf%C3%A9?q=1 HTTP/1.1\r\n" + b"".join(lines) + b"\r\n"
        self.protocol.data_received(request)

    async def settle(self):
        """Let everything happen that can happen now."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def say(self, *frames):
        """Send frames, all at once."""
        self.protocol.data_received(b"".join(frames))
        await self.settle()

    async def bring(self, *pieces):
        """Send bytes, piece by piece."""
        for piece in pieces:
            await self.say(piece)

    def response(self):
        """Take the answer to the handshake: the status, the headers, and what follows."""
        head, _, rest = bytes(self.transport.written).partition(b"\r\n\r\n")
        self.transport.written[:] = rest
        line, *lines = head.decode("latin-1").split("\r\n")
        return int(line.split()[1]), [tuple(each.split(": ", 1)) for each in lines], rest

    def frames(self):
        """Take the frames that have come since, as pairs of opcode and payload."""
        data, found = bytes(self.transport.written), []
        if data.startswith(b"HTTP/"):
            data = data.partition(b"\r\n\r\n")[2]
        self.transport.written.clear()
        while data:
            length, start = data[1], 2
            if length > 125:
                start = 4 if length == 126 else 10
                length = int.from_bytes(data[2:start])
            first = data[0] if data[0] & 0x40 else data[0] & 0x0F
            found.append((first, data[start : start + length]))
            data = data[start + length :]
        return found

    async def leave(self, error=None):
        """Lose the connection, if it is not lost."""
        if self.protocol in self.state.connections:
            self.protocol.connection_lost(error)
        await self.settle()
        for task in [*self.state.tasks]:
            task.cancel()
        await self.settle()
        assert not self.loop.timers
        assert not self.state.tasks
        assert not self.state.connections
