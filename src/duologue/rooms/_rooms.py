"""The class `Rooms`: the members of rooms, and the messages to them."""

import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import uuid4

from anyio.lowlevel import checkpoint

from duologue._asgi import protocol
from duologue._codec import Codec, codec_of, kind_of, read_json, write_json
from duologue._concurrency import background
from duologue.rooms import _envelope as envelopes
from duologue.rooms._attendance import Attendance
from duologue.rooms._backends import Backend
from duologue.rooms._delivery import Delivery
from duologue.rooms._envelope import Envelope
from duologue.rooms._gaps import Gaps
from duologue.rooms._history import History, Published
from duologue.rooms._local import LocalRoom
from duologue.rooms._member import Member
from duologue.rooms._memory import MemoryBackend
from duologue.rooms._presence import Presence, RoomMember
from duologue.rooms._queues import Missed, Outgoing, Policy, check_queue
from duologue.rooms._room import Room
from duologue.rooms._statistics import Counts, Statistics
from duologue.rooms._subscriptions import Subscriptions
from duologue.types import Message
from duologue.websockets import WebSocket, channel_of

if TYPE_CHECKING:
    from duologue.websockets import Block

logger = logging.getLogger("duologue.rooms")

_AT_ONCE = 16  # messages that one task may send before other tasks get a turn

_Excluded = WebSocket | Iterable[WebSocket] | None


