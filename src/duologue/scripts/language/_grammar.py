"""The order of lines: which line may follow which, for each client."""

from collections.abc import Iterable, Sequence

from duologue.scripts.language.script import (
    Accept,
    ClientClose,
    Comment,
    Deny,
    Drop,
    Line,
    Open,
    ServerClose,
    Wait,
)


class Progress:
    """The progress of one client's conversation.

    Attributes:
        last: The index of its last line in the script.
    """

    def __init__(self, client: str) -> None:
        self.client = client
        self.last = 0
        self._answered = True
        self._ended = True
        self._begun = False

    def follow(self, line: Line, index: int) -> str | None:
        """Take the next line of this client.

        Returns:
            The mistake, or `None`.
        """
        mistake = self._mistake(line)
        self.last = index
        self._begun = True
        if isinstance(line, Open):
            self._answered = self._ended = False
        elif isinstance(line, Accept):
            self._answered = True
        elif isinstance(line, Deny | ClientClose | ServerClose | Drop):
            self._ended = True
        return mistake

    def missing(self) -> str | None:
        """Say what the script still lacks after its last line, or `None`."""
        if self._ended:
            return None
        if not self._answered:
            return f"the conversation stops here: {self._answer} has to follow"
        return (
            f"the conversation has no end: `{self.client}> close`, `{self.client}< close CODE` "
            f"or `{self.client}> drop` has to follow"
        )

    @property
    def _answer(self) -> str:
        return f"`{self.client}< accept` or `{self.client}< deny STATUS`"

    def _mistake(self, line: Line) -> str | None:
        opening = f"`{self.client}> open PATH`"
        if self._ended:
            if isinstance(line, Open):
                return None
            if self._begun:
                return f"the conversation has ended: only {opening} can follow"
            return f"a conversation begins with {opening}"
        if isinstance(line, Open):
            return "the conversation has not ended, so it cannot be opened again"
        if self._answered and isinstance(line, Accept | Deny):
            return "the server has answered already: the conversation is open"
        if not self._answered and not isinstance(line, Accept | Deny | Wait):
            return f"the server has not answered: {self._answer} comes first"
        return None


def first_mistake(lines: Sequence[Line]) -> tuple[int, str] | None:
    """Find the first line that breaks the order of a conversation.

    Returns:
        The index of the line, and the mistake; `None` if the order is right.
    """
    conversations: dict[str, Progress] = {}
    for index, line in enumerate(lines):
        if isinstance(line, Comment):
            continue
        if conversations and bool(line.client) == ("" in conversations):
            return index, _wrong_name(line.client)
        conversation = conversations.setdefault(line.client, Progress(line.client))
        mistake = conversation.follow(line, index)
        if mistake:
            return index, mistake
    if not conversations:
        return 0, "the script has no conversation: it begins with `> open PATH`"
    return _first_missing(conversations.values())


def _first_missing(conversations: Iterable[Progress]) -> tuple[int, str] | None:
    for conversation in conversations:
        missing = conversation.missing()
        if missing:
            return conversation.last, missing
    return None


def _wrong_name(client: str) -> str:
    if client:
        return "this line has a name, and the lines above have none: all have one, or none has"
    return "this line has no name, and the lines above have: all have one, or none has"
