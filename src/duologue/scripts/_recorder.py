"""The recorder: makes a script of a conversation while it takes place."""

from collections.abc import Sequence

from duologue.scripts._matching import content_of, content_of_body
from duologue.scripts.language.content import Binary, Json, Sent, Text
from duologue.scripts.language.script import (
    Accept,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Line,
    Open,
    Script,
    ServerClose,
    ServerMessage,
    Wait,
)
from duologue.scripts.transports.connectors import Accepted, Answer, Broken, Ended, Event


class Recorder:
    """Records a conversation as a script that can be played.

    Call a method for each event when it happens. You can get the script at any time.

    Args:
        client: The name of the client, empty if there is only one.

    Attributes:
        broken: Whether the server broke the rules of the protocol.
    """

    def __init__(self, client: str = "") -> None:
        self._client = client
        self._lines: list[Line] = []
        self._ended = self._answered = True
        self.broken = False

    def open(
        self,
        path: str,
        headers: Sequence[tuple[str, str]] = (),
        subprotocols: Sequence[str] = (),
    ) -> Line:
        """The client opens a connection.

        Returns:
            The recorded line. The other methods also return their lines.
        """
        self._ended = self._answered = False
        return self._add(Open(self._client, path, tuple(headers), tuple(subprotocols)))

    def answer(self, answer: Answer) -> Line:
        """The server accepts or denies the handshake."""
        self._answered = True
        if isinstance(answer, Broken):
            return self._break(answer.words)
        if isinstance(answer, Accepted):
            return self._add(Accept(self._client, answer.subprotocol))
        content = content_of_body(answer.body)
        return self._end(Deny(self._client, answer.status, (), content))

    def send(self, content: Sent) -> Line:
        """The client sends a message."""
        return self._add(ClientMessage(self._client, content))

    def receive(self, event: Event) -> Line:
        """The server sends a message, or closes the connection."""
        match event:
            case Ended(code, reason):
                return self._end(ServerClose(self._client, code, reason))
            case Broken(words):
                return self._break(words)
            case _:
                return self._add(ServerMessage(self._client, received_content(event)))

    # Earlier names.
    say = send
    hear = receive

    def close(self, code: int | None = None, reason: str = "") -> Line:
        """The client closes the connection. First record everything before it."""
        return self._end(ClientClose(self._client, code, reason))

    def drop(self) -> Line:
        """The client drops the connection. First record everything before it."""
        return self._end(Drop(self._client))

    def wait(self, seconds: float) -> Line:
        """The client waits."""
        return self._add(Wait(self._client, seconds))

    @property
    def ended(self) -> bool:
        """Whether the connection has ended."""
        return self._ended

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines so far."""
        return tuple(self._lines)

    @property
    def script(self) -> Script:
        """The script so far. If the connection is still open, it ends with `> close 1000`.

        A handshake without an answer is left out.
        """
        if not self._answered:
            return Script(tuple(self._lines[:-1]))
        end = [] if self._ended else [ClientClose(self._client, 1000)]
        return Script((*self._lines, *end))

    def _add(self, line: Line) -> Line:
        self._lines.append(line)
        return line

    def _end(self, line: Line) -> Line:
        self._ended = True
        return self._add(line)

    def _break(self, words: str) -> Line:
        self.broken = True
        # No script can expect it, so the client disconnects before.
        line = self._add(Comment(f"The server broke the rules: {' '.join(words.split())}"))
        if isinstance(self._lines[-2], Open):
            del self._lines[-2]
            self._ended = True
        else:
            self._end(Drop(self._client))
        return line


def received_content(message: str | bytes) -> Text | Binary | Json:
    """Make the content of a message: an object or an array in JSON is compared by value."""
    content = content_of(message, prefer_json=True)
    if isinstance(content, Json) and not isinstance(content.value, dict | list):
        return content_of(message, prefer_json=False)
    return content
