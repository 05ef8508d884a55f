"""Diagrams: small text files beside the snippets, ``docs_src/PAGE/NAME.diagram``.

A diagram has a title, a description for those who do not see it, boxes, and what is between them::

    title = A handshake
    description = The client asks. The server accepts, or denies.

    | client | client |
    | open   | denied |

    client = Client
    open = Open
    denied = Denied

    client -> open: `accept()`
    client -> denied: `close()`

The rows of ``|`` place the boxes: this is a *grid*. A name that is repeated makes a larger box, and
an empty cell stays empty. Arrows go up, down or to the side; those that have a label go up or down.

Without such rows it is a *sequence*: each box heads a lane, in the order in which they are named,
and everything else happens from top to bottom::

    app = Application
    client = Client

    == 0 s
    app -> client: close frame, 1012
    app: Endpoints return.
    app + client: The connection is closed.

``==`` begins a part. One name or several without an arrow make a note over their lanes. ``-->`` is
a dashed arrow in both kinds. A box may have a look: ``client (client)``, ``server (server)``,
``buffer (queue)``, or ``denied (text)`` without a border. What is between backticks is code. A
line that begins with ``#`` is a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docs_tools.project.snippets import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENDING = ".diagram"
LOOKS = ("client", "server", "queue", "text")

NAME = r"[a-z][a-z_]*"
ROW = re.compile(r"\|.*\|")
BOX = re.compile(rf"(?P<name>{NAME})(?: \((?P<look>\w+)\))? = (?P<label>.+)")
ARROW = re.compile(rf"(?P<start>{NAME}) (?P<line>--?>) (?P<end>{NAME})(?:: (?P<label>.+))?")
NOTE = re.compile(rf"(?P<lanes>{NAME}(?: \+ {NAME})*): (?P<label>.+)")
PART = re.compile(r"== (?P<label>.+)")


@dataclass(frozen=True)
class Box:
    """A box of a grid, or the head of a lane."""

    label: str
    look: str = ""


@dataclass(frozen=True)
class Arrow:
    """An arrow between two boxes."""

    start: str
    end: str
    label: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class Note:
    """What happens on some lanes of a sequence."""

    lanes: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Part:
    """Where a part of a sequence begins."""

    label: str


@dataclass
class Diagram:
    """What a file says.

    Attributes:
        title: What the diagram is called.
        description: What it shows, in words.
        rows: The names in each row of a grid; a sequence has none.
        boxes: The boxes by their names, in their order.
        steps: Everything else, in its order. A grid has arrows alone.
    """

    title: str = ""
    description: str = ""
    rows: list[list[str]] = field(default_factory=list[list[str]])
    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    steps: list[Arrow | Note | Part] = field(default_factory=list["Arrow | Note | Part"])


def parse_diagram(
    text: str, where: str, translate: Callable[[str], str] = lambda label: label
) -> Diagram:
    """Read a diagram.

    Args:
        text: What is in the file.
        where: The name of the file, for errors.
        translate: Takes a label, and returns it in another language.

    Raises:
        ValueError: A line cannot be read, or the whole is not a diagram. The message says where.
    """
    found = Diagram()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                read_line(found, line.strip(), translate)
            except ValueError as error:
                raise ValueError(f"{where}, line {number}: {error}") from None
    for problem in problems(found):
        raise ValueError(f"{where}: {problem}")
    return found


def read_line(found: Diagram, line: str, translate: Callable[[str], str]) -> None:
    """Read one line into a diagram."""
    if ROW.fullmatch(line):
        found.rows.append([cell.strip() for cell in line[1:-1].split("|")])
    elif box := BOX.fullmatch(line):
        name, look, label = box["name"], box["look"] or "", translate(box["label"])
        if name in {"title", "description"}:
            setattr(found, name, label)
        elif name in found.boxes:
            raise ValueError(f"there are two boxes {name}")
        elif look and look not in LOOKS:
            raise ValueError(f"no look is called {look}; there are {', '.join(LOOKS)}")
        else:
            found.boxes[name] = Box(label, look)
    elif arrow := ARROW.fullmatch(line):
        label = translate(arrow["label"]) if arrow["label"] else ""
        found.steps.append(Arrow(arrow["start"], arrow["end"], label, arrow["line"] == "-->"))
    elif part := PART.fullmatch(line):
        found.steps.append(Part(translate(part["label"])))
    elif note := NOTE.fullmatch(line):
        found.steps.append(Note(tuple(note["lanes"].split(" + ")), translate(note["label"])))
    else:
        raise ValueError(f"this is not a row, box, arrow, part or note: {line}")


def problems(found: Diagram) -> Iterator[str]:
    """What is wrong with a whole diagram."""
    for name in ("title", "description"):
        if not getattr(found, name):
            yield f"it has no {name}"
    named = {name for each in found.steps for name in names(each)}
    placed = {name for row in found.rows for name in row if name}
    for name in sorted((named | placed) - found.boxes.keys()):
        yield f"there is no box {name}"
    for each in found.steps:
        if isinstance(each, Arrow) and each.start == each.end:
            yield f"an arrow leads from {each.start} to itself"
    if found.rows:
        for name in sorted(found.boxes.keys() - placed):
            yield f"no row places the box {name}"
        if len({len(row) for row in found.rows}) > 1:
            yield "its rows are not of one length"
        if not all(isinstance(each, Arrow) for each in found.steps):
            yield "a grid has no parts and no notes"
    elif len(found.boxes) < 2:
        yield "a sequence has at least two lanes"


def names(step: Arrow | Note | Part) -> tuple[str, ...]:
    """The boxes that a step names."""
    match step:
        case Arrow(start=start, end=end):
            return start, end
        case Note(lanes=lanes):
            return lanes
        case Part():
            return ()


def diagram_files(root: Path) -> list[str]:
    """The diagrams of a project, by their names from ``docs_src``, in order."""
    folder = root / FOLDER
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob(f"*{ENDING}"))
