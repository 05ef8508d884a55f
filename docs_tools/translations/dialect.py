"""The Markdown of MkDocs pages, for markdown-it-py.

CommonMark with tables, definition lists, footnotes, front matter and attributes comes from
markdown-it-py and its plugins. Here is what they lack: the containers that are made by indenting
(admonitions, folded ones, tabs), the directives of mkdocstrings, attributes at the end of a
heading, and references to objects that are documented on any page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.attrs.parse import ParseError, parse
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

# The longer marker comes first where one begins like another.
CONTAINERS = {"!!!": "admonition", "???+": "admonition", "???": "admonition", "===": "tab"}
DIRECTIVE = ":::"
INDENT = 4


def parser() -> MarkdownIt:
    """Make a parser of this dialect."""
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for plugin in (front_matter_plugin, deflist_plugin, footnote_plugin, attrs_plugin):
        markdown.use(plugin)
    markdown.use(gfm_autolink_plugin)
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "indented", indented, {"alt": interrupts})
    markdown.inline.ruler.after("link", "cross_reference", cross_reference)
    markdown.core.ruler.after("text_join", "heading_attributes", heading_attributes)
    return markdown


def indented(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A line that begins with a marker, and what is indented below it."""
    if state.is_code_block(start):
        return False
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    marker = next((each for each in (*CONTAINERS, DIRECTIVE) if line.startswith(each)), "")
    header = line.removeprefix(marker).strip()
    if not marker or not opens(marker, header, line):
        return False
    if silent:
        return True
    indent = state.sCount[start] + INDENT
    after = start + 1
    for number in range(start + 1, end):
        if state.isEmpty(number):
            continue
        if state.sCount[number] < indent:
            break
        after = number + 1
    if marker == DIRECTIVE:
        token = state.push("directive", "", 0)
        token.content = state.getLines(start + 1, after, indent, keepLastLF=False)
        token.info, token.map = header, [start, after]
    else:
        push_container(state, marker, header, (start, after), indent)
    state.line = after
    return True


def opens(marker: str, header: str, line: str) -> bool:
    """Whether what stands behind a marker makes it one; ``===`` may underline a heading too."""
    if CONTAINERS.get(marker) == "tab":
        return header.lstrip("!+ ").startswith('"')
    return bool(header) and (line[len(marker)] == " " or header[0].isalpha())


def push_container(
    state: StateBlock, marker: str, header: str, lines: tuple[int, int], indent: int
) -> None:
    """Add a container, its title and what is inside it."""
    start, after = lines
    kind = CONTAINERS[marker]
    words, quote, rest = header.partition('"')
    title = rest.rpartition('"')[0]
    opening = state.push(f"{kind}_open", "div", 1)
    opening.map = [start, after]
    opening.meta = {
        "kind": " ".join(words.split()).lower(),
        "marker": marker,
        "title": "its own" if title else "none" if quote else "the usual one",
    }
    if title:
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = title, [start, start + 1], []

    former = state.parentType, state.lineMax, state.blkIndent
    state.parentType, state.lineMax, state.blkIndent = kind, after, indent
    state.md.block.tokenize(state, start + 1, after)
    state.parentType, state.lineMax, state.blkIndent = former

    state.push(f"{kind}_close", "div", -1)


def cross_reference(state: StateInline, silent: bool) -> bool:
    """``[text][target]`` or ``[target][]`` whose target no line of the page defines."""
    if state.src[state.pos] != "[":
        return False
    opening = state.pos
    middle = state.md.helpers.parseLinkLabel(state, opening)
    if middle < 0 or state.src[middle + 1 : middle + 2] != "[":
        return False
    closing = state.md.helpers.parseLinkLabel(state, middle + 1)
    if closing < 0:
        return False
    if not silent:
        text = state.src[opening + 1 : middle]
        token = state.push("link_open", "a", 1)
        token.meta = {"reference": (state.src[middle + 2 : closing] or text).strip("`")}
        end = state.posMax
        state.pos, state.posMax = opening + 1, middle
        state.md.inline.tokenize(state)
        state.posMax = end
        state.push("link_close", "a", -1)
    state.pos = closing + 1
    return True


def heading_attributes(state: StateCore) -> None:
    """``## Title { #id }``: attributes at the end of a heading belong to the heading."""
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type != "heading_open" or not inline.children:
            continue
        last = inline.children[-1]
        words, brace, rest = last.content.rpartition("{")
        if last.type != "text" or not brace:
            continue
        attributes = brace + rest.removeprefix(":")
        try:
            length, found = parse(attributes)
        except ParseError:
            continue
        if length == len(attributes) - 1:
            opening.attrs.update(found)
            last.content = words.rstrip()
            inline.content = inline.content.rpartition("{")[0].rstrip()
