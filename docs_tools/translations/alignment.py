"""Alignment: which blocks of two pages belong together.

Pages are aligned as sequences, by what does not depend on a language; then what is inside the
blocks that were paired. What is left over on both sides, in different places, has moved.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from docs_tools.translations.blocks import WORDLESS, Block, Kind, digest, walk, worded
from docs_tools.translations.sequences import Prices, Step, lay_side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NUMBER = re.compile(r"\d+")

# What pairing two blocks gains.
NOTHING_TO_COMPARE = 0.5
ONE_HAS_NOTHING = 0.1
NOTHING_IN_COMMON = -0.1
EACH_IN_COMMON = 0.1  # up to MOST_IN_COMMON, on top of the share that is common (0 to 1)
MOST_IN_COMMON = 6
LENGTH = 0.2
SAME_ID = 3.0
OTHER_ID = -0.3
OTHER_LEVEL = -0.2

# What leaving blocks alone costs: less where a whole section is left alone.
OPENING_AT_HEADING = 0.2
OPENING = 0.3
CLOSING_AT_HEADING = 0.0
CLOSING = 0.1

STRONG = 3  # an id, an include or an accepted translation says as much as so many other features
MOVED = 0.75  # the share that two pieces must have in common for one to be the other, moved

Blocks = tuple[Block, ...]
Features = Counter[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """What belongs together.

    Attributes:
        source: One block, or a whole section; empty where the translation has too much.
        translation: The same on the other side; empty where the translation lacks it.
        moved: Whether it stands at another place in the translation.
        inner: The pairs of what is inside: of the section, or of the blocks.
    """

    source: Blocks
    translation: Blocks
    moved: bool = False
    inner: tuple[Pair, ...] = ()


def align(
    source: Sequence[Block],
    translation: Sequence[Block],
    accepted: Sequence[tuple[str, str]] = (),
) -> tuple[Pair, ...]:
    """Align two pages.

    Args:
        source: The blocks of the source.
        translation: The blocks of the translation.
        accepted: Digests of a text of the source and of one of the translation that are known to
            belong together.

    Returns:
        Pairs in the order of the source; what the translation has too much stands between them.
    """
    return Aligner(source, translation, accepted).align(source, translation)


class Aligner:
    """Aligns the blocks of two pages, and the blocks inside them."""

    def __init__(
        self,
        source: Sequence[Block],
        translation: Sequence[Block],
        accepted: Sequence[tuple[str, str]],
    ) -> None:
        self.features: dict[Block, Features] = {}
        self.lengths: dict[Block, float] = {}
        texts = [{digest(block.text) for block in worded(side)} for side in (source, translation)]
        known = {pair for pair in accepted if pair[0] in texts[0] and pair[1] in texts[1]}
        for side, blocks in enumerate((source, translation)):
            whole = sum(len(block.text) for block in worded(blocks)) or 1
            for block in walk(blocks):
                own = digest(block.text)
                signs = Counter({f"accepted {pair}": STRONG for pair in known if pair[side] == own})
                self.features[block] = signs + own_features(block)
                self.lengths[block] = sum(len(each.text) for each in worded([block])) / whole
            self.gather(blocks)

    def gather(self, blocks: Sequence[Block]) -> None:
        """Give each block what is inside it, and each heading what stands under it."""
        for block in blocks:
            self.gather(block.children)
            for child in block.children:
                if child.kind is not Kind.HEADING:  # that has been given its section already
                    self.features[block] = self.features[block] + self.features[child]
        own = [self.features[block] for block in blocks]
        for start, block in enumerate(blocks):
            if block.kind is Kind.HEADING:
                section = own[start : section_end(blocks, start)]
                self.features[block] = sum(section, Features())

    def align(self, source: Sequence[Block], translation: Sequence[Block]) -> tuple[Pair, ...]:
        """Align two sequences of blocks."""
        if self.same_shape(source, translation):
            return tuple(map(self.pair, source, translation))
        steps = lay_side_by_side(
            prices(source),
            prices(translation),
            lambda row, column: self.gain(source[row], translation[column]),
        )
        pairs = list(pieces(steps, source, translation))
        self.find_moved(pairs)
        join_other_kinds(pairs)
        return tuple(self.complete(pair) for pair in pairs)

    def same_shape(self, source: Sequence[Block], translation: Sequence[Block]) -> bool:
        """Whether two sequences agree block by block: the usual case, which needs no search."""
        return len(source) == len(translation) and all(
            first.kind is second.kind and self.features[first] == self.features[second]
            for first, second in zip(source, translation, strict=True)
        )

    def gain(self, source: Block, translation: Block) -> float | None:
        """What pairing two blocks gains, or none where they cannot be paired."""
        if source.kind is not translation.kind:
            return None
        first, second = self.features[source], self.features[translation]
        share, common = overlap(first, second)
        if common:
            gain = share + EACH_IN_COMMON * min(common, MOST_IN_COMMON)
        elif first and second:
            gain = NOTHING_IN_COMMON
        else:
            gain = ONE_HAS_NOTHING if first or second else NOTHING_TO_COMPARE
        gain += LENGTH * self.same_length([source], [translation])
        if source.kind is Kind.HEADING:
            gain += heading_gain(source, translation)
        return gain

    def find_moved(self, pairs: list[Pair]) -> None:
        """Put together what is missing in one place and too much in another."""
        for position, missing in enumerate(pairs):
            if missing.translation or not missing.source:
                continue
            extra = [pair for pair in pairs if pair.translation and not pair.source]
            scores = [self.sameness(missing.source, pair.translation) for pair in extra]
            if max(scores, default=0) >= MOVED:
                found = extra[scores.index(max(scores))]
                pairs[position] = Pair(missing.source, found.translation, moved=True)
                pairs[pairs.index(found)] = Pair((), ())
        pairs[:] = [pair for pair in pairs if pair.source or pair.translation]

    def sameness(self, source: Blocks, translation: Blocks) -> float:
        """The share that two pieces have in common: blocks of a kind, or sections."""
        first, second = source[0], translation[0]
        if first.kind is not second.kind:
            return 0
        if first.kind is Kind.HEADING and same_id(first, second):
            return 1
        if not self.features[first] and not self.features[second] and len(source) > 1:
            kinds = [[block.kind for block in piece] for piece in (source, translation)]
            return self.same_length(source, translation) if kinds[0] == kinds[1] else 0
        return overlap(self.features[first], self.features[second])[0]

    def same_length(self, source: Iterable[Block], translation: Iterable[Block]) -> float:
        """How alike the shares are that two pieces have of their pages, from 0 to 1."""
        shorter, longer = sorted(
            sum(self.lengths[block] for block in piece) for piece in (source, translation)
        )
        return shorter / longer if longer else 1

    def complete(self, pair: Pair) -> Pair:
        """Align what is inside a pair."""
        match pair.source, pair.translation:
            case ((), _) | (_, ()):
                return pair
            case ((source,), (translation,)):
                return self.pair(source, translation, moved=pair.moved)
            case _:
                inner = self.align(pair.source, pair.translation)
                return Pair(pair.source, pair.translation, pair.moved, inner)

    def pair(self, source: Block, translation: Block, *, moved: bool = False) -> Pair:
        """Pair two blocks and what is inside them."""
        inner: tuple[Pair, ...] = ()
        if source.kind is translation.kind:
            inner = self.align(source.children, translation.children)
        return Pair((source,), (translation,), moved, inner)


def pieces(
    steps: Sequence[Step], source: Sequence[Block], translation: Sequence[Block]
) -> Iterator[Pair]:
    """What is paired, block by block; what is not, by whole sections where they are whole."""
    for (has_source, has_translation), run in groupby(steps, key=which_sides):
        if has_source and has_translation:
            yield from (
                Pair((source[row],), (translation[column],))
                for row, column in run
                if row is not None and column is not None
            )
        elif has_source:
            for unit in units(source, [row for row, _ in run if row is not None]):
                yield Pair(unit, ())
        else:
            for unit in units(translation, [column for _, column in run if column is not None]):
                yield Pair((), unit)


def which_sides(step: Step) -> tuple[bool, bool]:
    """Which sides a step has."""
    return step[0] is not None, step[1] is not None


def units(blocks: Sequence[Block], run: Sequence[int]) -> Iterator[Blocks]:
    """Cut a run of positions into whole sections and single blocks."""
    position, after = run[0], run[-1] + 1
    while position < after:
        end = section_end(blocks, position)
        if end > after:
            end = position + 1
        yield tuple(blocks[position:end])
        position = end


def section_end(blocks: Sequence[Block], start: int) -> int:
    """The end of the section that a block opens; a block that is no heading ends with itself."""
    if blocks[start].kind is not Kind.HEADING:
        return start + 1
    for position in range(start + 1, len(blocks)):
        block = blocks[position]
        if block.kind is Kind.HEADING and level(block) <= level(blocks[start]):
            return position
    return len(blocks)


def prices(blocks: Sequence[Block]) -> Prices:
    """What leaving these blocks alone costs."""
    headings = [block.kind is Kind.HEADING for block in blocks]
    return Prices(
        opening=[OPENING_AT_HEADING if heading else OPENING for heading in headings],
        closing=[CLOSING_AT_HEADING if heading else CLOSING for heading in [*headings, True]],
    )


def join_other_kinds(pairs: list[Pair]) -> None:
    """Pair one block that is missing with one too much beside it: it is of another kind."""
    for position in range(len(pairs) - 1, 0, -1):
        missing, extra = pairs[position - 1 : position + 1]
        alone = len(missing.source) == len(extra.translation) == 1
        if alone and not missing.translation and not extra.source:
            around = pairs[max(position - 2, 0) : position - 1] + pairs[position + 1 : position + 2]
            if all(pair.source and pair.translation for pair in around):
                pairs[position - 1 : position + 1] = [Pair(missing.source, extra.translation)]


def own_features(block: Block) -> Features:
    """What of a block shows, in any language, which block it is."""
    found = Counter(f"{fact.aspect} {fact.value}" for fact in block.facts)
    if block.kind in WORDLESS:
        lines = block.traits.get("code", block.text).splitlines()
        found.update(dict.fromkeys(lines, STRONG if len(lines) == 1 else 1))
    else:
        found.update(NUMBER.findall(block.text))
    if identifier := block.traits.get("id"):
        found[f"id {identifier}"] = STRONG
    if block.kind is Kind.ADMONITION:
        found[f"kind {block.traits['kind']}"] = 1
    return found


def overlap(first: Features, second: Features) -> tuple[float, int]:
    """The share of features that are common, and how many these are."""
    common = (first & second).total()
    whole = first.total() + second.total()
    return (2 * common / whole if whole else 0.0), common


def heading_gain(source: Block, translation: Block) -> float:
    """What ids and levels say about two headings."""
    gain = 0.0
    if same_id(source, translation):
        gain += SAME_ID
    elif source.traits["id"] and translation.traits["id"]:
        gain += OTHER_ID
    if level(source) != level(translation):
        gain += OTHER_LEVEL
    return gain


def same_id(source: Block, translation: Block) -> bool:
    """Whether both headings have the same explicit id."""
    return bool(source.traits["id"]) and source.traits["id"] == translation.traits["id"]


def level(heading: Block) -> int:
    """The level of a heading, from 1."""
    return int(heading.traits["level"])
