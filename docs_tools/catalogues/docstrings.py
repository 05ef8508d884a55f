"""Docstrings in the language of the page: a griffe extension, and the messages it looks for."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from griffe import Docstring, Extension, Object

from docs_tools.catalogues.files import REFERENCE, translator
from docs_tools.catalogues.markdown import each_paragraph
from docs_tools.languages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from griffe import DocstringSection, Module

    from docs_tools.catalogues.messages import Translate


class Localised(Docstring):
    """A docstring whose words are those of a language.

    Attributes:
        translate: Knows the words.
    """

    translate: Translate

    @classmethod
    def of(cls, docstring: Docstring, translate: Translate) -> Localised:
        """Make one that takes the place of a docstring."""
        made = cls(
            docstring.value,
            lineno=docstring.lineno,
            endlineno=docstring.endlineno,
            parent=docstring.parent,
            parser=docstring.parser,
            parser_options=docstring.parser_options,
        )
        made.translate = translate
        return made

    @cached_property
    def parsed(self) -> list[DocstringSection]:
        """The sections, their words translated; names, types and code are as they were."""
        sections = self.parse()
        path = self.parent.canonical_path if self.parent else ""
        for section in sections:
            translate_section(section, path, self.translate)
        return sections


class Localisation(Extension):
    """Puts localised docstrings in the place of all docstrings of a package.

    Args:
        language: The code of the language, as ``mkdocs.yml`` hands it over.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self.translate = translator(ROOT, language, REFERENCE)

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Do so, once the package has been read."""
        for each in objects(pkg):
            if each.docstring:
                each.docstring = Localised.of(each.docstring, self.translate)


def objects(parent: Object) -> Iterator[Object]:
    """An object and everything that is defined inside it."""
    yield parent
    for member in parent.members.values():
        if isinstance(member, Object):
            yield from objects(member)


def translate_section(section: DocstringSection, path: str, translate: Translate) -> None:
    """Translate the words of one section of an object's docstring.

    The context is the path of the object and the kind of the section, and the name of the
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
        elements = section.value if isinstance(section.value, list) else [section.value]
        for element in elements:
            name = element.annotation if kind == "raises" else getattr(element, "name", "")
            context = ":".join(filter(None, [path, kind, str(name or "")]))
            element.description = paragraphs(element.description, context, translate)


def paragraphs(text: str, context: str, translate: Translate) -> str:
    """Translate the paragraphs of a text."""
    return each_paragraph(text, partial(translate, context))
