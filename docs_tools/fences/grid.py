"""Diagrams whose boxes are placed in rows: states, layers, pipelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.fences import drawing
from docs_tools.fences.drawing import HEAD, LINE, PADDING, WIDTH, Area, wrap
from docs_tools.project.diagrams import Arrow

if TYPE_CHECKING:
    from docs_tools.project.diagrams import Diagram

GUTTER = 12  # between columns
ASIDE = 30  # between columns, with arrows to the side
LEAST_GAP = 12  # between rows
SHAFT = 12  # what is seen of an arrow before its label, and after it


@dataclass(frozen=True)
class Cells:
    """The cells that a box takes: the first row and column, and those after the last ones."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Upright:
    """An arrow that goes up or down.

    Attributes:
        arrow: What the file says.
        x: Where it goes.
        label: The lines of its label.
        over: The row above it.
        under: The row below it.
    """

    arrow: Arrow
    x: float
    label: list[str]
    over: int
    under: int

    @property
    def length(self) -> float:
        """How long it has to be."""
        return drawing.height_of(self.label) + SHAFT * (2 if self.label else 1) + HEAD


class Grid:
    """Draws a grid.

    Args:
        diagram: What to draw.

    Raises:
        ValueError: A box is not a rectangle, an arrow goes across, or a word has no room.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.cells = {name: cells_of(name, diagram.rows) for name in diagram.boxes}
        self.arrows = [each for each in diagram.steps if isinstance(each, Arrow)]
        aside = any(self.is_aside(each) for each in self.arrows)
        self.gutter = ASIDE if aside else GUTTER
        columns = len(diagram.rows[0])
        self.column = (WIDTH + self.gutter) / columns
        self.labels = {
            name: wrap(box.label, self.span(name)[1] - self.span(name)[0] - 2 * margin(box.look))
            for name, box in diagram.boxes.items()
        }
        self.upright = [self.stand(each) for each in self.arrows if not self.is_aside(each)]
        self.heights, self.gaps = self.measure_rows()

    def is_aside(self, arrow: Arrow) -> bool:
        """Whether an arrow goes to the side.

        Raises:
            ValueError: It goes across, or has a label.
        """
        start, end = self.cells[arrow.start], self.cells[arrow.end]
        if start.left < end.right and end.left < start.right:
            return False
        if arrow.label or not (start.top < end.bottom and end.top < start.bottom):
            raise ValueError(
                f"the arrow from {arrow.start} to {arrow.end} goes across, or aside with a label"
            )
        return True

    def span(self, name: str) -> tuple[float, float]:
        """Where a box begins and ends, from left to right."""
        cells = self.cells[name]
        return cells.left * self.column, cells.right * self.column - self.gutter

    def stand(self, arrow: Arrow) -> Upright:
        """Place an arrow where it meets no other box, beside others between the same two.

        Raises:
            ValueError: There is no such place.
        """
        pair = {arrow.start, arrow.end}
        beside = [each for each in self.arrows if {each.start, each.end} == pair]
        over, under = sorted((self.cells[name] for name in pair), key=lambda cells: cells.top)
        between = self.diagram.rows[over.bottom : under.top]
        free = [
            column
            for column in range(max(over.left, under.left), min(over.right, under.right))
            if not any(row[column] for row in between)
        ]
        if not free:
            raise ValueError(f"a box is in the way from {arrow.start} to {arrow.end}")
        left = free[0] * self.column
        columns = next(
            place for place, column in enumerate([*free, -1]) if column != free[0] + place
        )
        slot = (columns * self.column - self.gutter) / len(beside)
        return Upright(
            arrow,
            left + slot * (beside.index(arrow) + 0.5),
            wrap(arrow.label, slot) if arrow.label else [],
            over.bottom - 1,
            under.top,
        )

    def measure_rows(self) -> tuple[list[float], list[float]]:
        """Find the height of each row, and of each gap that follows one."""
        heights = [2.0 * PADDING + LINE for _ in self.diagram.rows]
        for name, label in self.labels.items():
            cells = self.cells[name]
            if cells.bottom == cells.top + 1:
                needed = drawing.height_of(label) + 2 * PADDING
                heights[cells.top] = max(heights[cells.top], needed)
        gaps = [float(LEAST_GAP) for _ in heights]
        for each in self.upright:
            between = sum(gaps[each.over : each.under]) + sum(heights[each.over + 1 : each.under])
            gaps[each.over] += max(0, each.length - between)
        return heights, gaps

    def area(self, name: str) -> Area:
        """Where a box is."""
        cells = self.cells[name]
        left, right = self.span(name)
        top, bottom = self.top(cells.top), self.top(cells.bottom - 1)
        return Area(left, top, right - left, bottom + self.heights[cells.bottom - 1] - top)

    def top(self, row: int) -> float:
        """Where a row begins."""
        return sum(self.heights[:row]) + sum(self.gaps[:row])

    def draw(self) -> tuple[Markup, float]:
        """Draw it; returns how high it is, too."""
        areas = {name: self.area(name) for name in self.diagram.boxes}
        made = [
            drawing.box(areas[name], self.labels[name], box.look)
            for name, box in self.diagram.boxes.items()
        ]
        for each in self.arrows:
            start, end = areas[each.start], areas[each.end]
            if self.is_aside(each):
                x, to_x = (
                    (start.right, end.left) if start.left < end.left else (start.left, end.right)
                )
                made.append(drawing.arrow(x, start.y, to_x, start.y, dashed=each.dashed))
        for upright in self.upright:
            start, end = areas[upright.arrow.start], areas[upright.arrow.end]
            y, to_y = (start.bottom, end.top) if start.top < end.top else (start.top, end.bottom)
            made.append(drawing.arrow(upright.x, y, upright.x, to_y, dashed=upright.arrow.dashed))
            if upright.label:
                middle = (y + to_y - drawing.sign(to_y - y) * HEAD) / 2
                top = middle - drawing.height_of(upright.label) / 2
                made.append(drawing.text(upright.label, upright.x, top, "said"))
        return Markup("").join(made), self.top(len(self.heights)) - self.gaps[-1]


def cells_of(name: str, rows: list[list[str]]) -> Cells:
    """Find the cells of a box.

    Raises:
        ValueError: They are not a rectangle.
    """
    found = {
        (row, column)
        for row, names in enumerate(rows)
        for column, each in enumerate(names)
        if each == name
    }
    top, left = min(row for row, _ in found), min(column for _, column in found)
    bottom, right = max(row for row, _ in found) + 1, max(column for _, column in found) + 1
    if len(found) != (bottom - top) * (right - left):
        raise ValueError(f"the cells of {name} are not a rectangle")
    return Cells(top, left, bottom, right)


def margin(look: str) -> int:
    """What a box keeps free on each side."""
    return 16 if look == "queue" else PADDING