class Rooms:
    """Rooms, by their names: everybody in a room receives what is sent to it.

        rooms = Rooms()

        async def chat(websocket):
            await websocket.accept()
            async with rooms.join("lobby", websocket) as room:
                async for text in websocket.iter_text():
                    await room.send_text(text)

    A room exists while it has members. It needs only a name, which is any `str`.

    A member that reads slowly does not delay the others, and one that fails does not affect them.
    Each member has a queue, and a policy for when it is full.

    Args:
        backend: The backend that carries messages to other processes, or the URL of Redis, such as
            `redis://localhost:6379/0`. By default, messages stay in this process.
        queue: How many messages the queue of a member may contain.
        policy: The policy for a full queue: `"disconnect"`, `"drop_newest"`, `"drop_oldest"` or
            `"latest"`; see `Policy`.
        history: How many messages each room keeps, so that a client that reconnects gets the
            messages that it has missed. By default none are kept. Use the same value in all
            processes.
        presence: Lets `members` list the members of a room, and sends a message to the others when
            somebody joins or leaves. By default there is no such list. Use the same value in all
            processes.
        missed: Returns the message that a client gets when it has missed messages, as a value for
            JSON. Without it, the client gets no such message.
        wrap: Returns the message that members get, as `with_offset` does. By default they get the
            message unchanged.
        json_dumps: Writes JSON for `send_json`, as `str` or `bytes`. The default is the
            application's.

    Raises:
        ValueError: There is no such policy, or `queue` is below 1, or the URL is not one of Redis,
            or the backend keeps no history or no presence.
        TypeError: An argument has the wrong type.
        ImportError: The extra `duologue[redis]` is not installed.
    """

    def __init__(
        self,
        backend: Backend | str | None = None,
        *,
        queue: int = 100,
        policy: Policy = "disconnect",
        history: History | None = None,
        presence: Presence | None = None,
        missed: Callable[[Missed], Any] | None = None,
        wrap: Callable[[Published], str | bytes] | None = None,
        json_dumps: Callable[[Any], str | bytes] | None = None,
    ) -> None:
        check_queue(queue, policy)
        for function in (missed, wrap):
            if function is not None and not callable(function):
                raise TypeError(f"`missed` and `wrap` are functions, not {function!r}.")
        if history is not None and not isinstance(history, History):
            raise TypeError(f"A history is a History(...), not {history!r}.")
        if presence is not None and not isinstance(presence, Presence):
            raise TypeError(f"Presence is a Presence(...), not {presence!r}.")
        self._queue = queue
        self._policy: Policy = policy
        self._history = history
        self._most_held = max(queue, 0 if history is None else history.messages)
        self._missed = missed
        self._wrap = wrap
        self._codec = None if json_dumps is None else Codec(dumps=json_dumps)
        self._app_codec: Codec | None = None
        self._rooms: dict[str, LocalRoom] = {}
        self._past = Counts()  # of the rooms that nobody is in any more
        self._last_message: float | None = None
        self._process = uuid4().hex
        self._numbers = count()
        self._publishing = count()
        self._delivery = Delivery()
        self._loop: object = None
        self._listener = _Listener(self._receive, self._note_gap)
        self._backend: Backend
        if backend is None:
            self._backend = MemoryBackend(self._listener)
        elif isinstance(backend, str):
            self._backend = _make_redis(backend)
        else:
            self._backend = backend
        if history is not None and not self._backend.keeps_history:
            raise ValueError(f"This backend keeps no history: {self._backend!r}.")
        self._connected = not self._backend.shared
        self._subscriptions = Subscriptions(self._backend, self._rooms)
        self._gaps: Gaps | None = None
        if history is not None:
            self._gaps = Gaps(self._backend, history, self._rooms, self._give)
        self._attendance: Attendance | None = None
        if presence is not None:
            if not self._backend.keeps_presence:
                raise ValueError(f"This backend keeps no presence: {self._backend!r}.")
            self._attendance = Attendance(presence, self._backend, self._process, self._tell_others)

    @asynccontextmanager
    async def lifespan(self, app: object = None) -> AsyncGenerator[None]:
        """Connect to the backend while an application runs: a lifespan for it.

            app = Duologue(routes=[...], lifespan=rooms.lifespan)

        Rooms in one process do not need it.

        Args:
            app: The argument with which an application calls its lifespan.

        Returns:
            An asynchronous context manager.

        Raises:
            BackendError: The backend cannot be reached.
            RuntimeError: The rooms are already in use by another application.
        """
        codec = getattr(app, "_codec", None)
        self._app_codec = codec if isinstance(codec, Codec) else None
        if not self._backend.shared:
            yield
            return
        if self._connected:
            raise RuntimeError("These rooms are connected already: make others for this lifespan.")
        self._enter_loop()
        async with self._backend.connect(self._listener):
            try:
                if await self._subscriptions.renew():
                    self._listener.gap()
                self._connected = True
                if self._attendance is not None:
                    self._attendance.start()
                yield
            finally:
                self._connected = False
                self._subscriptions.forget()
                try:
                    if self._gaps is not None:
                        await self._gaps.stop()
                finally:
                    if self._attendance is not None:
                        await self._attendance.stop()

    def join(
        self,
        room: str,
        websocket: WebSocket,
        *,
        after: str | None = None,
        info: Any = None,
        queue: int | None = None,
        policy: Policy | None = None,
        buffer: int = 16,
        buffer_bytes: int = 1_048_576,
        full_seconds: float | None = 10,
        discard: bool = False,
    ) -> AbstractAsyncContextManager[Room]:
        """Open a block in which a WebSocket is in a room.

            async with rooms.join("lobby", websocket) as room:
                async for text in websocket.iter_text():
                    await room.send_text(text)

        It is a block of `websocket.until_closed()`, with the same arguments: when the client
        disconnects, the body is cancelled, and the program continues after the block. If the body
        does not receive, pass `discard=True`. The member always leaves the room at the end of the
        block. If the body returns normally, messages that were sent to the room before are still
        sent to the member.

        A WebSocket may be in several rooms.

        If the rooms have a history, pass `after=` with the offset of the last message that the
        client has received. The client gets the messages since then, and after them the new ones,
        in order and each once. If the history does not reach back that far, the client first gets
        the message of `missed`, and then what there is.

        Args:
            room: The name of the room.
            websocket: The WebSocket, already accepted.
            after: The offset. By default the member gets only new messages.
            info: The `info` of the member in `members`, as a value for JSON. The default is `None`.
            queue: How many messages the queue of this member may contain. The default is that of
                the rooms.
            policy: The policy for a full queue. The default is that of the rooms.
            buffer: As in `until_closed`.
            buffer_bytes: As in `until_closed`.
            full_seconds: As in `until_closed`.
            discard: As in `until_closed`.

        Returns:
            An asynchronous context manager, for one `async with`. It returns the room.

        Raises:
            WebSocketDisconnect: On entering: the client has disconnected.
            WebSocketStateError: The connection is not accepted, or this side has closed it, or
                another task is receiving already.
            BackendError: On entering: the backend cannot be reached.
            OffsetError: On entering: `after` is not an offset of these rooms. The error is a
                `ValueError`.
            ValueError: An argument is out of range.
            TypeError: An argument has the wrong type, or `info` cannot be written as JSON.
            RuntimeError: `after` is given, but the rooms have no history; or `info` is given, but
                the rooms have no `presence`. On entering: the rooms are in use in another event
                loop, or their backend is not connected; see `lifespan`.
        """
        _check_name(room)
        if not isinstance(websocket, WebSocket):
            raise TypeError(f"Only a WebSocket can join, not {websocket!r}.")
        if after is not None:
            if not isinstance(after, str):
                raise TypeError(f"An offset is a str, not {after!r}.")
            if self._history is None:
                raise RuntimeError("These rooms keep no history: make Rooms(history=History()).")
        if info is not None:
            if self._attendance is None:
                raise _no_presence()
            info = read_json(write_json(info))  # as it is for those in other processes
        size = self._queue if queue is None else queue
        check_queue(size, policy := self._policy if policy is None else policy)
        block = websocket.until_closed(
            buffer, buffer_bytes=buffer_bytes, full_seconds=full_seconds, discard=discard
        )
        return self._join(room, websocket, cast("Block", block), size, policy, after, info)

    async def members(self, room: str) -> list[RoomMember]:
        """Return the members of a room, from anywhere.

        All members are listed. If a member joined without `info`, its `info` is `None`.

        Args:
            room: The name of the room.

        Returns:
            The members, in no particular order.

        Raises:
            BackendError: The room has no members in this process, and the backend cannot be
                reached.
            TypeError: An argument has the wrong type.
            RuntimeError: The rooms have no `presence`, or are in use in another event loop, or
                their backend is not connected; see `lifespan`.

        Cancelling it is safe.
        """
        _check_name(room)
        if self._attendance is None:
            raise _no_presence()
        self._check_usable()
        await checkpoint()
        return await self._attendance.members(room)

    async def send_text(
        self, room: str, data: str, *, exclude: _Excluded = None, key: str | None = None
    ) -> None:
        """Send a text message to everybody in a room, from anywhere.

        It waits for no member. If nobody is in the room, nothing happens.

        Args:
            room: The name of the room.
            data: The text, which may be empty.
            exclude: A WebSocket, or several, that do not get the message.
            key: The name of the value that this message updates, for members with the policy
                `"latest"`.

        Raises:
            BackendError: The backend cannot be reached, or has not answered in time. The message
                may have been sent.
            TypeError: An argument has the wrong type. Nothing has been sent.
            ValueError: The text contains half of a surrogate pair. Nothing has been sent.
            RuntimeError: The rooms are in use in another event loop, or their backend is not
                connected; see `lifespan`.

        Cancelling it is safe: either everybody gets the message, or nobody does.
        """
        if not isinstance(data, str):
            raise protocol.wrong_data("text", data)
        encoded = protocol.utf8(protocol.TEXT_MESSAGE, data)
        await self._publish(room, envelopes.TEXT, encoded, exclude, key)

    async def send_bytes(
        self, room: str, data: bytes, *, exclude: _Excluded = None, key: str | None = None
    ) -> None:
        """Send a binary message to everybody in a room, from anywhere; see `send_text`.

        Args:
            room: The name of the room.
            data: The bytes, which may be empty.
            exclude: A WebSocket, or several, that do not get the message.
            key: The name of the value that this message updates, for members with the policy
                `"latest"`.

        Raises:
            BackendError: The backend cannot be reached, or has not answered in time. The message
                may have been sent.
            TypeError: An argument has the wrong type. Nothing has been sent.
            RuntimeError: The same as for `send_text`.

        Cancelling it is safe: either everybody gets the message, or nobody does.
        """
        if not isinstance(data, bytes):
            raise protocol.wrong_data("bytes", data)
        await self._publish(room, envelopes.BINARY, data, exclude, key)

    async def send_json(
        self,
        room: str,
        data: Any,
        mode: Literal["text", "binary"] = "text",
        *,
        exclude: _Excluded = None,
        key: str | None = None,
    ) -> None:
        """Send a value as JSON to everybody in a room, from anywhere; see `send_text`.

        The value is written once, by `json_dumps`, or by the application of the `lifespan`.

        Args:
            room: The name of the room.
            data: A value that can be written as JSON.
            mode: The kind of frame to send.
            exclude: A WebSocket, or several, that do not get the message.
            key: The name of the value that this message updates, for members with the policy
                `"latest"`.

        Raises:
            BackendError: The backend cannot be reached, or has not answered in time. The message
                may have been sent.
            TypeError: The data cannot be written as JSON, or an argument has the wrong type.
            ValueError: The data contains NaN, infinity or itself.
            RuntimeError: The mode is neither "text" nor "binary". All errors of `send_text` are
                possible, too.

        Cancelling it is safe: either everybody gets the message, or nobody does.
        """
        codec = self._own_codec
        if kind_of(mode) == "text":
            await self.send_text(room, codec.write_text(data), exclude=exclude, key=key)
        else:
            await self.send_bytes(room, codec.write_bytes(data), exclude=exclude, key=key)

    def statistics(self) -> Statistics:
        """Return the counters, and whether messages of other processes can be received."""
        total = Counts()
        total.add(self._past)
        rooms = {name: room.counts.read(len(room)) for name, room in self._rooms.items()}
        for room in self._rooms.values():
            total.add(room.counts)
        last = self._last_message
        return Statistics(
            MappingProxyType(rooms),
            total.read(sum(map(len, self._rooms.values()))),
            self._connected and self._backend.listening(),
            None if last is None else time.monotonic() - last,
        )

    # What is behind these.

    @asynccontextmanager
    async def _join(
        self,
        name: str,
        websocket: WebSocket,
        block: "Block",
        size: int,
        policy: Policy,
        after: str | None,
        info: Any,
    ) -> AsyncGenerator[Room]:
        self._enter_loop()
        if not self._connected:
            raise _not_connected()
        block.entering = True
        async with block:
            local, member = self._admit(name, websocket, size, policy)
            try:
                offset = await self._take_part(local, member, after, info)
                block.begin_body()
                codec = self._codec or codec_of(websocket.scope)
                yield Room(self, self._process, name, member, codec, offset)
                await member.flush()
            finally:
                await self._leave(local, member)
        if block.entering:
            raise channel_of(websocket).not_open()  # it has ended meanwhile

    def _admit(
        self, name: str, websocket: WebSocket, size: int, policy: Policy
    ) -> tuple[LocalRoom, Member]:
        """Let a WebSocket into a room, which is made if it is the first in this process."""
        local = self._rooms.get(name)
        if local is None:
            local = self._rooms[name] = LocalRoom(name, self._most_held)
            self._note(name)
        channel = channel_of(websocket)
        tell = None if self._missed is None else partial(self._tell, self._missed, name)
        member = Member(next(self._numbers), channel, local.counts, size, policy, tell)
        local.add(member)
        self._delivery.prepare()
        return local, member

    async def _take_part(
        self, local: LocalRoom, member: Member, after: str | None, info: Any
    ) -> str | None:
        """Wait until a member receives all that is sent to its room.

        Returns:
            The end of the history; `None` without one.
        """
        offset: str | None = None
        if self._gaps is None:
            await local.received()
        else:
            offset = await self._catch_up(self._gaps, local, member, after)
        if self._attendance is not None:
            await self._attendance.know(local)
            self._attendance.enter(local, member, info)
        return offset

    async def _catch_up(
        self, gaps: Gaps, local: LocalRoom, member: Member, after: str | None
    ) -> str:
        """Let a member begin where its client has stopped, or at the end of the history.

        Returns:
            The end of the history.
        """
        local.await_past(member)
        await local.received()
        past = await gaps.read(local.name, after)
        messages: dict[str, Outgoing] = {}
        for offset, payload in past.messages:
            opened = self._open(local, payload, offset)
            if opened is not None:
                messages[offset] = opened[0]
        first = local.end_of_past(member, after, past, messages)
        if first:
            member.resume(first)
        if local.holding:
            gaps.note(local.name)  # it may be the first who knows where to begin
        return past.offset

    async def _leave(self, local: LocalRoom, member: Member) -> None:
        local.remove(member)
        if self._attendance is not None:
            self._attendance.leave(local, member)
        if not local:
            del self._rooms[local.name]
            self._past.add(local.counts)
            self._note(local.name)
            if not self._rooms:
                self._delivery.release()
        await member.stop()

    def _note(self, name: str) -> None:
        if self._backend.shared:
            self._subscriptions.note(name)
        elif name in self._rooms:
            self._rooms[name].subscribed.set()

    async def _publish(
        self, room: str, kind: bytes, data: bytes, exclude: _Excluded, key: str | None
    ) -> None:
        _check_name(room)
        if key is not None and not isinstance(key, str):
            raise TypeError(f"A key is a str, not {key!r}.")
        self._check_usable()
        excluded = () if exclude is None else self._numbers_of(room, exclude)
        payload = Envelope(kind, data, self._process, excluded, key).pack()
        await self._backend.publish(room, payload, self._history)
        # Not before: a client may disconnect right after the message that is sent here.
        if not self._backend.shared and (
            not self._delivery.at_once or next(self._publishing) % _AT_ONCE == 0
        ):
            await checkpoint()  # else slow members, and all other tasks, would get no turn

    def _numbers_of(self, room: str, excluded: WebSocket | Iterable[WebSocket]) -> set[int]:
        each = [excluded] if isinstance(excluded, WebSocket) else list(excluded)
        for websocket in each:
            if not isinstance(websocket, WebSocket):
                raise TypeError(f"Only a WebSocket can be excluded, not {websocket!r}.")
        local = self._rooms.get(room)
        return set() if local is None else local.numbers(map(channel_of, each))

    def _tell(self, made_by: Callable[[Missed], Any], name: str, missed: int | None) -> Message:
        """Make the message that tells a client what it has missed."""
        text = self._own_codec.write_text(made_by(Missed(name, missed)))
        return {"type": "websocket.send", "text": text}

    def _tell_others(
        self,
        name: str,
        made_by: Callable[[RoomMember], Any],
        member: RoomMember,
        number: int | None,
    ) -> None:
        """Tell all others in a room what has become of a member, which may have a number here."""
        local = self._rooms.get(name)
        if local is None:
            return
        try:
            text = self._own_codec.write_text(made_by(member))
        except Exception as error:  # noqa: BLE001 - the endpoints of the members raise it
            for each in local.members:
                each.fail(error)
            return
        outgoing = Outgoing({"type": "websocket.send", "text": text}, member.id)
        others = [each for each in local.members if each.number != number]
        local.counts.published += 1
        self._delivery.send(others, outgoing, local.counts)

    @property
    def _own_codec(self) -> Codec:
        """Writes JSON that is not for a single member."""
        return self._codec or self._app_codec or codec_of({})

    def _receive(self, room: str, payload: bytes, offset: str | None) -> None:
        """Pass a message that has arrived to all members of the room in this process."""
        self._last_message = time.monotonic()
        local = self._rooms.get(room)
        if local is None:
            return  # the last member has just left
        if self._attendance is not None:
            try:
                if self._attendance.receive(room, payload):
                    return
            except ValueError as error:
                _log_strange(room, error)
                return
        if offset is None or local.take(offset, payload):
            self._give(local, payload, offset)

    def _give(self, local: LocalRoom, payload: bytes, offset: str | None) -> None:
        opened = self._open(local, payload, offset)
        if opened is None:
            return
        local.counts.published += 1
        outgoing, process, excluded = opened
        members: Iterable[Member] = local.members
        if process == self._process:
            members = [member for member in members if member.number not in excluded]
        if offset is not None and local.unsettled:
            members = local.ready_for(offset, outgoing, members)
        self._delivery.send(members, outgoing, local.counts)

    def _open(
        self, local: LocalRoom, payload: bytes, offset: str | None
    ) -> tuple[Outgoing, str, Collection[int]] | None:
        """Make the message to send, and return the process and the members that do not get it."""
        try:
            kind, data, process, excluded, key = envelopes.unpack(payload)
            content = data.decode() if kind is envelopes.TEXT else data
        except ValueError as error:
            _log_strange(local.name, error)
            return None
        if self._wrap is not None:
            try:
                content = self._wrap(Published(local.name, content, offset))
            except Exception as error:  # noqa: BLE001 - the endpoints of the members raise it
                for member in local.members:
                    member.fail(error)
                return None
        name = "text" if isinstance(content, str) else "bytes"
        return Outgoing({"type": "websocket.send", name: content}, key), process, excluded

    def _note_gap(self) -> None:
        """Fill the gaps of a lost connection, or tell all members of them."""
        if self._attendance is not None:
            self._attendance.note_gap()
        for name, local in self._rooms.items():
            if self._gaps is not None:
                self._gaps.note(name)
                continue
            local.counts.gaps += 1
            for member in local.members:
                member.put_gap(None)

    def _enter_loop(self) -> None:
        loop = background.current_loop()
        if loop is not self._loop:
            if self._rooms or (self._connected and self._backend.shared):
                raise _other_loop()
            self._loop = loop

    def _check_usable(self) -> None:
        if not self._connected:
            raise _not_connected()
        in_use = self._rooms or self._backend.shared
        if in_use and background.current_loop() is not self._loop:
            raise _other_loop()


