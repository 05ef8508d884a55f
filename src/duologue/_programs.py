"""Loading the application that a script is played with: beside the script, or by its name."""

import importlib
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import cast

from duologue._adapters import check_application
from duologue._tracebacks import LIBRARY
from duologue.types import ASGIApp


class AppError(Exception):
    """There is no application to play with. The message is one line that says why."""


def load_beside(path: Path) -> ASGIApp:
    """Load `app` from the program beside a script: `chat.py` beside `chat.duo`.

    The program is executed afresh each time, so that one play leaves nothing for the next. The
    modules that it imports are not.

    Args:
        path: The script.

    Raises:
        AppError: There is no such program, it cannot be executed, or it has no `app`.
    """
    shown = path.with_suffix(".py")
    program = shown.resolve()
    if not program.is_file():
        raise AppError(f"there is no program {shown} beside {path.name}")
    root, package = _place(program)
    _import_from(root)
    # A name of its own: who imports the program by its real one is not disturbed.
    name = f"{package}.{program.stem}__played".lstrip(".")
    loader = SourceFileLoader(name, str(program))
    module = ModuleType(name)
    module.__file__, module.__package__, module.__loader__ = str(program), package, loader
    sys.modules[name] = module  # dataclasses and others look there
    try:
        if package:
            importlib.import_module(package)
        loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise AppError(f"{shown} cannot be executed: {_reason(error)}") from error
    return _find(module, "app", str(shown))


def load_named(name: str, root: Path) -> ASGIApp:
    """Load an application by its name, like `shop.main:app`.

    Args:
        name: The module, a colon, and the application in it.
        root: The folder to import from, if the module is not installed.

    Raises:
        AppError: There is no such module, it cannot be imported, or it has no such application.
    """
    module_name, colon, attribute = name.partition(":")
    if not (module_name and colon and attribute) or module_name.endswith(".py"):
        file = module_name.removesuffix(".py").replace("/", ".").lstrip(".")
        like = "shop.main:app" if file == module_name else f"{file}:{attribute or 'app'}"
        raise AppError(f"{name!r} names no application: write MODULE:APP, like {like}")
    _import_from(root)
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise AppError(f"{module_name} cannot be imported: {_reason(error)}") from error
    return _find(module, attribute, module_name)


def _import_from(root: Path) -> None:
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))


def _place(program: Path) -> tuple[Path, str]:
    """Find the folder from which a program is imported, and the package that it is in."""
    root = program.parent
    names: list[str] = []
    while (root / "__init__.py").is_file():
        names.insert(0, root.name)
        root = root.parent
    return root, ".".join(names)


def _find(module: ModuleType, attribute: str, where: str) -> ASGIApp:
    found: object = module
    for name in attribute.split("."):
        found = getattr(found, name, None)
    if not callable(found):
        raise AppError(f"{where} has no application {attribute!r}")
    try:
        return check_application(cast("ASGIApp", found))
    except TypeError as error:
        raise AppError(f"{where} has no application {attribute!r}: {error}") from error


def _reason(error: BaseException) -> str:
    """Say in one line what was raised, and where in the program, or in what it imports."""
    what = " ".join(traceback.format_exception_only(error)[-1].split())
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{what} ({error.filename}, line {error.lineno})"
    stack = traceback.extract_tb(error.__traceback__)
    frames = [
        frame
        for frame in stack
        if "importlib" not in frame.filename and not frame.filename.startswith(LIBRARY)
    ]
    if not frames:
        return what
    return f"{what} ({frames[-1].filename}, line {frames[-1].lineno})"
