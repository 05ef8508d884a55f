"""Notices in a translated page: what is stale in it, and what is not translated.

Where the source of a block has changed, the present text is one click away. What nobody has
translated yet stands there in the source language. In the built page only: CI fails for both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from markdown.extensions import Extension
from markdown.extensions.footnotes import NBSP_PLACEHOLDER
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from mkdocs.utils.meta import get_data

from docs_tools.translations.blocks import WORDLESS, Block, Kind, worded
from docs_tools.translations.drift import BlockState, State
from docs_tools.translations.reading import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markdown import Markdown

    from docs_tools.project.languages import Language
    from docs_tools.translations.pages import Comparison

# Paragraphs of a page between which the source language stands.
BEGIN, END = "\ue010", "\ue011"

BEFORE_INLINE = 30  # footnotes are in the tree by then, and words are still Markdown
HEADING = re.compile(r"h[1-6]")
ATTRIBUTES = re.compile(r"\s*\{:?[ ][^{}]*\}\s*$")
FOOTNOTE = re.compile(r"\[\^[^\]]+\]")

Place = tuple[Element, int]


def with_missing(markdown: str, comparison: Comparison) -> str:
    """Put into a translated page what it lacks: blocks of the source, as they are there.

    Args:
        markdown: The page without its front matter.
        comparison: The page and its source. Blocks inside others (items of a list, say) are left
            to `Notices`.
    """
    if not comparison.translation:
        return markdown
    lines = markdown.split("\n")
    whole = comparison.page.translation.read_text(encoding="utf-8-sig")
    front_matter = whole.count("\n") - get_data(whole)[0].count("\n")
    source = comparison.page.source.read_text(encoding="utf-8-sig").splitlines()
    for after, blocks in reversed(list(gaps(comparison))):
        texts = ["\n".join(source[block.line - 1 : block.end]) for block in blocks]
        place = max(after - front_matter, 0)
        lines[place:place] = ["", BEGIN, "", "\n\n".join(texts), "", END, ""]
    return "\n".join(lines)


def gaps(comparison: Comparison) -> Iterator[tuple[int, list[Block]]]:
    """Find whole blocks that are missing: after which line of the translation, and which."""
    missing = {each.source for each in comparison.in_state(State.MISSING)}
    ends = {inner: block.end for block in comparison.translation for inner in worded([block])}
    translations = {each.source: each.translation for each in comparison.states if each.source}
    after, gap = 0, list[Block]()
    for block in comparison.source:
        own = worded([block])
        if own and missing.issuperset(own):
            gap.append(block)
            continue
        there = [ends[found] for inner in own if (found := translations[inner])]
        if gap and there:
            yield after, gap
            gap = []
        after = max(there, default=after)
    if gap:
        yield after, gap


class Notices(Extension):
    """The extension of Python-Markdown that puts notices into pages.

    Args:
        language: The language of the site.
        source: The language of what is not translated.
    """

    def __init__(self, language: Language, source: Language) -> None:
        super().__init__()
        self.language = language
        self.source = source
        self.comparison: Comparison | None = None

    def turn_to(self, comparison: Comparison | None) -> None:
        """Say what is rendered next.

        Args:
            comparison: The page and its source; none where there is nothing to compare.
        """
        self.comparison = comparison

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown calls it so
        """Register what works on the tree of a page."""
        md.treeprocessors.register(Writer(md, self), "notices", BEFORE_INLINE)


class Writer(Treeprocessor):
    """Writes notices into the tree of a page, before its inline Markdown is rendered."""

    def __init__(self, md: Markdown, settings: Notices) -> None:
        super().__init__(md)
        self.settings = settings

    def run(self, root: Element) -> None:
        """Work on a page, or on a docstring that stands on it."""
        # Only the Markdown of a page follows links to other pages.
        comparison = self.settings.comparison if "relpath" in self.md.treeprocessors else None
        if comparison:
            self.enclose_missing(root)
            self.mark(root, comparison)

    def enclose_missing(self, root: Element) -> None:
        """Put what stands between two marks into an element that says its language."""
        words = self.settings.language.words["notice"]
        while (begin := next((each for each in root if each.text == BEGIN), None)) is not None:
            start = list(root).index(begin)
            end = next(n for n, each in enumerate(root) if n > start and each.text == END)
            content = list(root)[start + 1 : end]
            notice = Element("div", {"class": "notice notice--missing"})
            title = SubElement(
                notice, "p", {"class": "notice__title", "role": "note", "data-search-exclude": ""}
            )
            title.text = AtomicString(words["missing"])
            SubElement(notice, "div", {"lang": self.settings.source.tag}).extend(content)
            root[start : end + 1] = [notice]

    def mark(self, root: Element, comparison: Comparison) -> None:
        """Put a notice after each block that needs one."""
        if not comparison.entries and comparison.in_state(State.NEW):
            words = self.settings.language.words["notice"]
            note = Element("p", {"class": "notice notice--page", "data-search-exclude": ""})
            note.set("role", "note")
            note.text = AtomicString(words["new_page"])
            # Below the title: the search takes what stands above it for a section of its own.
            root.insert(int(len(root) > 0 and root[0].tag == "h1"), note)
        whole = {inner for _, gap in gaps(comparison) for inner in worded(gap)}
        places = Places(root)
        for each in comparison.states:
            if each.translation:
                places.turn_to(each.translation)
            if is_worth_a_notice(each, comparison) and each.source not in whole:
                places.insert(self.notice(each))

    def notice(self, each: BlockState) -> Element:
        """What a reader sees of a block: a line, and behind it the text of the source."""
        words: Mapping[str, str] = self.settings.language.words["notice"]
        state = each.state.name.lower()
        details = Element("details", {"class": f"notice notice--{state}"})
        details.set("data-search-exclude", "")
        if each.state is State.MISSING:
            details.set("open", "open")
        SubElement(details, "summary").text = AtomicString(words[f"{state}_block"])
        content = SubElement(details, "div", {"lang": self.settings.source.tag})
        block = each.source
        assert block is not None  # what has no source needs no notice
        if block.kind in WORDLESS:
            code = SubElement(SubElement(content, "pre"), "code")
            code.text = AtomicString(block.text)
        else:
            SubElement(content, "p").text = FOOTNOTE.sub("", block.text)
        return details


def is_worth_a_notice(each: BlockState, comparison: Comparison) -> bool:
    """Whether a reader of the page should know of the state of a block."""
    if each.source is None or each.source.kind is Kind.FRONT_MATTER:
        return False
    # A page that nobody has accepted yet says so once.
    return each.state in {State.STALE, State.MISSING} or (
        each.state is State.NEW and bool(comparison.entries)
    )


class Places:
    """Where the blocks of a page are in its tree.

    Before inline Markdown is rendered, an element says what its block says. Code, HTML and
    directives are not to be found like this; what is about them stands after the block before.
    """

    def __init__(self, root: Element) -> None:
        self.root = root
        self.parents = {child: parent for parent in root.iter() for child in parent}
        self.found = [(text, each) for each in root.iter() if (text := text_of(each))]
        # Footnotes are at the end of the tree, wherever they stand in the page.
        self.below = {
            each for part in root if part.get("class") == "footnote" for each in part.iter()
        }
        self.next = 0
        self.last: Element | None = None

    def turn_to(self, block: Block) -> None:
        """Go to a block, if it is to be found."""
        order = [*range(self.next, len(self.found)), *range(self.next)]
        for position in order:
            text, element = self.found[position]
            if text == block.text:
                del self.found[position]
                if position >= self.next and element not in self.below:
                    self.next = position
                self.last = element
                return

    def insert(self, notice: Element) -> None:
        """Put a notice after the block; further ones come after it."""
        element = self.last
        if element is None:
            self.root.insert(0, notice)
        elif element.tag in {"li", "dt", "dd"}:
            # Its own words are text, before the elements inside it.
            element.insert(0, notice)
            self.parents[notice] = element
        else:
            if element.tag == "tr":
                row = Element("tr")
                columns = sum(int(cell.get("colspan", "1")) for cell in element)
                cell = SubElement(row, "td", {"colspan": str(columns)})
                cell.append(notice)
                notice = row
            parent = self.parents[element]
            parent.insert(list(parent).index(element) + 1, notice)
            self.parents[notice] = parent
        self.last = notice


def text_of(element: Element) -> str:
    """What an element says, as Markdown on one line; empty for one that is no block."""
    if element.tag == "tr":
        return " | ".join(unwrapped(cell.text or "") for cell in element)
    if element.tag not in {"p", "li", "dt", "dd", "summary"} and not HEADING.match(element.tag):
        return ""
    text = unwrapped((element.text or "").replace(NBSP_PLACEHOLDER, ""))
    return ATTRIBUTES.sub("", text) if HEADING.match(element.tag) else text
