"""Parsing: Markdown into blocks."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import cast

from markdown_it.tree import SyntaxTreeNode
from yaml import YAMLError, safe_load

from docs_tools.translations.blocks import Aspect, Block, Fact, Kind
from docs_tools.translations.code import without_comments
from docs_tools.translations.dialect import parser

Resolve = Callable[[str], str]

PARSER = parser()
CONTAINERS = {
    "bullet_list": Kind.LIST,
    "ordered_list": Kind.LIST,
    "list_item": Kind.ITEM,
    "blockquote": Kind.QUOTATION,
    "admonition": Kind.ADMONITION,
    "tab": Kind.TAB,
    "dl": Kind.DEFINITIONS,
    "dt": Kind.TERM,
    "dd": Kind.DEFINITION,
    "footnote": Kind.FOOTNOTE,
}
LEAVES = {"heading": Kind.HEADING, "paragraph": Kind.PARAGRAPH}


def read_blocks(text: str, resolve: Resolve = str) -> tuple[Block, ...]:
    """Read a page.

    Args:
        text: The page, as Markdown.
        resolve: Says where a link of this page leads, in a form that is the same in every
            language.

    Returns:
        Its blocks, in order.

    Raises:
        ValueError: The parser cannot make sense of it (it makes sense of nearly everything).
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Reader(text, resolve).blocks(nodes_of(text))


@lru_cache(maxsize=256)  # a page of the source is read for each language
def nodes_of(text: str) -> list[SyntaxTreeNode]:
    """Parse a page."""
    return SyntaxTreeNode(PARSER.parse(text)).children


