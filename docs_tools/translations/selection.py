"""Selection: the pages and blocks that a command names, ``PAGE``, ``PAGE:LINE`` or ``PAGE#ID``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docs_tools.translations.blocks import Block, Kind, walk
from docs_tools.translations.drift import BlockState
from docs_tools.translations.targets import normal
from docs_tools.translations.trees import Edition, Page, UsageError, show

if TYPE_CHECKING:
    from docs_tools.translations.pages import Comparison

Chosen = Callable[[BlockState], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """A page that was named, or a place on it.

    Attributes:
        edition: Its language.
        page: The page.
        argument: How it was named.
        in_source: Whether the file that was named is the source's.
        line: The line that was named, if any.
        identifier: The id of the heading that was named, if any.
    """

    edition: Edition
    page: Page
    argument: str = ""
    in_source: bool = False
    line: int | None = None
    identifier: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the page as a whole is meant."""
        return self.line is None and not self.identifier


def choose(editions: Sequence[Edition], arguments: Iterable[str]) -> list[Choice]:
    """Find what was named; everything where nothing was.

    Raises:
        UsageError: There is no such page.
    """
    everything = [Choice(edition, page) for edition in editions for page in edition.pages]
    arguments = list(arguments)
    if not arguments:
        return everything
    return [choice for argument in arguments for choice in named(everything, argument)]


def choose_one(editions: Sequence[Edition], argument: str) -> Choice:
    """Find the one page that was named, in one language.

    Raises:
        UsageError: There is no such page, or there are several.
    """
    found = choose(editions, [argument])
    if len(found) > 1:
        names = " or ".join(show(each.page.translation) for each in found[:3])
        raise UsageError(f"{argument} is not one page. Name one of them: {names}.")
    return found[0]


def named(everything: Iterable[Choice], argument: str) -> list[Choice]:
    """Find the pages that an argument names."""
    name, line, identifier = argument, None, ""
    before, _, after = argument.rpartition(":")
    if before and after.isdecimal():
        name, line = before, int(after)
    elif "#" in argument:
        name, _, identifier = argument.partition("#")
    found = [
        Choice(each.edition, each.page, argument, in_source, line, identifier)
        for each in everything
        for in_source in sides(each.page, name)
    ]
    if not found:
        raise UsageError(f"There is no page {name}. `status` lists the pages.")
    return found


def sides(page: Page, name: str) -> Iterator[bool]:
    """Whether a name is that of a page, of its folder or of its source: false, or true."""
    path = normal(Path(name))
    for file, in_source in ((page.translation, False), (page.source, True)):
        if path == normal(file) or (path.is_dir() and normal(file).is_relative_to(path)):
            yield in_source
            return
    if name == page.name:
        yield False


def blocks_of(choice: Choice, comparison: Comparison) -> Chosen:
    """What tells whether a block was named.

    Raises:
        UsageError: There is no block there.
    """
    if choice.is_whole:
        return lambda _: True
    blocks = comparison.source if choice.in_source else comparison.translation
    lines = section(blocks, choice) if choice.identifier else innermost(blocks, choice)

    def chosen(each: BlockState) -> bool:
        block = each.source if choice.in_source else each.translation
        return block is not None and block.line in lines and block.end < lines.stop

    return chosen


def innermost(blocks: Iterable[Block], choice: Choice) -> range:
    """The lines of the smallest block with words on a line."""
    found = [
        range(block.line, block.end + 1)
        for block in walk(blocks)
        if block.text and choice.line in range(block.line, block.end + 1)
    ]
    if not found:
        raise UsageError(f"There are no words at {choice.argument}.")
    return min(reversed(found), key=len)


def section(blocks: Sequence[Block], choice: Choice) -> range:
    """The lines of a heading and of what stands under it, up to the next heading."""
    headings = [block for block in blocks if block.kind is Kind.HEADING]
    end = max(block.end for block in blocks) + 1 if blocks else 1
    for position, heading in enumerate(headings):
        if heading.traits["id"] == choice.identifier:
            after = [each.line for each in headings[position + 1 :]]
            return range(heading.line, after[0] if after else end)
    raise UsageError(f"No heading has the id of {choice.argument}.")
