"""Redis as the backend of rooms: a message reaches the members in all processes.

It needs the extra `duologue[redis]`, and Redis 6.2 or newer.
"""

import hashlib
import logging
import math
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit

import anyio
from coredis.connection import BaseConnection, TCPConnection, TCPLocation
from coredis.exceptions import BusyLoadingError, NoScriptError, RedisError
from coredis.exceptions import ConnectionError as RedisConnectionError

from duologue.rooms._backends import BackendError, Change, Listener, Present
from duologue.rooms._batches import PUBLISH, Batches, read_messages
from duologue.rooms._history import History, OffsetError, Past, remembered_seconds
from duologue.rooms._link import Link
from duologue.rooms._refusals import explain

logger = logging.getLogger("duologue.rooms")

_PORT = 6379
_AGAIN_DELAY = 0.1  # until a Redis that loads its data, or was lost, is asked again
_REFUSED_DELAY = 5.0  # until one that has refused to let anybody listen is
_PASSING = (BusyLoadingError, RedisConnectionError, ConnectionError)
_CHANGES = 250  # in one script, which keeps all others waiting
_OFFSET = re.compile(r"([0-9a-f]{12})-([0-9a-f]{8})")


class _Script:
    """A script that Redis runs as one step."""

    def __init__(self, text: str) -> None:
        self.text = text.encode()
        self.digest = hashlib.sha1(self.text, usedforsecurity=False).hexdigest().encode()


# Keeps a message in the stream of its room, and publishes it. Each message has the offset of the
# one before it, so that it shows whether something between them is missing.
# KEYS: the stream, where it ends. ARGV: the channel, the payload, the number of messages, and
# milliseconds: for messages, and for the end.
_PUBLISH = _Script("""
local before = redis.call('GET', KEYS[2]) or ''
local message = {'before', before, 'data', ARGV[2]}
local offset = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', unpack(message))
local oldest = string.match(offset, '%d+') - ARGV[4]
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', oldest))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], offset, 'PX', ARGV[5])
redis.call('PUBLISH', ARGV[1], offset .. '\\n' .. ARGV[2])
return offset
""")

# Tells where the stream of a room ends, what it has after an offset, and which offset is too old.
# KEYS: as above. ARGV: the offset, or nothing, and the milliseconds as above.
_READ = _Script("""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = redis.call('GET', KEYS[2])
if not last then
  last = string.format('%.0f-0', now - 1)
  redis.call('SET', KEYS[2], last, 'PX', ARGV[3])
end
local past = {}
if ARGV[1] ~= '' then past = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+') end
return {last, string.format('%.0f-0', now - ARGV[2]), past}
""")

# Changes which members a process has, and publishes that. The members of a process are one sorted
# set of equal scores, and so ordered by their entries: room, member, payload.
# KEYS: all processes, the version of this one, its members. ARGV: its name, the version that there
# has to be, or nothing; the new one, milliseconds, whether the process is there from now on. For
# each change: what its entry begins with, whether the member is there, the channel, the payload.
_ANNOUNCE = _Script("""
if ARGV[2] == '' then
  redis.call('DEL', KEYS[3])
  redis.call('SREM', KEYS[1], ARGV[1])
elseif redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return 0
end
for index = 6, #ARGV, 4 do
  local entry, here, channel, payload = unpack(ARGV, index, index + 3)
  redis.call('ZREMRANGEBYLEX', KEYS[3], '[' .. entry .. '\\0', '(' .. entry .. '\\1')
  if here == '1' then redis.call('ZADD', KEYS[3], 0, entry .. '\\0' .. payload) end
  redis.call('PUBLISH', channel, '\\n' .. payload)
end
if ARGV[5] == '1' then redis.call('SADD', KEYS[1], ARGV[1]) end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1
""")

# Tells which processes there are, each with its version, and the members of rooms.
# KEYS: all processes. ARGV: what the keys of their versions and of their members begin with, and
# what the entries of each room begin with.
_PRESENT = _Script("""
local processes, rooms = {}, {}
for _, process in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local version = redis.call('GET', ARGV[1] .. process)
  if version then
    processes[#processes + 1] = process
    processes[#processes + 1] = version
  else
    redis.call('SREM', KEYS[1], process)
  end
end
for index = 3, #ARGV do
  local first, last = '[' .. ARGV[index], '(' .. ARGV[index] .. '\\255'
  local here = {}
  for each = 1, #processes, 2 do
    local entries = redis.call('ZRANGEBYLEX', ARGV[2] .. processes[each], first, last)
    for _, entry in ipairs(entries) do here[#here + 1] = entry end
  end
  rooms[#rooms + 1] = here
end
return {processes, rooms}
""")


