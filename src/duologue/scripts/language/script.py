"""The syntax tree: a script, its lines, and how they are written.

Each kind of line is a class, and its `str` is the line in its canonical form. `parse(str(script))`
returns an equal script. A parsed line has its number, from 1, which is not compared.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from duologue.scripts.language.content import Expected, Sent, Wording, write, write_string

INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The base of every line.

    Args:
        number: The number of the line in its file, from 1; 0 if it was not parsed.
    """

    number: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comment(Numbered):
    """A comment: `# text`."""

    text: str

    def __str__(self) -> str:
        return f"# {self.text}".rstrip(" ")


@dataclass(frozen=True, slots=True)
class Open(Numbered):
    """A client opens a connection: `> open PATH`.

    Args:
        client: The name of the client, empty if the script has only one.
        path: The path, with the query.
        headers: The headers of the request, with names in lower case.
        subprotocols: The subprotocols that the client offers.
    """

    client: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()

    def __str__(self) -> str:
        offer = (
            [f"{INDENT}subprotocols: {', '.join(self.subprotocols)}"] if self.subprotocols else []
        )
        headers = [_write_header(name, value, plain=True) for name, value in self.headers]
        return "\n".join([f"{self.client}> open {self.path}", *offer, *headers])


@dataclass(frozen=True, slots=True)
class Accept(Numbered):
    """The server accepts the connection: `< accept SUBPROTOCOL`.

    Args:
        client: The name of the client.
        subprotocol: The subprotocol that the server chose, empty for none.
        headers: Headers that the response must have; it may have others, too.
    """

    client: str
    subprotocol: str = ""
    headers: tuple[tuple[str, Wording], ...] = ()

    def __str__(self) -> str:
        first = f"{self.client}< accept {self.subprotocol}".rstrip(" ")
        return "\n".join([first, *(_write_header(name, value) for name, value in self.headers)])


@dataclass(frozen=True, slots=True)
class Deny(Numbered):
    """The server denies the handshake with an HTTP response: `< deny STATUS`.

    Args:
        client: The name of the client.
        status: The status of the response.
        headers: Headers that the response must have; it may have others, too.
        body: The body, or `None` for any body.
    """

    client: str
    status: int
    headers: tuple[tuple[str, Wording], ...] = ()
    body: Expected | None = None

    def __str__(self) -> str:
        headers = [_write_header(name, value) for name, value in self.headers]
        body = [] if self.body is None else ["", INDENT + write(self.body, INDENT)]
        return "\n".join([f"{self.client}< deny {self.status}", *headers, *body])


@dataclass(frozen=True, slots=True)
class ClientMessage(Numbered):
    """A client sends a message."""

    client: str
    content: Sent

    def __str__(self) -> str:
        return f"{self.client}> {write(self.content)}"


@dataclass(frozen=True, slots=True)
class ServerMessage(Numbered):
    """The server sends a message."""

    client: str
    content: Expected

    def __str__(self) -> str:
        return f"{self.client}< {write(self.content)}"


@dataclass(frozen=True, slots=True)
class ClientClose(Numbered):
    """A client closes the connection: `> close CODE "reason"`.

    Args:
        client: The name of the client.
        code: The close code, or `None` for a close frame without one.
        reason: The reason; only with a code.
    """

    client: str
    code: int | None = None
    reason: str = ""

    def __str__(self) -> str:
        code = "" if self.code is None else f" {self.code}"
        return f"{self.client}> close{code}{_write_reason(self.reason)}"


@dataclass(frozen=True, slots=True)
class ServerClose(Numbered):
    """The server closes the connection: `< close CODE "reason"`.

    Args:
        client: The name of the client.
        code: The close code: 1005 for a close frame without one, 1006 for none at all.
        reason: The reason; empty if there must be none.
    """

    client: str
    code: int
    reason: Wording = ""

    def __str__(self) -> str:
        return f"{self.client}< close {self.code}{_write_reason(self.reason)}"


@dataclass(frozen=True, slots=True)
class Drop(Numbered):
    """A client drops the connection, without a close frame: `> drop`."""

    client: str

    def __str__(self) -> str:
        return f"{self.client}> drop"


@dataclass(frozen=True, slots=True)
class Wait(Numbered):
    """A client waits: `> wait SECONDS`."""

    client: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.client}> wait {repr(float(self.seconds)).removesuffix('.0')}"


Turn: TypeAlias = (
    Open | Accept | Deny | ClientMessage | ServerMessage | ClientClose | ServerClose | Drop | Wait
)
"""A line of a client or of the server."""

Line: TypeAlias = Comment | Turn
"""Any line of a script."""


@dataclass(frozen=True, slots=True)
class Script:
    """An expected conversation between clients and a server.

    Args:
        lines: The lines, in order.
        path: The file of the script. It is not compared.
    """

    lines: tuple[Line, ...]
    path: Path | None = field(default=None, compare=False)

    @property
    def clients(self) -> tuple[str, ...]:
        """The names of the clients in order of appearance; `""` is a client without a name."""
        names = (line.client for line in self.lines if not isinstance(line, Comment))
        return tuple(dict.fromkeys(names))

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def write(self, path: str | Path) -> None:
        """Write the script to a file, in UTF-8.

        Raises:
            OSError: The file cannot be written.
        """
        Path(path).write_text(str(self), encoding="utf-8", newline="\n")


def _write_header(name: str, value: Wording, *, plain: bool = False) -> str:
    if not isinstance(value, str):
        written = str(value)
    elif _stands_for_itself(value) and (plain or not _means_something(value)):
        written = value
    else:
        written = write_string(value)
    return f"{INDENT}{name}: {written}"


def _stands_for_itself(value: str) -> bool:
    return value != "" and value == value.strip(" ") and value.isprintable() and value[0] != '"'


def _means_something(value: str) -> bool:
    return value.split(maxsplit=1)[0] in ("any", "like") or value.startswith('like"')


def _write_reason(reason: Wording) -> str:
    if reason == "":
        return ""
    return f" {write_string(reason) if isinstance(reason, str) else reason}"
