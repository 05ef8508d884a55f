"""A room as its member sees it."""

from collections.abc import Iterable
from typing import Any, Literal, Protocol

from duologue._codec import Codec, kind_of
from duologue.rooms._member import Member
from duologue.rooms._presence import RoomMember, member_id
from duologue.websockets import WebSocket


class Publisher(Protocol):
    """Sends to a room: its `Rooms`."""

    async def send_text(
        self,
        room: str,
        data: str,
        *,
        exclude: WebSocket | Iterable[WebSocket] | None,
        key: str | None,
    ) -> None:
        """Send a text message."""

    async def send_bytes(
        self,
        room: str,
        data: bytes,
        *,
        exclude: WebSocket | Iterable[WebSocket] | None,
        key: str | None,
    ) -> None:
        """Send a binary message."""

    async def members(self, room: str) -> list[RoomMember]:
        """Return who is in a room."""
        ...


class Room:
    """The room that `Rooms.join` returns to a member. Use it to send to everybody in the room.

    Attributes:
        name: The name of the room.
        offset: The end of the history when the member joined; `None` without a history.
    """

    __slots__ = ("_codec", "_member", "_process", "_rooms", "name", "offset")

    def __init__(
        self,
        rooms: Publisher,
        process: str,
        name: str,
        member: Member,
        codec: Codec,
        offset: str | None,
    ) -> None:
        self.name = name
        self.offset = offset
        self._rooms = rooms
        self._process = process
        self._member = member
        self._codec = codec

    @property
    def missed(self) -> int | None:
        """How many messages this member has missed; `None` if this is unknown."""
        return self._member.missed

    @property
    def id(self) -> str:
        """The `id` of this member in the list of `members`."""
        return member_id(self._process, self._member.number)

    async def members(self) -> list[RoomMember]:
        """Return the members of the room, including this one; see `Rooms.members`."""
        return await self._rooms.members(self.name)

    async def send_text(
        self,
        data: str,
        *,
        exclude: WebSocket | Iterable[WebSocket] | None = None,
        key: str | None = None,
    ) -> None:
        """Send a text message to everybody in the room; see `Rooms.send_text`."""
        await self._rooms.send_text(self.name, data, exclude=exclude, key=key)

    async def send_bytes(
        self,
        data: bytes,
        *,
        exclude: WebSocket | Iterable[WebSocket] | None = None,
        key: str | None = None,
    ) -> None:
        """Send a binary message to everybody in the room; see `Rooms.send_bytes`."""
        await self._rooms.send_bytes(self.name, data, exclude=exclude, key=key)

    async def send_json(
        self,
        data: Any,
        mode: Literal["text", "binary"] = "text",
        *,
        exclude: WebSocket | Iterable[WebSocket] | None = None,
        key: str | None = None,
    ) -> None:
        """Send a value as JSON to everybody in the room, written like JSON of the WebSocket.

        See `Rooms.send_json`.
        """
        if kind_of(mode) == "text":
            await self.send_text(self._codec.write_text(data), exclude=exclude, key=key)
        else:
            await self.send_bytes(self._codec.write_bytes(data), exclude=exclude, key=key)