def _make_redis(url: str) -> Backend:
    try:
        from duologue.rooms.redis import RedisBackend
    except ImportError as error:
        message = 'Rooms over Redis need coredis: pip install "duologue[redis]".'
        raise ImportError(message, name=error.name) from error
    return RedisBackend(url)


class _Listener:
    """The listener for the rooms of this process; see `Listener`."""

    def __init__(
        self, message: Callable[[str, bytes, str | None], None], gap: Callable[[], None]
    ) -> None:
        self.message = message
        self.gap = gap


def _log_strange(room: str, error: ValueError) -> None:
    logger.warning(
        "Ignored a message for the room %r that these rooms did not publish: %s", room, error
    )


def _check_name(room: object) -> None:
    if not isinstance(room, str):
        raise TypeError(f"The name of a room is a str, not {room!r}.")


def _no_presence() -> RuntimeError:
    return RuntimeError("These rooms keep no presence: make Rooms(presence=Presence()).")


def _not_connected() -> RuntimeError:
    return RuntimeError(
        "These rooms are not connected to their backend. Give their lifespan to the application: "
        "Duologue(lifespan=rooms.lifespan)."
    )


def _other_loop() -> RuntimeError:
    return RuntimeError(
        "These rooms are in use in another event loop. From another thread, call them by "
        "anyio.from_thread.run(). Or make rooms for each event loop, and let a backend that they "
        "share connect them."
    )