class RedisBackend:
    """Carries the messages of rooms through Redis, to all processes that use it.

        rooms = Rooms(RedisBackend("redis://localhost:6379/0", prefix="chat:"))

    `Rooms("redis://localhost:6379/0")` is the same without the options.

    Each process has two connections: one listens, and one publishes. If one is lost, it is opened
    again, after a delay that grows to five seconds and differs between processes. Meanwhile the
    members stay in their rooms. When messages are received again, the history fills the gap.
    Without a history, the rooms count the gap and tell the members.

    The history of a room is a stream. It expires with its last message; its end is remembered for a
    day.

    The members of a process are one sorted set for all rooms. It expires if the process does not
    announce for half of the `ttl` of `Presence`.

    Args:
        url: The URL of Redis: `redis://user:password@host:port/database`, or `rediss://` for TLS.
        prefix: The prefix for the names of all channels and keys.
        publish_seconds: How many seconds publishing may take, including reconnecting; `None` for no
            limit.
        ping_seconds: After how many idle seconds a ping is sent to Redis, and how many seconds it
            has to respond.
        ssl_context: How to verify Redis over TLS. The default is to verify it as browsers verify a
            site.

    Raises:
        ValueError: The URL is not one of Redis, or a time is not above zero.
    """

    shared = True
    keeps_history = True
    keeps_presence = True

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "duologue:",
        publish_seconds: float | None = 3.0,
        ping_seconds: float = 3.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        for name, seconds in (("publish_seconds", publish_seconds), ("ping_seconds", ping_seconds)):
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{name} is above zero, not {seconds!r}.")
        make, self._address = _read_url(url, ssl_context)
        self._prefix = prefix.encode()
        self._publish_seconds = math.inf if publish_seconds is None else publish_seconds
        self._ping_seconds = ping_seconds
        self._listener: Listener
        self._listening = False
        self._was_listening = False
        # The rooms to listen to, and those of them that Redis has not confirmed yet.
        self._wanted: set[str] = set()
        self._unconfirmed: set[str] = set()
        self._confirmed = anyio.Event()
        self._refusal: RedisError | None = None
        self._batches = Batches(self._publish_seconds)
        self._links = (
            Link(make, self._address, ping_seconds, self._listen, self._lose),
            Link(make, self._address, ping_seconds, self._batches.send, None),
        )

    @asynccontextmanager
    async def connect(self, listener: Listener) -> AsyncGenerator[None]:
        """Open the two connections; see `Backend`."""
        self._listener = listener
        self._was_listening = False
        try:
            for link in self._links:
                link.start()
            for link in self._links:
                await link.tried()
            yield
        finally:
            self._wanted.clear()
            self._unconfirmed.clear()
            await self._batches.stop()
            for link in self._links:
                link.cancel()
            for link in self._links:
                await link.ended()

    def listening(self) -> bool:
        """Whether messages can be received now."""
        return self._listening

    async def publish(self, room: str, payload: bytes, history: History | None) -> str | None:
        """Publish a message; see `Backend`."""
        channel = self._channel(room)
        if history is None:
            await self._ask(PUBLISH, channel, payload)
            return None
        arguments = (channel, payload, history.messages, *_milliseconds(history))
        return _read_offset(await self._run(_PUBLISH, self._keys(room), *arguments))

    async def read(self, room: str, after: str | None, history: History) -> Past:
        """Read the history of a room; see `Backend`."""
        start = b"" if after is None else _write_offset(after)
        last, oldest, past = await self._run(
            _READ, self._keys(room), start, *_milliseconds(history)
        )
        end = _read_offset(last)
        if after is None:
            return Past((), True, end)
        first = _read_offset(oldest)
        kept = [
            (read, before, data)
            for offset, (_, before, _, data) in past
            if (read := _read_offset(offset)) >= first
        ]
        messages = [(offset, data) for offset, _, data in kept]
        return Past(messages, start == (kept[0][1] if kept else last), end)

    async def announce(
        self,
        process: str,
        changes: Sequence[Change],
        *,
        after: str | None,
        version: str,
        seconds: float,
    ) -> bool:
        """Change which members a process has, and publish the changes; see `Backend`."""
        name, before, milliseconds = process.encode(), (after or "").encode(), _ms(seconds)
        keys = tuple(self._prefix + each for each in (b"processes", b"at:" + name, b"here:" + name))
        parts = [changes[start : start + _CHANGES] for start in range(0, len(changes), _CHANGES)]
        for number, part in enumerate(parts or [()], 1):
            last = number >= len(parts)
            then = version.encode() if last else b"%s/%d" % (version.encode(), number)
            arguments: list[bytes | int] = [name, before, then, milliseconds, int(last)]
            for change in part:
                entry = _entry(change.room) + change.member.encode()
                arguments += [entry, int(change.here), self._channel(change.room), change.payload]
            if not await self._run(_ANNOUNCE, keys, *arguments):
                return False
            before = then
        return True

    async def present(self, rooms: Sequence[str]) -> Present:
        """Return the processes, and their members; see `Backend`."""
        entries = [_entry(room) for room in rooms]
        keys = (self._prefix + b"processes",)
        starts = (self._prefix + b"at:", self._prefix + b"here:")
        listed, here = await self._run(_PRESENT, keys, *starts, *entries)
        names = [each.decode() for each in listed]
        return Present(
            dict(zip(names[::2], names[1::2], strict=True)),
            [
                [entry[len(start) :].partition(b"\0")[2] for entry in members]
                for start, members in zip(entries, here, strict=True)
            ],
        )

    def _keys(self, room: str) -> tuple[bytes, bytes]:
        """The keys of a history, and of its end."""
        name = _encode(room)
        return self._prefix + b"history:" + name, self._prefix + b"end:" + name

    async def _run(self, script: _Script, keys: Sequence[bytes], *arguments: bytes | int) -> Any:
        return await self._ask(
            b"EVALSHA", script.digest, len(keys), *keys, *arguments, script=script
        )

    async def _ask(
        self, command: bytes, *arguments: bytes | int, script: _Script | None = None
    ) -> Any:
        """Send a command, and return the answer.

        Args:
            command: Its name.
            arguments: Its arguments.
            script: The script that it runs, if it does.

        Raises:
            BackendError: Redis cannot be reached.
        """
        again = script in (_READ, _PRESENT)  # of what publishes, nobody knows whether it has
        answer = await self._answer(command, arguments, again)
        if isinstance(answer, NoScriptError):
            text = cast("_Script", script).text
            answer = await self._answer(b"EVAL", (text, *arguments[1:]), again)
        if isinstance(answer, Exception):
            trouble = self._links[1].trouble(answer)
            raise BackendError(explain(trouble, self._address)) from answer
        return answer

    async def _answer(self, command: bytes, arguments: tuple[bytes | int, ...], again: bool) -> Any:
        """Send a command, and return the answer or an error.

        It is sent again while Redis loads its data, and, if that does no harm, when its connection
        is lost.
        """
        passing = _PASSING if again else BusyLoadingError
        answer = await self._batches.ask(command, arguments)
        if isinstance(answer, passing):
            with anyio.move_on_after(self._publish_seconds):
                while isinstance(answer, passing):
                    await anyio.sleep(_AGAIN_DELAY)
                    answer = await self._batches.ask(command, arguments)
        return answer

    async def subscribe(self, rooms: Sequence[str]) -> None:
        """Listen to these rooms, too; see `Backend`."""
        self._wanted.update(rooms)
        self._await_confirmation(rooms)
        try:
            with anyio.fail_after(self._publish_seconds):
                self._tell(b"SUBSCRIBE", rooms)
                await self._until_confirmed()
        except Exception as error:
            await self.unsubscribe(rooms)
            trouble = self._links[0].trouble(error)
            raise BackendError(explain(trouble, self._address)) from error

    async def _until_confirmed(self) -> None:
        await self._confirmed.wait()
        if self._refusal is not None:
            raise self._refusal

    async def unsubscribe(self, rooms: Sequence[str]) -> None:
        """Stop listening to these rooms; see `Backend`."""
        self._wanted.difference_update(rooms)
        self._unconfirmed.difference_update(rooms)
        self._tell(b"UNSUBSCRIBE", rooms)

    def _channel(self, room: str) -> bytes:
        return self._prefix + _encode(room)

    def _tell(self, command: bytes, rooms: Sequence[str]) -> None:
        """Subscribe to channels; without a connection, after reconnecting."""
        connection = self._links[0].connection
        if connection is not None and connection.usable:
            connection.send_command(command, *map(self._channel, rooms))

    def _await_confirmation(self, rooms: Sequence[str]) -> None:
        self._unconfirmed.update(rooms)
        self._refusal = None
        if self._confirmed.is_set():
            self._confirmed = anyio.Event()

    async def _listen(self, connection: BaseConnection) -> None:
        """Receive what comes through the connection that listens, until it is lost."""
        self._await_confirmation(list(self._wanted))
        if self._wanted:
            self._tell(b"SUBSCRIBE", list(self._wanted))
        else:
            self._confirm()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._receive_refusals, connection)
            await self._receive(connection)

    async def _receive(self, connection: BaseConnection) -> None:
        start = len(self._prefix)
        messages = cast("AsyncIterator[list[Any]]", connection.push_messages)
        async for kind, channel, data in messages:
            room = channel[start:].decode("utf-8", "surrogatepass")
            if kind == b"message":
                for offset, payload in read_messages(data):
                    self._listener.message(room, payload, _read_offset(offset) if offset else None)
            elif kind == b"subscribe":
                self._unconfirmed.discard(room)
                self._confirm()

    async def _receive_refusals(self, connection: BaseConnection) -> None:
        """Receive the error of a refused subscription; otherwise the answer is a message."""
        answers = cast("AsyncGenerator[object]", connection.streamed_messages)
        async with aclosing(answers):
            async for answer in answers:
                if isinstance(answer, RedisError):
                    await self._refuse(answer)

    async def _refuse(self, answer: RedisError) -> None:
        """Raise an error of Redis: in the task that waits, or in the connection after a while."""
        if self._confirmed.is_set() or not self._listening:
            logger.warning("%s", explain(answer, self._address))
        self._refusal = answer
        self._confirmed.set()
        if not self._listening:
            await anyio.sleep(_REFUSED_DELAY)
            raise answer

    def _confirm(self) -> None:
        """Continue when all wanted channels are subscribed."""
        if self._unconfirmed:
            return
        self._confirmed.set()
        if not self._listening:
            self._listening = True
            if self._was_listening:
                self._listener.gap()
            self._was_listening = True

    def _lose(self) -> None:
        """Take note that the connection that listens is lost."""
        self._listening = False


