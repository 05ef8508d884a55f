"""Any page, mutated at random: the report names exactly what was done to it."""

import re
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from docs_tools.project.languages import ROOT
from docs_tools.translations.alignment import align
from docs_tools.translations.blocks import Kind, walk
from docs_tools.translations.dialect import parser
from docs_tools.translations.reading import read_blocks
from docs_tools.translations.structure import Problem, compare

PAGES = [*sorted(ROOT.glob("docs/en/*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
LINK = re.compile(r"\[([^]]+)\]\(([^)]+)\)")
CODE = re.compile(r"`([^`\n]+)`")

searched = settings(
    max_examples=50,
    derandomize=True,  # what the pages say may change, what a run finds may not
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def another_language(text):
    """Words become Hangul, half as long; nothing else changes."""
    return re.sub(
        r"[A-Za-z]+",
        lambda word: "".join(chr(0xAC00 + 28 * ord(letter)) for letter in word[0][::2]),
        text,
    )


@cache
def translated(text):
    """A page in another language: only what a reader sees as words is replaced."""
    lines = text.splitlines(keepends=True)
    for token in parser().parse(text):
        if token.type != "inline" or "|" in lines[token.map[0]]:
            continue  # a row of a table is found cell by cell: it may stay as it is
        start, end = token.map
        content, done, address = "".join(lines[start:end]), "", False
        for child in token.children:
            if child.type in {"link_open", "link_close"}:
                address = child.info == "auto" and child.nesting == 1
            if address:
                continue
            if child.type == "text" and child.content.strip() and child.content in content:
                before, _, content = content.partition(child.content)
                done += before + another_language(child.content)
            elif child.type == "code_inline":
                before, _, content = content.partition(child.content)
                done += before + child.content
            elif child.type == "link_close" and content.startswith("]("):
                before, closing, content = content.partition(")")
                done += before + closing
        lines[start:end] = [*(done + content).splitlines(keepends=True)]
    return "".join(lines)


class Text(str):
    """A page that does not fill the screen when a test fails."""

    def __repr__(self):
        return f"<{self.splitlines()[0]}>"


@st.composite
def pages(draw):
    """A page and its translation, with explicit ids or without, and random's own choices."""
    source = draw(st.sampled_from(PAGES)).read_text(encoding="utf-8")
    if draw(st.booleans()):
        source = re.sub(r" \{ #[\w-]+ \}$", "", source, flags=re.MULTILINE)
    return Text(source), Text(translated(source))


@cache
def read(page):
    """The blocks of a page as it was before it was mutated: many examples begin with it."""
    return read_blocks(page)


def findings(source, translation):
    return compare(align(read(source), read_blocks(translation)))


def without(text, first, last):
    """A page without some lines, counted from 1."""
    lines = text.splitlines(keepends=True)
    return "".join(lines[: first - 1] + lines[last:])


def changed(text, block, pattern, replacement):
    """A page in which one thing in a block is replaced, and whether there was one."""
    lines = text.splitlines(keepends=True)
    inside = "".join(lines[block.line - 1 : block.end])
    inside, times = pattern.subn(replacement, inside, count=1)
    return "".join([*lines[: block.line - 1], inside, *lines[block.end :]]), times == 1


def section(blocks, heading):
    """The lines of a section."""
    after = [
        block.line
        for block in blocks
        if block.kind is Kind.HEADING
        and block.line > heading.line
        and block.traits["level"] <= heading.traits["level"]
    ]
    return heading.line, after[0] - 1 if after else blocks[-1].end


def alike(blocks, line):
    """The lines of blocks around one that nothing but their words tells apart."""
    position = [block.line for block in blocks].index(line)
    found = {line}
    for step in (-1, 1):
        other = position + step
        while 0 <= other < len(blocks) and (
            (blocks[other].kind, set(blocks[other].facts), blocks[other].children)
            == (blocks[position].kind, set(blocks[position].facts), ())
        ):
            found.add(blocks[other].line)
            other += step
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_translation_of_a_page_differs_in_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert translated(text) != text
    assert findings(text, translated(text)) == []


@searched
@given(st.data())
def test_a_section_that_is_missing_is_one_finding(data):
    source, translation = data.draw(pages())
    blocks = read(source)
    headings = [block for block in blocks[1:] if block.kind is Kind.HEADING]
    assume(headings)
    heading = data.draw(st.sampled_from(headings))
    [found] = findings(source, without(translation, *section(blocks, heading)))
    assert (found.problem, found.source_line) == (Problem.MISSING, heading.line)
    assert found.translation_line == heading.line - 1  # an empty line: there it belongs


@searched
@given(st.data())
def test_a_paragraph_that_is_missing_is_one_finding(data):
    source, translation = data.draw(pages())
    blocks = read(source)
    block = data.draw(st.sampled_from([each for each in blocks if each.kind is Kind.PARAGRAPH]))
    [found] = findings(source, without(translation, block.line, block.end))
    assert found.problem is Problem.MISSING
    assert found.source_line in alike(blocks, block.line)


@searched
@given(st.data())
def test_a_paragraph_too_many_is_one_finding(data):
    source, translation = data.draw(pages())
    block = data.draw(st.sampled_from(read(translation)))
    lines = translation.splitlines(keepends=True)
    lines.insert(block.end, "\n새로운 문단입니다.\n\n")
    mutated = "".join(lines)
    [found] = findings(source, mutated)
    assert found.problem is Problem.EXTRA
    assert found.translation_line in alike(read_blocks(mutated), block.end + 2)


@searched
@given(st.data())
def test_a_link_that_lost_its_target_is_one_finding(data):
    source, translation = data.draw(pages())
    block = data.draw(st.sampled_from([each for each in walk(read(source)) if each.facts]))
    mutated, done = changed(translation, block, LINK, r"\1")
    assume(done)
    [found] = findings(source, mutated)
    assert (found.problem, found.source_line) == (Problem.DIFFERENT, block.line)
    assert found.message.startswith("link missing: ")


@searched
@given(st.data())
def test_inline_code_that_has_changed_is_one_finding(data):
    source, translation = data.draw(pages())
    block = data.draw(st.sampled_from([each for each in walk(read(source)) if each.facts]))
    mutated, done = changed(translation, block, CODE, "`changed`")
    assume(done)
    [found] = findings(source, mutated)
    assert (found.problem, found.source_line) == (Problem.DIFFERENT, block.line)
    assert re.fullmatch(r"inline code missing: `.+`; too many: `changed`", found.message)


@searched
@given(st.data())
def test_two_sections_that_changed_places_are_one_finding(data):
    source, translation = data.draw(pages())
    blocks = read(source)
    headings = [block for block in blocks[1:] if block.kind is Kind.HEADING]
    pairs = [
        (first, second)
        for first in headings
        for second in headings
        if section(blocks, first)[1] + 1 == second.line
        and first.traits["level"] == second.traits["level"]
    ]
    assume(pairs)
    first, second = data.draw(st.sampled_from(pairs))
    start, middle = section(blocks, first)
    end = section(blocks, second)[1]
    lines = [*translation.rstrip("\n").splitlines(keepends=True), "\n\n"]
    mutated = "".join(
        [*lines[: start - 1], *lines[middle:end], "\n\n", *lines[start - 1 : middle], *lines[end:]]
    )
    [found] = findings(source, mutated)
    assert found.problem is Problem.MOVED
    assert found.source_line in {first.line, second.line}


@searched
@given(st.data())
def test_what_is_done_in_two_sections_is_two_findings(data):
    source, translation = data.draw(pages())
    blocks = read(source)
    headings = [
        block for block in blocks if block.kind is Kind.HEADING and block.traits["level"] == "2"
    ]
    assume(len(headings) >= 3)
    first, second, third = data.draw(st.permutations(headings))[:3]
    paragraphs = [
        block
        for block in blocks
        if block.kind is Kind.PARAGRAPH and block.line in range(*section(blocks, second))
    ]
    # A heading without an id is known by what stands under it: something has to be left.
    assume(len(paragraphs) > 1)
    gone = data.draw(st.sampled_from(paragraphs))
    cuts = sorted([section(blocks, first), (gone.line, gone.end)], reverse=True)
    for cut in cuts:
        translation = without(translation, *cut)
    found = findings(source, translation)
    assert {each.problem for each in found} == {Problem.MISSING}
    assert {each.source_line for each in found} - alike(blocks, gone.line) == {first.line}
    assert len(found) == 2
    assert third.line not in {each.source_line for each in found}


@given(st.text(alphabet="#-*>`~[]()!?:=|{}1. \n\tab가", max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read_and_is_like_itself(text):
    blocks = read_blocks(text)
    assert compare(align(blocks, read_blocks(text))) == []
    for block in walk(blocks):
        assert 1 <= block.line <= block.end <= len(text.splitlines())


@given(st.tuples(*[st.lists(st.sampled_from("abcdefghij"), max_size=8)] * 2))
@settings(max_examples=200, deadline=None)
def test_every_block_of_both_sides_is_in_one_pair(texts):
    words = {"a": "## A", "b": "## B { #b }", "c": "`c`", "d": "- d", "e": "> e", "f": "### F"}
    sides = [read_blocks("\n\n".join(words.get(word, word * 9) for word in text)) for text in texts]

    def together(pairs, side):
        for pair in pairs:
            blocks = (pair.source, pair.translation)[side]
            whole = len(pair.source) > 1 or len(pair.translation) > 1
            if whole and pair.source and pair.translation:
                yield from together(pair.inner, side)
            else:
                yield from blocks

    pairs = align(*sides)
    for side in (0, 1):
        found = sorted(together(pairs, side), key=lambda block: block.line)
        assert found == list(sides[side])
