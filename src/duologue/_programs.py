"""Loading the application that a script is played with: beside the script, or by its name."""

import importlib
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from duologue._adapters import check_application
from duologue._tracebacks import LIBRARY
from duologue.types import ASGIApp


class AppError(Exception):
    """There is no application to play with. The message is one line that says why."""


def load_beside(path: Path) -> ASGIApp:
    """Load `app` from the program beside a script: `chat.py` beside `chat.duo`.

    The program is executed afresh each time, so that one play leaves nothing for the next. The
    modules that it imports are not: they may register what can be registered only once. Each folder
    has its own, though, if the programs of two folders import different modules of one name. A
    module that somebody else has imported before, such as a test, stays for all of them.

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
    _enter(root)
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
        raise AppError(f"{name!r} does not name an application: write MODULE:APP, like {like}")
    _import_from(root)
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise AppError(f"{module_name} cannot be imported: {_reason(error)}") from error
    return _find(module, attribute, module_name)


def _import_from(root: Path) -> None:
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))


class _Folder:
    """The modules that programs import from their folder, of those that other folders have, too.

    Args:
        of_others: The names of modules that somebody else has imported from there before.
    """

    def __init__(self, of_others: set[str]) -> None:
        self.of_others = of_others
        self.put_away: dict[str, dict[str, ModuleType]] = {}

    def put_away_module(self, name: str) -> None:
        """Take a module and those in it out of `sys.modules`, for as long as others are played."""
        self.put_away[name] = {
            each: sys.modules.pop(each)
            for each in list(sys.modules)
            if each == name or each.startswith(f"{name}.")
        }

    def bring_back(self) -> None:
        """Put them in again, unless somebody has imported others meanwhile."""
        for name, modules in self.put_away.items():
            if name not in sys.modules:
                sys.modules.update(modules)
        self.put_away.clear()


_folders: dict[str, _Folder] = {}


def _enter(root: Path) -> None:
    """Import from a folder before all others, and use none of the modules of other programs."""
    entered = str(root)
    found = {name: _folder_of(name) for name in _modules_in(root) if name in sys.modules}
    if entered not in _folders:
        _folders[entered] = _Folder({name for name, where in found.items() if where == entered})
    for name, where in found.items():
        folder = None if where == entered else _folders.get(where)
        if folder is not None and name not in folder.of_others:
            folder.put_away_module(name)
    _folders[entered].bring_back()
    if entered in sys.path:
        sys.path.remove(entered)
    sys.path.insert(0, entered)


def _modules_in(root: Path) -> set[str]:
    """The names of what can be imported from a folder."""
    found = {path.stem for path in root.iterdir() if path.suffix == ".py" or path.is_dir()}
    return found - {"__main__"}  # that is always the program that runs


def _folder_of(name: str) -> str:
    """The folder that an imported module or package lies in; empty if it lies in none."""
    module: dict[str, Any] = getattr(sys.modules[name], "__dict__", {})  # it can be anything
    places = [*(module.get("__path__") or ()), module.get("__file__")]
    return str(Path(places[0]).parent) if places[0] else ""


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
