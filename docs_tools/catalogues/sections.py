"""Sections of a docstring: which message each of their texts is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from docs_tools.catalogues.markdown import each_paragraph

if TYPE_CHECKING:
    from griffe import DocstringElement, DocstringSection

    from docs_tools.catalogues.messages import Translate


def translate_section(section: DocstringSection, path: str, translate: Translate) -> None:
    """Translate the words of one section of an object's docstring.

    The context is the public path of the object and the kind of the section, and the name of the
    parameter, attribute or exception where the words are about one.
    """
    kind = section.kind.value.replace(" ", "-")
    if section.title:
        section.title = translate(f"{path}:{kind}:title", section.title)
    if isinstance(section.value, str):
        section.value = paragraphs(section.value, f"{path}:{kind}", translate)
    elif kind == "examples":
        section.value = [
            (part, paragraphs(text, f"{path}:{kind}", translate) if part.value == "text" else text)
            for part, text in section.value
        ]
    else:
        value: DocstringElement | list[DocstringElement] = section.value
        for element in value if isinstance(value, list) else [value]:
            name = element.annotation if kind == "raises" else getattr(element, "name", "")
            context = ":".join(filter(None, [path, kind, str(name or "")]))
            element.description = paragraphs(element.description, context, translate)


def paragraphs(text: str, context: str, translate: Translate) -> str:
    """Translate the paragraphs of a text."""
    return each_paragraph(text, partial(translate, context))