def _encode(room: str) -> bytes:
    return room.encode("utf-8", "surrogatepass")


def _entry(room: str) -> bytes:
    """The prefix of the entries of a room's members, which no other room has."""
    name = _encode(room)
    return b"%d:%s" % (len(name), name)


def _milliseconds(history: History) -> tuple[int, int]:
    """For how long messages are kept, and the end of the history."""
    return _ms(history.seconds), _ms(remembered_seconds(history))


def _ms(seconds: float) -> int:
    return math.ceil(seconds * 1000)


def _read_offset(offset: bytes) -> str:
    """Write an offset of a stream as one of rooms, so that their order is that of `str`."""
    milliseconds, _, number = offset.partition(b"-")
    return f"{int(milliseconds):012x}-{int(number):08x}"


def _write_offset(offset: str) -> bytes:
    """Write an offset of rooms as one of a stream.

    Raises:
        OffsetError: It is not an offset.
    """
    match = _OFFSET.fullmatch(offset)
    if match is None:
        raise OffsetError
    return b"%d-%d" % (int(match[1], 16), int(match[2], 16))


def _read_url(
    url: str, ssl_context: ssl.SSLContext | None
) -> tuple[Callable[[], BaseConnection], str]:
    """Read where Redis is.

    Returns:
        A function that makes a connection, and the address without the password.

    Raises:
        ValueError: It does not say so.
    """
    parts, port = _split_url(url)
    database = parts.path.strip("/") or "0"
    if parts.scheme not in ("redis", "rediss"):
        raise _not_a_url(f"this one begins with {parts.scheme!r}.")
    if not parts.hostname:
        raise _not_a_url("this one has no host.")
    if parts.query or not database.isdecimal():
        raise _not_a_url("after the host and the port of this one, there is more than a number.")
    if parts.scheme == "rediss" and ssl_context is None:
        ssl_context = ssl.create_default_context()
    location = TCPLocation(parts.hostname, port)
    options: dict[str, Any] = {
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "db": int(database),
        "ssl_context": ssl_context if parts.scheme == "rediss" else None,
    }
    return lambda: TCPConnection(location, **options), f"{location.host}:{location.port}"


def _split_url(url: str) -> tuple[SplitResult, int]:
    """Split a URL into its parts, and read the port. No error shows what may be a password."""
    remedy = (
        "Percent-encode the special characters of the user name and the password: "
        "urllib.parse.quote(password, safe='')."
    )
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _not_a_url(f"this one cannot be read. {remedy}") from None
    if parts.fragment or "@" in parts.path + parts.query:
        raise _not_a_url(f"this one has a '/', '?' or '#' that ends the host too early. {remedy}")
    try:
        port = _PORT if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise _not_a_url("the port of this one is not a number from 1 to 65535.")
    return parts, port


def _not_a_url(why: str) -> ValueError:
    return ValueError(
        f"The URL of Redis is redis://host:port/database, or rediss:// for TLS; {why}"
    )
