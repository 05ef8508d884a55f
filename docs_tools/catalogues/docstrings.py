"""The griffe extension that translates docstrings while pages are built."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from griffe import Docstring, DocstringSectionText, Extension, Object

from docs_tools.catalogues.files import REFERENCE, translator
from docs_tools.catalogues.reference import public_paths
from docs_tools.catalogues.sections import translate_section
from docs_tools.project.examples import find_examples
from docs_tools.project.languages import ROOT
from docs_tools.project.reference import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from griffe import DocstringSection, Module

    from docs_tools.catalogues.messages import Translate
    from docs_tools.project.examples import Example


class Words:
    """What the docstrings of a package say in a language.

    Args:
        package: The package.
        translate: Knows the words, by the public paths of the objects.
    """

    def __init__(self, package: Module, translate: Translate) -> None:
        self.package = package
        self.translate = translate

    def localise(self, docstring: Docstring) -> list[DocstringSection]:
        """The sections of a docstring, their words translated; names, types and code stay."""
        sections = docstring.parse()
        defined_at = docstring.parent.canonical_path if docstring.parent else ""
        path = self.public_paths.get(defined_at, defined_at)
        for section in sections:
            translate_section(section, path, self.translate)
        if path in self.examples:
            sections.append(DocstringSectionText(f"```example\n{self.examples[path]}\n```"))
        return sections

    @cached_property
    def public_paths(self) -> dict[str, str]:
        """Where the reference shows each object: asked for when all of them have been read."""
        return public_paths(self.package, ROOT) if self.package.path == PACKAGE else {}

    @cached_property
    def examples(self) -> dict[str, Example]:
        """What the reference shows of programs that use the objects."""
        public = self.public_paths
        return find_examples(self.package, public) if public else {}


class Localised(Docstring):
    """A docstring whose words are those of a language.

    Attributes:
        words: Knows them.
    """

    words: Words

    @classmethod
    def of(cls, docstring: Docstring, words: Words) -> Localised:
        """Make one that takes the place of a docstring."""
        made = cls(
            docstring.value,
            lineno=docstring.lineno,
            endlineno=docstring.endlineno,
            parent=docstring.parent,
            parser=docstring.parser,
            parser_options=docstring.parser_options,
        )
        made.words = words
        return made

    @cached_property
    def parsed(self) -> list[DocstringSection]:
        """The sections, in the language."""
        return self.words.localise(self)


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
        words = Words(pkg, self.translate)
        for each in objects(pkg):
            if each.docstring:
                each.docstring = Localised.of(each.docstring, words)


def objects(parent: Object) -> Iterator[Object]:
    """An object and everything that is defined inside it."""
    yield parent
    for member in parent.members.values():
        if isinstance(member, Object):
            yield from objects(member)
