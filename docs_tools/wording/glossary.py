"""The terms of the site, and a check that translations use them.

``python -m docs_tools.wording.glossary`` reads the pages, the READMEs, the words and the
catalogues of every translation and names what is not as ``i18n/glossary.toml`` and the rules of
style (:mod:`docs_tools.wording.style`) want it. The exit status is 1 where there is something to
mend.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from docs_tools.project.languages import ROOT, SOURCE, languages
from docs_tools.wording.style import Line, catalogue_lines, judge, page_lines, word_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FILE = Path("i18n", "glossary.toml")
# The search splits Chinese into words, and this is what it knows of ours.
SEARCH_WORDS = Path("i18n", "zh", "terms.txt")


class GlossaryError(ValueError):
    """The file of the glossary is not as it should be."""


@dataclass(frozen=True)
class Term:
    """A term.

    Attributes:
        words: How it is called, by the code of the language.
        sources: Letters that say whose word it is, by the code of the language.
    """

    words: Mapping[str, str]
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Glossary:
    """What is in the file.

    Attributes:
        terms: The terms, in the order of the file.
        forbidden: By the code of a language, spellings that are not used and what to write.
        searched: By the code of a language, what readers type and what the pages say.
    """

    terms: tuple[Term, ...]
    forbidden: Mapping[str, Mapping[str, str]]
    searched: Mapping[str, Mapping[str, str]]

    def of_the_search(self, code: str) -> dict[str, str]:
        """What the search of a language takes for what: the spellings, and what readers type."""
        spellings = {**self.forbidden.get(code, {}), **self.searched.get(code, {})}
        return {typed.lower(): said for typed, said in spellings.items() if said[0] != "("}


@dataclass(frozen=True)
class Finding:
    """Something to mend."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.message}"


def read_glossary(root: Path = ROOT) -> Glossary:
    """Read the glossary.

    Raises:
        GlossaryError: Something in it is missing or unknown; the message says what.
    """
    try:
        content = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise GlossaryError(f"{FILE}: {error}") from error
    letters = set(content.get("sources", {}))
    terms = tuple(read_term(table, letters) for table in content.get("terms", []))
    names = [term.words[SOURCE] for term in terms]
    for name in names:
        if names.count(name) > 1:
            raise GlossaryError(f"{FILE}: there are two terms {name!r}; keep one of them.")
    forbidden = content.get("forbidden", {})
    for code, spellings in forbidden.items():
        for spelling, preferred in spellings.items():
            if not isinstance(preferred, str) or not preferred or spelling in preferred:
                raise GlossaryError(
                    f"{FILE}: forbidden.{code} must say what to write instead of {spelling!r}."
                )
    return Glossary(terms, forbidden, content.get("searched", {}))


def read_term(table: dict[str, object], letters: set[str]) -> Term:
    """Read one term."""
    sources: object = table.get("source")
    words = {code: word for code, word in table.items() if isinstance(word, str) and word}
    if SOURCE not in words:
        raise GlossaryError(f"{FILE}: a term lacks its {SOURCE!r} word; it has {table}.")
    name = words[SOURCE]
    letters_of = cast("dict[str, str]", sources) if isinstance(sources, dict) else {}
    if set(letters_of) != set(words) - {SOURCE}:
        raise GlossaryError(
            f"{FILE}: the term {name!r} needs a source letter for each language but {SOURCE}: "
            f'source = {{zh = "M", …}}.'
        )
    for code, found in letters_of.items():
        if not found or set(found) - letters:
            known = ", ".join(sorted(letters))
            raise GlossaryError(
                f"{FILE}: the source {found!r} of {name!r} ({code}) is none of {known}."
            )
    return Term(words, letters_of)


def lint(root: Path = ROOT) -> Iterator[Finding]:
    """Find what is to be mended in the glossary and in every translation."""
    glossary = read_glossary(root)
    yield from incomplete(glossary, root)
    for language in languages(root):
        if language.code == SOURCE:
            continue
        code = language.code
        pages = [root / f"README.{code}.md", *sorted((root / "docs" / code).rglob("*.md"))]
        for path in filter(Path.is_file, pages):
            yield from lint_file(path, page_lines, code, glossary, root)
        yield from lint_file(root / "i18n" / code / "words.toml", word_lines, code, glossary, root)
        for path in sorted((root / "i18n" / code).glob("*.po")):
            yield from lint_file(path, catalogue_lines, code, glossary, root)


def lint_file(
    path: Path, lines: Callable[[str], Iterator[Line]], code: str, glossary: Glossary, root: Path
) -> Iterator[Finding]:
    """Find what is to be mended in one file."""
    for line in lines(path.read_text(encoding="utf-8")):
        for message in (*forbidden_in(line, glossary.forbidden.get(code, {})), *judge(line, code)):
            yield Finding(path.relative_to(root), line.number, message)


def forbidden_in(line: Line, spellings: Mapping[str, str]) -> list[str]:
    """The forbidden terms of a line, each with the preferred one."""
    text = "\n".join(line.cells)
    return [f"{term}: write {preferred}" for term, preferred in spellings.items() if term in text]


def incomplete(glossary: Glossary, root: Path) -> Iterator[Finding]:
    """Find terms without a word in a language, and those that the Chinese search would split."""
    text = (root / FILE).read_text(encoding="utf-8").splitlines()
    known = [line.split()[0] for line in (root / SEARCH_WORDS).read_text("utf-8").splitlines()]
    made_of_known = re.compile("(?:" + "|".join(map(re.escape, known)) + ")+")
    for term in glossary.terms:
        line = next((n for n, each in enumerate(text, 1) if f'"{term.words[SOURCE]}"' in each), 1)
        for language in languages(root):
            if language.code not in term.words:
                yield Finding(FILE, line, f"{term.words[SOURCE]}: no word in {language.name}")
        if (word := term.words.get("zh")) and not made_of_known.fullmatch(word):
            yield Finding(FILE, line, f"{word}: add it, or its parts, to {SEARCH_WORDS.as_posix()}")


def main(arguments: list[str] | None = None) -> int:
    """Check the translations; the exit status is 1 where there is something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m docs_tools.wording.glossary",
        description="Check the terms and style of pages.",
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="default: this project")
    options = parser.parse_args(arguments)
    try:
        findings = list(lint(options.root))
    except GlossaryError as error:
        print(error, file=sys.stderr)
        return 1
    for finding in findings:
        print(finding)
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
