"""Boxes, arrows and lines of text as SVG.

A diagram is 360 units wide, which a phone shows at about one pixel each. Nothing here asks a font
how wide its letters are: every machine draws the same picture, and a page shows it in the font of
its reader. So widths are estimated, on the safe side. Colours are those of ``diagram.css``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 360
LINE = 16  # from one line of text to the next
SIZE = 13  # of letters
PADDING = 8  # between the border of a box and its text
HEAD = 7  # the length of an arrowhead
# The widths of letters, in parts of their size, from fonts that are wider than most.
CODE = 0.6
FULL = 1.0
LETTER = 0.58
WIDTHS = {
    **dict.fromkeys(" !'()*,./:;I[]fijlrt|", 0.38),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.7),
    **dict.fromkeys("MW@mw", 0.9),
}

# Chinese may break before and after each character, but for punctuation; Korean and English break
# at spaces. Code does not break.
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
OPENING = "（《「“"
CLOSING = "）》」”，。：；、！？"
TOKEN = re.compile(
    rf"\s+|[{OPENING}]*(?:[{HAN}]|(?:`[^`]*`|[^\s`{HAN}{OPENING}{CLOSING}])+)[{CLOSING}]*|."
)


@dataclass(frozen=True)
class Area:
    """Where a box is."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right border."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower border."""
        return self.top + self.height

    @property
    def x(self) -> float:
        """Its middle."""
        return self.left + self.width / 2

    @property
    def y(self) -> float:
        """Its middle."""
        return self.top + self.height / 2


def measure(text: str) -> float:
    """Estimate how wide a line is."""
    return SIZE * sum(
        FULL
        if east_asian_width(letter) in "WF"
        else CODE
        if place % 2
        else WIDTHS.get(letter, LETTER)
        for place, part in enumerate(text.split("`"))
        for letter in part
    )


def wrap(text: str, width: float) -> list[str]:
    """Break a text into lines: as few as there can be, and about as long as each other.

    Raises:
        ValueError: A word is wider than a line.
    """
    tokens: list[str] = TOKEN.findall(text)
    for token in tokens:
        if measure(token.strip()) > width:
            raise ValueError(f"{token!r} is too wide for its place: shorten it")
    lines = fill(tokens, width)
    while len(narrower := fill(tokens, width := width - 4)) == len(lines):
        if max(map(measure, narrower)) > width:
            break
        lines = narrower
    return lines


def fill(tokens: list[str], width: float) -> list[str]:
    """Put as much into each line as it holds, and at least one word."""
    lines = [""]
    for token in tokens:
        if lines[-1].strip() and measure((lines[-1] + token).strip()) > width:
            lines.append("")
        lines[-1] += token
    return [line.strip() for line in lines]


def height_of(lines: list[str]) -> float:
    """How high some lines are."""
    return len(lines) * LINE


def text(lines: list[str], x: float, top: float, look: str, anchor: str = "middle") -> Markup:
    """Draw lines of text from a height downwards; what is between backticks is code."""
    drawn = (
        Markup('<tspan x="{}" y="{}">{}</tspan>').format(
            number(x), number(top + place * LINE + 0.74 * LINE), Markup("").join(pieces(line))
        )
        for place, line in enumerate(lines)
    )
    return Markup('<text class="diagram__{}" text-anchor="{}">{}</text>').format(
        look, anchor, Markup(" ").join(drawn)
    )


def pieces(line: str) -> Iterator[Markup]:
    """Tell code from words."""
    for place, part in enumerate(line.split("`")):
        if part:
            kind = '<tspan class="diagram__code">{}</tspan>' if place % 2 else "{}"
            yield Markup(kind).format(part)


def box(area: Area, lines: list[str], look: str) -> Markup:
    """Draw a box, and its text in the middle; a text without a box begins on the left."""
    top = area.y - height_of(lines) / 2
    if look == "text":
        return text(lines, area.left + PADDING, top, "label", "start")
    label = text(lines, area.x, top, "label")
    made = rectangle(area, f"box diagram__box--{look}" if look else "box")
    if look == "queue":  # with the borders of what waits in it
        made += Markup("").join(
            line(x, area.top, x, area.bottom, "slot")
            for edge, way in ((area.left, 1), (area.right, -1))
            for x in (edge + way * 7, edge + way * 14)
        )
    return made + label


def rectangle(area: Area, look: str) -> Markup:
    """Draw a rectangle."""
    return Markup('<rect class="diagram__{}" x="{}" y="{}" width="{}" height="{}" rx="4"/>').format(
        look, number(area.left), number(area.top), number(area.width), number(area.height)
    )


def line(x: float, y: float, to_x: float, to_y: float, look: str) -> Markup:
    """Draw a line."""
    return Markup('<path class="diagram__{}" d="M{} {}L{} {}"/>').format(
        look, number(x), number(y), number(to_x), number(to_y)
    )


def arrow(x: float, y: float, to_x: float, to_y: float, *, dashed: bool) -> Markup:
    """Draw an arrow that goes up, down or to the side."""
    way_x, way_y = sign(to_x - x), sign(to_y - y)
    base_x, base_y = to_x - way_x * HEAD, to_y - way_y * HEAD
    side_x, side_y = way_y * HEAD / 2, way_x * HEAD / 2
    head = Markup('<path class="diagram__head" d="M{} {}L{} {}L{} {}z"/>').format(
        *map(number, (to_x, to_y, base_x + side_x, base_y + side_y)),
        *map(number, (base_x - side_x, base_y - side_y)),
    )
    look = "arrow diagram__arrow--dashed" if dashed else "arrow"
    return line(x, y, base_x, base_y, look) + head


def sign(value: float) -> int:
    """The direction of a difference."""
    return (value > 0) - (value < 0)


def number(value: float) -> str:
    """A coordinate, the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")
