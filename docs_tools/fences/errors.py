"""The messages that a part of the library raises or logs, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from docs_tools.project.errors import Message


def error_list(messages: list[Message]) -> str:
    """Draw messages in the order of the alphabet: what is raised or logs, and what it says."""
    row = Markup("<li><code>{}</code></li>\n")
    texts = sorted(
        {f"{each.name}: {each.text}" if each.name else each.text for each in messages},
        key=lambda text: (text.lstrip("… `").lower(), text),
    )
    return str(
        Markup('<ul class="errors" lang="en">\n{}</ul>').format(
            Markup("").join(row.format(text) for text in texts)
        )
    )