class Reader:
    """Makes blocks from the nodes of the parser."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self.lines = text.split("\n")
        self.resolve = resolve

    def blocks(self, nodes: Iterable[SyntaxTreeNode]) -> tuple[Block, ...]:
        """The blocks that these nodes are, in the order of the page."""
        found = [block for node in nodes for block in self.block(node)]
        # Footnotes come last from the parser, wherever they stand.
        return tuple(sorted(found, key=lambda block: block.line))

    def block(self, node: SyntaxTreeNode) -> Iterator[Block]:
        """The block that a node is, or those inside one that is none by itself."""
        if node.type in CONTAINERS:
            yield self.container(CONTAINERS[node.type], node)
        elif node.type in LEAVES:
            yield self.leaf(LEAVES[node.type], node)
        elif node.type in {"fence", "code_block"}:
            yield self.code(node)
        elif node.type == "table":
            yield self.table(node)
        elif node.type == "directive":
            text = f"{node.info}\n{node.content}".strip()
            yield self.make(Kind.DIRECTIVE, node, text, {"content": text})
        elif node.type == "html_block":
            markup = Markup(node.content, self.resolve)
            if markup.facts or markup.words:  # else it is a comment, which no reader sees
                yield self.make(Kind.HTML, node, node.content.strip(), {}, tuple(markup.facts))
        elif node.type == "front_matter":
            keys = front_matter_keys(node.content)
            yield self.make(Kind.FRONT_MATTER, node, node.content.strip(), {"keys": keys})
        elif node.type == "hr":
            yield self.make(Kind.RULE, node)
        elif node.type == "footnote_block":
            yield from self.blocks(node.children)

    def make(
        self,
        kind: Kind,
        node: SyntaxTreeNode,
        text: str = "",
        traits: dict[str, str] | None = None,
        facts: tuple[Fact, ...] = (),
        children: tuple[Block, ...] = (),
    ) -> Block:
        """A block with the lines of its node, empty ones at its end left out."""
        if node.map is not None:
            first, after = node.map
        else:  # a footnote, which the parser places by what is inside it
            first, after = children[0].line - 1 if children else 0, 0
        after = max(after, first + 1, *(child.end for child in children), 0)
        while after > first + 1 and not self.lines[after - 1].strip():
            after -= 1
        return Block(kind, first + 1, after, text, traits or {}, facts, children)

    def container(self, kind: Kind, node: SyntaxTreeNode) -> Block:
        """A block with blocks inside, and perhaps a title of its own."""
        inlines = [child for child in node.children if child.type == "inline"]
        children = self.blocks(child for child in node.children if child.type != "inline")
        text = " ".join(unwrapped(child.content) for child in inlines)
        facts = tuple(fact for child in inlines for fact in self.facts(child))
        return self.make(kind, node, text, container_traits(node), facts, children)

    def leaf(self, kind: Kind, node: SyntaxTreeNode) -> Block:
        """A heading or a paragraph."""
        inline = node.children[0]
        traits = {}
        if kind is Kind.HEADING:
            traits = {"level": node.tag.removeprefix("h"), "id": str(node.attrs.get("id", ""))}
        return self.make(kind, node, unwrapped(inline.content), traits, tuple(self.facts(inline)))

    def code(self, node: SyntaxTreeNode) -> Block:
        """A fence, or a block of code that is made by indenting."""
        words = info_words(node.info)
        language = words[0].strip("{.}") if words else ""
        code = without_comments(node.content, language)
        traits = {"info": " ".join(words), "code": code}
        return self.make(Kind.CODE, node, node.content.rstrip(), traits)

    def table(self, node: SyntaxTreeNode) -> Block:
        """A table, its rows as blocks inside it."""
        rows = [row for part in node.children for row in part.children]
        header = rows[0].children
        styles = [str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in header]
        aligned = f" ({', '.join(style or 'none' for style in styles)})" if any(styles) else ""
        traits = {"columns": f"{len(header)}{aligned}"}
        return self.make(Kind.TABLE, node, "", traits, (), tuple(map(self.row, rows)))

    def row(self, node: SyntaxTreeNode) -> Block:
        """A row of a table."""
        cells = [cell.children[0] for cell in node.children]
        text = " | ".join(unwrapped(cell.content) for cell in cells)
        facts = tuple(fact for cell in cells for fact in self.facts(cell))
        return self.make(Kind.ROW, node, text.strip(" |") and text, {}, facts)

    def facts(self, inline: SyntaxTreeNode) -> Iterator[Fact]:
        """What must be the same in every language, from the words of one block."""
        for node in inline.walk(include_self=False):
            if node.type == "code_inline":
                code = unwrapped(node.content)
                yield Fact(Aspect.CODE, code, f"`{code}`")
            elif node.type == "link":
                yield self.link(node)
            elif node.type == "image":
                source = str(node.attrs.get("src", ""))
                yield Fact(Aspect.IMAGE, self.resolve(source), source)
            elif node.type == "html_inline":
                yield from Markup(node.content, self.resolve).facts
            elif node.type == "footnote_ref":
                label = str(node.meta.get("label", "inline"))
                yield Fact(Aspect.FOOTNOTE, label, f"[^{label}]")

    def link(self, node: SyntaxTreeNode) -> Fact:
        """A link, a bare address, or a reference to an object."""
        if reference := node.meta.get("reference"):
            return Fact(Aspect.LINK, f"[{reference}]", f"[{reference}]")
        target = str(node.attrs.get("href", ""))
        if node.info == "auto" and node.children:
            target = node.children[0].content  # as it is written, not as a browser would mend it
        return Fact(Aspect.LINK, self.resolve(target), target)


class Markup(HTMLParser):
    """The tags, links and images of a piece of HTML, and whether it has words."""

    def __init__(self, content: str, resolve: Resolve) -> None:
        super().__init__()
        self.resolve = resolve
        self.facts: list[Fact] = []
        self.words = ""
        try:
            self.feed(content)
            self.close()
        except AssertionError:  # older versions of Python do so at a broken declaration
            self.words += content

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag and where it leads."""
        self.facts.append(Fact(Aspect.TAG, tag, f"<{tag}>"))
        for name, aspect in (("href", Aspect.LINK), ("src", Aspect.IMAGE)):
            if target := dict(attrs).get(name):
                self.facts.append(Fact(aspect, self.resolve(target), target))

    def handle_endtag(self, tag: str) -> None:
        """An end alone is something to compare, too: HTML may go on after an empty line."""
        self.words += f"</{tag}>"

    def handle_data(self, data: str) -> None:
        """Remember that there are words."""
        self.words += data.strip()


def container_traits(node: SyntaxTreeNode) -> dict[str, str]:
    """What must be the same for a container in every language."""
    if node.type == "admonition":
        folded = {"!!!": "no", "???": "yes", "???+": "yes, and open"}[node.meta["marker"]]
        return {"kind": node.meta["kind"], "folded": folded, "title": node.meta["title"]}
    if node.type == "ordered_list":
        return {"style": "numbered", "first number": str(node.attrs.get("start", 1))}
    if node.type == "bullet_list":
        return {"style": "with bullets"}
    if node.type == "footnote":
        return {"label": str(node.meta.get("label", "inline"))}
    return {}


def info_words(info: str) -> list[str]:
    """What stands behind the ticks of a fence, without its title, which is translated."""
    try:
        words = shlex.split(info)
    except ValueError:
        words = info.split()
    return [word for word in words if not word.startswith("title=")]


def front_matter_keys(content: str) -> str:
    """The keys of front matter: their values may be words."""
    try:
        values: object = safe_load(content)
    except YAMLError:
        return "none that can be read"
    if not isinstance(values, dict):
        return "none"
    return ", ".join(sorted(map(str, cast("dict[object, object]", values))))


def unwrapped(text: str) -> str:
    """A text on one line: where its lines break says nothing."""
    return " ".join(text.split())
