"""What a program uses of the package: nothing is imported or run.

A name is followed from its import, and what a method returns is known from its annotation. So
``room`` is a ``Room`` after ``async with rooms.join(websocket, "news") as room``. What cannot be
followed in this way is no use.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import griffe

from docs_tools.project.reference import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Use:
    """A line of a program that uses an object.

    Attributes:
        line: Its number, from 1.
        is_named: Whether it names the object. What returns an instance uses the class, too.
    """

    line: int
    is_named: bool


@dataclass(frozen=True)
class Value:
    """What an expression is, as far as it concerns the package.

    Attributes:
        object: A module, class or function; if this is an instance, its class.
        is_instance: Whether it is one.
    """

    object: griffe.Object
    is_instance: bool = False


def find_uses(program: ast.Module, package: griffe.Object) -> dict[str, set[Use]]:
    """Find the uses in a program, by the paths of the objects, where they are defined."""
    reader = Reader(package)
    for each in program.body:  # a function may use names that the program defines after it
        if isinstance(each, ast.Import | ast.ImportFrom | ast.Assign):
            reader.visit(each)
    reader.visit(program)
    return reader.found


class Reader(ast.NodeVisitor):
    """Reads a program.

    Args:
        package: The package.

    Attributes:
        found: The uses.
        names: What the names mean at this place of the program.
        raised: What the ``value`` of a name is, by ``with pytest.raises(...) as name``.
    """

    def __init__(self, package: griffe.Object) -> None:
        self.package = package
        self.found: dict[str, set[Use]] = defaultdict(set)
        self.names: dict[str, Value | None] = {}
        self.raised: dict[str, Value | None] = {}

    def visit(self, node: ast.AST) -> None:
        """Read a node: an expression for its value, and all for what is in it."""
        if isinstance(node, ast.expr):
            self.value(node)
        super().visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Know a module by the first part of its path."""
        if any(each.name.partition(".")[0] == PACKAGE for each in node.names):
            self.names[PACKAGE] = Value(self.package)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Know names by their import."""
        for each in node.names:
            self.names[each.asname or each.name] = self.resolved(f"{node.module}.{each.name}")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class that inherits uses the methods that it overrides."""
        parent = next(filter(None, map(self.value, node.bases)), None)
        before = dict(self.names)
        self.names["self"] = instance(parent)
        for each in node.body:
            if isinstance(each, Function):
                self.use(self.member(parent, each.name), each)
            self.visit(each)
        self.names = before | {node.name: parent}

    def visit_FunctionDef(self, node: Function) -> None:
        """A function has names of its own."""
        for outside in node.decorator_list:
            self.visit(outside)
        before = dict(self.names)
        self.visit(node.args)
        for each in node.body:
            self.visit(each)
        self.names = before

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast names the methods

    def visit_arg(self, node: ast.arg) -> None:
        """An argument is an instance of what it is annotated with."""
        if node.annotation:
            self.names[node.arg] = instance(self.value(node.annotation))
        elif node.arg == "websocket":  # what everybody calls it
            self.names[node.arg] = instance(self.resolved(f"{PACKAGE}.WebSocket"))
        elif node.arg != "self":
            self.names[node.arg] = None

    def visit_Assign(self, node: ast.Assign) -> None:
        """Know names by what they are assigned."""
        self.name(node.targets, self.value(node.value))
        self.generic_visit(node)

    def visit_For(self, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
        """Know names by what is iterated."""
        self.name([node.target], self.entered(self.value(node.iter), "__iter__"))
        self.generic_visit(node)

    visit_AsyncFor = visit_comprehension = visit_For  # noqa: N815

    def visit_withitem(self, node: ast.withitem) -> None:
        """Know names by what is entered."""
        match node:
            case ast.withitem(
                ast.Call(ast.Attribute(ast.Name("pytest"), "raises"), [expected, *_]),
                ast.Name(name),
            ):
                self.raised[name] = instance(self.value(expected))
            case _:
                pass
        if node.optional_vars:
            found = self.entered(self.value(node.context_expr), "__enter__", "__aenter__")
            self.name([node.optional_vars], found)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Know a name by the exception that is caught."""
        if node.name:
            self.names[node.name] = instance(self.value(node.type)) if node.type else None
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        """Know a name by the class that matches."""
        match node:
            case ast.MatchAs(ast.MatchClass(cls=matched), str(name)):
                self.names[name] = instance(self.value(matched))
            case _:
                pass
        self.generic_visit(node)

    def name(self, targets: Iterable[ast.expr], value: Value | None) -> None:
        """Let names mean a value. What is unpacked, or put into an object, is not followed."""
        for each in targets:
            if isinstance(each, ast.Name):
                self.names[each.id] = value

    def value(self, node: ast.expr) -> Value | None:
        """What an expression is, and what it uses on the way."""
        match node:
            case ast.Name(id=name):
                return self.use(self.names.get(name), node)
            case ast.Attribute(value=ast.Name(name), attr="value") if name in self.raised:
                return self.use(self.raised[name], node)
            case ast.Attribute(value=of, attr=name):
                return self.use(self.member(self.value(of), name), node)
            case ast.Call(func=called):
                return self.use(self.result(self.value(called)), node)
            case ast.Await(value=same) | ast.Subscript(value=same):
                return self.value(same)
            case _:
                return None

    def use(self, value: Value | None, node: ast.expr | Function) -> Value | None:
        """Note the line of what is used. An attribute also uses the class of what it is."""
        if value is None:
            return None
        self.found[value.object.canonical_path].add(Use(node.lineno, not value.is_instance))
        return self.use(self.result(value), node) if value.object.is_attribute else value

    def result(self, value: Value | None) -> Value | None:
        """What is returned by a call; for an attribute, what it is."""
        if value is None or value.is_instance:
            return None
        if isinstance(value.object, griffe.Class):
            return instance(value)
        names = [
            each
            for annotation in types_of(value.object)
            if isinstance(annotation, griffe.Expr)
            for each in annotation.iterate()
            if isinstance(each, griffe.ExprName)
        ]
        if any(each.canonical_name == "Self" for each in names):
            return instance(self.resolved(value.object.path.rpartition(".")[0]))
        found = (self.resolved(each.canonical_path) for each in names)
        return next((instance(each) for each in found if each and each.object.is_class), None)

    def entered(self, value: Value | None, *names: str) -> Value | None:
        """What ``with`` or ``for`` makes of a value."""
        made = (self.result(found) for name in names if (found := self.member(value, name)))
        return next(made, value)

    def member(self, value: Value | None, name: str) -> Value | None:
        """What has a name in an object."""
        if value is None or not isinstance(value.object, griffe.Class | griffe.Module):
            return None
        found = members(value.object).get(name)
        return Value(target) if found and (target := target_of(found)) else None

    def resolved(self, path: str) -> Value | None:
        """What has a path."""
        package, _, rest = path.partition(".")
        if package != PACKAGE:
            return None
        value: Value | None = Value(self.package)
        for name in filter(None, rest.split(".")):
            value = self.member(value, name)
        return value


def instance(value: Value | None) -> Value | None:
    """An instance of a class."""
    return Value(value.object, is_instance=True) if value else None


def types_of(found: griffe.Object) -> list[object]:
    """What says of which type something is."""
    match found:
        case griffe.Function():
            return [found.returns, *(each.returns for each in found.overloads or ())]
        case griffe.Attribute():
            return [found.annotation]
        case _:
            return []


@cache
def members(parent: griffe.Class | griffe.Module) -> Mapping[str, griffe.Object | griffe.Alias]:
    """What is in a module, or in a class and in those that it inherits from."""
    return parent.all_members


def target_of(found: griffe.Object | griffe.Alias) -> griffe.Object | None:
    """What a name leads to; nothing, if it leads out of the package."""
    try:
        return found.final_target if isinstance(found, griffe.Alias) else found
    except griffe.AliasResolutionError:
        return None
