"""Messages, as gettext calls them: a text to translate, and the context that says whose it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Takes a context and a text; returns the text in the language of the page.
Translate = Callable[[str, str], str]


@dataclass(frozen=True)
class Message:
    """A text to translate.

    Attributes:
        context: Whose words they are: ``duologue.datastructures.URL.port:text``.
        text: The words, as Markdown or as the lines of a comment.
        file: The file that says them, from the root of the project.
    """

    context: str
    text: str
    file: str

    @property
    def key(self) -> tuple[str, str]:
        """What a catalogue finds its translation by."""
        return self.context, self.text


class Collector:
    """A translator that changes nothing and remembers what it was asked for.

    Attributes:
        messages: What it was asked for, in order, each once.
        file: The file whose words come next.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Message] = {}
        self.file = ""

    def __call__(self, context: str, text: str) -> str:
        """Remember a text."""
        message = Message(context, text, self.file)
        self.found.setdefault(message.key, message)
        return text

    @property
    def messages(self) -> list[Message]:
        """What it was asked for."""
        return list(self.found.values())
