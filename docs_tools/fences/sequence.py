"""Diagrams of what several parties do, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.fences import drawing
from docs_tools.fences.drawing import LINE, PADDING, WIDTH, Area, wrap
from docs_tools.project.diagrams import Arrow, Note, Part

if TYPE_CHECKING:
    from docs_tools.project.diagrams import Diagram

GAP = 12  # between two steps
NARROWER = 2  # what a box leaves free on each side of its lane


class Sequence:
    """Draws a sequence.

    Args:
        diagram: What to draw.

    Raises:
        ValueError: A word has no room.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.lane = WIDTH / len(diagram.boxes)
        self.x = {name: (place + 0.5) * self.lane for place, name in enumerate(diagram.boxes)}
        self.heads = {
            name: wrap(box.label, self.lane - 2 * NARROWER - PADDING)
            for name, box in diagram.boxes.items()
        }
        self.diagram = diagram
        self.y = 0.0

    def draw(self) -> tuple[Markup, float]:
        """Draw it; returns how high it is, too."""
        top = max(map(drawing.height_of, self.heads.values())) + 2 * PADDING
        heads = [
            drawing.box(
                Area(self.x[name] - self.lane / 2 + NARROWER, 0, self.lane - 2 * NARROWER, top),
                self.heads[name],
                box.look,
            )
            for name, box in self.diagram.boxes.items()
        ]
        self.y = top + GAP
        steps = [self.step(each) for each in self.diagram.steps]
        lines = [drawing.line(x, top, x, self.y, "lane") for x in self.x.values()]
        return Markup("").join([*lines, *heads, *steps]), self.y

    def step(self, step: Arrow | Note | Part) -> Markup:
        """Draw what happens next, and move on below it."""
        match step:
            case Arrow():
                return self.arrow(step)
            case Note():
                return self.note(step)
            case Part():
                return self.part(step)

    def arrow(self, arrow: Arrow) -> Markup:
        """Draw an arrow under its label."""
        x, to_x = self.x[arrow.start], self.x[arrow.end]
        label = wrap(arrow.label, abs(to_x - x) - PADDING) if arrow.label else []
        said = drawing.text(label, (x + to_x) / 2, self.y, "said") if label else Markup()
        y = self.y + drawing.height_of(label) + LINE / 4
        self.y = y + GAP
        return said + drawing.arrow(x, y, to_x, y, dashed=arrow.dashed)

    def note(self, note: Note) -> Markup:
        """Draw a note over its lanes."""
        places = [self.x[name] for name in note.lanes]
        left = min(places) - self.lane / 2 + NARROWER
        width = max(places) + self.lane / 2 - NARROWER - left
        label = wrap(note.label, width - PADDING)
        area = Area(left, self.y, width, drawing.height_of(label) + PADDING)
        self.y = area.bottom + GAP
        return drawing.box(area, label, "note")

    def part(self, part: Part) -> Markup:
        """Draw where a part begins, over all lanes."""
        label = wrap(part.label, WIDTH - 2 * PADDING)
        area = Area(0, self.y, WIDTH, drawing.height_of(label) + PADDING)
        self.y = area.bottom + GAP
        heading = drawing.text(label, PADDING, area.top + PADDING / 2, "part", "start")
        return drawing.rectangle(area, "band") + heading
