"""Examples for the API reference: the programs of ``docs_src`` that use its objects.

Only programs that have a script are examples, so each of them is played. Of several that use an
object, ``examples.toml`` names one. Else it is one that names the object, on a page about it, in a
line that an arrow marks, and short.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import ROOT
from docs_tools.project.reference import PACKAGE
from docs_tools.project.snippets import snippets
from docs_tools.project.uses import find_uses

if TYPE_CHECKING:
    from collections.abc import Mapping

    import griffe

    from docs_tools.project.snippets import Snippet
    from docs_tools.project.uses import Use

FILE = Path("docs_tools", "project", "examples.toml")
SHORT = 16  # a program of so many lines is shown whole
ASIDE = frozenset(
    {"differences", "frameworks", "others", "reference", "trouble"}
)  # the last choice


@dataclass(frozen=True)
class Example:
    """What to show of a program, because it uses an object.

    Attributes:
        snippet: The name of the program.
        parts: The first and the last line of each part, from 1.
        marked: The lines that use the object.
    """

    snippet: str
    parts: tuple[tuple[int, int], ...]
    marked: tuple[int, ...]

    def shows_the_same_as(self, other: Example) -> bool:
        """Whether both show the same lines."""
        return (self.snippet, self.parts) == (other.snippet, other.parts)

    def __str__(self) -> str:
        """Write it for the fence ``example``."""
        parts = " ".join(f"{first}-{last}" for first, last in self.parts)
        return f"{self.snippet}\n{parts}\n{' '.join(map(str, self.marked))}"

    @classmethod
    def parse(cls, text: str) -> Example:
        """Read what is in a fence."""
        snippet, parts, marked = text.splitlines()
        pairs = (part.split("-") for part in parts.split())
        return cls(
            snippet,
            tuple((int(first), int(last)) for first, last in pairs),
            tuple(map(int, marked.split())),
        )


@dataclass(frozen=True, order=True)
class Statement:
    """One of the statements that a program consists of.

    Attributes:
        first: Its first line: that of its first decorator, if it has one.
        last: Its last line.
        assigns: The names that it assigns.
        imports: The names that it imports from the package.
        uses: The names in it.
    """

    first: int
    last: int
    assigns: frozenset[str]
    imports: frozenset[str]
    uses: frozenset[str]

    @classmethod
    def of(cls, node: ast.stmt) -> Statement:
        """Read one."""
        first, assigns, imports = node.lineno, set[str](), set[str]()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                first = min([first, *(each.lineno for each in node.decorator_list)])
            case ast.Assign(targets=targets):
                assigns = {each.id for each in targets if isinstance(each, ast.Name)}
            case ast.ImportFrom(module=str(module)) if module.startswith(PACKAGE):
                imports = {each.asname or each.name for each in node.names}
            case _:
                pass
        uses = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        last = node.end_lineno or first
        return cls(first, last, frozenset(assigns), frozenset(imports), frozenset(uses))


@dataclass(frozen=True)
class Program:
    """A program, and what it uses.

    Attributes:
        name: The name of its snippet.
        rows: Its lines.
        statements: What it consists of.
        arrows: The lines that an arrow marks.
        uses: The uses, by the paths of the objects, where they are defined.
    """

    name: str
    rows: list[str]
    statements: list[Statement]
    arrows: frozenset[int]
    uses: dict[str, set[Use]]

    @classmethod
    def read(cls, snippet: Snippet, package: griffe.Object) -> Program:
        """Read it, without running it."""
        text = snippet.program.read_text(encoding="utf-8")
        tree = ast.parse(text)
        return cls(
            snippet.name,
            text.splitlines(),
            [Statement.of(each) for each in tree.body],
            frozenset(take_highlights(text)[1]),
            find_uses(tree, package),
        )

    def example(self, path: str) -> Example:
        """Show all of a short program; of a longer one, a statement, and what that is made with."""
        uses = self.uses[path]
        return self.excerpt(
            {use.line for use in uses if use.is_named} or {use.line for use in uses}
        )

    def excerpt(self, lines: set[int]) -> Example:
        """Show what belongs to some lines; to those that have an arrow, if there are such."""
        marked = sorted(lines & self.arrows or lines)
        if len(self.rows) <= SHORT:
            return Example(self.name, ((1, len(self.rows)),), tuple(marked))
        chosen = next(each for each in self.statements if marked[0] <= each.last)
        made = [each for each in self.statements if each is chosen or each.assigns & chosen.uses]
        used = frozenset[str]().union(*(each.uses for each in made))
        parts = self.joined(
            [each for each in self.statements if each in made or each.imports & used]
        )
        shown = [each for each in marked if any(first <= each <= last for first, last in parts)]
        return Example(self.name, tuple(parts), tuple(shown))

    def joined(self, statements: list[Statement]) -> list[tuple[int, int]]:
        """The lines of statements, without a break where only blank lines are between them."""
        parts: list[tuple[int, int]] = []
        for each in statements:
            if parts and not "".join(self.rows[parts[-1][1] : each.first - 1]).strip():
                parts[-1] = (parts[-1][0], each.last)
            else:
                parts.append((each.first, each.last))
        return parts


def find_examples(
    package: griffe.Object, public: Mapping[str, str], root: Path = ROOT
) -> dict[str, Example]:
    """Find an example for each object that has one.

    A property has none of its own, if that of its class shows it.

    Args:
        package: The package.
        public: The paths of the objects in the reference, by those where they are defined.
        root: The folder of the project.

    Returns:
        The examples, by the paths of the objects in the reference.

    Raises:
        ValueError: A program that was chosen is not there, or does not use the object.
    """
    programs = [Program.read(each, package) for each in snippets(root) if each.script.is_file()]
    users: dict[str, list[Program]] = defaultdict(list)
    for program in programs:
        for defined_at in program.uses.keys() & public.keys():
            users[defined_at].append(program)
    wanted = settings(root)["chosen"]
    found: dict[str, Example] = {}
    for defined_at, path in public.items():
        if path in wanted:
            found[path] = by_hand(path, wanted[path], programs, defined_at)
            continue
        if not users[defined_at]:
            continue
        best = min(users[defined_at], key=lambda each: rank(each, path, defined_at))
        example = best.example(defined_at)
        of_class = found.get(path.rpartition(".")[0])
        is_attribute = package[defined_at.removeprefix(f"{PACKAGE}.")].is_attribute
        if not is_attribute or not of_class or not of_class.shows_the_same_as(example):
            found[path] = example
    return found


def by_hand(path: str, choice: str, programs: list[Program], defined_at: str) -> Example:
    """Take a program that was chosen, by its use of an object or by a text in it.

    Raises:
        ValueError: There is no such program with a script, or none of its lines is meant.
    """
    name, _, text = choice.partition(" ")
    for program in programs:
        if program.name == name and not text and defined_at in program.uses:
            return program.example(defined_at)
        lines = {number for number, row in enumerate(program.rows, 1) if text and text in row}
        if program.name == name and lines:
            return program.excerpt(lines)
    raise ValueError(f"{FILE.name}: {name} does not use {path}, or has no script")


def rank(program: Program, path: str, defined_at: str) -> tuple[object, ...]:
    """How good an example a program is: the least is the best."""
    uses = program.uses[defined_at]
    page = program.name.partition("/")[0]
    example = program.example(defined_at)
    return (
        not any(use.is_named for use in uses),
        page in ASIDE,
        not any(part.startswith(page) for part in path.split(".")),
        program.arrows.isdisjoint(example.marked),
        len(program.rows) > SHORT,
        sum(last - first + 1 for first, last in example.parts),
        program.name,
    )


def settings(root: Path = ROOT) -> dict[str, dict[str, str]]:
    """Read what is chosen by hand, and what needs no example."""
    found: dict[str, dict[str, str]] = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    return found
